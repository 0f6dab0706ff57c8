//! Where in a memory something is, as whoever writes one sees it: in the text, in the title, in a tag.

use serde_json::Value as Json;

use crate::document::Document;

use super::super::file::draft::Draft;

/// Where a line of a memory's file is.
pub fn place_of(document: &Document, line: u32) -> String {
    let first = first_line(document);
    let field = document.fields().iter().rev().find(|field| field.line <= line && line < first);
    field.map_or_else(|| in_text((line + 1).saturating_sub(first)), |field| in_key(&field.key))
}

/// The line on which the text of a memory's file begins.
pub fn first_line(document: &Document) -> u32 {
    document.body_line() + u32::from(document.body().starts_with(['\n', '\r']))
}

/// Where a draft has a NUL character, if it has one.
pub fn find_nul(draft: &Draft) -> Option<String> {
    let Json::Object(keys) = serde_json::json!(draft) else { return None };
    let (key, _) = keys.iter().find(|(key, value)| key.contains('\0') || has_nul(value))?;
    let line = draft.text.split('\0').next().unwrap_or_default().matches('\n').count() + 1;
    Some(if key == "text" { in_text(u32::try_from(line).unwrap_or(u32::MAX)) } else { in_key(&key.replace('\0', "")) })
}

fn in_text(line: u32) -> String {
    format!("in the text, line {}", line.max(1))
}

fn in_key(key: &str) -> String {
    match key {
        "title" => "in the title".to_owned(),
        "tags" => "in a tag".to_owned(),
        key => format!("in `{key}`"),
    }
}

fn has_nul(value: &Json) -> bool {
    match value {
        Json::String(text) => text.contains('\0'),
        Json::Array(items) => items.iter().any(has_nul),
        Json::Object(entries) => entries.iter().any(|(key, value)| key.contains('\0') || has_nul(value)),
        _ => false,
    }
}
