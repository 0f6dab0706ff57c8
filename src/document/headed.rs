//! Files of old trackers that have no front matter: their data are lines such as `**Status:** open` below the title, or
//! what stands under `## Status`. They are read as fields, and an edit changes the line of one of them alone.

use std::ops::Range;

use super::edit::EditError;
use super::front::Field;
use super::lines::{BLANK, Line, line_end, lines_from};
use super::{Document, Kind, Node, Value, layout};

/// What the fields of a body are called.
#[derive(Debug, PartialEq, Eq)]
pub struct Vocabulary {
    /// Keys whose values are lists, separated by commas.
    pub lists: Vec<&'static str>,
    /// Headings that hold one value, and keys that are known without being bold. A note in prose has a colon too.
    pub unmarked: Vec<&'static str>,
}

/// Words that stand for nothing.
const NOTHING: &[&str] = &["", "-", "none", "n/a", "tbd", "unassigned"];

/// The longest key.
const KEY: usize = 40;

/// Where a field of the body stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Header {
    form: Form,
    /// The byte at which its key begins.
    key: usize,
    value: Range<usize>,
    /// The bytes of its line, line end included.
    line: Range<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// In the heading of the document.
    Title,
    /// `**Key:** value`
    Line,
    /// Below `## Key`.
    Section,
}

/// What was found, fields and their places in the same order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Headers {
    pub(super) fields: Vec<Field>,
    pub(super) places: Vec<Header>,
}

/// A field as it is written.
struct Part<'a> {
    form: Form,
    /// What begins with its key.
    from: &'a str,
    value: &'a str,
}

/// Fields being read, and what they are called.
struct Reading<'a> {
    found: Headers,
    words: &'a Vocabulary,
}

impl Reading<'_> {
    fn add(&mut self, key: &str, line: &Line<'_>, Part { form, from, value }: Part<'_>) {
        if self.found.fields.iter().any(|field| field.key == key) {
            return;
        }
        let place = |part: &str| line.range.start + part.as_ptr().addr().saturating_sub(line.text.as_ptr().addr());
        let start = place(value);
        self.found.fields.push(Field { key: key.to_owned(), node: node_of(key, value, self.words), line: line.number, repeated: false });
        self.found.places.push(Header { form, key: place(from), value: start..start + value.len(), line: line.range.clone() });
    }

    /// Takes the fields of a line; without emphasis they must be known, and no part of prose.
    fn add_line(&mut self, lines: &[Line<'_>], index: usize) {
        let Some(line) = lines.get(index) else { return };
        for (key, from, value) in split_line(line.text) {
            let is_known = || self.words.unmarked.contains(&key.as_str()) && !is_sentence(value) && !is_in_prose(lines, index);
            if from.starts_with("**") || is_known() {
                self.add(&key, line, Part { form: Form::Line, from, value });
            }
        }
    }
}

/// The fields in the body of a file: those below its title, up to the next heading, and those that have a heading.
pub(super) fn read(text: &str, words: &Vocabulary) -> Headers {
    let mut reading = Reading { found: Headers::default(), words };
    let (mut in_head, mut in_code, mut pending) = (true, false, None);
    let lines: Vec<Line<'_>> = lines_from(text, layout::mark_length(text), 1).collect();
    for (index, line) in lines.iter().enumerate() {
        let trimmed = line.text.trim_start_matches(BLANK);
        if trimmed.starts_with("```") || trimmed.starts_with("~~~") {
            (in_code, pending) = (!in_code, None);
        }
        if in_code || line.is_blank() {
            continue;
        }
        if let Some((level, heading)) = heading(line.text) {
            let is_title = level == 1 && in_head && reading.found.fields.is_empty();
            in_head = is_title;
            pending = Some(fold(heading)).filter(|key| level > 1 && words.unmarked.contains(&key.as_str()));
            if is_title {
                read_title(&mut reading, line, heading);
            }
        } else if let Some(key) = pending.take() {
            let is_block = trimmed.starts_with(['-', '+', '|', '>']) || trimmed.starts_with("* ");
            if !is_block {
                reading.add(&key, line, Part { form: Form::Section, from: line.text, value: bare(line.text) });
            }
        } else if in_head {
            reading.add_line(&lines, index);
        }
    }
    reading.found
}

/// Whether a value is a sentence: a note in prose has a colon too.
fn is_sentence(value: &str) -> bool {
    value.ends_with('.') && value.split_whitespace().count() > 3
}

