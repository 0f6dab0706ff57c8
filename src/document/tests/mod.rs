//! What holds for every document, shown on arbitrary text and on real files.

mod fixtures;
mod properties;

use super::*;
use crate::base::Failure;

fn document(text: &str) -> Document {
    Document::parse(text.as_bytes().to_vec())
}

/// Edits the text, and holds the edit to its promise: what it leaves alone is the same, byte for byte.
fn set(text: &str, key: &str, value: impl Into<Value>) -> String {
    let mut document = document(text);
    document.set(key, value).unwrap();
    document.as_str().to_owned()
}

#[test]
fn one_line_changes_and_its_comment_stays() {
    assert_eq!(set("---\na: b  # why\nc: d\n---\nx\n", "a", "To Do"), "---\na: To Do  # why\nc: d\n---\nx\n");
    assert_eq!(set("---\r\na:   'b'\r\n---", "a", "c"), "---\r\na:   'c'\r\n---");
    assert_eq!(set("---\na: \"b\"\n---\n", "a", "c: d"), "---\na: \"c: d\"\n---\n");
    assert_eq!(set("---\na:\nb: c\n---\n", "a", "d"), "---\na: d\nb: c\n---\n");
    assert_eq!(set("---\na: # why\n---\n", "a", "d"), "---\na: d # why\n---\n");
    assert_eq!(set("---\na: 2025-01-01\nb: 1\n---\n", "a", "2026-01-31T09:00:00Z"), "---\na: 2026-01-31T09:00:00Z\nb: 1\n---\n");
    assert_eq!(set("---\na: one\nb: 1\n---\n", "a", "2026-01-31"), "---\na: '2026-01-31'\nb: 1\n---\n");
    assert_eq!(set("---\na: b\n# of c\n\nc: d\n---\n", "a", Value::Null), "---\na: null\n# of c\n\nc: d\n---\n");
}

#[test]
fn the_same_value_changes_nothing() {
    let text = "---\na:   \"b\" # c\nl: [ x,  y ]\nn: ~\nd: 12\n---\n";
    for (key, value) in [("a", Value::from("b")), ("l", Value::texts(["x", "y"])), ("n", Value::Null), ("d", 12u32.into())] {
        assert_eq!(set(text, key, value), text);
    }
}

#[test]
fn lists_keep_their_style_and_their_comments() {
    let labels = |list: &str, items: &[&str]| set(&format!("---\nl:{list}\nz: 1\n---\n"), "l", items.to_vec());
    assert_eq!(labels(" [a, b] # c", &["a", "x y", "2"]), "---\nl: [a, x y, '2'] # c\nz: 1\n---\n");
    assert_eq!(labels(" [\"a\"]", &["a", "b"]), "---\nl: [\"a\", \"b\"]\nz: 1\n---\n");
    assert_eq!(labels("\n- a # first\n- b", &["a", "c"]), "---\nl:\n- a # first\n- c\nz: 1\n---\n");
    assert_eq!(labels("\n    - 'a'\n    # of b\n    - b", &["b", "a"]), "---\nl:\n    # of b\n    - b\n    - 'a'\nz: 1\n---\n");
    assert_eq!(labels(" []", &["a"]), "---\nl:\n  - a\nz: 1\n---\n");
    assert_eq!(labels("\n  - a", &[]), "---\nl: []\nz: 1\n---\n");
    assert_eq!(labels(" a", &["a", "b"]), "---\nl:\n  - a\n  - b\nz: 1\n---\n");
}

#[test]
fn a_new_key_goes_to_the_end_in_the_style_of_the_file() {
    assert_eq!(set("---\na:\n- b\n---\nx", "c", vec!["d"]), "---\na:\n- b\nc:\n- d\n---\nx");
    assert_eq!(set("---\na: [b]\n---\n", "c", vec!["d", "e"]), "---\na: [b]\nc: [d, e]\n---\n");
    assert_eq!(set("---\r\n---\r\n", "a", "one\ntwo"), "---\r\na: |-\r\n  one\r\n  two\r\n---\r\n");
    assert_eq!(set("\u{feff}# Title\n", "a", "b"), "\u{feff}---\na: b\n---\n\n# Title\n");
    assert_eq!(set("", "a", "b"), "---\na: b\n---\n");
    assert_eq!(set("---\na: b", "c", "d"), "---\na: b\nc: d\n");
}

#[test]
fn blocks_are_replaced_whole() {
    let text = "---\na: |\n  one\n\n  # two\nb: >-\n  x\n\n# of c\nc:\n  d: e\n  # end\n---\n";
    assert_eq!(set(text, "a", "1"), text.replace("|\n  one\n\n  # two", "'1'"));
    assert_eq!(set(text, "b", "x y"), text.replace(">-\n  x", "x y"));
    assert_eq!(set(text, "c", "d"), text.replace("c:\n  d: e", "c: d"));
    let mut document = document(text);
    document.remove("b").unwrap();
    assert_eq!(document.as_str(), text.replace("b: >-\n  x\n", ""));
}

