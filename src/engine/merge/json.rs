//! One JSON object in three versions, key by key; values nobody touched keep their very bytes.

use std::cell::Cell;
use std::cmp::Ordering;
use std::collections::HashSet;

use serde_json::Value;

use super::body::grows;
use super::hunk::settle;
use super::order::merged_order;
use super::rules::{Rule, rule};
use super::shape;
use super::three::Three;
use super::weave::{Woven, weave};
use crate::base::date::parse_moment;

/// A value that came of a merge, empty where it is gone, and the keys that a person must decide on.
#[derive(Debug, Default)]
struct MergedValue {
    text: String,
    open: Vec<String>,
}

/// An object that came of a merge: once with ours and once with theirs where a person must decide, which is on `open`.
#[derive(Debug)]
pub(super) struct MergedObject {
    pub(super) ours: String,
    pub(super) theirs: String,
    pub(super) open: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Ours,
    Theirs,
}

/// Which side has the say where both changed a value of which nothing is known.
#[derive(Debug, Clone, Copy)]
struct Say {
    /// The side that was updated later, if one was.
    newer: Option<Side>,
    /// The side that stands where a person must decide.
    shown: Side,
}

/// Merges objects; `None` where one is not valid JSON. What both changed comes from the side that was updated later.
pub(super) fn merge_objects(texts: &Three<&str>) -> Option<MergedObject> {
    let values = texts.map(|text| serde_json::from_str::<Value>(text).ok()).all()?;
    let newer = match moment(&values.ours).cmp(&moment(&values.theirs)) {
        Ordering::Less => Some(Side::Theirs),
        Ordering::Equal => None,
        Ordering::Greater => Some(Side::Ours),
    };
    let (ours, theirs) = (object(texts, Say { newer, shown: Side::Ours })?, object(texts, Say { newer, shown: Side::Theirs })?);
    Some(MergedObject { ours: ours.text, theirs: theirs.text, open: ours.open })
}

/// When a record was last changed: comparable text, empty where it does not say.
fn moment(value: &Value) -> (i64, String) {
    let entries = value.as_object().into_iter().flatten();
    let stamps = entries.filter(|(key, _)| rule(key) == Rule::Later).filter_map(|(_, value)| value.as_str());
    stamps.map(stamp).max().unwrap_or_default()
}

fn stamp(text: &str) -> (i64, String) {
    (parse_moment(text).map_or(0, crate::base::clock::Timestamp::seconds), text.to_owned())
}

fn object(texts: &Three<&str>, say: Say) -> Option<MergedValue> {
    let entries = texts.map(entries).all()?;
    let names = entries.each().map(|entries| entries.iter().map(|(key, _)| *key).collect::<Vec<_>>());
    if names.each().map(|names| names.iter().collect::<HashSet<_>>().len() < names.len())
        != (Three { base: false, ours: false, theirs: false })
    {
        return None;
    }
    let mut merged = MergedValue::default();
    let mut lines = Vec::new();
    for name in merged_order(&names) {
        let values = entries.each().map(|entries| entries.iter().find(|(key, _)| *key == name).map(|(_, value)| *value));
        let value = merge_value(name.trim_matches('"'), &values, say)?;
        merged.open.extend(value.open);
        if !value.text.is_empty() {
            lines.push((name, value.text));
        }
    }
    let (comma, colon) = separators(texts.ours);
    let lines: Vec<String> = lines.into_iter().map(|(key, value)| format!("{key}{colon}{value}")).collect();
    merged.text = format!("{{{}}}", lines.join(comma));
    Some(merged)
}

/// How the side writes: Python puts spaces after commas and colons, others do not.
fn separators(text: &str) -> (&'static str, &'static str) {
    match entries(text).and_then(|entries| entries.first().map(|(key, _)| key.len())) {
        Some(key) if text.get(key + 1..).is_some_and(|rest| rest.starts_with(": ")) => (", ", ": "),
        _ => (",", ":"),
    }
}

