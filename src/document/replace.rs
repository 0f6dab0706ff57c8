//! Which bytes an edit of one key replaces, and with what.

use std::ops::Range;

use super::lines::{BLANK, Line, line_end, lines_from};
use super::render::{self, Style};
use super::scalar::{self, Quote};
use super::syntax::{opens_block, split_key, value_length};
use super::{Document, EditError, Kind, Node, Value, layout};

/// Text for a key that is not there yet.
pub(super) struct Insertion {
    pub(super) at: usize,
    pub(super) text: String,
    /// The bytes of it that become part of the body.
    pub(super) body: usize,
}

impl Document {
    /// The lines that a field takes, without the comments and blank lines behind it.
    fn lines_of(&self, index: usize) -> Result<Vec<Line<'_>>, EditError> {
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

    /// The bytes that a field takes.
    pub(super) fn place_of(&self, index: usize) -> Result<Range<usize>, EditError> {
        Ok(span(&self.lines_of(index)?))
    }

    /// The bytes of a field and what to write there to give it another value.
    pub(super) fn replacement(&self, index: usize, value: &Value) -> Result<(Range<usize>, String), EditError> {
        let lines = self.lines_of(index)?;
        let range = span(&lines);
        let old = self.text.get(range.clone()).unwrap_or_default();
        let (_, behind_key) = split_key(old.split(['\n', '\r']).next().unwrap_or_default()).unwrap_or_default();
        let (head, rest) = old.split_at_checked(behind_key).unwrap_or_default();
        let parts = Parts::new(rest);
        let style = parts.style(self.list_style());
        let (inline, mut below) = match value {
            Value::Text(text) if scalar::are_alike(parts.value, text) => (text.clone(), Vec::new()),
            _ => render::split(value, style),
        };
        if let (Value::List(new), Some(Node::List(old))) = (value, self.fields().get(index).map(|field| &field.node))
            && !style.flow
        {
            below = merge_items(lines.get(1..).unwrap_or_default(), old, new, style).unwrap_or(below);
        }
        let gap = if inline.is_empty() { "" } else { parts.gap };
        let mut text = vec![format!("{head}{gap}{inline}{}", parts.comment)];
        text.extend(below);
        let end = line_end(if line_ends(old) { old } else { &self.text });
        let last = if old.ends_with(['\n', '\r']) { end } else { "" };
        Ok((range, text.join(end) + last))
    }

    /// Where to write a key that is not there yet, and what.
    pub(super) fn insertion(&self, key: &str, value: &Value) -> Insertion {
        let end = line_end(&self.text);
        let mut lines = render::entry(key, value, self.list_style());
        let Some(layout) = &self.layout else {
            let apart = !self.body().is_empty() && !self.body().starts_with(['\n', '\r']);
            lines.insert(0, "---".to_owned());
            lines.push("---".to_owned());
            lines.extend(apart.then(String::new));
            let body = if apart { end.len() } else { 0 };
            return Insertion { at: layout::mark_length(&self.text), text: lines.join(end) + end, body };
        };
        let before = self.text.get(layout.yaml.clone()).unwrap_or_default();
        let open = layout.yaml.end > 0 && !self.text.get(..layout.yaml.end).is_some_and(|text| text.ends_with(['\n', '\r']));
        let start = if open && (!before.is_empty() || self.kind == Kind::Markdown) { end } else { "" };
        Insertion { at: layout.yaml.end, text: format!("{start}{}{end}", lines.join(end)), body: 0 }
    }

    /// How this file writes its lists: like the first one in it that has items.
    fn list_style(&self) -> Style {
        let yaml = self.layout.as_ref().and_then(|layout| self.text.get(layout.yaml.clone())).unwrap_or_default();
        let mut open = false;
        for line in lines_from(yaml, 0, 1) {
            let item = line.text.trim_start_matches(' ');
            if open && item.starts_with("- ") {
                return Style { indent: line.text.len() - item.len(), ..Style::default() };
            }
            let Some((_, behind_key)) = split_key(line.text) else { continue };
            let value = line.text.get(behind_key..).unwrap_or_default().trim_matches(BLANK);
            if value.starts_with('[') && value.ends_with(']') && value.len() > 2 {
                return Style { flow: true, ..Style::default() };
            }
            open = value.is_empty() || value.starts_with('#');
        }
        Style::default()
    }
}

