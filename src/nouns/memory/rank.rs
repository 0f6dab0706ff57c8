//! Memories in the order in which they answer a query.

use crate::engine::search::{self, Corpus, Field, Hit, Query};
use crate::store::Stored;

use super::model::Memory;

/// A memory that answers a query.
#[derive(Debug)]
pub struct Answer<'a> {
    /// The memory.
    pub stored: &'a Stored<Memory>,
    /// How well it answers.
    pub hit: Hit,
    /// What is searched beside title and tags.
    pub text: String,
}

/// The memories that answer `query`, best first.
#[must_use]
pub fn rank<'a>(records: &[&'a Stored<Memory>], query: &Query) -> Vec<Answer<'a>> {
    let mut texts: Vec<String> = records.iter().map(|stored| text_of(stored)).collect();
    let sources = records.iter().zip(&texts).map(|(stored, text)| source_of(&stored.record, text));
    let hits = search::search(&Corpus::new(sources.collect()), query, records.len());
    let answer = |hit: Hit| {
        let text = texts.get_mut(hit.index).map(std::mem::take)?;
        Some(Answer { stored: records.get(hit.index).copied()?, hit, text })
    };
    hits.into_iter().filter_map(answer).collect()
}

fn source_of<'a>(memory: &'a Memory, text: &'a str) -> search::Source<'a> {
    let tags = memory.tags.iter().chain(&memory.tech).map(|tag| (tag.as_str(), Field::Tags));
    let rest = [(memory.title.as_str(), Field::Title), (text, Field::Body)];
    search::Source { fields: rest.into_iter().chain(tags).collect() }
}

/// The body, and what the category adds.
fn text_of(stored: &Stored<Memory>) -> String {
    let mut parts = vec![stored.document.body().trim()];
    for detail in stored.record.details.present() {
        parts.extend(detail.content.texts());
    }
    parts.join("\n")
}
