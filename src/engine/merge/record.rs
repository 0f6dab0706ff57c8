//! A file with front matter: its keys and its body, each merged in its own way.

use super::body::merge_body;
use super::keys::{MergedKeys, merge_keys};
use super::marks;
use super::three::Three;
use super::weave::weave;
use super::{Merged, named, places};
use crate::document::Document;

/// A file in its parts.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Parts<'a> {
    /// What stands between the fences; `None` without front matter.
    yaml: Option<&'a str>,
    /// Up to the first key, and from the last one to the body.
    fences: (&'a str, &'a str),
    body: &'a str,
}

/// Merges records whose lines end in `\n`; `None` where the front matter of one is not closed.
pub(super) fn merge_record(texts: &Three<&str>) -> Option<Merged> {
    let documents = texts.map(|text| Document::parse(text.as_bytes().to_vec()));
    let parts = documents.each().map(parts).all()?;
    let heads = parts.map(|part| (part.yaml, part.fences));
    let (head, mut open) = match heads.settled() {
        Some((yaml, fences)) => (with_fences(fences, yaml.unwrap_or_default()), Vec::new()),
        None => front(&parts),
    };
    let body = merge_body(&parts.map(|part| part.body));
    open.extend(places(body.conflicts));
    let text = head + &body.text;
    // A body must not become front matter, nor the other way round.
    let read = Document::parse(text.as_bytes().to_vec());
    (read.body() == body.text).then(|| Merged::new(text.clone(), open))
}

/// The front matter with its fences, and what is open in it.
fn front(parts: &Three<Parts<'_>>) -> (String, Vec<String>) {
    let (kept, yaml) = match (parts.ours.yaml, parts.theirs.yaml) {
        (Some(ours), Some(theirs)) => (fences(parts), Three { base: parts.base.yaml.unwrap_or_default(), ours, theirs }),
        (Some(yaml), None) => return (with_fences(parts.ours.fences, yaml), removed()),
        (None, yaml) => return (with_fences(parts.theirs.fences, yaml.unwrap_or_default()), removed()),
    };
    // Without a base that can be read, what the sides agree on still is as clear.
    let merged = merge_keys(&yaml).or_else(|| merge_keys(&Three { base: "", ..yaml })).unwrap_or_else(|| whole(&yaml));
    (with_fences(kept, &merged.text), named(merged.open))
}

fn with_fences((before, behind): (&str, &str), yaml: &str) -> String {
    format!("{before}{yaml}{behind}")
}

fn removed() -> Vec<String> {
    vec!["the front matter, which one side removed and the other changed".to_owned()]
}

/// Front matter that is not one key after the other: line by line, and if that is a conflict, ours with theirs as a comment.
fn whole(yaml: &Three<&str>) -> MergedKeys {
    let woven = weave(yaml, |_| None);
    if woven.conflicts == 0 {
        return MergedKeys { text: woven.text, open: Vec::new() };
    }
    // Comments may stand anywhere but within a value on several lines.
    let fields = |text: &str| {
        Document::parse_yaml(text.as_bytes().to_vec())
            .fields()
            .iter()
            .map(|field| (field.key.clone(), field.node.clone()))
            .collect::<Vec<_>>()
    };
    let marked = marks::behind(&woven.text);
    let without: String = marked.split_inclusive('\n').filter(|line| !line.starts_with("# ")).collect();
    let text = if fields(&marked) == fields(&without) {
        marked
    } else {
        let theirs: String = yaml.theirs.lines().map(|line| format!("# {line}\n")).collect();
        format!("{}# <<<<<<< ours\n# (as above)\n# =======\n{theirs}# >>>>>>> theirs\n", yaml.ours)
    };
    MergedKeys { text, open: vec!["front matter".to_owned()] }
}

fn fences<'a>(parts: &Three<Parts<'a>>) -> (&'a str, &'a str) {
    parts.map(|part| part.fences).settled().unwrap_or(parts.ours.fences)
}

fn parts(document: &Document) -> Option<Parts<'_>> {
    let (text, body) = (document.as_str(), document.body());
    let head = text.get(..text.len() - body.len())?;
    if document.front().is_none() {
        return head.is_empty().then_some(Parts { yaml: None, fences: ("", ""), body });
    }
    let lines: Vec<&str> = head.split_inclusive('\n').collect();
    let open = lines.iter().position(|line| !line.trim().is_empty())?;
    let start: usize = lines.get(..=open)?.iter().map(|line| line.len()).sum();
    let last = lines.last().filter(|line| matches!(line.trim_end(), "---" | "...") && lines.len() > open + 1)?;
    let end = head.len() - last.len();
    Some(Parts { yaml: Some(head.get(start..end)?), fences: (head.get(..start)?, head.get(end..)?), body })
}
