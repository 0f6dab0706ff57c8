//! What an import remembers in the ticket itself, so that the next one can tell who changed what: for each key the digest of
//! what it wrote there, as one text in `external`.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use crate::base::RepoPath;
use crate::document::{Document, Value};
use crate::exchange::digest;

use super::super::file::comment::{Comment, is_named_by_text};
use super::super::file::draft::{Draft, plain_body};

/// The key that stands for the body.
pub const BODY: &str = "body";
/// The key that stands for the comments.
pub const COMMENTS: &str = "comments";
/// How much of a digest is kept.
const LENGTH: usize = 6;

/// The digest of the value of each key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Base(BTreeMap<String, String>);

impl Base {
    /// Of a ticket as the source has it, with the names it has here.
    pub fn of(draft: &Draft) -> Self {
        let mut base = Self::default();
        for (key, value) in fields(draft) {
            base.set(&key, Some(of_value(&value)));
        }
        base.set(BODY, Some(of_text(&draft.body)));
        base.set(COMMENTS, Some(of_comments(&draft.comments)));
        base
    }

    /// Of the keys of a file.
    pub fn of_file(document: &Document) -> Self {
        let mut base = Self::default();
        for field in document.fields().iter().filter(|field| is_compared(&field.key)) {
            base.0.entry(name(&field.key)).or_insert_with(|| of_value(&Value::from(field.node.clone())));
        }
        base.set(BODY, Some(of_text(&plain_body(document.body()))));
        base
    }

    /// As it was written.
    pub fn parse(text: &str) -> Self {
        Self(text.split(' ').filter_map(|pair| pair.split_once('=')).map(|(key, digest)| (key.to_owned(), digest.to_owned())).collect())
    }

    /// In the form that is written.
    pub fn render(&self) -> String {
        let pairs: Vec<String> = self.0.iter().map(|(key, digest)| format!("{key}={digest}")).collect();
        pairs.join(" ")
    }

    pub fn find(&self, key: &str) -> Option<&str> {
        self.0.get(&name(key)).map(String::as_str)
    }

    /// Notes the digest of a key, or that there is none.
    pub fn set(&mut self, key: &str, digest: Option<String>) {
        match digest {
            Some(digest) => drop(self.0.insert(name(key), digest)),
            None => drop(self.0.remove(&name(key))),
        }
    }

    pub fn keys(&self) -> impl Iterator<Item = &String> {
        self.0.keys()
    }
}

/// The keys of a ticket that a source can change.
pub fn fields(draft: &Draft) -> Vec<(String, Value)> {
    draft.fields("").into_iter().filter(|(key, _)| is_compared(key)).collect()
}

fn is_compared(key: &str) -> bool {
    !matches!(key, "id" | "external" | "aliases")
}

fn name(key: &str) -> String {
    let plain = key.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'));
    if plain { key.to_owned() } else { digest(key) }
}

fn short(text: &str) -> String {
    digest(text).chars().take(LENGTH).collect()
}

fn of_value(value: &Value) -> String {
    short(&serde_json::json!(value.to_node()).to_string())
}

fn of_text(text: &str) -> String {
    short(&text.replace("\r\n", "\n"))
}

/// Of comments in any order.
fn of_comments(comments: &[Comment]) -> String {
    let mut digests: Vec<String> = comments.iter().map(Comment::digest).collect();
    digests.sort();
    short(&digests.concat())
}

/// Whether the text of a file is still what an import wrote there.
pub fn is_as_it_came(path: &RepoPath, document: &Document) -> bool {
    is_named_by_text(path, document) || is_by_hash(document)
}

fn is_by_hash(document: &Document) -> bool {
    let Some(field) = document.fields().iter().find(|field| field.key == "external") else { return false };
    let text = of_text(&plain_body(document.body()));
    let entries = serde_json::json!(field.node);
    let hashes = entries.as_array().into_iter().flatten().filter_map(|entry| entry.get("hash")?.as_str());
    hashes.map(Base::parse).any(|base| base.find(BODY) == Some(text.as_str()))
}

/// Where a ticket is in another tracker, as its file says it.
pub fn place_in(system: &str, name: &str, url: Option<&str>, base: &Base) -> Json {
    let mut entry = Map::new();
    entry.insert("system".to_owned(), system.into());
    entry.insert("id".to_owned(), name.into());
    if let Some(url) = url {
        entry.insert("url".to_owned(), url.into());
    }
    entry.insert("hash".to_owned(), base.render().into());
    Json::Object(entry)
}