fn merge_value(key: &str, values: &Three<Option<&str>>, say: Say) -> Option<MergedValue> {
    let keep = |value: Option<&str>| Some(MergedValue { text: value.unwrap_or_default().to_owned(), open: Vec::new() });
    if let Some(value) = values.settled() {
        return keep(value);
    }
    let parsed = values.map(|value| value.map_or(Some(Value::Null), |value| serde_json::from_str(value).ok())).all()?;
    match (rule(key), &parsed.ours, &parsed.theirs) {
        (Rule::Later, Value::String(ours), Value::String(theirs)) => {
            keep(if stamp(ours) >= stamp(theirs) { values.ours } else { values.theirs })
        }
        (Rule::Earlier, Value::String(ours), Value::String(theirs)) => {
            keep(if stamp(ours) <= stamp(theirs) { values.ours } else { values.theirs })
        }
        (Rule::Count, Value::Number(ours), Value::Number(theirs)) => {
            let sum = ours
                .as_i64()
                .zip(theirs.as_i64())
                .and_then(|(ours, theirs)| ours.checked_add(theirs)?.checked_sub(parsed.base.as_i64().unwrap_or(0)));
            sum.map_or_else(|| Some(say.value(key, values)), |sum| keep(Some(&sum.to_string())))
        }
        (_, Value::Array(_) | Value::Null, Value::Array(_) | Value::Null) => array(values, say),
        (_, Value::Object(_), Value::Object(_)) => {
            let texts =
                Three { base: values.base.filter(|_| parsed.base.is_object()).unwrap_or("{}"), ours: values.ours?, theirs: values.theirs? };
            let mut merged = object(&texts, say)?;
            merged.open.iter_mut().for_each(|inner| *inner = format!("{key}.{inner}"));
            Some(merged)
        }
        (_, Value::String(ours), Value::String(theirs)) if [ours, theirs].iter().any(|text| text.contains('\n')) => {
            let (text, is_open) = say.text(key, &Three { base: parsed.base.as_str().unwrap_or_default(), ours, theirs });
            Some(MergedValue { text: written_like(values, &text), open: is_open.then(|| key.to_owned()).into_iter().collect() })
        }
        _ => Some(say.value(key, values)),
    }
}

impl Say {
    /// A value of which nothing is known.
    fn value(self, key: &str, values: &Three<Option<&str>>) -> MergedValue {
        let value = if self.newer.unwrap_or(self.shown) == Side::Ours { values.ours } else { values.theirs };
        let open = if self.newer.is_none() { vec![key.to_owned()] } else { Vec::new() };
        MergedValue { text: value.unwrap_or_default().to_owned(), open }
    }

    /// A text of several lines, and whether a person must decide on some of them.
    fn text(self, key: &str, texts: &Three<&str>) -> (String, bool) {
        let (texts, shape) = shape::level(texts);
        let is_open = Cell::new(false);
        let woven = weave(&texts.each().map(AsRef::as_ref), |hunk| {
            settle(hunk, grows(key)).filter(|woven| woven.conflicts == 0).or_else(|| {
                is_open.set(true);
                Some(Woven::clean(if self.shown == Side::Ours { &hunk.ours } else { &hunk.theirs }.concat()))
            })
        });
        (shape.restore(woven.text), is_open.get())
    }
}

/// A string as JSON. Go writes some letters as escapes; others do not.
fn written_like(written: &Three<Option<&str>>, text: &str) -> String {
    let text = Value::from(text).to_string();
    if [written.base, written.ours, written.theirs].iter().flatten().any(|text| text.contains("\\u003") || text.contains("\\u0026")) {
        return text.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026");
    }
    text
}

