//! A Markdown page of another tracker, as a record that is taken apart key by key.

use serde_json::{Map, json};

use crate::document::Document;
use crate::exchange::SourceFile;

use super::super::file::draft::plain_body;
use super::item::{Item, Raw};

/// The keys of a page and its body.
pub struct Page {
    /// The keys, with every scalar as text.
    pub raw: Raw,
    /// What stands below them.
    pub body: String,
}

/// Takes a page apart; `None` if it has no front matter.
pub fn open(file: &SourceFile) -> Option<Page> {
    let document = Document::parse(file.text.clone().into_bytes());
    document.front()?;
    let mut left = Map::new();
    for field in document.fields() {
        left.entry(field.key.clone()).or_insert_with(|| json!(field.node));
    }
    Some(Page { raw: Raw::new(left), body: plain_body(document.body()) })
}

/// The item that a page became.
pub fn item(file: &SourceFile, name: String, raw: Raw, updated: Option<String>) -> (Item, Vec<String>) {
    let (draft, lost) = raw.finish();
    let item = Item { draft, name, place: file.place.clone(), updated: updated.unwrap_or_default(), ..Item::default() };
    (item, lost)
}

/// The first heading of level 1 if the body begins with it, and the rest.
pub fn split_title(body: &str) -> (Option<String>, String) {
    let (first, rest) = body.split_once('\n').unwrap_or((body, ""));
    match first.strip_prefix("# ") {
        Some(title) => (Some(title.trim().to_owned()), plain_body(rest)),
        None => (None, body.to_owned()),
    }
}
