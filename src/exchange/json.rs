//! JSON as other programs write it: objects in a list, on lines, or alone.

use serde_json::{Map, Value as Json};

/// Takes a text that says something.
pub fn take_text(object: &mut Map<String, Json>, key: &str) -> Option<String> {
    let text = object.get(key)?.as_str().filter(|text| !text.trim().is_empty())?.to_owned();
    object.shift_remove(key);
    Some(text)
}

/// The texts of a list; a single text is a list of one.
pub fn texts(value: Option<Json>) -> Vec<String> {
    let Some(Json::Array(items)) = value else { return value.and_then(|value| value.as_str().map(str::to_owned)).into_iter().collect() };
    items.into_iter().filter_map(|item| item.as_str().map(str::to_owned)).collect()
}

/// A text or number as text; nothing for an empty one.
pub fn scalar(value: &Json) -> Option<String> {
    match value {
        Json::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        Json::Number(number) => Some(number.to_string()),
        Json::Bool(truth) => Some(truth.to_string()),
        Json::Null | Json::Array(_) | Json::Object(_) => None,
    }
}

/// Whether a value says nothing: null, false, 0, or something empty.
pub fn is_empty(value: &Json) -> bool {
    match value {
        Json::Null => true,
        Json::Bool(truth) => !truth,
        Json::Number(number) => number.as_f64() == Some(0.0),
        Json::String(text) => text.is_empty(),
        Json::Array(items) => items.is_empty(),
        Json::Object(entries) => entries.is_empty(),
    }
}

/// Why a text is not JSON, and in which of its lines.
pub type Broken = (u32, String);

/// Every document in a text, one after the other, and why the rest cannot be read. Of a list that is cut off, the items before
/// the cut.
pub fn documents(text: &str) -> (Vec<Json>, Option<Broken>) {
    let mut found = Vec::new();
    let mut stream = serde_json::Deserializer::from_str(text).into_iter::<Json>();
    loop {
        let start = stream.byte_offset();
        match stream.next() {
            None => return (found, None),
            Some(Ok(document)) => found.push(document),
            Some(Err(error)) => {
                found.extend(text.get(start..).and_then(whole_items).map(Json::Array));
                return (found, Some((u32::try_from(error.line()).unwrap_or(u32::MAX), reason(&error))));
            }
        }
    }
}

/// The first items of a list whose rest cannot be read.
fn whole_items(text: &str) -> Option<Vec<Json>> {
    let mut rest = text.trim_start().strip_prefix('[')?;
    let mut items = Vec::new();
    loop {
        let mut stream = serde_json::Deserializer::from_str(rest).into_iter::<Json>();
        // A number or a word may be a half one.
        let Some(Ok(item)) = stream.next() else { break };
        let behind = rest.get(stream.byte_offset()..)?.trim_start();
        items.push(item);
        let Some(next) = behind.strip_prefix(',') else { break };
        rest = next;
    }
    (!items.is_empty()).then_some(items)
}

/// What serde says, without the place, which is reported elsewhere.
pub fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.split(" at line ").next().unwrap_or_default().to_owned()
}
