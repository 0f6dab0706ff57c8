//! Everything that can be searched: tickets, comments, memories and run pages, each as a page with a kind, an id and a title.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::engine::filter;
use crate::nouns::memory::{self, Memory};
use crate::nouns::ticket::{CommentFile, Ticket};
use crate::store::Searchable;

/// What a page is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// An epic, issue, task or pull request.
    Ticket,
    /// A comment on one.
    Comment,
    /// Something learned.
    Memory,
    /// What became of a delegation.
    Run,
}

impl Kind {
    /// All of them, in the order of equally good answers.
    pub const ALL: [Self; 4] = [Self::Ticket, Self::Comment, Self::Memory, Self::Run];

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ticket => "ticket",
            Self::Comment => "comment",
            Self::Memory => "memory",
            Self::Run => "run",
        }
    }

    /// The keys that a condition may name of pages of this kind, beside `kind` and `path`.
    pub fn keys(self) -> &'static [&'static str] {
        match self {
            Self::Ticket => &[
                "id",
                "title",
                "status",
                "category",
                "priority",
                "parent",
                "labels",
                "assignee",
                "agent",
                "depends_on",
                "blocks",
                "related",
                "paths",
                "due",
                "defer_until",
                "milestone",
                "created",
                "aliases",
                "dialect",
            ],
            Self::Comment => &["id", "ticket", "author", "created"],
            Self::Memory => memory::KEYS,
            Self::Run => &[
                "id", "ticket", "agent", "runner", "state", "outcome", "base", "branch", "target", "attempts", "sandbox", "head",
                "started", "ended", "model", "memories",
            ],
        }
    }
}

/// A kind of record that is shown among others.
pub trait Page: Searchable {
    /// What it is.
    const KIND: Kind;
    /// What people call it by; of a comment the id of its ticket.
    fn name(&self) -> String;
    /// One line.
    fn title(&self) -> String;
    /// What it has behind a key.
    fn values(&self, key: &str) -> Vec<String>;
}

impl Page for Ticket {
    const KIND: Kind = Kind::Ticket;
    fn name(&self) -> String {
        self.id.to_string()
    }
    fn title(&self) -> String {
        self.title.clone()
    }
    fn values(&self, key: &str) -> Vec<String> {
        filter::values(&serde_json::to_value(self).unwrap_or_default(), key)
    }
}

impl Page for CommentFile {
    const KIND: Kind = Kind::Comment;
    fn name(&self) -> String {
        self.ticket.clone()
    }
    fn title(&self) -> String {
        self.title()
    }
    fn values(&self, key: &str) -> Vec<String> {
        match key {
            "id" | "ticket" => vec![self.ticket.clone()],
            "author" => self.author.iter().cloned().collect(),
            "created" => self.created.iter().cloned().collect(),
            _ => Vec::new(),
        }
    }
}

impl Page for Memory {
    const KIND: Kind = Kind::Memory;
    fn name(&self) -> String {
        self.id.to_string()
    }
    fn title(&self) -> String {
        self.title.clone()
    }
    fn values(&self, key: &str) -> Vec<String> {
        self.other.get(key).cloned().unwrap_or_else(|| filter::values(&serde_json::to_value(self).unwrap_or_default(), key))
    }
}
