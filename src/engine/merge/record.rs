//! A file with front matter: its keys and its body, each merged in its own way.

use super::body::merge_body;
use super::keys::{MergedKeys, merge_keys};
use super::three::Three;
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

/// Merges records whose lines end in `\n`; `None` where the front matter of one is not closed, is no mapping, or was removed.
pub(super) fn merge_record(texts: &Three<&str>) -> Option<Merged> {
    let documents = texts.map(|text| Document::parse(text.as_bytes().to_vec()));
    let parts = documents.each().map(parts).all()?;
    let heads = parts.map(|part| (part.yaml, part.fences));
    let (head, mut open) = match heads.settled() {
        Some((yaml, (before, behind))) => (format!("{before}{}{behind}", yaml.unwrap_or_default()), Vec::new()),
        None => {
            let merged = keys(&parts)?;
            let (before, behind) = fences(&parts);
            (format!("{before}{}{behind}", merged.text), named(merged.open))
        }
    };
    let body = merge_body(&parts.map(|part| part.body));
    open.extend(places(body.conflicts));
    let text = head + &body.text;
    // A body must not become front matter, nor the other way round.
    let read = Document::parse(text.as_bytes().to_vec());
    (read.body() == body.text).then(|| Merged::new(text.clone(), open))
}

fn keys(parts: &Three<Parts<'_>>) -> Option<MergedKeys> {
    merge_keys(&Three { base: parts.base.yaml.unwrap_or_default(), ours: parts.ours.yaml?, theirs: parts.theirs.yaml? })
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
