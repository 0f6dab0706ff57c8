//! The ticket: its kinds, its statuses, and what may be done with it. No I/O.

pub mod acceptance;
pub mod cycle;
pub mod dialect;
pub mod due;
pub mod loose;
pub mod mentions;
pub mod milestones;
pub mod progress;
pub mod properties;
pub mod prose;
pub mod readiness;
pub mod relations;
pub mod said;

use std::collections::BTreeMap;
use std::ops::{Deref, DerefMut};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::{Explain, Explained, Id, text};
use crate::config::{Category, Config};
use crate::words::{Kind, Properties, Status, StatusWord, fold};

use acceptance::Criteria;
use dialect::Dialect;

/// The category that a word means and nothing more: cmpm's own name for it, or what other trackers call it.
pub fn plain_category(word: &str, config: &Config) -> Option<Category> {
    let is_own = own_category(word, config).is_some();
    StatusWord::find(word).filter(|word| word.is_plain && !is_own).map(|word| word.status.category())
}

/// What the project says that a status word means.
pub fn own_category(word: &str, config: &Config) -> Option<Category> {
    let folded = fold(word);
    config.statuses.iter().find(|(name, _)| fold(name) == folded).map(|(_, category)| *category)
}

/// What a status word means; `None` for a word that neither the project nor cmpm knows.
pub fn category(word: &str, config: &Config) -> Option<Category> {
    own_category(word, config).or_else(|| StatusWord::find(word).map(|word| word.status.category()))
}

/// Whether a status word leaves open that the ticket will be done, unless the project says what it means.
pub fn is_undecided(word: &str, config: &Config) -> bool {
    let is_own = config.statuses.keys().any(|name| fold(name) == fold(word));
    !is_own && StatusWord::find(word).is_some_and(StatusWord::is_undecided)
}

/// Whether a status word says that the work cannot go on.
pub fn is_stuck(word: &str) -> bool {
    StatusWord::find(word).is_some_and(|word| word.status == Status::Blocked)
}

/// A ticket, whatever tracker's keys it is written in. It has the properties of the dictionary as fields of its own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Ticket {
    /// Its id.
    pub id: Id,
    /// What it is about.
    pub kind: Kind,
    #[serde(flatten)]
    pub properties: Properties,
    /// What the status word means.
    pub category: Category,
    /// The checklist of its acceptance criteria, if it has one.
    pub criteria: Option<Criteria>,
    /// What its file says under keys that cmpm has no meaning for; `a.b` for `b` below `a`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub other: BTreeMap<String, Vec<String>>,
    /// Whose keys the file is written in.
    pub dialect: Dialect,
}

impl Deref for Ticket {
    type Target = Properties;
    fn deref(&self) -> &Properties {
        &self.properties
    }
}

impl DerefMut for Ticket {
    fn deref_mut(&mut self) -> &mut Properties {
        &mut self.properties
    }
}

/// What must not be done with a ticket.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum TicketError {
    #[error("{} `{id}` is already {status}", kind.as_str())]
    AlreadyClosed { id: Id, kind: Kind, status: String },
    /// Finished in another place, which is newer.
    #[error("{} `{id}` is {status} {place}, which is newer than here", kind.as_str())]
    ClosedElsewhere {
        id: Id,
        kind: Kind,
        status: String,
        /// Where, such as `on main`.
        place: String,
    },
    /// Finished here, and opened again in another place, which is newer.
    #[error("{} `{id}` was reopened {place}, where it is {status}", kind.as_str())]
    Reopened { id: Id, kind: Kind, status: String, place: String },
    #[error("{} `{id}` is not finished, it is {status}", kind.as_str())]
    NotClosed { id: Id, kind: Kind, status: String },
    /// Another status than somebody saw who decided by that.
    #[error("{} `{id}` is now {status} (expected {expected}); left unchanged", kind.as_str())]
    StatusMoved { id: Id, kind: Kind, status: String, expected: String },
    #[error("`{word}` is not a status of this project")]
    UnknownStatus { word: String, near: Option<String> },
    #[error("`{id}` is {} {}, not {} {}", article(*kind), kind.as_str(), article(*wanted), wanted.as_str())]
    OtherKind { id: Id, kind: Kind, wanted: Kind },
    #[error("`{id}` cannot be its own {relation}")]
    Itself { id: Id, relation: &'static str },
    #[error("no change was given")]
    NothingToChange,
    #[error("a ticket needs a title")]
    NoTitle,
    /// A title is taken away.
    #[error("the title of a ticket cannot be empty")]
    EmptyTitle,
}

