//! The proof of a merged text: no line is in it less or more often than both sides together say.

use std::collections::{HashMap, HashSet};

use super::three::Three;
use crate::document::markdown;

/// What a text says, line by line, and how often.
#[derive(Default)]
struct Said {
    /// Outside of conflict markers.
    settled: HashMap<String, usize>,
    /// Within them too.
    all: HashMap<String, usize>,
}

/// Whether each line is there as often as the sides say. What both added may be one change or two; within markers a line may
/// stand once for each side. Of a ticked item only the item counts.
pub(super) fn adds_up(sides: &Three<&str>, result: &str) -> bool {
    let sides = sides.map(|side| Said::of(side, false).all);
    let result = Said::of(result, true);
    let lines: HashSet<&String> = [&sides.base, &sides.ours, &sides.theirs, &result.all].into_iter().flat_map(HashMap::keys).collect();
    lines.into_iter().all(|line| {
        let times = |said: &HashMap<String, usize>| said.get(line).copied().unwrap_or_default();
        let (least, most) = bounds(sides.each().map(times));
        least <= times(&result.all) && times(&result.settled) <= most
    })
}

/// How often a line may be there.
fn bounds(times: Three<usize>) -> (usize, usize) {
    let Three { base, ours, theirs } = times;
    let both = (ours + theirs).saturating_sub(base);
    match () {
        () if ours >= base && theirs >= base => (ours.max(theirs), both),
        () if ours <= base && theirs <= base => (both, ours.min(theirs)),
        () => (both, both),
    }
}

/// How many lines stand within markers: what a person has to read.
pub(super) fn contested(text: &str) -> usize {
    let said = Said::of(text, true);
    said.all.values().sum::<usize>() - said.settled.values().sum::<usize>()
}

/// Whether a body has markers of its own, so that nobody can tell them from those of a merge. In code they are documentation,
/// unless they are the very words of ours.
pub(super) fn has_markers(body: &str) -> bool {
    let is_marker = |line: &str| line.starts_with("<<<<<<< ") || line.starts_with(">>>>>>> ");
    body.lines().any(is_marker)
        && (body.lines().any(|line| matches!(line, "<<<<<<< ours" | ">>>>>>> theirs"))
            || markdown::without_code(body).lines().any(is_marker))
}

impl Said {
    fn of(text: &str, is_marked: bool) -> Self {
        let mut said = Self::default();
        let mut within = false;
        for line in text.lines() {
            match line {
                "<<<<<<< ours" if is_marked => within = true,
                ">>>>>>> theirs" if is_marked => within = false,
                "=======" if within => {}
                _ if line.trim().is_empty() => {}
                _ => {
                    *said.all.entry(saying(line)).or_default() += 1;
                    if !within {
                        *said.settled.entry(saying(line)).or_default() += 1;
                    }
                }
            }
        }
        said
    }
}

fn saying(line: &str) -> String {
    let line = line.trim();
    line.strip_prefix("- [x]").or_else(|| line.strip_prefix("- [X]")).map_or_else(|| line.to_owned(), |item| format!("- [ ]{item}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_there_as_often_as_the_sides_say() {
        let fits = |base, ours, theirs, result| adds_up(&Three { base, ours, theirs }, result);
        assert!(fits("a\n", "a\nb\n", "a\nb\n", "a\nb\n") && fits("a\n", "a\nb\n", "a\nb\n", "a\nb\nb\n"));
        assert!(!fits("a\n", "a\nb\n", "a\nb\n", "a\n") && !fits("a\n", "a\n", "a\n", "a\na\n") && !fits("a\n", "", "a\n", "a\n"));
        let marked = "<<<<<<< ours\nb\n=======\na\nc\n>>>>>>> theirs\n";
        assert!(fits("a\n", "b\n", "a\nc\n", marked) && !fits("a\n", "b\n", "a\nc\n", "b\na\nc\n"));
        assert_eq!((contested(marked), contested("a\n")), (3, 0));
        assert!(fits("- [ ] a\n", "- [x] a\n", "- [ ] a\n", "- [x] a\n"));
    }
}
