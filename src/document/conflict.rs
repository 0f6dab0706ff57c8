//! What a merge left for a person to choose: between git's markers, or between those of the merge driver, which are comments next
//! to a key. In a code block of Markdown markers are an example.

use std::ops::Range;

use super::lines::lines;
use super::{Document, EditError, markdown};

/// A line with this word in it is no marker.
const ALLOWED: &str = "cmpm:allow";

/// Which of two versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Ours,
    Theirs,
}

/// The conflicts of a text.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Conflicts {
    pub whole: Vec<Conflict>,
    /// The lines, from 1, of markers without their fellows.
    pub stray: Vec<u32>,
}

/// Two versions, with their markers.
#[derive(Debug, PartialEq, Eq)]
pub struct Conflict {
    /// From the first marker to the end of the last one's line.
    range: Range<usize>,
    /// The line of the first marker, from 1.
    pub line: u32,
    /// The key that it stands below, if the markers are comments.
    pub key: Option<String>,
    is_comment: bool,
    ours: String,
    theirs: String,
    /// What stands for a version while it is read; git can also write what both began with.
    part: Part,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Ours,
    Base,
    Theirs,
}

/// How a text is read.
#[derive(Debug, Clone, Copy)]
pub struct Reading {
    /// With keys, so that comments can be markers.
    pub has_keys: bool,
    pub is_markdown: bool,
}

impl Reading {
    /// As a file of this name is read.
    pub fn of(name: &str, text: &str) -> Self {
        let is_yaml = name.ends_with(".yaml") || name.ends_with(".yml");
        Self { has_keys: is_yaml || text.trim_start().starts_with("---"), is_markdown: name.ends_with("md") }
    }

    /// A line of text without what makes a comment of a marker, and whether that was so.
    fn marker(self, line: &str) -> (&str, bool) {
        let comment = line.trim_start().strip_prefix("# ").filter(|_| self.has_keys);
        match comment.filter(|text| matches!(*text, "<<<<<<< ours" | ">>>>>>> theirs" | "=======")) {
            Some(text) => (text, true),
            None => (line, false),
        }
    }
}

/// Finds the conflicts of a text. `=======` alone underlines a heading, and `>>>>>>> ` before it may be a quotation of a quotation.
pub fn conflicts(text: &str, reading: Reading) -> Conflicts {
    let mut found = Conflicts::default();
    if !text.contains("<<<<<<< ") && !text.contains(">>>>>>> ") {
        return found;
    }
    let plain = if reading.is_markdown { without_code(text) } else { text.to_owned() };
    let (mut open, mut has_middle): (Option<Conflict>, bool) = (None, false);
    for line in lines(text) {
        let (range, number) = (line.range, line.number);
        let (marker, is_comment) = reading.marker(line.text);
        // A conflict may begin or end in the middle of code.
        has_middle |= marker == "=======";
        let is_code = open.is_none() && plain.get(range.clone()) != text.get(range.clone());
        let is_marker =
            !is_code && !line.text.contains(ALLOWED) && open.as_ref().is_none_or(|open: &Conflict| open.is_comment == is_comment);
        match open.take() {
            _ if is_marker && marker.starts_with("<<<<<<< ") => {
                found.stray.extend(open.take().map(|open| open.line));
                open = Some(Conflict::begin(range, number, is_comment));
            }
            Some(mut conflict) if is_marker && marker.starts_with(">>>>>>> ") => {
                conflict.range.end = range.end;
                if conflict.is_comment {
                    conflict.key = conflict.named();
                }
                found.whole.push(conflict);
            }
            Some(conflict) => open = Some(conflict.with(marker, text.get(range).unwrap_or_default(), is_marker)),
            None if is_marker && has_middle && marker.starts_with(">>>>>>> ") => found.stray.push(number),
            None => {}
        }
    }
    found.stray.extend(open.map(|open| open.line));
    found
}

