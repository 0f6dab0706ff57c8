//! The kinds of records that are searched together, and the keys by which each can be asked for.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Serialize;

use crate::nouns::delegation::RunPage;
use crate::nouns::memory::{self, Memory, own_keys};
use crate::nouns::ticket::{CommentFile, Ticket, known_keys};
use crate::store::{Libraries, Store};

named! {
    /// What a page is.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema, clap::ValueEnum)]
    #[serde(rename_all = "snake_case")]
    pub enum Kind [ALL] {
        // in the order of equally good answers
        /// An epic, issue, task or pull request.
        Ticket = "ticket",
        /// A comment on one.
        Comment = "comment",
        /// Something learned.
        Memory = "memory",
        /// What happened to a delegation.
        Run = "run",
    }
}

const OF_COMMENT: &[&str] = &["id", "ticket", "author", "created"];
const OF_RUN: &[&str] = &[
    "id", "ticket", "agent", "runner", "state", "outcome", "base", "branch", "target", "attempts", "sandbox", "head", "started", "ended",
    "model", "memories",
];

impl Kind {
    /// Adds the records of this kind that the work tree of `store` has.
    pub fn add_to<'a, L>(self, libraries: &mut Libraries<'a, L>, store: &'a Store, label: L) {
        match self {
            Self::Ticket => libraries.add::<Ticket>(store, label),
            Self::Comment => libraries.add::<CommentFile>(store, label),
            Self::Memory => libraries.add::<Memory>(store, label),
            Self::Run => libraries.add::<RunPage>(store, label),
        }
    }

    /// The keys that a condition may name of every page of this kind, besides `kind` and `path`.
    pub fn keys(self) -> BTreeSet<String> {
        let all = |keys: &[&str]| keys.iter().map(|key| (*key).to_owned()).collect();
        match self {
            Self::Ticket => known_keys::<()>(&[]),
            Self::Comment => all(OF_COMMENT),
            Self::Memory => all(memory::KEYS),
            Self::Run => all(OF_RUN),
        }
    }

    /// Keys that only some pages of this kind have.
    pub fn own_keys(self, store: &Store) -> BTreeSet<String> {
        match self {
            Self::Ticket => known_keys(&store.list::<Ticket>(&store.work_tree()).records),
            Self::Memory => own_keys(store),
            Self::Comment | Self::Run => BTreeSet::new(),
        }
    }
}
