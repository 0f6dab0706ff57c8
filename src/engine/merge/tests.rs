//! Properties that every merge has, and the meaning of keys by example.

use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::*;
use crate::document::Document;

pub(super) fn record(base: &str, ours: &str, theirs: &str) -> Merged {
    merge(Kind::Record, &Three { base, ours, theirs })
}

/// The front matter and body of three records with these keys.
fn keys(base: &str, ours: &str, theirs: &str) -> (String, Vec<String>) {
    let file = |keys: &str| format!("---\n{keys}---\nbody\n");
    let merged = record(&file(base), &file(ours), &file(theirs));
    let text = merged.text.strip_prefix("---\n").and_then(|text| text.strip_suffix("---\nbody\n")).unwrap().to_owned();
    (text, merged.open)
}

fn clean(base: &str, ours: &str, theirs: &str) -> String {
    let (text, open) = keys(base, ours, theirs);
    assert_eq!(open, Vec::<String>::new(), "{text}");
    text
}

#[test]
fn keys_that_one_side_changed_are_taken_as_they_are_written() {
    let base = "id: A-1\n# why\ntitle: 'x'\nstatus: todo\n";
    let merged = clean(
        base,
        "id: A-1\n# why not\ntitle: 'x'\nstatus: todo\ndue: 2026-01-01\n",
        "id: A-1\n# why\ntitle: \"y\" # new\nstatus: todo\nextra: {a: 1}\n",
    );
    assert_eq!(merged, "id: A-1\n# why not\ntitle: \"y\" # new\nstatus: todo\ndue: 2026-01-01\nextra: {a: 1}\n");
    assert_eq!(clean("a: 1\nb: 2\nc: 3\n", "b: 2\nc: 4\n", "a: 1\nb: 2\n# d\nc: 3\nd: 5\n"), "b: 2\n# d\nc: 4\nd: 5\n");
}

#[test]
fn lists_are_sets_in_the_form_of_ours() {
    assert_eq!(clean("labels: [a, b]\n", "labels: [b, c]\n", "labels:\n  - a\n  - b\n  - \"d e\"\n"), "labels: [b, c, \"d e\"]\n");
    assert_eq!(clean("labels: []\n", "labels: []\nx: 1\n", "labels:\n- a\n"), "labels:\n- a\nx: 1\n");
    assert_eq!(
        clean("tags:\n  - a # one\n", "tags:\n  - a # one\n  - b\n", "tags:\n  - c\n  - a # one\n"),
        "tags:\n  - c\n  - a # one\n  - b\n"
    );
    assert_eq!(clean("assignee: []\n", "assignee:\n  - '@x'\n", "assignee: ['@y']\n"), "assignee:\n  - '@x'\n  - '@y'\n");
    assert_eq!(clean("reviewers: []\n", "reviewers:\n  - '@x'\n", "reviewers: ['@y']\n"), "reviewers:\n  - '@x'\n  - '@y'\n");
    assert_eq!(clean("requires: 1, 2\n", "requires: 1, 2, 3\n", "requires: 2, 4\n"), "requires: 2, 3, 4\n");
    assert_eq!(keys("steps: [a, b]\n", "steps: [x, b]\n", "steps: [y, b]\n").1, ["`steps`"]);
}

#[test]
fn dates_counters_and_mappings_know_what_they_mean() {
    let base = "created: 2026-01-02\nupdated_at: 2026-01-02\nuses: 3\n";
    let merged = clean(
        base,
        "created: 2026-01-02\nupdated_at: '2026-01-05 10:00'\nuses: 5\n",
        "created: 2026-01-02\nupdated_at: 2026-01-04\nuses: 4\n",
    );
    assert_eq!(merged, "created: 2026-01-02\nupdated_at: '2026-01-05 10:00'\nuses: 6\n");
    let merged = clean("m:\n  a: 1\n  b: 2\n", "m:\n  a: 9\n  b: 2\n", "m:\n  a: 1\n  # two\n  b: 8\n  c: [x]\n");
    assert_eq!(merged, "m:\n  a: 9\n  # two\n  b: 8\n  c: [x]\n");
    assert_eq!(clean("t: |\n  a\n  b\n  c\n", "t: |\n  x\n  b\n  c\n", "t: |\n  a\n  b\n  y\n"), "t: |\n  x\n  b\n  y\n");
}

