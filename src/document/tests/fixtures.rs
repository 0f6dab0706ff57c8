//! Real files: none is changed by reading it, and an edit touches one key.

use crate::document::{Document, Value, markdown};

macro_rules! fixtures {
    ($($name:literal),* $(,)?) => {
        [$(($name, include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/document/", $name)).as_slice())),*]
    };
}

const FILES: [(&str, &[u8]); 21] = fixtures![
    "at-name.Backlog.md",
    "body-no-heading.Backlog.md",
    "bom.EIPs.md",
    "braces.madr.md",
    "colons.agents.md",
    "conflict-markers.cloud-platform.md",
    "crlf.agents.md",
    "dup-keys.EIPs.md",
    "empty-file.EIPs.md",
    "fm-comment.claude-multiagent-pm.md",
    "fm-emoji.claude-multiagent-pm.md",
    "fm-empty.EIPs.md",
    "fm-leading-blank.cloud-platform.md",
    "fm-not-first.EIPs.md",
    "fm-tab.EIPs.md",
    "fm-unclosed.EIPs.md",
    "fm-unclosed.claude-code-sub-agents.md",
    "impossible-date.cloud-platform.md",
    "link-as-value.EIPs.md",
    "lone-star.EIPs.md",
    "non-utf8.EIPs.md",
];

fn documents() -> impl Iterator<Item = (&'static str, Document)> {
    FILES.into_iter().map(|(name, bytes)| (name, Document::parse(bytes.to_vec())))
}

#[test]
fn reading_changes_nothing() {
    for ((name, document), (_, bytes)) in documents().zip(FILES) {
        assert_eq!(document.bytes(), bytes, "{name}");
        for link in markdown::links(document.body()) {
            assert!(document.body().get(link.range).is_some(), "{name}");
        }
    }
}

#[test]
fn each_oddity_is_noticed() {
    let mut seen = String::new();
    for (name, document) in documents() {
        let strict = if document.is_strict() { "" } else { ", not strict" };
        seen += &format!("{name}: {} fields{strict}", document.fields().len());
        for problem in document.problems() {
            seen += &format!(", {}:{}", problem.rule.name(), problem.line);
        }
        seen.push('\n');
    }
    insta::assert_snapshot!(seen, @r"
    at-name.Backlog.md: 9 fields, not strict, yaml-syntax:5, yaml-syntax:6
    body-no-heading.Backlog.md: 4 fields
    bom.EIPs.md: 10 fields
    braces.madr.md: 5 fields, not strict, yaml-syntax:3
    colons.agents.md: 4 fields, not strict, yaml-syntax:3
    conflict-markers.cloud-platform.md: 4 fields, conflict-markers:38
    crlf.agents.md: 3 fields
    dup-keys.EIPs.md: 9 fields, not strict, yaml-duplicate-key:4
    empty-file.EIPs.md: 0 fields
    fm-comment.claude-multiagent-pm.md: 17 fields
    fm-emoji.claude-multiagent-pm.md: 20 fields
    fm-empty.EIPs.md: 0 fields
    fm-leading-blank.cloud-platform.md: 2 fields, front-matter-late:2
    fm-not-first.EIPs.md: 0 fields
    fm-tab.EIPs.md: 7 fields, not strict, yaml-syntax:4
    fm-unclosed.EIPs.md: 10 fields, not strict, front-matter-unclosed:12
    fm-unclosed.claude-code-sub-agents.md: 2 fields, not strict, front-matter-unclosed:4
    impossible-date.cloud-platform.md: 4 fields
    link-as-value.EIPs.md: 7 fields, not strict, yaml-syntax:5, yaml-syntax:8
    lone-star.EIPs.md: 9 fields, not strict, yaml-syntax:6
    non-utf8.EIPs.md: 10 fields, not strict, not-utf8:45
    ");
}

#[test]
fn an_edit_touches_one_key() {
    for (name, document) in documents().filter(|(name, _)| !name.starts_with("non-utf8")) {
        for field in document.fields() {
            let mut edited = document.clone();
            match edited.set(&field.key, "New: value") {
                Ok(()) => assert_one_key(&document, &edited, &field.key),
                Err(_) => assert!(name.starts_with("dup-keys"), "{name}: {}", field.key),
            }
        }
        let mut edited = document.clone();
        edited.set("added", Value::texts(["x"])).unwrap();
        assert!(edited.body().ends_with(document.body()), "{name}");
        assert_eq!(edited.fields().len(), document.fields().len() + 1, "{name}");
    }
}

/// Every line is as before but for those of the key.
fn assert_one_key(before: &Document, after: &Document, key: &str) {
    let (old, new): (Vec<_>, Vec<_>) = (before.as_str().split('\n').collect(), after.as_str().split('\n').collect());
    let start = old.iter().zip(&new).take_while(|(old, new)| old == new).count();
    let end = old[start..].iter().rev().zip(new[start..].iter().rev()).take_while(|(old, new)| old == new).count();
    let changed: Vec<_> =
        old[start..old.len() - end].iter().filter(|line| !line.starts_with([' ', '-', '\r']) && !line.is_empty()).collect();
    assert_eq!(changed.len(), 1, "{changed:?}");
    assert!(changed[0].starts_with(key), "{changed:?}");
}
