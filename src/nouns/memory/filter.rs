//! Which memories a verb looks at.

use clap::Args;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use crate::base::{self, RepoPath};
use crate::config::Config;
use crate::engine::filter::Condition;
use crate::store::Store;

use super::model::{Memory, MemoryError, require_category};

/// Every key that a condition may name.
const KEYS: &[&str] = &[
    "id",
    "category",
    "title",
    "tags",
    "tech",
    "scope",
    "confidence",
    "created",
    "valid_until",
    "author",
    "supersedes",
    "aliases",
    "path",
    "source.agent",
    "source.run",
    "source.ticket",
    "source.commit",
    "anchors.path",
    "anchors.blob",
    "anchors.symbol",
    "anchors.lines",
    "decision",
    "rationale",
    "outcome",
    "pattern_type",
    "use_cases",
    "standard",
    "applies_to",
    "error_type",
    "signature",
    "resolution",
    "prevention",
];

// No doc comment on the struct: clap would take it for the help of the verb that it is a part of.
#[derive(Debug, Default, Clone, Args, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Filter {
    /// Only this category
    #[arg(long, value_name = "CATEGORY")]
    category: Option<String>,
    /// Only memories with this tag; may be given again, and then all must be there
    #[arg(long, short, value_name = "TAG")]
    tag: Vec<String>,
    /// Only memories about this language, library or tool; may be given again, and then all must be there
    #[arg(long, value_name = "NAME")]
    tech: Vec<String>,
    /// Only memories whose keys fulfil this, such as `category=error and not tag=old and created>2026-01-01`; `~` means contains
    #[arg(long = "where", value_name = "CONDITION")]
    #[serde(rename = "where")]
    condition: Option<String>,
}

/// A filter that was understood.
#[derive(Debug)]
pub struct Sieve<'a> {
    filter: &'a Filter,
    condition: Option<Condition>,
}

impl Filter {
    /// Refuses a category that neither the settings nor any memory has: an empty list would look like an answer.
    ///
    /// # Errors
    /// `UnknownCategory`.
    pub fn check<'a>(&self, memories: impl IntoIterator<Item = &'a Memory>, config: &Config) -> Result<(), MemoryError> {
        let Some(word) = &self.category else { return Ok(()) };
        let is_written = memories.into_iter().any(|memory| memory.category.eq_ignore_ascii_case(word));
        if is_written { Ok(()) } else { require_category(word, config).map(|_| ()) }
    }

    /// The same for the memories of the work tree, which are looked at only if the settings do not know the category.
    ///
    /// # Errors
    /// `UnknownCategory`.
    pub fn check_in(&self, store: &Store) -> Result<(), MemoryError> {
        let known = self.category.as_ref().is_none_or(|word| require_category(word, store.config()).is_ok());
        let memories = if known { Vec::new() } else { store.list::<Memory>(&store.work_tree()).records };
        self.check(memories.iter().map(|listed| &listed.record), store.config())
    }

    /// Reads the condition.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn sieve(&self) -> base::Result<Sieve<'_>> {
        let condition = self.condition.as_deref().map(|text| Condition::parse(text, KEYS)).transpose()?;
        Ok(Sieve { filter: self, condition })
    }
}

impl Sieve<'_> {
    /// Whether everything passes.
    #[must_use]
    pub fn is_open(&self) -> bool {
        let Filter { category, tag, tech, condition } = self.filter;
        category.is_none() && tag.is_empty() && tech.is_empty() && condition.is_none()
    }

    /// Whether the memory in this file passes.
    #[must_use]
    pub fn lets_through(&self, memory: &Memory, path: &RepoPath) -> bool {
        let has = |found: &[String], wanted: &String| found.iter().any(|text| text.eq_ignore_ascii_case(wanted));
        let Filter { category, tag, tech, .. } = self.filter;
        category.as_ref().is_none_or(|category| memory.category.eq_ignore_ascii_case(category))
            && tag.iter().all(|tag| has(&memory.tags, tag))
            && tech.iter().all(|tech| has(&memory.tech, tech))
            && self.condition.as_ref().is_none_or(|condition| {
                let whole = serde_json::to_value(memory).unwrap_or_default();
                condition.holds(&|key| if key == "path" { vec![path.lossy().into_owned()] } else { values(&whole, key) })
            })
    }
}

/// What is behind a key such as `tags` or `source.run`.
fn values(record: &Value, key: &str) -> Vec<String> {
    let (first, rest) = key.split_once('.').map_or((key, None), |(first, rest)| (first, Some(rest)));
    let found = record.get(first).unwrap_or(&Value::Null);
    let items = found.as_array().map_or(std::slice::from_ref(found), Vec::as_slice);
    let text = |item: &Value| match rest.map_or(Some(item), |rest| item.get(rest))? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    items.iter().filter_map(text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nouns::memory::testing::memory;

    #[test]
    fn every_key_can_be_asked_for() {
        let mut stored = memory("MEM-1", "Links", "");
        stored.record.confidence = Some(0.8);
        stored.record.tags = vec!["Docs".into()];
        stored.record.source.run = Some("RUN-1".into());
        stored.record.details.resolution = vec!["a".into(), "b".into()];
        let passes = |text: &str| {
            let filter = Filter { condition: Some(text.into()), ..Filter::default() };
            filter.sieve().unwrap().lets_through(&stored.record, &stored.path)
        };
        for text in ["tag=docs", "confidence>0.7", "source.run=run-1", "resolution=b", "path~memory/pattern", "author!=x", "id=MEM-1"] {
            assert!(passes(text), "{text}");
        }
        assert!(!passes("source.agent=x"));
        let wrong = Filter { condition: Some("tags=a ore".into()), ..Filter::default() };
        assert_eq!(wrong.sieve().unwrap_err().hints()[0], "tags=a  → ore");
        let known = serde_json::to_value(&stored.record).unwrap();
        for key in known.as_object().unwrap().keys() {
            assert!(KEYS.iter().any(|known| known.split('.').next() == Some(key)), "{key} cannot be asked for");
        }
    }
}