#[test]
fn what_people_must_choose_stands_beside_the_key() {
    let (text, open) = keys("status: todo\ntitle: a\n", "status: active\ntitle: b\n", "status: done\ntitle: c\n");
    assert_eq!(open, ["`status`", "`title`"]);
    let status = "status: done\n# <<<<<<< ours\n# status: active\n# =======\n# status: done\n# >>>>>>> theirs\n";
    assert_eq!(text, format!("{status}title: b\n# <<<<<<< ours\n# title: b\n# =======\n# title: c\n# >>>>>>> theirs\n"));
    let (text, _) = keys("m:\n  a: 1\n", "m:\n  a: 2\n", "m:\n  a: 3\n");
    assert_eq!(text, "m:\n  a: 2\n  # <<<<<<< ours\n  # a: 2\n  # =======\n  # a: 3\n  # >>>>>>> theirs\n");
    let (text, open) = keys("a: 1\nb: 1\n", "b: 1\n", "a: 2\nb: 1\n");
    assert_eq!((text.starts_with("a: 2\n# <<<<<<< ours\n# (a removed)\n"), open), (true, vec!["`a`".to_owned()]));
}

#[test]
fn new_sections_of_both_sides_stand_one_behind_the_other() {
    let base = "# T\n\n## Plan\n\n- [ ] a\n";
    let ours = "# T\n\n## Plan\n\n- [x] a\n\n## Notes\n\none\n";
    let theirs = "# T\n\n## Plan\n\n- [ ] a\n- [ ] b\n\n## Notes\n\ntwo\n\n## End\n\nx\n";
    let merged = record(base, ours, theirs);
    assert_eq!(merged.text, "# T\n\n## Plan\n\n- [x] a\n- [ ] b\n\n## Notes\n\none\n\ntwo\n\n## End\n\nx\n");
    assert!(merged.is_clean());
}

#[test]
fn what_stands_before_the_first_heading_stays_there() {
    let merged = record("# A\n\na\n\n# B\n", "# A\n\nx\n\n# B\n\n# C\n", "before\n\n# A\n\ny\n\n# B\n\n# D\n");
    assert!(merged.text.starts_with("before\n\n# A\n"), "{}", merged.text);
}

#[test]
fn records_of_json_lines_are_united() {
    let base = "{\"id\":\"b\",\"title\":\"x\",\"labels\":[\"l\"],\"updated_at\":\"2026-01-01T00:00:00Z\"}\nnot json\n";
    let ours = "{\"id\":\"a\",\"n\":1.50}\n{\"id\":\"b\",\"title\":\"y\",\"labels\":[\"l\",\"m\"],\"updated_at\":\"2026-01-02T00:00:00Z\"}\nnot json\n";
    let theirs = "{\"id\":\"b\",\"title\":\"z\",\"updated_at\":\"2026-01-03T00:00:00Z\",\"new\":{\"k\":1}}\nnot json\n{\"id\":\"c\"}\n";
    let merged = merge(Kind::JsonLines, &Three { base, ours, theirs });
    let united = "{\"id\":\"b\",\"title\":\"z\",\"labels\":[\"m\"],\"updated_at\":\"2026-01-03T00:00:00Z\",\"new\":{\"k\":1}}\n";
    assert_eq!(merged.text, format!("{{\"id\":\"a\",\"n\":1.50}}\n{united}not json\n{{\"id\":\"c\"}}\n"));
    assert!(merged.is_clean());
    let note = |more: &str| format!("{{\"id\":\"a\",\"notes\":\"one{more}\"}}\n");
    let merged = merge(Kind::JsonLines, &Three { base: &*note(""), ours: &*note("\\ntwo"), theirs: &*note("\\nthree") });
    assert_eq!((merged.text, merged.open), (note("\\ntwo\\n\\nthree"), Vec::new()));
    let (two, other) = ("{\"id\":\"a\",\"title\":\"one\"}\n", "{\"id\":\"a\",\"title\":\"two\"}\n");
    let merged = merge(Kind::JsonLines, &Three { base: "", ours: two, theirs: other });
    assert_eq!((merged.text, merged.open), (format!("{two}{other}"), vec!["two records with the id `a`".to_owned()]));
}

