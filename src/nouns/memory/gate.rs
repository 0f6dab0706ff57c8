//! What a memory must pass before it is written: length, no secrets, the keys of its category; and what says nearly the same.

use crate::base::{Finding, Id, RepoPath, Result, Severity, text};
use crate::context::Context;
use crate::document::Document;
use crate::engine::scan::{Scanner, Text};
use crate::engine::similarity::Shingles;
use crate::store::{Scan, Store, Stored};

use super::draft::{Draft, Page};
use super::model::{Memory, MemoryError};

/// From so much resemblance on a memory is shown to who writes a new one. No number tells a duplicate from a neighbour
/// (<https://github.com/basicmachines-co/basic-memory/pull/1375>), so this shows and never refuses.
const SIMILAR: f64 = 0.3;
/// How many similar memories are shown.
const SHOWN: usize = 3;

/// What new memories are measured against.
pub struct Gate<'a> {
    store: &'a Store,
    scanner: Scanner,
}

impl<'a> Gate<'a> {
    /// The gate of a project, with its own rules for secrets.
    ///
    /// # Errors
    /// If there is no work tree.
    pub fn open(context: &'a Context) -> Result<Self> {
        let store = context.store()?;
        let snapshot = store.work_tree();
        let (scanner, _) = Scanner::load(&|path| snapshot.read(path).ok().flatten());
        Ok(Self { store, scanner })
    }

    /// Refuses what may not be written as a new memory.
    ///
    /// # Errors
    /// As `judge_file`; `UnknownKey` for a key that no category demands.
    pub fn judge(&self, draft: &Draft, page: &Page) -> Result<(), MemoryError> {
        let categories = &self.store.config().memory.categories;
        let known = |key: &String| categories.keys().any(|known| known == key);
        if let Some(key) = draft.more.keys().find(|key| !known(key)) {
            return Err(MemoryError::UnknownKey { key: key.clone() });
        }
        self.judge_file(page)
    }

    /// Refuses what no file of a memory may be.
    ///
    /// # Errors
    /// `NoText`, `Length`, `Secret`, `Required`.
    pub fn judge_file(&self, page: &Page) -> Result<(), MemoryError> {
        let document = Document::parse(page.text.clone().into_bytes());
        let text = document.body().trim();
        if text.is_empty() {
            return Err(MemoryError::NoText);
        }
        let settings = &self.store.config().memory;
        let length = text.chars().count();
        if length < settings.min_length || length > settings.max_length {
            return Err(MemoryError::Length { length, least: settings.min_length, most: settings.max_length });
        }
        if let Some(key) = missing_key(&document, settings.categories.required(&page.category)) {
            return Err(MemoryError::Required { category: page.category.clone(), key: key.to_owned() });
        }
        self.require_no_secret(page)
    }

    /// Refuses a file with a secret in it.
    ///
    /// # Errors
    /// `Secret`.
    pub fn require_no_secret(&self, page: &Page) -> Result<(), MemoryError> {
        let found = self.scanner.scan(&Text { path: &page.path, bytes: page.text.as_bytes(), commit: None });
        let Some(secret) = found.into_iter().next() else { return Ok(()) };
        let document = Document::parse(page.text.clone().into_bytes());
        let first = document.body_line() + u32::from(document.body().starts_with('\n'));
        let line = secret.line.map_or(0, |line| (line + 1).saturating_sub(first));
        Err(MemoryError::Secret { rule: secret.rule, description: secret.description, line })
    }
}

/// Refuses a new text with a secret in it.
///
/// # Errors
/// `Secret`, or if there is no work tree.
pub fn require_no_secret(context: &Context, path: &RepoPath, text: &str) -> Result<()> {
    let (id, category, title) = (Id::random("MEM", &context.random), String::new(), String::new());
    let page = Page { id, category, title, path: path.clone(), text: text.to_owned() };
    Ok(Gate::open(context)?.require_no_secret(&page)?)
}

/// The first of `keys` that a file does not have.
#[must_use]
pub fn missing_key<'k>(document: &Document, keys: &'k [String]) -> Option<&'k str> {
    let has = |key: &str| match key {
        "text" => !document.body().trim().is_empty(),
        _ => document.text(key).is_some_and(|text| !text.trim().is_empty()) || !document.texts(key).is_empty(),
    };
    keys.iter().map(String::as_str).find(|key| !has(key))
}

/// What says nearly the same as a new memory, most alike first.
#[must_use]
pub fn similar_to(page: &Page, known: &Scan<Memory>) -> Vec<Finding> {
    let shingles = |stored: &Stored<Memory>| Shingles::of(&format!("{}\n{}", stored.record.title, stored.document.body()));
    let document = Document::parse(page.text.clone().into_bytes());
    let own = Shingles::of(&format!("{}\n{}", page.title, document.body()));
    let mut found: Vec<(f64, &Stored<Memory>)> = known
        .records
        .iter()
        .filter(|stored| stored.record.id != page.id)
        .map(|stored| (own.resemblance(&shingles(stored)), stored))
        .filter(|(resemblance, _)| *resemblance >= SIMILAR)
        .collect();
    found.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.path.cmp(&b.1.path)));
    found.into_iter().take(SHOWN).map(|(resemblance, stored)| finding(&page.id, resemblance, stored)).collect()
}

fn finding(new: &Id, resemblance: f64, stored: &Stored<Memory>) -> Finding {
    let old = &stored.record;
    let message = format!("{} is {:.0} % alike: {}", old.id, resemblance * 100.0, text::fit(&text::one_line(&old.title), 80));
    let finding = Finding::new("similar-memory", Severity::Note, stored.path.clone(), message);
    finding.hint(format!("if {new} replaces it: `cmpm memory supersede {} --by {new}` (or `--supersedes {}` when adding)", old.id, old.id))
}