/// Whether a line is a part of a paragraph with other lines than fields.
fn is_in_prose(lines: &[Line<'_>], index: usize) -> bool {
    let (above, from) = lines.split_at_checked(index).unwrap_or((lines, &[]));
    let is_inside = |line: &&Line<'_>| !line.is_blank() && heading(line.text).is_none();
    let is_prose = |line: &Line<'_>| line.text.contains(char::is_alphanumeric) && split_line(line.text).is_empty();
    above.iter().rev().take_while(is_inside).chain(from.iter().take_while(is_inside)).any(is_prose)
}

fn heading(line: &str) -> Option<(usize, &str)> {
    let text = line.trim_start_matches('#');
    let level = line.len() - text.len();
    let heading = text.trim_matches(BLANK).trim_end_matches('#').trim_end_matches(BLANK);
    ((1..=6).contains(&level) && text.starts_with(BLANK) && !heading.is_empty()).then_some((level, heading))
}

/// `# ISS-0179 - Title`, `# ISS-0179: Title`, or only a title.
fn read_title(reading: &mut Reading<'_>, line: &Line<'_>, heading: &str) {
    let part = |text| Part { form: Form::Title, from: text, value: text };
    let Some((id, behind)) = split_id(heading) else { return reading.add("title", line, part(heading)) };
    reading.add("id", line, part(id));
    if !behind.is_empty() {
        reading.add("title", line, part(behind));
    }
}

/// The id that a heading begins with, if a separator shows that it is one, and what follows.
fn split_id(heading: &str) -> Option<(&str, &str)> {
    let open = heading.strip_prefix('[');
    let text = open.unwrap_or(heading);
    let length = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '-').unwrap_or(text.len());
    let (id, behind) = text.split_at_checked(length)?;
    let (prefix, number) = id.split_once('-')?;
    let is_prefix =
        prefix.starts_with(|c: char| c.is_ascii_uppercase()) && prefix.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit());
    let is_number = number.starts_with(|c: char| c.is_ascii_digit());
    let behind = if open.is_some() { behind.strip_prefix(']')? } else { behind };
    let title = behind.trim_start_matches([' ', ':', '-', '–', '—']);
    let separated = open.is_some() || behind.is_empty() || behind.trim_start_matches(' ').starts_with([':', '-', '–', '—']);
    (is_prefix && is_number && separated).then_some((id, title))
}

/// What stands between two fields of a line.
const APART: [char; 8] = [' ', '\t', '|', ',', ';', '·', '•', '/'];

/// The fields of a line: `**Key:** value`, `**Key**: value`, also as an item of a list, and others like it behind; or one
/// `Key: value`. Each as its key, what it begins with, and its value.
fn split_line(line: &str) -> Vec<(String, &str, &str)> {
    let text = line.trim_start_matches(BLANK);
    let text = ["- ", "* ", "+ "].iter().find_map(|mark| text.strip_prefix(mark)).unwrap_or(text);
    let plain = || {
        let (key, value) = text.split_once(':')?;
        let is_gap = value.is_empty() || value.starts_with(BLANK);
        (is_gap && is_key(key) && key.starts_with(|c: char| c.is_ascii_uppercase())).then(|| vec![(fold(key), text, bare(value))])
    };
    let mut found = Vec::new();
    let mut next = split_bold(text).map(|field| (text, field));
    while let Some((written, (key, rest))) = next {
        let begins = |(at, _): (usize, &str)| {
            let (before, behind) = rest.split_at_checked(at)?;
            let field = split_bold(behind).filter(|_| before.is_empty() || before.ends_with(APART))?;
            Some((before, (behind, field)))
        };
        let other = rest.match_indices("**").find_map(begins);
        found.push((fold(key), written, bare(other.map_or(rest, |(before, _)| before.trim_end_matches(APART)))));
        next = other.map(|(_, field)| field);
    }
    if found.is_empty() { plain().unwrap_or_default() } else { found }
}

/// A bold key, and what stands behind it.
fn split_bold(text: &str) -> Option<(&str, &str)> {
    let (inside, behind) = text.strip_prefix("**")?.split_once("**")?;
    let (key, value) = match inside.strip_suffix(':') {
        Some(key) => (key, behind),
        None => (inside, behind.trim_start_matches(BLANK).strip_prefix(':')?),
    };
    is_key(key).then_some((key, value))
}

fn is_key(key: &str) -> bool {
    key.len() <= KEY && key.starts_with(char::is_alphabetic) && key.chars().all(|c| c.is_alphanumeric() || " -_/&()".contains(c))
}