/// The text with spaces in place of the code of its body.
fn without_code(text: &str) -> String {
    let is_end = |line: &str| matches!(line.trim_end(), "---" | "...");
    let mut at = 0;
    if text.starts_with("---") {
        let head = text.split_inclusive('\n').enumerate().find_map(|(number, line)| {
            at += line.len();
            (number > 0 && is_end(line)).then_some(at)
        });
        at = head.unwrap_or_default();
    }
    let (head, body) = text.split_at_checked(at).unwrap_or(("", text));
    format!("{head}{}", markdown::without_code(body))
}

impl Conflict {
    fn begin(range: Range<usize>, line: u32, is_comment: bool) -> Self {
        Self { range, line, key: None, is_comment, ours: String::new(), theirs: String::new(), part: Part::Ours }
    }

    /// With one more line.
    fn with(mut self, marker: &str, line: &str, is_marker: bool) -> Self {
        match marker {
            "=======" if is_marker => self.part = Part::Theirs,
            _ if is_marker && !self.is_comment && marker.starts_with("||||||| ") => self.part = Part::Base,
            _ => {
                let text = if self.is_comment { line.replacen("# ", "", 1).replacen("#\n", "\n", 1) } else { line.to_owned() };
                match self.part {
                    Part::Ours => self.ours += &text,
                    Part::Base => {}
                    Part::Theirs => self.theirs += &text,
                }
            }
        }
        self
    }

    /// The key that both versions are about.
    fn named(&self) -> Option<String> {
        if let Some(above) = self.above() {
            return above.key().map(str::to_owned);
        }
        let of = |side: &str| match side.trim().strip_prefix('(') {
            Some(rest) => rest.strip_suffix(" removed)").map(str::to_owned),
            None => Some(side.trim_start().split_once(':')?.0.to_owned()),
        };
        of(&self.ours).or_else(|| of(&self.theirs))
    }

    /// What of a version stands above the markers.
    fn above(&self) -> Option<Above<'_>> {
        [&self.ours, &self.theirs].into_iter().filter(|_| self.is_comment).find_map(|side| Above::read(side))
    }

    /// What stands in the text for a person: a key, or a line.
    pub fn place(&self) -> String {
        self.key.as_ref().map_or_else(|| format!("line {}", self.line), |key| format!("`{key}`"))
    }

    /// What is to be done to the text when a version is chosen.
    fn choose(&self, side: Side, text: &str) -> Vec<(Range<usize>, &str)> {
        let marks = (self.range.clone(), "");
        match (self.side(side), self.above().map(|above| self.part(&above, text))) {
            (None, _) => vec![marks],
            (Some(version), Some(Some(lines))) => vec![(lines, version), marks],
            (Some(version), _) => vec![(self.stands(text), version)],
        }
    }

    /// The lines above the markers that a version is, where that is only a part of a value.
    fn part(&self, above: &Above<'_>, text: &str) -> Option<Range<usize>> {
        let (start, lines) = match above {
            Above::Lines { lines, .. } => (self.stands(text).start, lines.clone()),
            Above::Behind(count) => {
                let before = text.get(..self.range.start)?.split_inclusive('\n').count();
                (0, before.checked_sub(*count)?..before)
            }
            Above::All | Above::Value(_) => return None,
        };
        let length = |count: usize| {
            text.get(start..self.range.start).unwrap_or_default().split_inclusive('\n').take(count).map(str::len).sum::<usize>()
        };
        Some(start + length(lines.start)..start + length(lines.end))
    }

    /// The bytes that are one of the versions when it is chosen: with the value above, where the markers are comments.
    fn stands(&self, text: &str) -> Range<usize> {
        let before = text.get(..self.range.start).unwrap_or_default();
        let indent = text.get(self.range.start..).map_or(0, |rest| rest.len() - rest.trim_start_matches(' ').len());
        let is_head = |line: &str| match &self.key {
            Some(key) => line.get(indent..).and_then(|line| line.strip_prefix(key.as_str())).is_some_and(|rest| rest.starts_with(':')),
            None => false,
        };
        let mut start = before.len();
        if self.is_comment {
            let mut heads = before.split_inclusive('\n').rev();
            let mut at = before.len();
            let found = heads.find_map(|line| {
                at -= line.len();
                let (is_indented, is_fence) = (line.starts_with(&" ".repeat(indent)), line.trim_end() == "---");
                match &self.key {
                    None if is_fence => Some(at + line.len()),
                    Some(_) if is_fence || !is_indented => Some(start),
                    Some(_) if is_head(line) => Some(at),
                    _ => None,
                }
            });
            start = found.unwrap_or(if self.key.is_none() { 0 } else { start });
        }
        start..self.range.end
    }

    fn side(&self, side: Side) -> Option<&str> {
        let text = if side == Side::Ours { &self.ours } else { &self.theirs };
        let is_gone = self.is_comment && text.trim().starts_with('(') && text.trim().ends_with(" removed)");
        if self.is_comment && Above::read(text).is_some() { None } else { Some(if is_gone { "" } else { text }) }
    }
}

