//! What a claim on a ticket says: who, since when, and how long it counts. It never edits the ticket.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::{Id, Timestamp};
use crate::git::Oid;
use crate::process::{Liveness, Owner};

/// How long a claim lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Term {
    /// As long as its process lives, and no longer than its time.
    Lease,
    /// Until its time is over: the process that made it ended at once.
    Timed,
    /// Until it is released.
    Hold,
}

/// A claim on a ticket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Claim {
    /// The ticket.
    pub ticket: Id,
    /// The run that works on it, if one does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<Id>,
    /// Who claimed it, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The process that made it, or that it lives with.
    pub owner: Owner,
    /// How long it lasts.
    pub term: Term,
    /// When it was made.
    pub since: Timestamp,
    /// When its time is over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Timestamp>,
    /// Where else it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shared: Option<Shared>,
}

/// A claim that other clones know of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Shared {
    /// The remote.
    pub remote: String,
    /// By which the remote is known again when it is renamed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// What its reference is there.
    pub oid: Oid,
    /// By which it is known again when it was renewed.
    pub token: String,
}

impl Claim {
    /// Whether it still counts. A lease of a process on another machine counts: nobody here can tell.
    pub fn holds(&self, now: Timestamp) -> bool {
        let in_time = self.expires.is_none_or(|expires| now < expires);
        match self.term {
            Term::Hold => true,
            Term::Timed => in_time,
            Term::Lease => in_time && self.owner.liveness() != Liveness::Dead,
        }
    }

    /// Who has it, for people of another clone, who cannot look at its runs.
    pub(super) fn by_elsewhere(&self) -> String {
        match (&self.name, &self.run) {
            (Some(name), Some(run)) => format!("{run} of {name}"),
            _ => self.by(),
        }
    }

    /// Who has it, for people.
    pub fn by(&self) -> String {
        let run = self.run.as_ref().map(ToString::to_string);
        run.or_else(|| self.name.clone()).unwrap_or_else(|| format!("process {} on {}", self.owner.pid, self.owner.host))
    }

    /// Whether `other` may have what this one has: a run what it has itself or the person who begins it, a process what it has
    /// itself, and whoever has it in this clone alone what other clones know of.
    pub(super) fn gives_way_to(&self, other: &Self) -> bool {
        let is_same_name = self.name == other.name;
        match (&self.run, &other.run) {
            (Some(own), Some(run)) => own == run,
            (Some(_), None) => false,
            (None, Some(_)) => self.name.is_some() && is_same_name,
            (None, None) => {
                let to_itself = self.term == Term::Lease && self.owner == other.owner;
                is_same_name && (to_itself || self.shared.is_none() && other.shared.is_some())
            }
        }
    }
}
