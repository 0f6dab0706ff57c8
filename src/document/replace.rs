//! What the lines of a field become when it gets another value: its comments and its style stay.

use super::lines::{BLANK, Line, lines_from};
use super::render::{self, Style};
use super::scalar::{self, Quote};
use super::syntax::{split_key, value_length};
use super::{Document, Node, Value};

impl Document {
    /// The lines of a field with another value in it.
    pub(super) fn rewritten(&self, index: usize, lines: &[Line<'_>], value: &Value) -> Vec<String> {
        let (Some(first), Some(last)) = (lines.first(), lines.last()) else { return Vec::new() };
        let old = self.text.get(first.range.start..last.range.end).unwrap_or_default();
        let (_, behind_key) = split_key(first.text).unwrap_or_default();
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
        below.insert(0, format!("{head}{gap}{inline}{}", parts.comment));
        below
    }

    /// How this file writes its lists: like the first one in it that has items.
    pub(super) fn list_style(&self) -> Style {
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

/// What follows `key:`.
struct Parts<'a> {
    /// The space before the value.
    gap: &'a str,
    value: &'a str,
    /// The comment after the value with the space before it, or nothing.
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
        // A block list has nothing after the colon; its items tell how it quotes.
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
