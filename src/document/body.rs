//! Editing the body: text goes in with the file's own line ends, everything else stays as it is.

use std::ops::Range;

use super::lines::{line_end, line_start, lines, with_line_end};
use super::{Document, EditError, markdown};

impl Document {
    /// Appends `text` to the section under `## heading`, which is made at the end of the body if there is none.
    ///
    /// Between blocks comes an empty line, between the items of one list none. Where the section ends in a marker such
    /// as `<!-- SECTION:NOTES:END -->`, the text goes before it.
    pub fn append_section(&mut self, heading: &str, text: &str) -> Result<(), EditError> {
        let body = self.body();
        let sections = markdown::sections(body);
        let found = sections.iter().find(|section| section.level == 2 && section.is_called(heading));
        let (at, text) = match found {
            Some(section) => (end_of_content(body, &section.range), text.to_owned()),
            None => (content_end(body, 0..body.len()), format!("## {heading}\n\n{}", text.trim_end_matches(['\n', '\r']))),
        };
        let before = body.get(..at).unwrap_or_default();
        let addition = joined(before, &text, line_end(self.as_str()));
        let mut edited = self.clone();
        edited.edit_body(at..at, &addition)?;
        if !markdown::sections(edited.body()).iter().any(|section| section.level == 2 && section.is_called(heading)) {
            return Err(EditError::Swallowed { heading: heading.to_owned() });
        }
        *self = edited;
        Ok(())
    }

    /// Puts another text in the place of the whole body.
    pub fn replace_body(&mut self, text: &str) -> Result<(), EditError> {
        let end = line_end(self.as_str());
        let mut text = with_line_end(text, end);
        if !text.is_empty() && !text.ends_with(['\n', '\r']) {
            text.push_str(end);
        }
        self.edit_body(0..self.body().len(), &text)
    }

    /// Puts `text` in the place of a byte range of the body, as it is: what changes links in place uses this.
    pub fn edit_body(&mut self, range: Range<usize>, text: &str) -> Result<(), EditError> {
        self.require_editable()?;
        let mut wanted = self.wanted("the body".to_owned());
        if self.body().get(range.clone()).is_none() {
            return Err(EditError::Unsafe { what: wanted.what });
        }
        wanted.body = wanted.body - range.len() + text.len();
        let (start, whole) = (self.body_start(), self.as_str());
        // The fence may be the last line of the file, without a line end.
        let fence_open = self.front().is_some() && !whole.get(..start).is_some_and(|before| before.ends_with(['\n', '\r']));
        let text = if fence_open { format!("{}{text}", line_end(whole)) } else { text.to_owned() };
        self.splice(start + range.start..start + range.end, &text, &wanted)
    }
}

/// Where the last line that says something ends, its line end included.
fn content_end(body: &str, range: Range<usize>) -> usize {
    let content = body.get(range.clone()).unwrap_or_default();
    let last = lines(content).filter(|line| !line.is_blank()).last();
    range.start + last.map_or(0, |line| line.range.end)
}

/// Where new text of a section goes: after its last line, or before a marker that ends it.
fn end_of_content(body: &str, range: &Range<usize>) -> usize {
    let end = content_end(body, range.clone());
    let marker = line_start(body, end.saturating_sub(1).max(range.start));
    let line = body.get(marker..end).unwrap_or_default().trim();
    let ends = line.starts_with("<!--") && line.ends_with(":END -->") && marker > range.start;
    if ends { content_end(body, range.start..marker) } else { end }
}

/// `text` as it follows `before`: on its own lines, after an empty line unless both are items of a list.
fn joined(before: &str, text: &str, end: &str) -> String {
    let text = with_line_end(text.trim_matches(['\n', '\r']), end);
    let last = lines(before).last().map_or("", |line| line.text);
    let gap = match () {
        () if before.trim().is_empty() => 0,
        () if is_item(last) && is_item(&text) => 1,
        () => 2,
    };
    let present = usize::from(before.ends_with(['\n', '\r']));
    format!("{}{text}{end}", end.repeat(gap.max(present) - present))
}

fn is_item(line: &str) -> bool {
    let line = line.trim_start();
    let number = line.trim_start_matches(|c: char| c.is_ascii_digit());
    let numbered = number.len() < line.len() && number.starts_with(['.', ')']);
    line.starts_with(['-', '*', '+']) && line.get(1..).is_some_and(|rest| rest.starts_with(' ')) || numbered
}

#[cfg(test)]
mod tests {
    use super::*;

    fn appended(before: &str, text: &str) -> String {
        let mut document = Document::parse(before.as_bytes().to_vec());
        document.append_section("Notes", text).unwrap();
        document.as_str().to_owned()
    }

    #[test]
    fn a_section_is_made_at_the_end() {
        assert_eq!(appended("", "one"), "## Notes\n\none\n");
        assert_eq!(appended("# A\n\ntext", "one\n"), "# A\n\ntext\n\n## Notes\n\none\n");
        assert_eq!(appended("---\r\na: b\r\n---\r\n", "one\ntwo"), "---\r\na: b\r\n---\r\n## Notes\r\n\r\none\r\ntwo\r\n");
    }

    #[test]
    fn text_goes_to_the_end_of_its_section() {
        assert_eq!(appended("## notes\n\none\n\n### Sub\n\nx\n\n## Next\n", "two"), "## notes\n\none\n\n### Sub\n\nx\n\ntwo\n\n## Next\n");
        assert_eq!(appended("## Notes\n## Next\n", "two"), "## Notes\n\ntwo\n## Next\n");
        assert_eq!(appended("## Notes\n\n- one\n", "- two"), "## Notes\n\n- one\n- two\n");
        assert_eq!(
            appended("## Notes\n\n<!-- A:BEGIN -->\none\n<!-- A:END -->\n", "two"),
            "## Notes\n\n<!-- A:BEGIN -->\none\n\ntwo\n<!-- A:END -->\n"
        );
    }

    #[test]
    fn a_code_block_does_not_swallow_a_section() {
        let mut document = Document::parse(b"```\nopen\n".to_vec());
        assert!(document.append_section("Notes", "x").is_err());
        assert_eq!(document.bytes(), b"```\nopen\n");
    }

    #[test]
    fn the_body_is_replaced_behind_its_front_matter() {
        let mut document = Document::parse(b"---\r\na: b\r\n---".to_vec());
        document.replace_body("new\ntext").unwrap();
        assert_eq!(document.as_str(), "---\r\na: b\r\n---\r\nnew\r\ntext\r\n");
        document.replace_body("---\nx: y\n---\n").unwrap();
        assert_eq!(document.text("a").as_deref(), Some("b"));
        let mut plain = Document::parse(b"text".to_vec());
        assert!(plain.replace_body("---\nx: y\n---\n").is_err());
    }
}
