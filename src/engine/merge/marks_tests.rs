//! What a person has to read after a merge: never more than after git's own.

use proptest::prelude::*;
use proptest::sample::select;

use super::tests::{Edit, body, edited, edits, record};
use super::*;
use crate::document::{Document, Reading, Side, conflicts};

/// Front matter with a text of several lines, or with a key that is there twice; each line says another thing.
fn front() -> impl Strategy<Value = Vec<String>> {
    let head = |text: Vec<usize>| {
        let lines = text.into_iter().map(|number| format!("  line {number}"));
        ["title: t".to_owned(), "notes: |".to_owned()].into_iter().chain(lines).chain(["content: >-".to_owned(), "  one".to_owned()])
    };
    let texts = (2..9_usize).prop_map(move |count| head((0..count).collect()).chain(["due: soon".to_owned()]).collect());
    let twice = select(vec!["title: t\ntag: a\nsize: 1\ntag: b", "a: 1\na: 2\nb: 3\nc: 4"]);
    prop_oneof![texts, twice.prop_map(|text: &str| text.split('\n').map(str::to_owned).collect())]
}

/// The same after somebody changed some values, and added and removed lines of texts.
fn changed(base: &[String], edits: &[Edit], who: &str) -> Vec<String> {
    let mut lines = base.to_vec();
    for (at, what, with) in edits {
        let at = at.index(lines.len());
        let line = lines[at].clone();
        match (what, line.starts_with("  ")) {
            (0, true) => drop(lines.remove(at)),
            (1..3, true) => lines.insert(at, format!("  new {with} {who}")),
            _ if !line.ends_with(['|', '-']) => lines[at] = format!("{line} {who}"),
            _ => {}
        }
    }
    lines
}

/// How many lines a person has to read between markers; blank ones are none.
fn inside(text: &str) -> usize {
    let mut is_within = false;
    let mark = |line: &str| line.trim_start_matches("# ").to_owned();
    let count = |line: &str| {
        let marker = mark(line);
        is_within = (is_within || marker == "<<<<<<< ours") && marker != ">>>>>>> theirs";
        is_within && !["", "<<<<<<< ours", "======="].contains(&marker.as_str())
    };
    text.lines().map(count).filter(|counts| *counts).count()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn no_more_lines_are_marked_than_git_marks_and_either_side_can_be_taken(
        front in front(), body in body(), keys in (edits(), edits()), text in (edits(), edits())
    ) {
        let stays = |edits: &[Edit]| edits.iter().filter(|(_, what, _)| *what != 5).copied().collect::<Vec<_>>();
        let file = |front: Vec<String>, body: Vec<String>| format!("---\n{}\n---\n{}\n", front.join("\n"), body.join("\n"));
        let ours = file(changed(&front, &keys.0, "ours"), edited(&body, &stays(&text.0), "ours"));
        let theirs = file(changed(&front, &keys.1, "theirs"), edited(&body, &stays(&text.1), "theirs"));
        let sides = Three { base: file(front, body), ours, theirs };
        let sides = sides.each().map(String::as_str);
        let (merged, plain) = (merge(Kind::Record, &sides), merge(Kind::Text, &sides));
        prop_assert!(inside(&merged.text) <= inside(&plain.text), "{}\n--- but git\n{}", merged.text, plain.text);
        let found = conflicts(&merged.text, Reading::of("a.md", &merged.text));
        prop_assert_eq!(found.is_empty(), merged.is_clean());
        for (side, own) in [(Side::Ours, &sides.ours), (Side::Theirs, &sides.theirs)] {
            let taken = found.take(&merged.text, side);
            prop_assert!(conflicts(&taken, Reading::of("a.md", &taken)).is_empty());
            // What only one side says is there only if it was taken, or if nobody had to choose.
            let of_front = |text: &str| Document::parse(text.as_bytes().to_vec()).fields().len();
            prop_assert_eq!(of_front(&taken), of_front(own), "{}\n---\n{}", taken, merged.text);
        }
    }
}

#[test]
fn of_a_long_text_only_the_lines_that_differ_are_marked() {
    let text = |one: &str, two: &str| format!("---\nid: A\nnotes: |\n  a\n{one}  c\n  d\n  e\n  f\n{two}---\n");
    let merged = record(&text("  b\n", "  g\n"), &text("  b ours\n", ""), &text("  b theirs\n", "  g theirs\n"));
    let marks = |ours: &str, theirs: &str| format!("# <<<<<<< ours\n{ours}# =======\n{theirs}# >>>>>>> theirs\n");
    let both = marks("# (notes line 2 as above)\n", "#   b theirs\n") + &marks("", "# (notes line 7 as above)\n");
    assert_eq!(merged.text, text("  b ours\n", &format!("  g theirs\n{both}")));
    let found = conflicts(&merged.text, Reading::of("a.md", &merged.text));
    let sides = [Side::Ours, Side::Theirs].map(|side| found.take(&merged.text, side));
    assert_eq!((sides, found.places()), ([text("  b ours\n", ""), text("  b theirs\n", "  g theirs\n")], vec!["`notes`".to_owned(); 2]));
    let mut document = Document::parse(merged.text.into_bytes());
    document.set("notes", "mine").unwrap();
    assert_eq!(document.as_str(), "---\nid: A\nnotes: mine\n---\n");
    // The same where a key is there twice, so that keys say nothing.
    let text = |size: &str| format!("---\ntag: a\nsize: {size}\ntag: b\n---\n");
    let merged = record(&text("1"), &text("2"), &text("3"));
    assert_eq!(merged.text, text(&format!("2\n{}", marks("# (line above)\n", "# size: 3\n").trim_end())));
    let found = conflicts(&merged.text, Reading::of("a.md", &merged.text));
    assert_eq!([Side::Ours, Side::Theirs].map(|side| found.take(&merged.text, side)), [text("2"), text("3")]);
}
