//! A memory as one row of a list.

use crate::report::prelude::*;
use crate::store::{Source, Stored};

use super::super::model::Memory;
use super::super::model::standing::{Standing, Standings};

/// What a list says of a memory.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct MemoryRow {
    /// Its id.
    pub id: Id,
    /// What it is about.
    pub category: String,
    /// One line.
    pub title: String,
    /// Words to find it by.
    pub tags: Vec<String>,
    /// How certain it is, from 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confidence: Option<f64>,
    /// The memory that has replaced it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub superseded_by: Option<Id>,
    /// Whether its day is over.
    pub expired: bool,
    /// What taints it, until a person verifies it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tainted: Option<String>,
    /// Its file.
    pub path: RepoPath,
    /// Where the file was read.
    pub source: Source,
    /// The other project it is of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// How much of its id is enough to name it.
    #[serde(skip)]
    pub short: usize,
}

impl MemoryRow {
    /// The row of one memory among all.
    pub fn new<D>(stored: &Stored<Memory, D>, standings: &Standings) -> Self {
        let memory = &stored.record;
        let standing = standings.of(memory);
        Self {
            id: memory.id.clone(),
            category: memory.category.clone(),
            title: memory.title.clone(),
            tags: memory.tags.clone(),
            confidence: memory.confidence,
            expired: standing == Standing::Expired,
            superseded_by: if let Standing::Superseded(by) = standing { Some(by) } else { None },
            tainted: memory.tainted.clone(),
            path: stored.path.clone(),
            source: stored.source.clone(),
            project: None,
            short: 0,
        }
    }

    /// How its id looks; another project's says nothing of how much is enough here.
    pub fn tone(&self) -> Tone {
        if self.project.is_none() && self.short > 0 { Tone::Id(self.short) } else { Tone::Key }
    }

    /// Whether it still holds.
    pub fn is_current(&self) -> bool {
        self.superseded_by.is_none() && !self.expired
    }

    /// Why it no longer holds or may not be given to agents, for people; empty if neither is so.
    pub fn remark(&self) -> String {
        let over =
            self.superseded_by.as_ref().map(|by| format!("superseded by {by}")).or_else(|| self.expired.then(|| "expired".to_owned()));
        let tainted = self.tainted.as_ref().map(|by| format!("unverified, from {}", text::one_line(by)));
        over.into_iter().chain(tainted).collect::<Vec<_>>().join(", ")
    }
}
