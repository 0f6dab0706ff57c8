//! Where the front matter is in a file and where the body begins.

use std::ops::Range;

use super::lines::{BLANK, Line, lines_from};
use super::syntax::split_key;

/// The parts of a file with front matter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Layout {
    /// What stands between the fences.
    pub(super) yaml: Range<usize>,
    /// The line where that begins.
    pub(super) yaml_line: u32,
    /// The byte where the body begins.
    pub(super) body: usize,
    pub(super) body_line: u32,
    pub(super) closed: bool,
}

/// The length of a byte order mark at the beginning of `text`.
pub(super) fn mark_length(text: &str) -> usize {
    if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 }
}

/// A whole file of YAML: no fences, no body.
pub(super) fn whole(text: &str) -> Layout {
    Layout { yaml: mark_length(text)..text.len(), yaml_line: 1, body: text.len(), body_line: 1, closed: true }
}

/// Finds the front matter: a `---` line, first but for blank lines, up to the next `---` or `...` line.
///
/// Where blank lines come first, or no fence closes it, only lines that look like `key: value` make it front matter: a
/// `---` is a thematic break too.
pub(super) fn find(text: &str) -> Option<Layout> {
    let mut lines = lines_from(text, mark_length(text), 1);
    let open = lines.find(|line| !line.is_blank()).filter(|line| fence(line, &["---"]))?;
    let layout = close(text, &open);
    let sure = layout.closed && open.number == 1;
    (sure || starts_with_key(text.get(layout.yaml.clone())?)).then_some(layout)
}

fn fence(line: &Line<'_>, fences: &[&str]) -> bool {
    fences.contains(&line.text.trim_end_matches(BLANK))
}

fn starts_with_key(yaml: &str) -> bool {
    lines_from(yaml, 0, 1).find(|line| !line.is_blank() && !line.is_comment()).is_some_and(|line| split_key(line.text).is_some())
}

fn close(text: &str, open: &Line<'_>) -> Layout {
    let (start, first) = (open.range.end, open.number.saturating_add(1));
    let mut end = (text.len(), first);
    let mut blank = None;
    let mut prose = Prose::default();
    for line in lines_from(text, start, first) {
        if fence(&line, &["---", "..."]) {
            let body_line = line.number.saturating_add(1);
            return Layout { yaml: start..line.range.start, yaml_line: first, body: line.range.end, body_line, closed: true };
        }
        if line.is_blank() {
            blank.get_or_insert((line.range.start, line.number));
        }
        if prose.reached(&line) {
            break;
        }
        end.1 = line.number.saturating_add(1);
    }
    let (end, body_line) = blank.unwrap_or(end);
    Layout { yaml: start..end, yaml_line: first, body: end, body_line, closed: false }
}

/// Notices that the text has become a document: a Markdown heading with something under it that YAML never has there.
///
/// Without this, a thematic break far below would close front matter whose fence is missing.
#[derive(Default)]
struct Prose {
    after_blank: bool,
    after_heading: bool,
}

impl Prose {
    fn reached(&mut self, line: &Line<'_>) -> bool {
        let blank = line.is_blank();
        let heading = line.text.starts_with('#');
        let of_yaml = || line.is_indented() || line.text.starts_with('-') || split_key(line.text).is_some();
        let reached = self.after_heading && !blank && !heading && !of_yaml();
        self.after_heading = (self.after_heading && (blank || heading)) || (self.after_blank && heading);
        self.after_blank = blank;
        reached
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> Option<(&str, &str, bool)> {
        find(text).map(|layout| (text.get(layout.yaml).unwrap(), text.get(layout.body..).unwrap(), layout.closed))
    }

    #[test]
    fn the_first_closing_fence_ends_it() {
        assert_eq!(parts("---\na: b\n---\nbody\n---\n"), Some(("a: b\n", "body\n---\n", true)));
        assert_eq!(parts("\u{feff}--- \r\na: b\r\n...\t\r\nbody"), Some(("a: b\r\n", "body", true)));
        assert_eq!(parts("---\n---"), Some(("", "", true)));
        assert_eq!(parts("---\ra: b\r---\rbody"), Some(("a: b\r", "body", true)));
    }

    #[test]
    fn a_thematic_break_is_not_front_matter() {
        assert_eq!(parts("----\na: b\n---\n"), None);
        assert_eq!(parts("\n---\nsome text\n---\n"), None);
        assert_eq!(parts("---\n\ntext: yes\n"), None);
        assert_eq!(parts("# Title\n---\na: b\n---\n"), None);
        assert_eq!(parts(""), None);
    }

    #[test]
    fn blank_lines_may_come_first() {
        assert_eq!(parts("\n \n---\na: b\n---\nc"), Some(("a: b\n", "c", true)));
    }

    #[test]
    fn without_a_closing_fence_the_first_block_counts() {
        assert_eq!(parts("---\na: b\nc: d---\n\n## Abstract\n"), Some(("a: b\nc: d---\n", "\n## Abstract\n", false)));
        assert_eq!(parts("---\na: b"), Some(("a: b", "", false)));
        assert_eq!(parts("---\na: b\n\n# Title\n\nYou are.\n\n---\n"), Some(("a: b\n", "\n# Title\n\nYou are.\n\n---\n", false)));
        assert_eq!(parts("---\na: b\n\n# comment\nc: d\n---\n"), Some(("a: b\n\n# comment\nc: d\n", "", true)));
    }

    #[test]
    fn body_lines_are_counted() {
        assert_eq!(find("\n---\na: b\n---\nx").unwrap().body_line, 5);
        assert_eq!(find("---\na: b\n\nx").unwrap().body_line, 3);
        assert_eq!(find("---\na: b\n---\nx").unwrap().yaml_line, 2);
    }
}