/// A value without the space, the line break and the emphasis around it.
fn bare(value: &str) -> &str {
    let value = value.trim_matches(BLANK).trim_end_matches('\\').trim_end_matches(BLANK);
    let inside = |mark: &str| value.strip_prefix(mark)?.split_once(mark).map(|(inside, _)| inside).filter(|inside| !inside.is_empty());
    inside("**").or_else(|| inside("`").filter(|code| code.len() + 2 == value.len())).unwrap_or(value)
}

/// `Issue ID` as `issue_id`.
fn fold(key: &str) -> String {
    let words: Vec<String> = key.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase).collect();
    words.join("_")
}

/// `issue_id` as `Issue ID`.
fn display(key: &str) -> String {
    let word = |word: &str| match word.chars().next() {
        _ if word == "id" => "ID".to_owned(),
        Some(first) => first.to_uppercase().chain(word.chars().skip(1)).collect(),
        None => String::new(),
    };
    key.split('_').map(word).collect::<Vec<_>>().join(" ")
}

fn node_of(key: &str, value: &str, words: &Vocabulary) -> Node {
    if key != "title" && NOTHING.contains(&value.to_lowercase().as_str()) {
        return Node::Null;
    }
    if !words.lists.contains(&key) {
        return Node::Scalar(value.to_owned());
    }
    let items = value.split(',').map(|item| item.trim_matches(BLANK).trim_matches('`')).filter(|item| !item.is_empty());
    Node::List(items.map(|item| Node::Scalar(item.to_owned())).collect())
}

/// A value as it stands on a line.
fn inline(key: &str, value: &Value) -> Result<String, EditError> {
    let text = match value {
        Value::Null => Some(String::new()),
        Value::Text(text) | Value::Bare(text) => Some(text.clone()),
        Value::List(items) => {
            let texts: Option<Vec<&str>> =
                items.iter().map(|item| if let Value::Text(text) = item { Some(text.as_str()) } else { None }).collect();
            texts.map(|texts| texts.join(", "))
        }
        Value::Map(_) => None,
    };
    let is_line = |text: &String| !text.contains(['\n', '\r']);
    text.filter(is_line).ok_or_else(|| EditError::Form { key: key.to_owned(), line: 1 })
}

impl Document {
    /// As [`Document::parse`]; where there is no front matter, the fields in the body count.
    pub fn parse_headed(bytes: Vec<u8>, words: &'static Vocabulary) -> Self {
        let document = Self::parse(bytes);
        if document.layout.is_some() {
            document
        } else {
            Self::read(document.raw.unwrap_or_else(|| document.text.into_bytes()), Kind::Headed(words))
        }
    }

    /// Whether the fields of this file are in its body.
    pub fn is_headed(&self) -> bool {
        matches!(self.kind, Kind::Headed(_)) && self.layout.is_none()
    }

    /// The value of a key in the body, even where it means nothing, such as `none`.
    pub fn header_text(&self, key: &str) -> Option<&str> {
        let index = self.fields().iter().position(|field| field.key == key)?;
        self.text.get(self.headers.get(index)?.value.clone())
    }

    /// The body without the lines that are fields and nothing else; those of the keys in `kept` stay.
    pub fn body_without_headers(&self, kept: &[&str]) -> String {
        let is_nothing = |c: char| c.is_whitespace() || "*`\\".contains(c) || APART.contains(&c);
        let is_bare = |(place, field): (&Header, &Field)| {
            let behind = self.text.get(place.value.end..self.next_key(place).unwrap_or(place.line.end)).unwrap_or_default();
            !kept.contains(&field.key.as_str()) && place.form == Form::Line && behind.trim_matches(is_nothing).is_empty()
        };
        let (mut out, mut at) = (String::new(), self.body_start());
        for place in &self.headers {
            let of_line = self.headers.iter().zip(self.fields()).filter(|(other, _)| other.line == place.line);
            if place.line.start >= at && of_line.into_iter().all(is_bare) {
                out.push_str(self.text.get(at..place.line.start).unwrap_or_default());
                at = place.line.end;
            }
        }
        out + self.text.get(at..).unwrap_or_default()
    }

    /// Where the next field of the same line begins.
    fn next_key(&self, place: &Header) -> Option<usize> {
        self.headers.iter().filter(|other| other.line == place.line && other.key > place.key).map(|other| other.key).min()
    }

    /// What goes with a field: its line, or its part of it if there are others.
    fn extent(&self, place: &Header) -> Range<usize> {
        let line = &place.line;
        if let Some(next) = self.next_key(place) {
            return place.key..next;
        }
        if !self.headers.iter().any(|other| other.line == *line && other.key < place.key) {
            return line.clone();
        }
        let before = self.text.get(line.start..place.key).unwrap_or_default();
        let text = self.text.get(line.clone()).unwrap_or_default();
        line.start + before.trim_end_matches(APART).len()..line.start + text.trim_end_matches(['\n', '\r']).len()
    }

