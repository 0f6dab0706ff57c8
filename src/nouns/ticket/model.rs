//! The ticket: its kinds, its statuses, and what may be done with it. No I/O.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::{Exit, Explain, Id};
use crate::config::{Category, Config, STATUSES};

use super::acceptance::Criteria;
use super::dialect::Dialect;

/// What a ticket is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A large piece of work, made of issues.
    Epic,
    /// Something to be done or mended.
    Issue,
    /// A step of an issue, small enough to delegate.
    Task,
    /// Work that waits for review.
    Pr,
}

impl Kind {
    /// All kinds, from large to small.
    pub const ALL: [Self; 4] = [Self::Epic, Self::Issue, Self::Task, Self::Pr];

    /// The word in files and on the command line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Epic => "epic",
            Self::Issue => "issue",
            Self::Task => "task",
            Self::Pr => "pr",
        }
    }
    /// The folder its files live in.
    #[must_use]
    pub fn folder(self) -> &'static str {
        match self {
            Self::Epic => "epics",
            Self::Issue => "issues",
            Self::Task => "tasks",
            Self::Pr => "prs",
        }
    }
    /// The prefix of its ids.
    #[must_use]
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Epic => "EP",
            Self::Issue => "ISS",
            Self::Task => "TSK",
            Self::Pr => "PR",
        }
    }
    /// What ids of new tickets of this kind begin with in a project.
    #[must_use]
    pub fn prefix_in(self, config: &Config) -> &str {
        match self {
            Self::Epic => &config.prefixes.epic,
            Self::Issue => &config.prefixes.issue,
            Self::Task => &config.prefixes.task,
            Self::Pr => &config.prefixes.pr,
        }
    }
    /// The kind that a word names, in any case.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str().eq_ignore_ascii_case(word))
    }
}

/// Words that other trackers and people write for the same, seen in real files (lower case, `_` for any separator).
const UNDERSTOOD: [(&str, Category); 36] = [
    ("pending", Category::Todo),
    ("open", Category::Todo),
    ("new", Category::Todo),
    ("todo", Category::Todo),
    ("to_do", Category::Todo),
    ("draft", Category::Todo),
    ("backlog", Category::Todo),
    ("proposed", Category::Todo),
    ("deferred", Category::Todo),
    ("not_started", Category::Todo),
    ("ready_for_engineering", Category::Todo),
    ("ready_for_development", Category::Todo),
    ("in_progress", Category::Active),
    ("in_review", Category::Active),
    ("needs_testing", Category::Active),
    ("hooked", Category::Active),
    ("partially_complete", Category::Active),
    ("ready_for_qa", Category::Active),
    ("ready_for_deployment", Category::Active),
    ("approved", Category::Active),
    ("waiting", Category::Active),
    ("completed", Category::Done),
    ("complete", Category::Done),
    ("closed", Category::Done),
    ("resolved", Category::Done),
    ("merged", Category::Done),
    ("fixed", Category::Done),
    ("finished", Category::Done),
    ("archived", Category::Done),
    ("canceled", Category::Cancelled),
    ("won't_do", Category::Cancelled),
    ("wont_do", Category::Cancelled),
    ("won_t_do", Category::Cancelled),
    ("skipped", Category::Cancelled),
    ("rejected", Category::Cancelled),
    ("tombstone", Category::Cancelled),
];

/// Words that say no more than their category; in a file they become the word its dialect has for it.
const SYNONYMS: [&str; 11] =
    ["open", "todo", "to_do", "in_progress", "completed", "complete", "closed", "finished", "canceled", "won't_do", "wont_do"];

/// The category that a word means and nothing more: cmpm's own name for it, or what other trackers call it.
#[must_use]
pub fn plain_category(word: &str, config: &Config) -> Option<Category> {
    let folded = fold(word);
    let is_own = config.statuses.keys().any(|name| fold(name) == folded);
    let is_plain = SYNONYMS.contains(&folded.as_str()) || ["planning", "active", "done", "cancelled"].contains(&folded.as_str());
    category(word, config).filter(|_| is_plain && !is_own)
}

/// A status word however it is written: `In Progress`, `in-progress`.
#[must_use]
pub fn fold(word: &str) -> String {
    word.trim().to_lowercase().replace([' ', '-'], "_")
}

/// What a status word means; `None` for a word that neither the project nor cmpm knows.
#[must_use]
pub fn category(word: &str, config: &Config) -> Option<Category> {
    let folded = fold(word);
    let own = config.statuses.iter().find(|(name, _)| fold(name) == folded).map(|(_, category)| *category);
    let known = || STATUSES.iter().chain(&UNDERSTOOD).find(|(name, _)| *name == folded).map(|(_, category)| *category);
    own.or_else(known)
}