#[test]
fn a_heading_that_both_changed_does_not_double_what_stands_below() {
    let base = "# T\n\n## Goal\n\n- [ ] a\n- [ ] b\n\ntext\n";
    for (ours, theirs) in [
        (base.replace("Goal", "Goals"), base.replace("Goal", "Aim")),
        (base.replace("text", "## One\n\ntext"), base.replace("text", "## Two\n\ntext")),
        (base.replace("text", "## One\n\ntext, changed"), base.replace("text", "## Two\n\ntext")),
    ] {
        let merged = record(base, &ours, &theirs);
        assert!(!merged.is_clean(), "{}", merged.text);
        assert_eq!(merged.text.matches("- [ ] a").count(), 1, "{}", merged.text);
    }
    // Only the name of one section is open; nothing is below it that would be there twice.
    assert!(!record("# T\n\n## A\n", "# T\n\n## B\n", "# T\n\n## C\n").is_clean());
    // Both moved the same paragraph, each to another place: git writes it twice.
    let moved = record("p\n\na\n\nb\n\nc\n", "a\n\np\n\nb\n\nc\n", "a\n\nb\n\nc\n\np\n");
    assert!(!moved.is_clean() || moved.text.matches('p').count() == 1, "{}", moved.text);
}

#[test]
fn a_comment_is_a_change_of_its_key() {
    let (text, open) = keys("id: A\ndue: 1\n", "id: A\n# legal wants this date\ndue: 1\n", "id: A\n");
    let marked = "id: A\n# legal wants this date\ndue: 1\n# <<<<<<< ours\n# due: 1\n# =======\n# (due removed)\n# >>>>>>> theirs\n";
    assert_eq!((text.as_str(), open), (marked, vec!["`due`".to_owned()]));
    let (text, open) = keys("status: planning\n", "status: planning # wait\n", "status: done\n");
    assert!(text.contains("# status: planning # wait\n") && text.starts_with("status: done\n"), "{text}");
    assert_eq!(open, ["`status`"]);
    assert_eq!(clean("a: 1\nb: 1\n", "# why\na: 1\nb: 1\n", "a: 2\nb: 1\n"), "# why\na: 2\nb: 1\n");
    let (text, open) = keys("uses: 1\nlabels: [a]\n", "uses: 2\nlabels: [a, b]\n", "uses: 3 # x\nlabels: [a, c] # y\n");
    assert!(text.contains("# x\n") && text.contains("# y\n"), "{text} {open:?}");
}

#[test]
fn what_was_given_up_is_never_proposed() {
    let proposed = |ours: &str, theirs: &str| keys("status: todo\n", &format!("status: {ours}\n"), &format!("status: {theirs}\n")).0;
    for other in ["active", "done", "waiting for legal"] {
        assert!(proposed("cancelled", other).starts_with(&format!("status: {other}\n")));
        assert!(proposed(other, "Won't do").starts_with(&format!("status: {other}\n")));
    }
}

#[test]
fn without_a_later_moment_a_person_chooses_between_whole_records() {
    let lines = |base: &str, ours: &str, theirs: &str| merge(Kind::JsonLines, &Three { base, ours, theirs });
    let one = |title: &str, more: &str| format!("{{\"id\":\"a\",\"title\":\"{title}\",\"labels\":[{more}]}}\n");
    let merged = lines(&one("x", ""), &one("y", "\"l\""), &one("z", ""));
    let marked = format!("<<<<<<< ours\n{}=======\n{}>>>>>>> theirs\n", one("y", "\"l\""), one("z", "\"l\""));
    assert_eq!((merged.text, merged.open), (marked, vec!["`title` of `a`".to_owned()]));
    let text = |text: &str, at: &str| format!("{{\"id\":\"a\",\"body\":\"{text}\\nend\",\"updated_at\":\"2026-01-0{at}\"}}\n");
    let merged = lines(&text("o", "1"), &text("y", "2"), &text("z", "3"));
    assert_eq!(merged.text, format!("<<<<<<< ours\n{}=======\n{}>>>>>>> theirs\n", text("y", "3"), text("z", "3")));
    let gone = "{\"id\":\"a\"}\n";
    assert_eq!(lines("{\"id\":\"a\",\"n\":1}\n", gone, "{\"id\":\"a\",\"n\":2}\n").open, ["`n` of `a`"]);
}

/// One line of front matter.
fn line() -> impl Strategy<Value = (&'static str, String)> {
    let scalar = select(vec!["a", "'b c'", "2026-01-01", "7", "todo", "done", "\"q: x\"", "x # why"]);
    let list = select(vec!["[]", "[a]", "[a, b]", "[b, 'c d']", "\n  - a\n  - c", "\n- b # x\n- d", ""]);
    let map = select(vec!["\n  k: 1\n  l: [a]", "\n  k: 2", "{}", "\n    m: |\n      x\n      y\n    k: 3"]);
    let text = select(vec!["|\n  one\n  two", ">-\n  folded\n  text", "|-\n  one\n  three"]);
    prop_oneof![
        (select(vec!["title", "status", "updated", "created", "uses", "due"]), scalar.prop_map(str::to_owned)),
        (select(vec!["labels", "steps", "assignee", "reviewers"]), list.prop_map(str::to_owned)),
        (Just("usage"), map.prop_map(str::to_owned)),
        (Just("content"), text.prop_map(str::to_owned)),
    ]
}

