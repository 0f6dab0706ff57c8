//! The part of a text that shows best why it was found, on one line.

use std::ops::Range;

use super::matcher::Matcher;
use super::query::Query;
use super::tokens::for_each_token;
use crate::base::text;
use crate::document::markdown::without_empty_sections;

const MISSING: &str = "…";
/// How wide a snippet is: with its indent below a hit it fits a terminal of the usual width.
const COLUMNS: usize = 76;

/// A piece of a text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Snippet {
    /// One line without control characters; `…` where something is left out.
    pub text: String,
    /// The bytes of `text` that answer the query, in order, not overlapping.
    pub hits: Vec<Range<usize>>,
}

struct Found {
    range: Range<usize>,
    term: usize,
}

/// The piece of `body` in which most terms of `query` stand; its beginning if none does. Headings with nothing below say nothing.
pub fn snippet(body: &str, query: &Query) -> Snippet {
    piece(&without_empty_sections(body), query, COLUMNS)
}

/// The same, at most `columns` wide.
pub(super) fn piece(body: &str, query: &Query, columns: usize) -> Snippet {
    let line = text::one_line(body);
    let matcher = Matcher::new(query);
    let mut found = Vec::new();
    for_each_token(&line, |token| matcher.compare(token.text, |term| found.push(Found { range: token.range(), term })));
    found.sort_by_key(|hit| (hit.range.start, hit.range.end));
    let start = best_window(&found, query.terms().len(), columns).map_or(0, |window| beginning(&line, &window, columns));
    cut(&line, start, columns, &found)
}

/// The bytes from the first to the last hit of the window that holds most different terms; of equal ones the first with most hits.
fn best_window(found: &[Found], terms: usize, bytes: usize) -> Option<Range<usize>> {
    let mut counts = vec![0_u32; terms];
    let mut last = 0;
    let mut best: Option<((usize, usize), Range<usize>)> = None;
    for (first, hit) in found.iter().enumerate() {
        while let Some(next) = found.get(last).filter(|next| last <= first || next.range.end <= hit.range.start + bytes) {
            counts.get_mut(next.term).into_iter().for_each(|count| *count += 1);
            last += 1;
        }
        let worth = (counts.iter().filter(|count| **count > 0).count(), last - first);
        let end = found.get(first..last).unwrap_or_default().iter().map(|hit| hit.range.end).max().unwrap_or(hit.range.end);
        if best.as_ref().is_none_or(|(known, _)| worth > *known) {
            best = Some((worth, hit.range.start..end));
        }
        counts.get_mut(hit.term).into_iter().for_each(|count| *count -= 1);
    }
    best.map(|(_, window)| window)
}

/// Where to begin so that a third of what is left besides `window` stands before it, at the beginning of a word.
fn beginning(line: &str, window: &Range<usize>, columns: usize) -> usize {
    let (before, inside) = (line.get(..window.start).unwrap_or_default(), line.get(window.clone()).unwrap_or_default());
    if text::width(before) + text::width(inside) <= columns {
        return 0;
    }
    let room = columns.saturating_sub(text::width(inside)) / 3;
    let words = before.char_indices().rev().filter(|(_, c)| *c == ' ').map(|(index, _)| index + 1);
    let fitting = words.take_while(|start| text::width(before.get(*start..).unwrap_or_default()) <= room);
    fitting.last().unwrap_or(window.start)
}

fn cut(line: &str, start: usize, columns: usize, found: &[Found]) -> Snippet {
    let piece = line.get(start..).unwrap_or_default();
    let lead = if start > 0 && columns > 0 { MISSING } else { "" };
    let shown = text::fit(piece, columns - text::width(lead));
    let kept = if shown == piece { piece.len() } else { shown.len().saturating_sub(MISSING.len()) };
    let mut hits: Vec<Range<usize>> = Vec::new();
    for hit in found.iter().filter(|hit| hit.range.start >= start && hit.range.end <= start + kept) {
        let range = hit.range.start - start + lead.len()..hit.range.end - start + lead.len();
        match hits.last_mut().filter(|last| range.start < last.end) {
            Some(last) => last.end = last.end.max(range.end),
            None => hits.push(range),
        }
    }
    Snippet { text: format!("{lead}{shown}"), hits }
}