    /// Sets a field of the body: its value in place, or a new line next to the others.
    pub(super) fn set_header(&mut self, key: &str, value: &Value) -> Result<(), EditError> {
        self.require_editable()?;
        let text = inline(key, value)?;
        let node = if text.is_empty() { Node::Null } else { value.to_node() };
        let mut wanted = self.wanted(format!("`{key}`"));
        let known = self.fields().iter().position(|field| field.key == key);
        if let Some((index, place)) = known.and_then(|index| Some((index, self.headers.get(index)?.clone()))) {
            let glued = place.value.is_empty() && self.text.get(..place.value.start).is_some_and(|before| !before.ends_with(BLANK));
            let text = if glued && !text.is_empty() { format!(" {text}") } else { text };
            wanted.body = wanted.body + text.len() - place.value.len();
            if let Some(field) = wanted.fields.get_mut(index) {
                field.node = node;
            }
            return self.splice(place.value, &text, &wanted);
        }
        let (at, index, line) = self.new_header(key, &text);
        wanted.body += line.len();
        wanted.fields.insert(index.min(wanted.fields.len()), Field { key: key.to_owned(), node, line: 0, repeated: false });
        self.splice(at..at, &line, &wanted)
    }

    /// Removes the line of a field.
    pub(super) fn remove_header(&mut self, key: &str) -> Result<(), EditError> {
        self.require_editable()?;
        let Some(index) = self.fields().iter().position(|field| field.key == key) else { return Ok(()) };
        let Some(place) = self.headers.get(index).filter(|place| place.form == Form::Line).cloned() else {
            let line = self.fields().get(index).map_or(1, |field| field.line);
            return Err(EditError::Form { key: key.to_owned(), line });
        };
        let mut wanted = self.wanted(format!("`{key}`"));
        wanted.fields.remove(index);
        let extent = self.extent(&place);
        wanted.body -= extent.len();
        self.splice(extent, "", &wanted)
    }

    /// Where a new line goes, which field it then is, and how it is written: like the lines next to it.
    fn new_header(&self, key: &str, value: &str) -> (usize, usize, String) {
        let end = line_end(&self.text);
        let of_form = |form: Form| self.headers.iter().enumerate().filter(move |(_, place)| place.form == form);
        let (first, last) = (of_form(Form::Line).next(), of_form(Form::Line).next_back());
        if let (Some((_, first)), Some((index, last))) = (first, last) {
            let head = self.text.get(first.line.start..first.value.start).unwrap_or_default();
            let tail = self.text.get(first.value.end..first.line.end).unwrap_or_default().trim_end_matches(['\n', '\r']);
            let mark = head.chars().take_while(|c| !c.is_alphanumeric()).collect::<String>();
            let must_be_bold = !matches!(self.kind, Kind::Headed(words) if words.unmarked.contains(&key));
            let (bold, behind) = match () {
                () if head.contains(":**") => ("", ":** "),
                () if head.contains("**") => ("", "**: "),
                () if must_be_bold => ("**", "**: "),
                () => ("", ": "),
            };
            let tail = if tail.trim_matches(BLANK).is_empty() { tail } else { "" };
            let line = format!("{mark}{bold}{}{behind}{value}{tail}{end}", display(key));
            let last_text = self.text.get(last.line.clone()).unwrap_or_default();
            // The last line of a paragraph often lacks the break that the others end with.
            let before_last = !tail.is_empty() && !last_text.trim_end_matches(['\n', '\r']).ends_with(tail);
            return match () {
                () if before_last => (last.line.start, index, line),
                () if last_text.ends_with(['\n', '\r']) => (last.line.end, index + 1, line),
                () => (last.line.end, index + 1, format!("{end}{line}")),
            };
        }
        let title = of_form(Form::Title).next_back();
        let at = title.map_or_else(|| layout::mark_length(&self.text), |(_, place)| place.line.end);
        let in_line = title.is_some() && !self.text.get(..at).is_some_and(|before| before.ends_with(['\n', '\r']));
        let gap = if title.is_none() { "" } else { end };
        let apart = if self.text.get(at..).is_some_and(|rest| rest.is_empty() || rest.starts_with(['\n', '\r'])) { "" } else { end };
        let start = if in_line { end } else { "" };
        (at, title.map_or(0, |(index, _)| index + 1), format!("{start}{gap}**{}**: {value}{end}{apart}", display(key)))
    }
}

#[cfg(test)]
#[path = "headed_tests.rs"]
mod tests;
