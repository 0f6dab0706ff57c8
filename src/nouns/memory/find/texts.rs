//! What of a memory is searched.

use std::borrow::Cow;

use crate::base::{RepoPath, Timestamp};
use crate::engine::search::Field;
use crate::store::{Searchable, Stored};

use super::super::model::Memory;
use super::filter::values_of;

impl Searchable for Memory {
    fn texts(stored: &Stored<Self>) -> Vec<(Cow<'_, str>, Field)> {
        let memory = &stored.record;
        let tags = memory.tags.iter().chain(&memory.tech).chain(&memory.scope).map(|tag| (tag.as_str().into(), Field::Tags));
        let details = memory.details.present().flat_map(|detail| detail.content.texts()).map(|text| (text.into(), Field::Details));
        let title = std::iter::once((memory.title.as_str().into(), Field::Title));
        title.chain(tags).chain(details).chain([(stored.document.body().trim().into(), Field::Body)]).collect()
    }

    fn says_of_others(&self) -> bool {
        !self.supersedes.is_empty()
    }

    fn title(&self) -> String {
        self.title.clone()
    }

    fn values<'a>(&'a self, path: &'a RepoPath, _: Timestamp) -> impl Fn(&str) -> Vec<String> + 'a {
        values_of(self, path)
    }
}

/// The body, and what the category adds to it and to the title.
pub fn text_of(stored: &Stored<Memory>) -> String {
    let mut parts = vec![stored.document.body().trim()];
    for text in stored.record.details.present().flat_map(|detail| detail.content.texts()) {
        let core = text.trim().trim_end_matches('.');
        let is_said = stored.record.title.contains(core) || parts.iter().any(|part| part.contains(core));
        if !is_said {
            parts.push(text);
        }
    }
    parts.join("\n")
}