fn span(lines: &[Line<'_>]) -> Range<usize> {
    let ends = lines.first().zip(lines.last());
    ends.map_or(0..0, |(first, last)| first.range.start..last.range.end)
}

fn line_ends(text: &str) -> bool {
    text.contains(['\n', '\r'])
}

/// What stands behind `key:`.
struct Parts<'a> {
    /// The space before the value.
    gap: &'a str,
    value: &'a str,
    /// The comment behind the value with the space before it, or nothing.
    comment: String,
}

impl<'a> Parts<'a> {
    fn new(rest: &'a str) -> Self {
        let (value, behind) = value_length(rest).and_then(|length| rest.split_at_checked(length)).unwrap_or((rest, ""));
        let line = behind.split(['\n', '\r']).next().unwrap_or_default();
        let comment = line.trim_start_matches(BLANK);
        let comment = match line.strip_suffix(comment) {
            _ if !comment.starts_with('#') => String::new(),
            Some("") | None => format!(" {comment}"),
            Some(space) => format!("{space}{comment}"),
        };
        let text = value.trim_start_matches(BLANK);
        let gap = value.strip_suffix(text).filter(|gap| !gap.is_empty() && !text.is_empty()).unwrap_or(" ");
        // A block list has nothing behind the colon; its items tell how it quotes.
        let value = if text.is_empty() { behind.trim_start_matches([' ', '\t', '\n', '\r', '-']) } else { text };
        Self { gap, value, comment }
    }

    /// The style of this value, or the file's where this one shows none.
    fn style(&self, file: Style) -> Style {
        let quote = match self.value.trim_start_matches(['[', ' ']).chars().next() {
            Some('"') => Quote::Double,
            Some('\'') => Quote::Single,
            _ => Quote::Least,
        };
        let empty = self.value.trim_matches(['[', ']', ' ']).is_empty();
        Style { quote, flow: if empty { file.flow } else { self.value.starts_with('[') }, ..file }
    }
}

/// The lines of a block list that becomes another: the lines of items that stay are kept with their comments.
fn merge_items(lines: &[Line<'_>], old: &[Node], new: &[Value], style: Style) -> Option<Vec<String>> {
    let mut items: Vec<Vec<&str>> = Vec::new();
    let mut before = Vec::new();
    let indent = lines.iter().find_map(|line| item_indent(line.text))?;
    for line in lines {
        if item_indent(line.text) == Some(indent) {
            before.push(line.text);
            items.push(std::mem::take(&mut before));
        } else if line.is_blank() || line.is_comment() {
            before.push(line.text);
        } else {
            items.last_mut()?.extend(before.drain(..).chain([line.text]));
        }
    }
    if items.len() != old.len() || new.is_empty() {
        return None;
    }
    let mut rest = old.iter().zip(items);
    let mut merged: Vec<String> = Vec::new();
    for value in new {
        let node = value.to_node();
        let mut ahead = rest.clone();
        if let Some((_, kept)) = ahead.find(|(item, _)| **item == node) {
            merged.extend(kept.iter().map(|line| (*line).to_owned()));
            rest = ahead;
        } else {
            merged.extend(
                render::list_item(value, style)
                    .iter()
                    .map(|line| if line.is_empty() { String::new() } else { format!("{:indent$}{line}", "") }),
            );
        }
    }
    Some(merged)
}

fn item_indent(line: &str) -> Option<usize> {
    let item = line.trim_start_matches(' ');
    (item == "-" || item.starts_with("- ")).then(|| line.len() - item.len())
}
