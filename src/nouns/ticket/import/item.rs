//! What readers make of a source: tickets with the names they have there, and what cannot be carried.

use serde_json::{Map, Value as Json};

use crate::base::{Finding, RepoPath, Rule, Severity, text};
use crate::config::Config;
use crate::exchange::{Losses, SourceFile, json};
use crate::words::Priority;

use super::super::file::draft::Draft;
use super::words;

/// A ticket of another tracker. Its draft names other tickets as the source does.
#[derive(Debug, Clone, Default)]
pub struct Item {
    pub draft: Draft,
    /// Its id there, which nothing else there has.
    pub name: String,
    /// Other names under which it is mentioned there.
    pub names: Vec<String>,
    /// The id of the ticket here that it says it is.
    pub own: Option<String>,
    pub url: Option<String>,
    /// The file it stands in.
    pub place: RepoPath,
    /// The line there.
    pub line: Option<u32>,
    /// When it was changed last, in a form that sorts.
    pub updated: String,
}

/// What a source holds.
#[derive(Debug, Default)]
pub struct Parcel {
    pub items: Vec<Item>,
    pub findings: Vec<Finding>,
    /// What cannot be carried.
    pub losses: Losses,
    /// How many records were there, whatever became of them.
    pub records: usize,
}

impl Item {
    pub fn finding(&self, rule: Rule, severity: Severity, message: impl Into<String>) -> Finding {
        self.line.into_iter().fold(Finding::new(rule, severity, self.place.clone(), message), Finding::at)
    }
}

impl Parcel {
    pub fn wrong(&mut self, file: &SourceFile, line: u32, message: impl Into<String>) {
        self.findings.push(file.finding(Rule::NotImported, Severity::Error, message).at(line));
    }

    /// Takes over what another parcel holds.
    pub fn extend(&mut self, other: Self) {
        self.items.extend(other.items);
        self.findings.extend(other.findings);
        self.losses.extend(other.losses);
        self.records += other.records;
    }
}

/// A record of another tracker, taken apart key by key: what is left in the end is kept as it is.
#[derive(Debug, Default)]
pub struct Raw {
    /// What was not taken yet.
    pub left: Map<String, Json>,
    /// The ticket so far.
    pub draft: Draft,
    /// Keys that are not carried.
    pub lost: Vec<String>,
}

impl Raw {
    /// A record that nothing was taken from yet.
    pub fn new(left: Map<String, Json>) -> Self {
        Self { left, ..Self::default() }
    }

    /// Takes a text or number that says something.
    pub fn take(&mut self, key: &str) -> Option<String> {
        let text = json::scalar(self.left.get(key)?)?;
        self.left.shift_remove(key);
        Some(text)
    }

    /// Takes a text with its line ends.
    pub fn take_long(&mut self, key: &str) -> Option<String> {
        json::take_text(&mut self.left, key)
    }

    /// Takes a moment, as cmpm writes it.
    pub fn take_moment(&mut self, key: &str) -> Option<String> {
        self.take(key).map(|text| words::moment(&text))
    }

    /// Takes a list of texts and numbers; a single one is a list of one.
    pub fn take_list(&mut self, key: &str) -> Vec<String> {
        match self.left.get(key) {
            Some(Json::Array(items)) if items.iter().all(|item| json::scalar(item).is_some()) => {
                let found = items.iter().filter_map(json::scalar).collect();
                if items.iter().filter_map(Json::as_str).any(|text| text.trim() != text) {
                    self.lost.push(format!("blanks around what `{key}` lists"));
                }
                self.left.shift_remove(key);
                found
            }
            Some(Json::String(_) | Json::Number(_)) => self.take(key).into_iter().collect(),
            _ => Vec::new(),
        }
    }

    pub fn take_objects(&mut self, key: &str) -> Vec<Map<String, Json>> {
        match self.left.shift_remove(key) {
            Some(Json::Array(items)) => {
                items.into_iter().filter_map(|item| if let Json::Object(object) = item { Some(object) } else { None }).collect()
            }
            Some(other) => {
                self.left.insert(key.to_owned(), other);
                Vec::new()
            }
            None => Vec::new(),
        }
    }

    /// Leaves a key out, and says so if it says anything.
    pub fn drop_key(&mut self, key: &str) {
        if self.left.shift_remove(key).is_some_and(|value| !json::is_empty(&value)) {
            self.lost.push(format!("`{key}`"));
        }
    }

    /// The status, from the tracker's word. `usual` are the words that lose nothing: what its exporter writes for ours.
    pub fn set_status(&mut self, word: &str, usual: fn(&str) -> &'static str, config: &Config) {
        self.set_word(word, usual, words::status(word, config));
    }

    /// The same, where it is known already what the word means.
    pub fn set_word(&mut self, word: &str, usual: fn(&str) -> &'static str, found: words::Word) {
        found.native.clone_into(&mut self.draft.status);
        if usual(found.native) != word {
            self.draft.keep("status", word.into());
        }
        if !found.known {
            self.lost
                .push(format!("the status `{}` is not known and counts as active; the word is kept", text::fit(&text::one_line(word), 40)));
        }
    }

    /// The priority, from the tracker's word.
    pub fn set_priority(&mut self, word: &str) {
        let native = Priority::parse(word).map(Priority::as_str);
        *self.draft.priority = native.map(str::to_owned);
        if native != Some(word) {
            self.draft.keep("priority", word.into());
        }
    }

    /// A `## Heading` with a text below it, at the end of the body.
    pub fn add_section(&mut self, heading: &str, text: Option<&str>) {
        let Some(text) = text.map(|text| text.trim_matches(['\n', '\r']).trim_end()).filter(|text| !text.is_empty()) else { return };
        let body = &mut self.draft.body;
        let gap = if body.is_empty() { "" } else { "\n\n" };
        body.push_str(&format!("{gap}## {heading}\n\n{text}"));
    }

    /// The ticket, with everything that is left under `imported`; what says nothing is left out.
    pub fn finish(mut self) -> (Draft, Vec<String>) {
        for (key, value) in std::mem::take(&mut self.left) {
            if !json::is_empty(&value) {
                self.draft.keep(&key, value);
            }
        }
        (self.draft, self.lost)
    }
}