/// The hint that names the word that is nearest to an unknown one.
pub fn did_you_mean(near: Option<&str>) -> Option<String> {
    near.map(|near| format!("did you mean `{near}`?"))
}

impl TicketError {
    /// A status word that means nothing here.
    pub fn unknown_status(word: &str, config: &Config) -> Self {
        let own = || config.statuses.keys().map(String::as_str);
        let near = text::closest(word, Status::ALL.iter().map(|status| status.as_str()).chain(own()));
        Self::UnknownStatus { near: near.map(str::to_owned), word: word.to_owned() }
    }
}

fn article(kind: Kind) -> &'static str {
    if matches!(kind, Kind::Epic | Kind::Issue) { "an" } else { "a" }
}

impl Explain for TicketError {
    fn explain(&self) -> Explained {
        match self {
            Self::AlreadyClosed { id, kind, .. } => {
                Explained::wrong("already_closed").hint(format!("reopen it with `cmpm {} reopen {id}`", kind.as_str()))
            }
            Self::Reopened { .. } => {
                Explained::wrong("reopened_elsewhere").hint("`git pull` first, or merge that branch: here it is still finished")
            }
            Self::ClosedElsewhere { id, .. } => Explained::wrong("already_closed")
                .hint(format!("merge that work into this branch; `cmpm ticket show {id}` says where it is")),
            Self::NotClosed { id, kind, .. } => {
                Explained::wrong("not_closed").hint(format!("finish it with `cmpm {} complete {id}`", kind.as_str()))
            }
            Self::StatusMoved { id, .. } => {
                Explained::wrong("status_moved").hint(format!("check it with `cmpm ticket show {id}`, then decide again"))
            }
            Self::UnknownStatus { near, .. } => {
                let words = Status::ALL.map(Status::as_str).join(", ");
                let hint = format!("use one of {words}, or add yours under `statuses:` in .cmpm/config.yaml");
                Explained::wrong("unknown_status").hints(did_you_mean(near.as_deref())).hint(hint)
            }
            Self::OtherKind { kind, .. } => {
                Explained::wrong("other_kind").hint(format!("use `cmpm {} …` or `cmpm ticket …`", kind.as_str()))
            }
            Self::Itself { .. } => Explained::wrong("cycle").hint("name another ticket"),
            Self::NothingToChange => Explained::wrong("usage").hint("see `cmpm ticket update --help`"),
            Self::EmptyTitle => Explained::wrong("usage").hint("for example `--title \"Fix the broken links\"`, or leave it out"),
            Self::NoTitle => Explained::wrong("usage").hint("for example `cmpm issue create \"Fix the broken links\"`"),
        }
    }
}

impl Ticket {
    /// The word to write so that this ticket is finished.
    pub fn completed_word(&self) -> Result<&'static str, TicketError> {
        if self.category.is_closed() {
            return Err(TicketError::AlreadyClosed { id: self.id.clone(), kind: self.kind, status: self.status.clone() });
        }
        Ok(self.dialect.word(Category::Done))
    }

    /// Refuses another status than was seen, if one was.
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
    pub fn reopened_word(&self) -> Result<&'static str, TicketError> {
        if !self.category.is_closed() {
            return Err(TicketError::NotClosed { id: self.id.clone(), kind: self.kind, status: self.status.clone() });
        }
        Ok(self.dialect.word(Category::Todo))
    }

    /// Whether `word` is this ticket's status or its category.
    pub fn has_status(&self, word: &str) -> bool {
        let word = fold(word);
        let means =
            || StatusWord::find(&word).filter(|known| known.is_plain && Status::parse(&word).is_none()).map(|word| word.status.category());
        fold(&self.status) == word || self.category.as_str() == word || means() == Some(self.category)
    }

    /// Refuses a ticket of another kind than the one asked for.
    pub fn require_kind(&self, wanted: Option<Kind>) -> Result<(), TicketError> {
        match wanted {
            Some(wanted) if wanted != self.kind => Err(TicketError::OtherKind { id: self.id.clone(), kind: self.kind, wanted }),
            _ => Ok(()),
        }
    }
}
