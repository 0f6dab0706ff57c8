//! Which memories a verb looks at.

use std::collections::BTreeSet;

use crate::base::Timestamp;
use crate::base::date::written_out;
use crate::config::Config;
use crate::engine::filter::{Condition, FilterError, values};
use crate::report::prelude::*;
use crate::store::Store;

use super::super::model::{ContentError, Memory, require_category};

/// Every key that a condition may name.
pub const KEYS: &[&str] = &[
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
    "source.from",
    "source.external",
    "source.digest",
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

/// Those of them that hold a date.
const DATES: [&str; 2] = ["created", "valid_until"];

// No doc comment on the struct: clap would take it for the help of the verb that it is a part of.
#[derive(Debug, Default, Clone, Args)]
pub struct Filter {
    /// Only this category
    #[arg(long, value_name = "CATEGORY", add = Takes::Category)]
    category: Option<String>,
    /// Only memories with this tag; may be given again, and then all must be there
    #[arg(long, short, value_name = "TAG", add = Takes::Tag)]
    tag: Vec<String>,
    /// Only memories about this language, library or tool; may be given again, and then all must be there
    #[arg(long, value_name = "NAME", add = Takes::Tech)]
    tech: Vec<String>,
    /// Only memories that match this condition, such as `category=error and not tag=old and created>2026-01-01`; `~` means contains
    #[arg(long = "where", value_name = "CONDITION")]
    condition: Option<String>,
}

/// A filter that was understood.
#[derive(Debug)]
pub struct Predicate<'a> {
    filter: &'a Filter,
    condition: Option<Condition>,
}

impl Filter {
    /// Refuses a category that neither the settings nor any memory has: an empty list would look like an answer.
    pub fn check<'a>(&self, memories: impl IntoIterator<Item = &'a Memory>, config: &Config) -> Result<(), ContentError> {
        let Some(word) = &self.category else { return Ok(()) };
        let is_written = memories.into_iter().any(|memory| memory.category.eq_ignore_ascii_case(word));
        if is_written { Ok(()) } else { require_category(word, config).map(|_| ()) }
    }

    /// The same for the memories of the work tree, which are looked at only if the settings do not know the category.
    pub fn check_in(&self, store: &Store) -> Result<(), ContentError> {
        let known = self.category.as_ref().is_none_or(|word| require_category(word, store.config()).is_ok());
        let memories = if known { Vec::new() } else { store.list::<Memory>(&store.work_tree()).records };
        self.check(memories.iter().map(|listed| &listed.record), store.config())
    }

    /// Reads the condition. Its keys are those of every memory, those that a category of the project demands, and those that any of
    /// its memories has; the memories are looked at only for a word that is not one of the others.
    pub fn predicate(&self, store: &Store, now: Timestamp) -> Result<Predicate<'_>> {
        let condition = self.condition.as_deref().map(|text| parse(text, store)).transpose()?;
        let dated = |key: String, comparison, value: String| {
            let value = if DATES.contains(&key.as_str()) { written_out(&value, now) } else { value };
            Condition::Compare { key, comparison, value }
        };
        let condition = condition.map(|condition| condition.map(&dated));
        Ok(Predicate { filter: self, condition })
    }
}

fn parse(text: &str, store: &Store) -> Result<Condition, FilterError> {
    let usual = KEYS.iter().copied().chain(store.config().memory.categories.keys()).map(str::to_owned);
    Condition::parse_over(text, usual.collect(), || own_keys(store))
}

/// What a memory has under each key that a condition may name.
pub fn values_of<'a>(memory: &'a Memory, path: &'a RepoPath) -> impl Fn(&str) -> Vec<String> + 'a {
    let whole = serde_json::to_value(memory).unwrap_or_default();
    move |key| match memory.other.get(key) {
        Some(values) => values.clone(),
        None if key == "path" => vec![path.lossy().into_owned()],
        None => values(&whole, key),
    }
}

/// Keys that only the memories of this project have: what its categories demand, and whatever else is in them.
pub fn own_keys(store: &Store) -> BTreeSet<String> {
    let memories = store.list::<Memory>(&store.work_tree()).records;
    let others = memories.into_iter().flat_map(|listed| listed.record.other.into_keys());
    store.config().memory.categories.keys().map(str::to_owned).chain(others).collect()
}

impl Predicate<'_> {
    /// Whether everything passes.
    pub fn is_open(&self) -> bool {
        let Filter { category, tag, tech, condition } = self.filter;
        category.is_none() && tag.is_empty() && tech.is_empty() && condition.is_none()
    }

    /// Whether the memory in this file passes.
    pub fn lets_through(&self, memory: &Memory, path: &RepoPath) -> bool {
        let has = |found: &[String], wanted: &String| found.iter().any(|text| text.eq_ignore_ascii_case(wanted));
        let Filter { category, tag, tech, .. } = self.filter;
        category.as_ref().is_none_or(|category| memory.category.eq_ignore_ascii_case(category))
            && tag.iter().all(|tag| has(&memory.tags, tag))
            && tech.iter().all(|tech| has(&memory.tech, tech))
            && self.condition.as_ref().is_none_or(|condition| condition.holds(&values_of(memory, path)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Layers, Sources};
    use crate::fs::write;
    use crate::nouns::memory::testing::memory;

    /// A store with one memory that has a key of its own.
    fn store() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let text = b"---\nid: MEM-2\ncategory: team\ntitle: x\nmem0: {user_id: ana}\n---\n\nx\n";
        write::replace(&folder.path().join(".cmpm/memory/team/MEM-2.md"), text).unwrap();
        let layers = std::sync::Arc::new(Layers::join(Sources::default()).unwrap());
        let store = Store::new(folder.path(), &folder.path().join("git"), layers);
        (folder, store)
    }

    #[test]
    fn every_key_can_be_asked_for() {
        let mut stored = memory("MEM-1", "Links", "");
        stored.record.confidence = Some(0.8);
        stored.record.tags = vec!["Docs".into()];
        stored.record.source.run = Some("RUN-1".into());
        stored.record.details.resolution = vec!["a".into(), "b".into()];
        stored.record.other.insert("mem0.user_id".into(), vec!["Ana".into()]);
        let (_folder, store) = store();
        let passes = |text: &str| {
            let filter = Filter { condition: Some(text.into()), ..Filter::default() };
            filter.predicate(&store, Timestamp::from_seconds(0)).unwrap().lets_through(&stored.record, &stored.path)
        };
        for text in [
            "tag=docs",
            "confidence>0.7",
            "source.run=run-1",
            "resolution=b",
            "path~memory/pattern",
            "author!=x",
            "id=MEM-1",
            "mem0.user_id=ana",
        ] {
            assert!(passes(text), "{text}");
        }
        assert!(!passes("source.agent=x"));
        let wrong = Filter { condition: Some("tags=a ore".into()), ..Filter::default() };
        assert_eq!(wrong.predicate(&store, Timestamp::from_seconds(0)).unwrap_err().hints()[0], "tags=a  → ore");
        let known = serde_json::to_value(&stored.record).unwrap();
        for key in known.as_object().unwrap().keys().filter(|key| *key != "other") {
            assert!(KEYS.iter().any(|known| known.split('.').next() == Some(key)), "{key} cannot be asked for");
        }
    }
}
