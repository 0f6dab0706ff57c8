//! The lines of a text, each with its own end (`\n`, `\r\n` or a lone `\r`), counted as YAML and CommonMark count them.

use std::ops::Range;

/// One line: where it stands with its end, and what it says without.
#[derive(Debug, Clone)]
pub(super) struct Line<'a> {
    pub(super) range: Range<usize>,
    pub(super) text: &'a str,
    /// Counted from 1.
    pub(super) number: u32,
}

impl Line<'_> {
    pub(super) fn is_blank(&self) -> bool {
        self.text.trim_matches(BLANK).is_empty()
    }
    pub(super) fn is_comment(&self) -> bool {
        self.text.trim_start_matches(BLANK).starts_with('#')
    }
    pub(super) fn is_indented(&self) -> bool {
        self.text.starts_with(BLANK)
    }
    /// Whether the line can belong to a key above it.
    pub(super) fn is_below_key(&self) -> bool {
        self.is_blank() || self.is_comment() || self.is_indented() || self.text == "-" || self.text.starts_with("- ")
    }
}

/// What YAML calls white space within a line.
pub(super) const BLANK: [char; 2] = [' ', '\t'];

/// Goes over the lines of `text` from byte `start` on, whose first line has the number `number`.
pub(super) fn lines_from(text: &str, start: usize, number: u32) -> impl Iterator<Item = Line<'_>> {
    let mut next = (start, number);
    std::iter::from_fn(move || {
        let (start, number) = next;
        let rest = text.get(start..).filter(|rest| !rest.is_empty())?;
        let length = rest.bytes().position(|b| matches!(b, b'\n' | b'\r')).unwrap_or(rest.len());
        let (text, end) = rest.split_at_checked(length)?;
        let whole = start + length + end_length(end);
        next = (whole, number.saturating_add(1));
        Some(Line { range: start..whole, text, number })
    })
}

/// Goes over the lines of `text`.
pub(super) fn lines(text: &str) -> impl Iterator<Item = Line<'_>> {
    lines_from(text, 0, 1)
}

fn end_length(rest: &str) -> usize {
    if rest.starts_with("\r\n") { 2 } else { usize::from(rest.starts_with(['\r', '\n'])) }
}

/// The end of the first line of `text`, `\n` where there is none.
pub(super) fn line_end(text: &str) -> &'static str {
    match text.bytes().position(|b| matches!(b, b'\n' | b'\r')).and_then(|at| text.get(at..)) {
        Some(rest) if rest.starts_with("\r\n") => "\r\n",
        Some(rest) if rest.starts_with('\r') => "\r",
        _ => "\n",
    }
}

/// `text` with every line end replaced by `end`.
pub(super) fn with_line_end(text: &str, end: &str) -> String {
    let mut result = String::with_capacity(text.len());
    for line in lines(text) {
        result.push_str(line.text);
        if line.range.len() > line.text.len() {
            result.push_str(end);
        }
    }
    result
}

/// Where the line that holds byte `at` begins.
pub(super) fn line_start(text: &str, at: usize) -> usize {
    text.get(..at).and_then(|before| before.rfind(['\n', '\r'])).map_or(0, |end| end + 1)
}

/// Tells the line numbers of growing byte positions in one pass.
pub(super) struct LineCounter<'a> {
    text: &'a str,
    at: usize,
    line: u32,
}

impl<'a> LineCounter<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0, line: 1 }
    }

    /// The line (from 1) of byte `at`, which must not be before the last one asked for.
    pub(super) fn line_of(&mut self, at: usize) -> u32 {
        let bytes = self.text.as_bytes();
        let passed = bytes.get(self.at..at).unwrap_or_default();
        for (index, byte) in passed.iter().enumerate() {
            let next = bytes.get(self.at + index + 1);
            if *byte == b'\n' || (*byte == b'\r' && next != Some(&b'\n')) {
                self.line = self.line.saturating_add(1);
            }
        }
        self.at = self.at.max(at);
        self.line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_end_counts_once() {
        let seen: Vec<_> = lines("a\r\nb\rc\n\nd").map(|line| (line.number, line.text, line.range)).collect();
        assert_eq!(seen, [(1, "a", 0..3), (2, "b", 3..5), (3, "c", 5..7), (4, "", 7..8), (5, "d", 8..9)]);
    }

    #[test]
    fn the_counter_agrees_with_the_lines() {
        let text = "a\r\nb\rc\n\nd";
        let mut counter = LineCounter::new(text);
        for line in lines(text) {
            assert_eq!(counter.line_of(line.range.start), line.number);
        }
    }

    #[test]
    fn line_ends_are_replaced_but_not_added() {
        assert_eq!(with_line_end("a\nb\r\nc", "\r\n"), "a\r\nb\r\nc");
        assert_eq!(line_end("ab\r\nc\n"), "\r\n");
    }
}
