//! The canonical form of a new file, and of any value that is written into an old one.

use super::Value;
use super::scalar::{self, Place, Quote};

/// A new file: keys in the order given, lists as `  - item` lines, `\n` line ends, the body after an empty line.
pub fn render_new(fields: &[(&str, Value)], body: &str) -> String {
    let mut text = "---\n".to_owned();
    for (key, value) in fields {
        for line in entry(key, value, Style::default()) {
            text.push_str(&line);
            text.push('\n');
        }
    }
    text.push_str("---\n");
    let body = body.trim_start_matches(['\n', '\r']);
    if !body.is_empty() {
        text.push('\n');
        text.push_str(body);
        text.push_str(if body.ends_with('\n') { "" } else { "\n" });
    }
    text
}

/// The choices a file has made already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Style {
    pub(super) quote: Quote,
    /// Whether a list of scalars is written `[a, b]`.
    pub(super) flow: bool,
    /// The spaces before the `-` of a list.
    pub(super) indent: usize,
}

impl Default for Style {
    fn default() -> Self {
        Self { quote: Quote::Least, flow: false, indent: 2 }
    }
}

/// The lines of a key and its value, without line ends.
pub(super) fn entry(key: &str, value: &Value, style: Style) -> Vec<String> {
    let (inline, below) = split(value, style);
    let mut lines = vec![format!("{}:{}{inline}", render_key(key), if inline.is_empty() { "" } else { " " })];
    lines.extend(below);
    lines
}

/// What follows `key:` on its line, and the lines below.
pub(super) fn split(value: &Value, style: Style) -> (String, Vec<String>) {
    match value {
        Value::List(items) if style.flow && !items.is_empty() && items.iter().all(is_inline) => (flow(items, style), Vec::new()),
        Value::List(items) if !items.is_empty() => (String::new(), indented(&block(value, style), style.indent)),
        Value::Map(entries) if !entries.is_empty() => (String::new(), indented(&block(value, style), 2)),
        _ => {
            let mut lines = block(value, style).into_iter();
            (lines.next().unwrap_or_default(), lines.map(|line| pad(2, &line)).collect())
        }
    }
}

/// A value by itself, as it stands after the `- ` of a list.
fn block(value: &Value, style: Style) -> Vec<String> {
    let inner = Style { flow: false, indent: 2, ..style };
    match value {
        Value::Null => vec!["null".to_owned()],
        Value::Bare(text) if scalar::is_bare(text) => vec![text.clone()],
        Value::Text(text) if is_literal(text) => literal(text),
        Value::Text(text) | Value::Bare(text) => vec![scalar::render(text, style.quote, Place::Block)],
        Value::List(items) if items.is_empty() => vec!["[]".to_owned()],
        Value::List(items) => items.iter().flat_map(|item| list_item(item, inner)).collect(),
        Value::Map(entries) if entries.is_empty() => vec!["{}".to_owned()],
        Value::Map(entries) => entries.iter().flat_map(|(key, value)| entry(key, value, inner)).collect(),
    }
}

/// The lines of one item of a block list.
pub(super) fn list_item(item: &Value, style: Style) -> Vec<String> {
    let mut lines = block(item, style).into_iter();
    let first = lines.next().map(|line| format!("- {line}"));
    first.into_iter().chain(lines.map(|line| pad(2, &line))).collect()
}

fn flow(items: &[Value], style: Style) -> String {
    let items: Vec<String> = items
        .iter()
        .map(|item| match item {
            Value::Text(text) => scalar::render(text, style.quote, Place::Flow),
            other => block(other, style).concat(),
        })
        .collect();
    format!("[{}]", items.join(", "))
}

fn is_inline(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bare(_) => true,
        Value::Text(text) => !text.contains('\n'),
        Value::List(_) | Value::Map(_) => false,
    }
}

/// Whether several lines of text can stand as a `|` block: nothing in them depends on how a reader counts white space.
fn is_literal(text: &str) -> bool {
    let Some((first, _)) = text.split_once('\n') else { return false };
    let body = text.strip_suffix('\n').unwrap_or(text);
    let tame = |line: &str| line.is_empty() || !line.trim_matches([' ', '\t']).is_empty();
    let starts = !first.is_empty() && !first.starts_with([' ', '\t']);
    starts && !body.ends_with('\n') && body.split('\n').all(tame) && text.chars().all(is_literal_char)
}

fn is_literal_char(c: char) -> bool {
    matches!(c, '\n' | '\t') || (!c.is_control() && !scalar::is_special(c))
}

fn literal(text: &str) -> Vec<String> {
    let (sign, body) = text.strip_suffix('\n').map_or(("|-", text), |body| ("|", body));
    std::iter::once(sign).chain(body.split('\n')).map(str::to_owned).collect()
}

pub(super) fn render_key(key: &str) -> String {
    let simple = key.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && key.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'));
    scalar::render(key, if simple { Quote::Least } else { Quote::Single }, Place::Block)
}

fn indented(lines: &[String], columns: usize) -> Vec<String> {
    lines.iter().map(|line| pad(columns, line)).collect()
}

/// Empty lines stay empty.
fn pad(columns: usize, line: &str) -> String {
    if line.is_empty() { String::new() } else { format!("{:columns$}{line}", "") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_file_has_one_form() {
        let gate = Value::Map(vec![("name".into(), "test".into()), ("exit".into(), 0u32.into()), ("log".into(), "a\nb\n".into())]);
        let fields = [
            ("id", "ISS-1".into()),
            ("title", "Fix: it".into()),
            ("labels", Value::texts(["a", "2"])),
            ("paths", Value::List(vec![])),
            ("due", Value::Null),
            ("confidence", 0.8.into()),
            ("created", "2026-01-31T09:00:00Z".into()),
            ("text", "one\n\n  two".into()),
            ("gates", Value::List(vec![gate])),
            ("usage", Value::Map(vec![("tokens".into(), 12u64.into())])),
            ("on", true.into()),
        ];
        insta::assert_snapshot!(render_new(&fields, "# Title"), @r"
        ---
        id: ISS-1
        title: 'Fix: it'
        labels:
          - a
          - '2'
        paths: []
        due: null
        confidence: 0.8
        created: '2026-01-31T09:00:00Z'
        text: |-
          one

            two
        gates:
          - name: test
            exit: 0
            log: |
              a
              b
        usage:
          tokens: 12
        'on': true
        ---

        # Title
        ");
    }
}