/// A list as a set; gone where nothing is left and a side does not write empty lists.
fn array(values: &Three<Option<&str>>, say: Say) -> Option<MergedValue> {
    let items = values.map(|value| value.filter(|value| *value != "null").map_or(Some(Vec::new()), items)).all()?;
    let named = items.map(|items| items.into_iter().map(|item| Some((identity(item)?, item))).collect::<Option<Vec<_>>>()).all()?;
    let names = named.each().map(|items| items.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>());
    let mut merged = MergedValue::default();
    let mut kept = Vec::new();
    let mut seen = HashSet::new();
    for name in merged_order(&names).into_iter().filter(|name| seen.insert(*name)) {
        let versions = named.each().map(|items| items.iter().find(|(other, _)| other == name).map(|(_, item)| *item));
        let is_gone = versions.base.is_some() && (versions.ours.is_none() || versions.theirs.is_none());
        if is_gone {
            continue;
        }
        let item = match versions.settled() {
            Some(item) => MergedValue { text: item.unwrap_or_default().to_owned(), open: Vec::new() },
            None if versions.base.is_none() && (versions.ours.is_none() || versions.theirs.is_none()) => {
                MergedValue { text: versions.ours.or(versions.theirs)?.to_owned(), open: Vec::new() }
            }
            None => object(&Three { base: versions.base.unwrap_or("{}"), ours: versions.ours?, theirs: versions.theirs? }, say)?,
        };
        kept.push(item.text);
        merged.open.extend(item.open);
    }
    if kept.is_empty() && (values.ours.is_none() || values.theirs.is_none()) {
        return Some(MergedValue::default());
    }
    let comma = if values.ours.or(values.theirs).is_some_and(|text| text.contains("\", ") || text.contains("}, ")) { ", " } else { "," };
    merged.text = format!("[{}]", kept.join(comma));
    Some(merged)
}

/// What makes an item of a list the same on both sides.
fn identity(item: &str) -> Option<String> {
    let value: Value = serde_json::from_str(item).ok()?;
    let Value::Object(entries) = &value else { return Some(value.to_string()) };
    // The number of a comment is given by each clone for itself.
    for keys in [
        &["depends_on_id", "issue_id", "type"][..],
        &["text", "author", "created_at"],
        &["body", "author", "created_at"],
        &["id"],
        &["key"],
    ] {
        if entries.contains_key(keys.first().copied().unwrap_or_default()) {
            let parts: Vec<String> = keys.iter().filter_map(|key| entries.get(*key)).map(Value::to_string).collect();
            return Some(parts.join("\0"));
        }
    }
    Some(value.to_string())
}

/// The keys (in their quotes) and values of an object, as written.
fn entries(text: &str) -> Option<Vec<(&str, &str)>> {
    let inner = text.trim().strip_prefix('{')?.strip_suffix('}')?;
    let entry = |part: &str| {
        let key = string_length(part)?;
        let rest = part.get(key..)?;
        Some((key, part.len() - rest.trim_start().strip_prefix(':')?.trim_start().len()))
    };
    let parts = split(inner)?;
    parts.into_iter().map(|part| entry(part).and_then(|(key, value)| Some((part.get(..key)?, part.get(value..)?.trim_end())))).collect()
}

/// The items of an array, as written.
fn items(text: &str) -> Option<Vec<&str>> {
    split(text.trim().strip_prefix('[')?.strip_suffix(']')?)
}

/// Splits at the commas that are neither in a string nor in brackets. The text is the inside of valid JSON.
fn split(text: &str) -> Option<Vec<&str>> {
    let (mut parts, mut depth, mut start, mut at) = (Vec::new(), 0usize, 0, 0);
    let bytes = text.as_bytes();
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => at += string_length(text.get(at..)?)? - 1,
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.checked_sub(1)?,
            b',' if depth == 0 => {
                parts.push(text.get(start..at)?.trim());
                start = at + 1;
            }
            _ => {}
        }
        at += 1;
    }
    let last = text.get(start..)?.trim();
    parts.extend((!last.is_empty()).then_some(last));
    Some(parts)
}

/// The length of the string at the beginning of `text`, its quotes included.
fn string_length(text: &str) -> Option<usize> {
    let mut escaped = false;
    let inner = text.strip_prefix('"')?;
    let end = inner.bytes().position(|byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    });
    end.map(|end| end + 2)
}
