//! The three-way merge of lines: git's rules (changes that touch are a conflict), with a say for who knows what the lines mean.

use std::ops::Range;

use super::three::Three;
use crate::git::{ChangedLines, changed_lines};

/// What a merge of text came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Woven {
    pub(super) text: String,
    /// How many places are marked for a person.
    pub(super) conflicts: usize,
}

/// Lines that only fit together if somebody chooses.
pub(super) type Hunk<'a> = Three<Vec<&'a str>>;

pub(super) enum Chunk<'a> {
    Agreed(Vec<&'a str>),
    Contested(Hunk<'a>),
}

/// Merges texts line by line; `settle` may find an answer where both sides changed the same lines.
pub(super) fn weave(sides: &Three<&str>, settle: impl Fn(&Hunk<'_>) -> Option<Woven>) -> Woven {
    let mut woven = Woven::default();
    for chunk in chunks(&sides.map(split)) {
        match chunk {
            Chunk::Agreed(lines) => lines.iter().for_each(|line| push_line(&mut woven.text, line)),
            Chunk::Contested(hunk) => woven.push(&settle(&hunk).unwrap_or_else(|| marked(&hunk))),
        }
    }
    woven
}

/// Both sides as they are, with markers wherever they differ.
pub(super) fn whole(sides: &Three<&str>) -> Woven {
    marked(&sides.map(split))
}

fn split(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

impl Woven {
    /// Text that nobody has to look at.
    pub(super) fn clean(text: String) -> Self {
        Self { text, conflicts: 0 }
    }

    /// Puts another part at the end.
    pub(super) fn push(&mut self, part: &Self) {
        part.text.split_inclusive('\n').for_each(|line| push_line(&mut self.text, line));
        self.conflicts += part.conflicts;
    }
}

/// Adds a line; one that ended the file on its side ends as a line where another follows.
fn push_line(text: &mut String, line: &str) {
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    text.push_str(line);
}

pub(super) fn chunks<'a>(lines: &Three<Vec<&'a str>>) -> Vec<Chunk<'a>> {
    let (ours, theirs) = (changed_lines(&lines.base, &lines.ours), changed_lines(&lines.base, &lines.theirs));
    let (mut ours, mut theirs) = (ours.as_slice(), theirs.as_slice());
    let mut chunks = Vec::new();
    let mut at = 0;
    while let Some(start) = [ours.first(), theirs.first()].into_iter().flatten().map(|change| change.old.start).min() {
        let mut end = start;
        let (mut from_ours, mut from_theirs) = (0, 0);
        while let Some(reached) = reach(ours, &mut from_ours, end).or_else(|| reach(theirs, &mut from_theirs, end)) {
            end = end.max(reached);
        }
        let ((here_ours, rest_ours), (here_theirs, rest_theirs)) = (ours.split_at(from_ours), theirs.split_at(from_theirs));
        chunks.push(Chunk::Agreed(cut(&lines.base, at..start)));
        let region = start..end;
        let base = cut(&lines.base, region.clone());
        chunks.push(match (here_ours.is_empty(), here_theirs.is_empty()) {
            (false, true) => Chunk::Agreed(side(&lines.ours, here_ours, &region)),
            (true, _) => Chunk::Agreed(side(&lines.theirs, here_theirs, &region)),
            (false, false) => {
                let hunk = Three { base, ours: side(&lines.ours, here_ours, &region), theirs: side(&lines.theirs, here_theirs, &region) };
                if hunk.ours == hunk.theirs { Chunk::Agreed(hunk.ours) } else { Chunk::Contested(hunk) }
            }
        });
        (ours, theirs, at) = (rest_ours, rest_theirs, end);
    }
    chunks.push(Chunk::Agreed(cut(&lines.base, at..lines.base.len())));
    chunks
}

/// Takes the next change if it begins within or right after what is taken so far; where it ends.
fn reach(changes: &[ChangedLines], taken: &mut usize, end: usize) -> Option<usize> {
    let change = changes.get(*taken).filter(|change| change.old.start <= end)?;
    *taken += 1;
    Some(change.old.end)
}

fn cut<'a>(lines: &[&'a str], range: Range<usize>) -> Vec<&'a str> {
    lines.get(range).unwrap_or_default().to_vec()
}

