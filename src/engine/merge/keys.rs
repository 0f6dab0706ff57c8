//! Front matter and settings, key by key: each key keeps the very lines of the side that has the say.

use super::field::{Block, merge_field};
use super::order::merged_order;
use super::three::Three;
use super::weave::{Woven, weave};
use crate::document::Document;

/// YAML that came of a merge, and the keys a person must decide on.
#[derive(Debug, Default)]
pub(super) struct MergedKeys {
    pub(super) text: String,
    pub(super) open: Vec<String>,
}

/// The keys of a YAML text with their lines.
struct Keys<'a> {
    blocks: Vec<Block<'a>>,
    /// Comments after the last key.
    tail: &'a str,
}

/// Merges texts whose lines end in `\n`; `None` where a text is not a mapping with each key on lines of its own.
pub(super) fn merge_keys(texts: &Three<&str>) -> Option<MergedKeys> {
    if let Some(text) = texts.settled() {
        return Some(MergedKeys { text: text.to_owned(), open: Vec::new() });
    }
    let documents = texts.map(|text| Document::parse_yaml(text.as_bytes().to_vec()));
    let keys = documents.each().map(cut).all()?;
    let names = keys.each().map(|keys| keys.blocks.iter().map(|block| block.key).collect::<Vec<_>>());
    let mut merged = MergedKeys::default();
    let mut kept = Vec::new();
    for name in merged_order(&names) {
        let field = merge_field(name, &keys.each().map(|keys| keys.blocks.iter().find(|block| block.key == name)));
        if !field.text.is_empty() {
            kept.push(name);
        }
        merged.text.extend([field.lead, field.text]);
        merged.open.extend(field.open);
    }
    merged.text.push_str(&unite(&keys.each().map(|keys| keys.tail)));
    is_sound(&merged.text, &kept, &documents).then_some(merged)
}

/// Whether the result reads as it was meant.
fn is_sound(text: &str, kept: &[&str], from: &Three<Document>) -> bool {
    let read = Document::parse_yaml(text.as_bytes().to_vec());
    let must_be_strict = from.ours.is_strict() && from.theirs.is_strict();
    read.fields().iter().map(|field| field.key.as_str()).eq(kept.iter().copied()) && (read.is_strict() || !must_be_strict)
}

/// Comments of both sides, each line once.
pub(super) fn unite(texts: &Three<&str>) -> String {
    let both = |hunk: &Three<Vec<&str>>| {
        let new = hunk.theirs.iter().filter(|line| !hunk.ours.contains(line));
        Some(Woven::clean(hunk.ours.iter().chain(new).copied().collect()))
    };
    texts.settled().map_or_else(|| weave(texts, both).text, str::to_owned)
}

fn cut(document: &Document) -> Option<Keys<'_>> {
    let text = document.as_str();
    let starts = line_starts(text)?;
    let mut blocks: Vec<Block<'_>> = Vec::with_capacity(document.fields().len());
    let mut end = 0;
    for (index, field) in document.fields().iter().enumerate() {
        let line = usize::try_from(field.line).ok()?.checked_sub(1)?;
        let start = *starts.get(line)?;
        let next = document.fields().get(index + 1).and_then(|next| starts.get(usize::try_from(next.line).ok()?.checked_sub(1)?));
        let whole = text.get(start..next.copied().unwrap_or(text.len()))?;
        let lines = content(whole);
        let lead = text.get(end..start)?;
        if lines.is_empty() || blocks.iter().any(|block| block.key == field.key) || (index == 0 && !is_preamble(lead)) {
            return None;
        }
        blocks.push(Block { key: &field.key, node: &field.node, lead, text: lines });
        end = start + lines.len();
    }
    let tail = text.get(end..)?;
    (!blocks.is_empty() || is_preamble(tail)).then_some(Keys { blocks, tail })
}

/// Where each line begins; `None` where lone carriage returns end lines too.
fn line_starts(text: &str) -> Option<Vec<usize>> {
    let lone = text.match_indices('\r').any(|(at, _)| !text.get(at + 1..).is_some_and(|rest| rest.starts_with('\n')));
    (!lone).then(|| std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect())
}

/// The lines of a key without the blank lines and comments after them, which belong to the next one.
fn content(lines: &str) -> &str {
    let mut rest = lines;
    while let Some(last) = rest.split_inclusive('\n').next_back().filter(|last| is_remark(last) && last.len() < rest.len()) {
        rest = rest.get(..rest.len() - last.len()).unwrap_or_default();
    }
    rest
}

fn is_remark(line: &str) -> bool {
    line.trim().is_empty() || line.starts_with('#')
}

/// Whether there is nothing that says something of its own.
fn is_preamble(text: &str) -> bool {
    text.lines().all(|line| is_remark(line) || line.starts_with('%') || line.trim_end() == "---")
}
