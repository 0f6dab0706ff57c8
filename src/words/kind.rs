//! The kinds of ticket, and the keys by which each is told from the others and names what it is a part of.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::term::{Term, without_pictures};

named! {
    /// What a ticket is about.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema, clap::ValueEnum)]
    #[serde(rename_all = "snake_case")]
    pub enum Kind [ALL] {
        // from large to small
        /// A large piece of work, made of issues.
        Epic = "epic",
        /// Something to do or fix.
        Issue = "issue",
        /// A step of an issue, small enough to delegate.
        Task = "task",
        /// Work that waits for review.
        Pr = "pr",
    }
}

impl Kind {
    /// The folder its files live in.
    pub const fn folder(self) -> &'static str {
        match self {
            Self::Epic => "epics",
            Self::Issue => "issues",
            Self::Task => "tasks",
            Self::Pr => "prs",
        }
    }

    /// The prefix of its ids, unless the project has another.
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Epic => "EP",
            Self::Issue => "ISS",
            Self::Task => "TSK",
            Self::Pr => "PR",
        }
    }

    /// The key under which ai-trackdown keeps the id of a ticket of this kind.
    pub const fn id_key(self) -> &'static str {
        match self {
            Self::Epic => "epic_id",
            Self::Issue => "issue_id",
            Self::Task => "task_id",
            Self::Pr => "pr_id",
        }
    }

    /// What other trackers call tickets of this kind.
    const fn synonyms(self) -> &'static [&'static str] {
        match self {
            Self::Epic => &["initiative", "milestone"],
            Self::Issue => &[],
            Self::Task => &["sub task"],
            Self::Pr => &["pull request", "merge request"],
        }
    }

    /// The kind that a word names, in any case.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str().eq_ignore_ascii_case(word))
    }

    /// The kind that another tracker's word for a type of work means; an issue, whatever else it says.
    pub fn of_tracker(word: &str) -> Self {
        let Some(word) = Term::read(without_pictures(word)) else { return Self::Issue };
        let known = Self::ALL.into_iter().find(|kind| word.is_one_of(&[kind.as_str()]) || word.is_one_of(kind.synonyms()));
        known.unwrap_or(Self::Issue)
    }

    /// The keys under which a ticket of this kind may name what it is a part of, the one that counts first.
    pub fn parent_keys(self) -> impl Iterator<Item = &'static str> {
        PARENT_KEYS.iter().filter(move |key| key.children.contains(&self)).map(|key| key.name)
    }
}

/// A key under which a ticket names what it is a part of.
#[derive(Debug)]
pub struct ParentKey {
    /// The key.
    pub name: &'static str,
    /// The kind of ticket it names; any kind where there is none.
    pub parent: Option<Kind>,
    /// The kinds of ticket that have it.
    children: &'static [Kind],
}

/// Every such key, in the order in which they count.
pub const PARENT_KEYS: &[ParentKey] = {
    const fn key(name: &'static str, parent: Option<Kind>, children: &'static [Kind]) -> ParentKey {
        ParentKey { name, parent, children }
    }
    const BELOW_EPICS: &[Kind] = &[Kind::Issue, Kind::Task, Kind::Pr];
    const BELOW_ISSUES: &[Kind] = &[Kind::Task, Kind::Pr];
    &[
        key("parent", None, &Kind::ALL),
        key("parent_task", Some(Kind::Task), &[Kind::Task]),
        key("issue_id", Some(Kind::Issue), BELOW_ISSUES),
        key("issueId", Some(Kind::Issue), BELOW_ISSUES),
        key("issue", Some(Kind::Issue), BELOW_ISSUES),
        key("epic_id", Some(Kind::Epic), BELOW_EPICS),
        key("epicId", Some(Kind::Epic), BELOW_EPICS),
        key("epic", Some(Kind::Epic), BELOW_EPICS),
        key("project_id", None, &[Kind::Epic]),
    ]
};

/// Keys that say the id; a small kind's own key comes first, because its files name larger tickets by their keys.
pub const ID_KEYS: [&str; 5] = ["id", Kind::Task.id_key(), Kind::Pr.id_key(), Kind::Issue.id_key(), Kind::Epic.id_key()];