/// What the driver writes for a version that stands above the markers.
enum Above<'a> {
    /// `(as above)`: all of the text.
    All,
    /// `(notes as above)`: the value of a key.
    Value(&'a str),
    /// `(notes lines 2-3 as above)`: some lines of it, counted from its head.
    Lines { key: &'a str, lines: Range<usize> },
    /// `(2 lines above)`: so many lines right before the markers.
    Behind(usize),
}

impl<'a> Above<'a> {
    fn read(side: &'a str) -> Option<Self> {
        let said = side.trim().strip_prefix('(')?.strip_suffix("above)")?.trim_end();
        if let Some(count) = if said == "line" { Some(1) } else { said.strip_suffix(" lines").and_then(|count| count.parse().ok()) } {
            return Some(Self::Behind(count));
        }
        let Some(value) = said.strip_suffix(" as") else { return (said == "as").then_some(Self::All) };
        let of_lines = || {
            let (key, lines) = value.rsplit_once(" line ").or_else(|| value.rsplit_once(" lines "))?;
            let (first, last) = lines.split_once('-').unwrap_or((lines, lines));
            Some(Self::Lines { key, lines: first.parse().ok()?..last.parse::<usize>().ok()?.checked_add(1)? })
        };
        Some(of_lines().unwrap_or(Self::Value(value)))
    }

    fn key(&self) -> Option<&'a str> {
        match self {
            Self::Value(key) | Self::Lines { key, .. } => Some(key),
            Self::All | Self::Behind(_) => None,
        }
    }
}

impl Conflicts {
    pub fn is_empty(&self) -> bool {
        self.whole.is_empty() && self.stray.is_empty()
    }

    /// The text with one side of every whole conflict.
    pub fn take(&self, text: &str, side: Side) -> String {
        let mut changes: Vec<_> = self.whole.iter().flat_map(|conflict| conflict.choose(side, text)).collect();
        changes.sort_by_key(|(range, _)| std::cmp::Reverse(range.start));
        let mut taken = text.to_owned();
        changes.into_iter().for_each(|(range, version)| taken.replace_range(range, version));
        taken
    }

    /// Where they are, as people read it.
    pub fn places(&self) -> Vec<String> {
        let stray = self.stray.iter().map(|line| format!("line {line}"));
        self.whole.iter().map(Conflict::place).chain(stray).collect()
    }
}

