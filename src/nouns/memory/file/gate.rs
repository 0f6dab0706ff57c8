//! What a memory must pass before it is written: length, no secrets, the keys of its category.

use crate::base::{Id, RepoPath, Result};
use crate::context::Context;
use crate::document::Document;
use crate::engine::scan::{Scanner, Text};
use crate::store::Store;

use super::super::model::ContentError;
use super::super::model::place::{first_line, place_of};
use super::draft::{Draft, Page};

/// What new memories are measured against.
pub struct Gate<'a> {
    store: &'a Store,
    scanner: Scanner,
}

impl<'a> Gate<'a> {
    /// The gate of a project, with its own rules for secrets.
    pub fn open(context: &'a Context) -> Result<Self> {
        let store = context.store()?;
        let snapshot = store.work_tree();
        let (scanner, _) = Scanner::load(&|path| snapshot.read(path).ok().flatten());
        Ok(Self { store, scanner })
    }

    /// Refuses what may not be written as a new memory.
    pub fn judge(&self, draft: &Draft, page: &Page) -> Result<(), ContentError> {
        let demanded = self.store.config().memory.categories.required(&page.category);
        if let Some(key) = draft.more.keys().find(|key| !demanded.contains(key)) {
            return Err(ContentError::UnknownKey { key: key.clone() });
        }
        self.judge_file(page)
    }

    /// Refuses what no file of a memory may be.
    pub fn judge_file(&self, page: &Page) -> Result<(), ContentError> {
        let document = Document::parse(page.text.clone().into_bytes());
        let text = document.body().trim();
        if text.is_empty() {
            return Err(ContentError::NoText);
        }
        let settings = &self.store.config().memory;
        let length = text.chars().count();
        if length < settings.min_length || length > settings.max_length {
            return Err(ContentError::Length { length, least: settings.min_length, most: settings.max_length });
        }
        if let Some(key) = missing_key(&document, settings.categories.required(&page.category)) {
            return Err(ContentError::Required { category: page.category.clone(), key: key.to_owned() });
        }
        self.require_clean(page)
    }

    /// Refuses a file with a secret or a NUL character in it.
    pub fn require_clean(&self, page: &Page) -> Result<(), ContentError> {
        let document = Document::parse(page.text.clone().into_bytes());
        if let Some(line) = document.find_nul() {
            return Err(ContentError::Nul { place: place_of(&document, line) });
        }
        let found = self.scanner.scan(&Text { path: &page.path, bytes: page.text.as_bytes(), commit: None });
        // A title is often the beginning of the text, which is what its writer knows.
        let first = first_line(&document);
        let Some(secret) = found.iter().find(|secret| secret.line >= Some(first)).or(found.first()) else { return Ok(()) };
        let place = secret.line.map_or_else(|| "in its file".to_owned(), |line| place_of(&document, line));
        Err(ContentError::Secret { rule: secret.rule.clone(), description: secret.description.clone(), place })
    }
}

/// Refuses a new text with a secret or a NUL character in it.
pub fn require_clean(context: &Context, path: &RepoPath, text: &str) -> Result<()> {
    let (id, category, title) = (Id::random("MEM", &context.random), String::new(), String::new());
    let page = Page { id, category, title, path: path.clone(), text: text.to_owned() };
    Ok(Gate::open(context)?.require_clean(&page)?)
}

/// The first of `keys` that a file does not have.
pub fn missing_key<'k>(document: &Document, keys: &'k [String]) -> Option<&'k str> {
    let has = |key: &str| match key {
        "text" => !document.body().trim().is_empty(),
        _ => document.text(key).is_some_and(|text| !text.trim().is_empty()) || !document.texts(key).is_empty(),
    };
    keys.iter().map(String::as_str).find(|key| !has(key))
}
