//! The lines of a field in its file: where they begin and end, and what stands there after an edit.

use std::ops::Range;

use super::lines::{Line, line_end, lines_from};
use super::syntax::{opens_block, split_key};
use super::{Document, EditError, Kind, layout};

/// Bytes that go in the place of others.
pub(super) struct Change {
    pub(super) range: Range<usize>,
    pub(super) text: String,
    /// How many of them become part of the body.
    pub(super) body: usize,
}

impl Document {
    /// The lines that a field takes, without the comments and blank lines after it.
    pub(super) fn lines_of(&self, index: usize) -> Result<Vec<Line<'_>>, EditError> {
        let (Some(field), Some(layout)) = (self.fields().get(index), &self.layout) else { return Ok(Vec::new()) };
        let next = self.fields().get(index + 1).map_or(u32::MAX, |next| next.line);
        let yaml = self.text.get(..layout.yaml.end).unwrap_or_default();
        let mut lines: Vec<_> = lines_from(yaml, layout.yaml.start, layout.yaml_line)
            .skip_while(|line| line.number < field.line)
            .take_while(|line| line.number == field.line || (line.number < next && line.is_below_key()))
            .collect();
        if lines.first().and_then(|line| split_key(line.text)).is_none_or(|(key, _)| key != field.key) {
            return Err(EditError::Form { key: field.key.clone(), line: field.line });
        }
        let block = lines.iter().any(|line| opens_block(line.text));
        let behind = |line: &Line<'_>| line.is_blank() || (line.is_comment() && !(block && line.is_indented()));
        while lines.len() > 1 && lines.last().is_some_and(behind) {
            lines.pop();
        }
        Ok(lines)
    }

    /// Puts these lines in the place of those of a field, which end as those did.
    pub(super) fn swap(&self, old: &[Line<'_>], new: &[String]) -> Change {
        let ends = old.first().zip(old.last());
        let range = ends.map_or(0..0, |(first, last)| first.range.start..last.range.end);
        let text = self.text.get(range.clone()).unwrap_or_default();
        let end = line_end(if text.contains(['\n', '\r']) { text } else { &self.text });
        let last = if new.is_empty() || !text.ends_with(['\n', '\r']) { "" } else { end };
        Change { range, text: new.join(end) + last, body: 0 }
    }

    /// Puts the lines of a new field at the end of the front matter, which is made if there is none.
    pub(super) fn insert(&self, mut lines: Vec<String>) -> Change {
        let end = line_end(&self.text);
        let Some(layout) = &self.layout else {
            let apart = !self.body().is_empty() && !self.body().starts_with(['\n', '\r']);
            lines.insert(0, "---".to_owned());
            lines.push("---".to_owned());
            lines.extend(apart.then(String::new));
            let at = layout::mark_length(&self.text);
            return Change { range: at..at, text: lines.join(end) + end, body: if apart { end.len() } else { 0 } };
        };
        let at = layout.yaml.end;
        let in_line = !self.text.get(..at).is_none_or(|before| before.ends_with(['\n', '\r']));
        let start = if in_line && (self.kind == Kind::Markdown || !layout.yaml.is_empty()) { end } else { "" };
        Change { range: at..at, text: format!("{start}{}{end}", lines.join(end)), body: 0 }
    }
}