impl Document {
    /// Removes the versions of a key that the merge driver left to choose from: it has a value now.
    pub(super) fn settle(&mut self, key: &str) -> Result<(), EditError> {
        let found = conflicts(&self.text, Reading { has_keys: true, is_markdown: false });
        let ends =
            |conflict: &&Conflict| conflict.key.as_deref() == Some(key) && self.text.as_bytes().get(conflict.range.start) == Some(&b'#');
        let mut own = found.whole.iter().filter(ends);
        let Some(first) = own.next() else { return Ok(()) };
        let range = first.range.start..own.next_back().unwrap_or(first).range.end;
        let wanted = super::edit::Wanted { fields: self.fields().to_vec(), body: self.body().len(), what: format!("`{key}`") };
        self.splice(range, "", &wanted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEYS: Reading = Reading { has_keys: true, is_markdown: true };

    #[test]
    fn a_side_is_taken_of_lines_of_keys_and_of_keys_below_keys() {
        let keys = "a: 1\n# <<<<<<< ours\n# a: 1\n# =======\n# a: 2\n# >>>>>>> theirs\nm:\n  b:\n    - x\n  # <<<<<<< ours\n  # b:\n  #   - x\n  \
                    # =======\n  # (b removed)\n  # >>>>>>> theirs\n";
        let text = format!("---\n{keys}---\n\n<<<<<<< HEAD\none\n||||||| old\nzero\n=======\ntwo\n>>>>>>> side\nend\n");
        let found = conflicts(&text, KEYS);
        assert_eq!(found.places(), ["`a`", "`b`", "line 19"]);
        assert_eq!(found.take(&text, Side::Ours), "---\na: 1\nm:\n  b:\n    - x\n---\n\none\nend\n");
        assert_eq!(found.take(&text, Side::Theirs), "---\na: 2\nm:\n---\n\ntwo\nend\n");
        let long = "---\nb: |\n  x\n  y\n# <<<<<<< ours\n# (b as above)\n# =======\n# b: |\n#   z\n# >>>>>>> theirs\nc: d\n---\n";
        let found = conflicts(long, KEYS);
        assert_eq!(found.places(), ["`b`"]);
        let sides = [Side::Ours, Side::Theirs].map(|side| found.take(long, side));
        assert_eq!(sides, ["---\nb: |\n  x\n  y\nc: d\n---\n", "---\nb: |\n  z\nc: d\n---\n"]);
        let whole = "---\n- x\n# <<<<<<< ours\n# (as above)\n# =======\n# - y\n# >>>>>>> theirs\n---\n";
        let found = conflicts(whole, KEYS);
        assert_eq!(["---\n- x\n---\n", "---\n- y\n---\n"], [Side::Ours, Side::Theirs].map(|side| found.take(whole, side)));
    }

    #[test]
    fn an_example_is_no_conflict_and_a_code_block_that_both_changed_is_one() {
        let conflict = "<<<<<<< HEAD\na\n=======\nb\n>>>>>>> side\n";
        assert!(conflicts(&format!("~~~~ text\n~~~\n{conflict}~~~~\n"), KEYS).is_empty());
        let code = format!("---\na: b\n---\n```\n{conflict}```\n\n    # <<<<<<< ours\n");
        assert!(conflicts(&code, KEYS).is_empty());
        let ends_outside = conflicts("```\n<<<<<<< HEAD\na\n=======\n```\n\n>>>>>>> main\n", KEYS);
        assert_eq!((ends_outside.whole.len(), ends_outside.stray), (0, vec![7]));
        assert_eq!(conflicts(&format!("```\nx\n```\n{conflict}"), KEYS).places(), ["line 4"]);
        assert_eq!(conflicts("<<<<<<< HEAD\n```\na\n=======\n```\nb\n>>>>>>> side\n```\n", KEYS).places(), ["line 1"]);
    }

    #[test]
    fn a_key_that_is_set_is_decided() {
        let text =
            "---\nid: A\nstatus: done\n# <<<<<<< ours\n# status: active\n# =======\n# status: done\n# >>>>>>> theirs\ntitle: x\n---\n";
        for word in ["done", "todo"] {
            let mut document = Document::parse(text.into());
            document.set("title", "new").unwrap();
            assert!(document.as_str().contains("<<<<<<< ours"));
            document.set("status", word).unwrap();
            assert_eq!(document.as_str(), format!("---\nid: A\nstatus: {word}\ntitle: new\n---\n"));
        }
    }
}