#[test]
fn a_field_is_copied_as_it_is_written() {
    let theirs = document("---\r\nl: [ 'a',b ] # why\r\nn: 012\r\nt: |-\r\n  x\r\n\r\n# end\r\n---\r\n");
    let mut ours = document("---\nl:\n  - a\n# of z\nz: 1\n---\nbody\n");
    for key in ["l", "n", "t", "z"] {
        ours.copy_field(key, &theirs).unwrap();
    }
    assert_eq!(ours.as_str(), "---\nl: [ 'a',b ] # why\n# of z\nn: 012\nt: |-\n  x\n---\nbody\n");
    let mut none = document("body\n");
    none.copy_field("n", &theirs).unwrap();
    assert_eq!(none.as_str(), "---\nn: 012\n---\n\nbody\n");
}

#[test]
fn edits_work_where_other_keys_are_broken() {
    let text = "---\nid: task-1\nassignee: @codex # him\nstatus: To Do\nlabels: []\n---\nbody";
    assert_eq!(set(text, "status", "Done"), text.replace("To Do", "Done"));
    let fixed = set(text, "assignee", "@codex ");
    assert_eq!(fixed, text.replace("@codex # him", "'@codex ' # him"));
    assert!(document(&fixed).is_strict());
}

#[test]
fn what_cannot_be_edited_safely_is_refused() {
    let refused = |text: &str, key: &str| {
        let mut document = document(text);
        let error = document.set(key, "new").unwrap_err();
        assert_eq!(document.as_str(), text);
        Failure::from(error).code()
    };
    assert_eq!(refused("---\n{a: b, c: d}\n---\n", "a"), "not_editable");
    assert_eq!(refused("---\n{a: b, c: d}\n---\n", "x"), "not_editable");
    assert_eq!(refused("---\n? a\n: b\n---\n", "a"), "not_editable");
    assert_eq!(refused("---\na: &x b\nc: *x\n---\n", "a"), "not_editable");
    assert_eq!(refused("---\na: b\na: c\n---\n", "a"), "repeated_key");
    assert_eq!(refused("---\n<<<<<<< HEAD\na: b\n=======\na: c\n>>>>>>> x\nd: e\n---\n", "d"), "conflict_markers");
    assert_eq!(Document::parse(b"---\na: \xff\n---\n".to_vec()).set("a", "b"), Err(EditError::NotUtf8));
}

#[test]
fn yaml_files_are_edited_too() {
    let mut document = Document::parse_yaml(b"# settings\na: b\nc:\n  d: e".to_vec());
    assert!(document.is_strict() && document.body().is_empty());
    document.set("a", true).unwrap();
    document.set("f", vec!["x"]).unwrap();
    document.remove("c").unwrap();
    assert_eq!(document.as_str(), "# settings\na: true\nf:\n  - x\n");
    assert!(!Document::parse_yaml(b"- a\n".to_vec()).is_strict());
}

#[test]
fn problems_say_where_and_what_to_do() {
    let seen = |bytes: &[u8]| {
        let document = Document::parse(bytes.to_vec());
        document.problems().iter().map(|problem| (problem.rule.name(), problem.line)).collect::<Vec<_>>()
    };
    assert_eq!(seen(b"---\na: b\n---\n"), []);
    assert_eq!(seen(b"# Title\n"), []);
    assert_eq!(seen(b"---\na: b\na: c\n---\n"), [("yaml-duplicate-key", 3)]);
    assert_eq!(seen(b"\n---\na: @b\n---\n"), [("yaml-syntax", 3), ("front-matter-late", 2)]);
    assert_eq!(seen(b"---\na: b\n\nbody\n"), [("front-matter-unclosed", 3)]);
    assert_eq!(seen(b"---\na: b\n---\n\nx\xff\n"), [("not-utf8", 5)]);
    assert_eq!(seen(b"---\njust text\n---\n"), [("front-matter-not-keys", 2)]);
    assert_eq!(seen(b"---\na: b\n---\n<<<<<<< a\n=======\n>>>>>>> b\n"), [("conflict-markers", 4)]);
}

#[test]
fn only_sound_documents_may_grant_rights() {
    for sound in ["", "# x", "---\na: b\n---\n", "---\na: b\n---\n<<<<<<< a\n=======\n>>>>>>> b\n"] {
        assert!(document(sound).is_strict(), "{sound}");
    }
    for other in ["---\na: b\na: b\n---\n", "---\na: @b\n---\n", "---\na: b\n", "---\ntext\n---\n", "---\na: !x b\n---\n"] {
        assert!(!document(other).is_strict(), "{other}");
    }
}