const BODY: &[&str] = &[
    "## Plan",
    "## Notes",
    "- [ ] one",
    "- [x] one",
    "- [ ] two",
    "text",
    "more",
    "",
    "```",
    "> q",
    "- item",
    "### Sub",
    "2026-01-02 log",
];

fn file() -> impl Strategy<Value = String> {
    (proptest::collection::vec(line(), 0..6), proptest::collection::vec(select(BODY), 0..8), select(vec!["\n", "\r\n"]), any::<bool>())
        .prop_map(|(lines, body, end, front)| {
            let mut seen = std::collections::BTreeSet::new();
            let unique = lines.into_iter().filter(|(key, _)| seen.insert(*key));
            let yaml: String = unique
                .map(|(key, value)| format!("{key}:{}{value}\n", if value.starts_with('\n') || value.is_empty() { "" } else { " " }))
                .collect();
            let head = if front { format!("---\n{yaml}---\n") } else { String::new() };
            format!("{head}{}\n", body.join("\n")).replace('\n', end)
        })
}

/// A file and two that came of it by few changes, as happens.
fn sides() -> impl Strategy<Value = Three<String>> {
    let cut = |text: &str, other: &str, at: Index| {
        let (lines, others): (Vec<&str>, Vec<&str>) = (text.split_inclusive('\n').collect(), other.split_inclusive('\n').collect());
        let at = at.index(lines.len() + 1);
        lines.iter().take(at).chain(others.iter().skip(at)).copied().collect::<String>()
    };
    (file(), file(), file(), any::<Index>(), any::<Index>()).prop_map(move |(base, ours, theirs, one, two)| Three {
        ours: cut(&base, &ours, one),
        theirs: cut(&base, &theirs, two),
        base,
    })
}

/// A body in which every line is another one.
pub(super) fn body() -> impl Strategy<Value = Vec<String>> {
    let line = select(vec!["## H", "### S", "- [ ] i", "- [x] d", "p", "p", "", "- l"]);
    proptest::collection::vec(line, 1..14).prop_map(|lines| {
        let mut lines: Vec<String> = lines.iter().enumerate().map(|(at, line)| numbered(line, at)).collect();
        lines.insert(0, "# T".to_owned());
        lines
    })
}

fn numbered(line: &str, number: usize) -> String {
    if line.is_empty() { String::new() } else { format!("{line}{number}") }
}

/// What somebody does to a line: which one, what, and with which other line.
pub(super) type Edit = (Index, usize, usize);

pub(super) fn edits() -> impl Strategy<Value = Vec<Edit>> {
    proptest::collection::vec((any::<Index>(), 0..7_usize, 0..4_usize), 0..5)
}