/// A ticket, whatever tracker's keys it is written in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Ticket {
    /// Its id.
    pub id: Id,
    /// What it is about.
    pub kind: Kind,
    /// One line.
    pub title: String,
    /// The status word as written in the file.
    pub status: String,
    /// What the word means.
    pub category: Category,
    /// How urgent: critical, high, medium or low, in lower case, or what the file says.
    pub priority: Option<String>,
    /// The ticket it is a part of.
    pub parent: Option<String>,
    /// Labels and tags.
    #[serde(default)]
    #[schemars(!default)]
    pub labels: Vec<String>,
    /// Who works on it.
    pub assignee: Option<String>,
    /// The agent it is meant for.
    pub agent: Option<String>,
    /// Tickets that must be finished before.
    #[serde(default)]
    #[schemars(!default)]
    pub depends_on: Vec<String>,
    /// Tickets that wait for this one.
    #[serde(default)]
    #[schemars(!default)]
    pub blocks: Vec<String>,
    /// Tickets that belong together.
    #[serde(default)]
    #[schemars(!default)]
    pub related: Vec<String>,
    /// Globs of files it expects to touch.
    #[serde(default)]
    #[schemars(!default)]
    pub paths: Vec<String>,
    /// When it should be finished, as written.
    pub due: Option<String>,
    /// Before this date nobody should begin, as written.
    pub defer_until: Option<String>,
    /// The milestone it belongs to.
    pub milestone: Option<String>,
    /// When it was written, as written.
    pub created: Option<String>,
    /// Ids it had in other trackers.
    #[serde(default)]
    #[schemars(!default)]
    pub aliases: Vec<String>,
    /// Tickets that say the same.
    #[serde(default)]
    #[schemars(!default)]
    pub duplicates: Vec<String>,
    /// Tickets at whose work this one was found.
    #[serde(default)]
    #[schemars(!default)]
    pub discovered_from: Vec<String>,
    /// How much work it is, as written.
    pub estimate: Option<String>,
    /// The checklist of its acceptance criteria, if it has one.
    pub criteria: Option<Criteria>,
    /// What its file says under keys that cmpm has no meaning for; `a.b` for `b` below `a`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub other: BTreeMap<String, Vec<String>>,
    /// Whose keys the file is written in.
    pub dialect: Dialect,
}

/// What must not be done with a ticket.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum TicketError {
    /// Finished already.
    #[error("{} `{id}` is already {status}", kind.as_str())]
    AlreadyClosed {
        /// The ticket.
        id: Id,
        /// Its kind.
        kind: Kind,
        /// Its status.
        status: String,
    },
    /// Finished in another place, which is newer.
    #[error("{} `{id}` is {status} {place}, which is newer than here", kind.as_str())]
    ClosedElsewhere {
        /// The ticket.
        id: Id,
        /// Its kind.
        kind: Kind,
        /// Its status there.
        status: String,
        /// Where, such as `on main`.
        place: String,
    },
    /// Not finished.
    #[error("{} `{id}` is not finished, it is {status}", kind.as_str())]
    NotClosed {
        /// The ticket.
        id: Id,
        /// Its kind.
        kind: Kind,
        /// Its status.
        status: String,
    },
    /// Another status than somebody saw who decided by that.
    #[error("{} `{id}` is {status} by now, not {expected}, and was left so", kind.as_str())]
    StatusMoved {
        /// The ticket.
        id: Id,
        /// Its kind.
        kind: Kind,
        /// Its status.
        status: String,
        /// What it was.
        expected: String,
    },
    /// A word that means nothing here.
    #[error("`{word}` is not a status of this project")]
    UnknownStatus {
        /// The word.
        word: String,
    },
    /// Asked for as another kind.
    #[error("`{id}` is {} {}, not {} {}", article(*kind), kind.as_str(), article(*wanted), wanted.as_str())]
    OtherKind {
        /// The ticket.
        id: Id,
        /// What it is.
        kind: Kind,
        /// What was asked for.
        wanted: Kind,
    },
    /// A ticket cannot be a part of itself.
    #[error("`{id}` cannot be its own {relation}")]
    Itself {
        /// The ticket.
        id: Id,
        /// As what it was named.
        relation: &'static str,
    },
    /// Nothing to do.
    #[error("nothing to change was given")]
    NothingToChange,
    /// A title with nothing in it.
    #[error("a ticket needs a title")]
    NoTitle,
    /// A title is taken away.
    #[error("a ticket needs a title, so it cannot be empty")]
    EmptyTitle,
}

