//! What a text of any size is asked again and again, in an order in which each answer takes steps and no walk: lines and spans.

use std::cell::OnceCell;
use std::ops::Range;

use memchr::memchr_iter;

use super::Hit;

/// The lines of a text. They are counted once, when the first one is asked for.
pub(super) struct Lines<'a> {
    bytes: &'a [u8],
    breaks: OnceCell<Vec<usize>>,
}

impl<'a> Lines<'a> {
    pub(super) fn of(bytes: &'a [u8]) -> Self {
        Self { bytes, breaks: OnceCell::new() }
    }

    /// The line, from 1, of the first byte of a match that is not a line end.
    pub(super) fn line(&self, range: Range<usize>) -> u32 {
        let matched = self.bytes.get(range.clone()).unwrap_or_default();
        let start = range.start + matched.iter().take_while(|byte| matches!(**byte, b'\n' | b'\r')).count();
        let breaks = self.breaks.get_or_init(|| memchr_iter(b'\n', self.bytes).collect());
        u32::try_from(breaks.partition_point(|at| *at < start) + 1).unwrap_or(u32::MAX)
    }
}

/// The parts of a text that rules matched: in order, none overlapping another.
pub(super) struct Taken(Vec<(usize, usize)>);

impl Taken {
    pub(super) fn by<'h, 'r: 'h>(hits: impl IntoIterator<Item = &'h Hit<'r>>) -> Self {
        let mut spans: Vec<(usize, usize)> =
            hits.into_iter().filter_map(|hit| hit.span.as_ref()).map(|span| (span.matched.start, span.matched.end)).collect();
        spans.sort_unstable();
        let mut joined: Vec<(usize, usize)> = Vec::with_capacity(spans.len());
        for (start, end) in spans {
            match joined.last_mut() {
                Some(last) if start < last.1 => last.1 = last.1.max(end),
                _ => joined.push((start, end)),
            }
        }
        Self(joined)
    }

    pub(super) fn overlaps(&self, place: &Range<usize>) -> bool {
        let first = self.0.partition_point(|(_, end)| *end <= place.start);
        self.0.get(first).is_some_and(|(start, _)| *start < place.end)
    }
}