pub(super) fn edited(base: &[String], edits: &[Edit], who: &str) -> Vec<String> {
    let mut lines = base.to_vec();
    for (at, what, with) in edits {
        let at = at.index(lines.len().max(1));
        let new = ["## new", "- [ ] new", "new", "### new"][*with];
        match (what, lines.get(at).cloned()) {
            (_, None) => lines.push(format!("{new} {who}{at}")),
            (0, _) => drop(lines.remove(at)),
            (1, Some(line)) if !line.is_empty() => lines[at] = format!("{line} {who}"),
            (2, Some(line)) => lines[at] = line.replace("- [ ]", "- [x]"),
            (3, _) => lines.insert(at, format!("{new} {who}{at}")),
            (4, _) => lines.insert(at, format!("{new} both{at}")),
            (5, _) => {
                let line = lines.remove(at);
                lines.insert((at + with + 1).min(lines.len()), line);
            }
            _ => lines.insert(at, String::new()),
        }
    }
    lines
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn in_a_clean_merge_each_line_is_there_as_often_as_the_sides_say(base in body(), ours in edits(), theirs in edits()) {
        let sides = Three { ours: edited(&base, &ours, "ours"), theirs: edited(&base, &theirs, "theirs"), base };
        let texts = sides.each().map(|lines| lines.join("\n") + "\n");
        let merged = record(&texts.base, &texts.ours, &texts.theirs);
        let says = |line: &str| line.trim().replace("- [x]", "- [ ]");
        let count = |text: &str, wanted: &str| text.lines().filter(|line| says(line) == wanted).count();
        let lines = [&texts.base, &texts.ours, &texts.theirs, &merged.text].into_iter().flat_map(|text| text.lines());
        for line in lines.filter(|line| merged.is_clean() && !line.is_empty()).map(says) {
            let times = texts.each().map(|text| count(text, &line));
            let sum = (times.ours + times.theirs).saturating_sub(times.base);
            let (least, most) = match () {
                () if times.ours >= times.base && times.theirs >= times.base => (times.ours.max(times.theirs), sum),
                () if times.ours <= times.base && times.theirs <= times.base => (sum, times.ours.min(times.theirs)),
                () => (sum, sum),
            };
            let found = count(&merged.text, &line);
            prop_assert!((least..=most).contains(&found), "{line:?} {found} times, not {least} to {most}\n{texts:?}\n{}", merged.text);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn a_side_without_changes_has_no_say(one in file(), two in file()) {
        for kind in [Kind::Record, Kind::Yaml, Kind::JsonLines, Kind::Text] {
            for sides in [Three { base: &one, ours: &two, theirs: &one }, Three { base: &one, ours: &one, theirs: &two }, Three { base: &one, ours: &two, theirs: &two }] {
                prop_assert_eq!(merge(kind, &sides.map(String::as_str)), Merged::new(two.clone(), Vec::new()));
            }
        }
    }

    #[test]
    fn front_matter_stays_valid_and_no_line_is_lost(sides in sides()) {
        let texts = sides.each().map(String::as_str);
        let merged = merge(Kind::Record, &texts);
        let documents = sides.each().map(|text| Document::parse(text.as_bytes().to_vec()));
        let sound = |document: &Document| document.is_strict() && document.front().is_some();
        let result = Document::parse(merged.text.as_bytes().to_vec());
        if sound(&documents.ours) && sound(&documents.theirs) && (sound(&documents.base) || sides.base.is_empty()) {
            prop_assert!(sound(&result), "{:?} {}", result.problems(), merged.text);
            for key in documents.ours.fields().iter().map(|field| &field.key) {
                let kept = documents.theirs.field(key).is_some() || documents.base.field(key).is_none();
                prop_assert!(!kept || result.field(key).is_some(), "{key} is lost");
            }
        }
        let plain = |line: &str| line.trim().replace("- [x]", "- [ ]");
        let says = |text: &str| text.lines().map(plain).collect::<std::collections::BTreeSet<_>>();
        let count = |text: &str, wanted: &str| text.lines().filter(|line| plain(line) == wanted).count();
        let bodies = documents.each().map(|document| says(document.body()));
        let all = says(&merged.text);
        for line in bodies.ours.union(&bodies.theirs).filter(|line| !line.is_empty()) {
            // Of two equal lines each side may have removed the other one.
            let [base, ours, theirs] = [&documents.base, &documents.ours, &documents.theirs].map(|document| count(document.body(), line));
            let kept = base == 0 || (ours > 0 && theirs > 0 && ours + theirs > base);
            prop_assert!(!kept || all.contains(line), "lost {line:?} in\n{}", merged.text);
        }
    }

    #[test]
    fn whether_somebody_must_choose_does_not_depend_on_the_side(sides in sides()) {
        let texts = sides.each().map(String::as_str);
        // Without front matter the order of additions may make some of a text that begins with a rule.
        let has_front = texts.map(|text| Document::parse(text.as_bytes().to_vec()).front().is_some());
        if has_front != (Three { base: true, ours: true, theirs: true }) {
            return Ok(());
        }
        let merged = merge(Kind::Record, &texts);
        let turned = merge(Kind::Record, &Three { base: texts.base, ours: texts.theirs, theirs: texts.ours });
        prop_assert_eq!(merged.is_clean(), turned.is_clean(), "{}\n----\n{}", merged.text, turned.text);
    }

    #[test]
    fn any_lines_are_merged_without_harm(lines in proptest::collection::vec("[ab]?\\{?(\"id\":)?[12]?\\}?", 0..6), other in "[ -~\n]{0,40}") {
        let text = lines.join("\n");
        for kind in [Kind::Record, Kind::Yaml, Kind::JsonLines, Kind::Text] {
            let _ = merge(kind, &Three { base: &text, ours: &other, theirs: &format!("{text}\n{other}") });
            let _ = merge(kind, &Three { base: "", ours: &text, theirs: &other });
        }
    }
}
