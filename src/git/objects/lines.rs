//! Which lines differ between two texts, as git's own differ sees it. Pure.

use std::ops::Range;

use gix::diff::blob::{Algorithm, InternedInput, TokenSource, diff_with_slider_heuristics};

/// Lines that were put in the place of others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangedLines {
    /// The lines before, counted from 0; empty where lines were only added.
    pub old: Range<usize>,
    /// The lines after.
    pub new: Range<usize>,
}

/// The changes that make `new` of `old`, in order; none touches the next.
pub fn changed_lines(old: &[&str], new: &[&str]) -> Vec<ChangedLines> {
    let input = InternedInput::new(Lines(old), Lines(new));
    let diff = diff_with_slider_heuristics(Algorithm::Myers, &input);
    let range = |range: Range<u32>| range.start as usize..range.end as usize;
    diff.hunks().map(|hunk| ChangedLines { old: range(hunk.before), new: range(hunk.after) }).collect()
}

/// Lines that are cut already.
struct Lines<'a>(&'a [&'a str]);

impl<'a> TokenSource for Lines<'a> {
    type Token = &'a str;
    type Tokenizer = std::iter::Copied<std::slice::Iter<'a, &'a str>>;

    fn tokenize(&self) -> Self::Tokenizer {
        self.0.iter().copied()
    }

    fn estimate_tokens(&self) -> u32 {
        u32::try_from(self.0.len()).unwrap_or(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_ranges_of_lines() {
        let changes = changed_lines(&["a\n", "b\n", "c\n"], &["a\n", "x\n", "y\n", "c\n", "d\n"]);
        assert_eq!(changes, [ChangedLines { old: 1..2, new: 1..3 }, ChangedLines { old: 3..3, new: 4..5 }]);
        assert_eq!(changed_lines(&["a"], &["a"]), []);
    }
}