fn article(kind: Kind) -> &'static str {
    if matches!(kind, Kind::Epic | Kind::Issue) { "an" } else { "a" }
}

impl Explain for TicketError {
    fn exit(&self) -> Exit {
        Exit::Wrong
    }
    fn code(&self) -> &'static str {
        match self {
            Self::AlreadyClosed { .. } | Self::ClosedElsewhere { .. } => "already_closed",
            Self::NotClosed { .. } => "not_closed",
            Self::StatusMoved { .. } => "status_moved",
            Self::UnknownStatus { .. } => "unknown_status",
            Self::OtherKind { .. } => "other_kind",
            Self::Itself { .. } => "cycle",
            Self::NothingToChange | Self::NoTitle | Self::EmptyTitle => "usage",
        }
    }
    fn hints(&self) -> Vec<String> {
        let hint = match self {
            Self::AlreadyClosed { id, kind, .. } => format!("open it again with `cmpm {} reopen {id}`", kind.as_str()),
            Self::ClosedElsewhere { id, .. } => format!("merge that work into this branch; `cmpm ticket show {id}` says where it is"),
            Self::NotClosed { id, kind, .. } => format!("finish it with `cmpm {} complete {id}`", kind.as_str()),
            Self::StatusMoved { id, .. } => format!("look at it with `cmpm ticket show {id}`, then decide again"),
            Self::UnknownStatus { .. } => {
                let words: Vec<&str> = STATUSES.iter().map(|(word, _)| *word).collect();
                format!("use one of {}, or add yours under `statuses:` in .cmpm/config.yaml", words.join(", "))
            }
            Self::OtherKind { kind, .. } => format!("use `cmpm {} …` or `cmpm ticket …`", kind.as_str()),
            Self::Itself { .. } => "name another ticket".into(),
            Self::NothingToChange => "see `cmpm ticket update --help`".into(),
            Self::EmptyTitle => "for example `--title \"Fix the broken links\"`, or leave it out".into(),
            Self::NoTitle => "for example `cmpm issue create \"Fix the broken links\"`".into(),
        };
        vec![hint]
    }
}

impl Ticket {
    /// The word to write so that this ticket is finished.
    ///
    /// # Errors
    /// If it is finished already.
    pub fn completed_word(&self) -> Result<&'static str, TicketError> {
        if self.category.is_closed() {
            return Err(TicketError::AlreadyClosed { id: self.id.clone(), kind: self.kind, status: self.status.clone() });
        }
        Ok(self.dialect.word(Category::Done))
    }

    /// Refuses another status than was seen, if one was.
    ///
    /// # Errors
    /// `StatusMoved`.
    pub fn require_status(&self, seen: Option<&str>) -> Result<(), TicketError> {
        match seen.filter(|seen| *seen != self.status) {
            None => Ok(()),
            Some(seen) => {
                let (status, expected) = (self.status.clone(), seen.to_owned());
                Err(TicketError::StatusMoved { id: self.id.clone(), kind: self.kind, status, expected })
            }
        }
    }

    /// The word to write so that this ticket is open again.
    ///
    /// # Errors
    /// If it is not finished.
    pub fn reopened_word(&self) -> Result<&'static str, TicketError> {
        if !self.category.is_closed() {
            return Err(TicketError::NotClosed { id: self.id.clone(), kind: self.kind, status: self.status.clone() });
        }
        Ok(self.dialect.word(Category::Todo))
    }

    /// The tickets that this one names, as written, but for its parent.
    pub fn others(&self) -> impl Iterator<Item = &str> {
        [&self.depends_on, &self.blocks, &self.related, &self.duplicates, &self.discovered_from].into_iter().flatten().map(String::as_str)
    }

    /// Whether `word` is this ticket's status or its category.
    #[must_use]
    pub fn has_status(&self, word: &str) -> bool {
        let word = fold(word);
        let means = || UNDERSTOOD.iter().find(|(name, _)| *name == word && SYNONYMS.contains(name)).map(|(_, category)| *category);
        fold(&self.status) == word || self.category.as_str() == word || means() == Some(self.category)
    }

    /// Refuses a ticket of another kind than the one asked for.
    ///
    /// # Errors
    /// `OtherKind`.
    pub fn require_kind(&self, wanted: Option<Kind>) -> Result<(), TicketError> {
        match wanted {
            Some(wanted) if wanted != self.kind => Err(TicketError::OtherKind { id: self.id.clone(), kind: self.kind, wanted }),
            _ => Ok(()),
        }
    }
}