/// The lines of one side that stand for a region of the base.
fn side<'a>(lines: &[&'a str], changes: &[ChangedLines], region: &Range<usize>) -> Vec<&'a str> {
    let (Some(first), Some(last)) = (changes.first(), changes.last()) else { return Vec::new() };
    let start = first.new.start.saturating_sub(first.old.start - region.start);
    let end = last.new.end + (region.end - last.old.end);
    cut(lines, start..end)
}

/// Writes both sides with git's markers; lines that both have stand outside of them, but for an empty one that would cost two more
/// lines of markers.
pub(super) fn marked(hunk: &Hunk<'_>) -> Woven {
    let mut woven = Woven::default();
    let mut at = 0;
    let mut changes: Vec<ChangedLines> = Vec::new();
    for change in changed_lines(&hunk.ours, &hunk.theirs) {
        let between = |last: &ChangedLines| hunk.ours.get(last.old.end..change.old.start).unwrap_or_default().to_vec();
        match changes.last_mut().filter(|last| matches!(between(last).as_slice(), [line] if line.trim().is_empty())) {
            Some(last) => (last.old.end, last.new.end) = (change.old.end, change.new.end),
            None => changes.push(change),
        }
    }
    for change in changes {
        cut(&hunk.ours, at..change.old.start).iter().for_each(|line| push_line(&mut woven.text, line));
        push_line(&mut woven.text, "<<<<<<< ours\n");
        cut(&hunk.ours, change.old.clone()).iter().for_each(|line| push_line(&mut woven.text, line));
        push_line(&mut woven.text, "=======\n");
        cut(&hunk.theirs, change.new.clone()).iter().for_each(|line| push_line(&mut woven.text, line));
        push_line(&mut woven.text, ">>>>>>> theirs\n");
        woven.conflicts += 1;
        at = change.old.end;
    }
    cut(&hunk.ours, at..hunk.ours.len()).iter().for_each(|line| push_line(&mut woven.text, line));
    woven
}

#[cfg(test)]
mod tests {
    use super::*;

    fn merged(base: &str, ours: &str, theirs: &str) -> (String, usize) {
        let woven = weave(&Three { base, ours, theirs }, |_| None);
        (woven.text, woven.conflicts)
    }

    #[test]
    fn changes_apart_fit_together() {
        assert_eq!(merged("a\nb\nc\nd\n", "x\nb\nc\nd\n", "a\nb\nc\ny\nz\n"), ("x\nb\nc\ny\nz\n".into(), 0));
        assert_eq!(merged("a\nb\nc\n", "b\nc\n", "a\nb\nc\nd\n"), ("b\nc\nd\n".into(), 0));
        assert_eq!(merged("a\n", "a\nb\n", "a\nb\n"), ("a\nb\n".into(), 0));
    }

    #[test]
    fn changes_that_touch_are_marked_and_what_both_have_is_not() {
        let text = "<<<<<<< ours\nx\n=======\ny\n>>>>>>> theirs\nsame\n";
        assert_eq!(merged("a\nb\n", "x\nsame\n", "y\nsame\n"), (text.into(), 1));
        let text = "<<<<<<< ours\nx\n\ny\n=======\nv\n\nw\n>>>>>>> theirs\n";
        assert_eq!(merged("", "x\n\ny\n", "v\n\nw\n"), (text.into(), 1));
        let text = "a\n<<<<<<< ours\nb\n=======\nc\n>>>>>>> theirs\n";
        assert_eq!(merged("a\n", "a\nb", "a\nc"), (text.into(), 1));
    }
}
