//! Which memories `list` and `search` look at.

use clap::Args;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::config::Config;

use super::model::{Memory, MemoryError, require_category};

// No doc comment on the struct: clap would take it for the help of the verb that it is a part of.
#[derive(Debug, Default, Args, Deserialize, JsonSchema)]
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

    /// Whether `memory` passes.
    #[must_use]
    pub fn lets_through(&self, memory: &Memory) -> bool {
        let has = |found: &[String], wanted: &String| found.iter().any(|text| text.eq_ignore_ascii_case(wanted));
        self.category.as_ref().is_none_or(|category| memory.category.eq_ignore_ascii_case(category))
            && self.tag.iter().all(|tag| has(&memory.tags, tag))
            && self.tech.iter().all(|tech| has(&memory.tech, tech))
    }
}
