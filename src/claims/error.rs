//! What can go wrong with a claim, and what to do then.

use std::path::PathBuf;

use super::Claim;
use crate::base::{Exit, Explain, Id, Timestamp, text};

/// What can go wrong with a claim.
#[derive(Debug, thiserror::Error)]
pub enum ClaimError {
    /// Nobody has it.
    #[error("{ticket} is not claimed")]
    NotClaimed { ticket: Id },
    /// Somebody else has it.
    #[error("{ticket} is claimed by {}", text::one_line(by))]
    NotYours { ticket: Id, by: String },
    /// A run has it.
    #[error("{run} works on {ticket}, and its claim belongs to it")]
    OfRun { ticket: Id, run: Id },
    /// There is nobody whose life the claim could last.
    #[error("there is no process {pid}")]
    NoProcess {
        /// As typed.
        pid: u32,
    },
    /// Somebody else works on the ticket.
    #[error("{} is claimed by {}{}", claim.ticket, text::one_line(&claim.by()), claim.expires.map(|until| format!(" until {until}")).unwrap_or_default())]
    Taken { claim: Box<Claim> },
    /// Several processes want the same ticket at once.
    #[error("others are claiming {ticket} at the same time")]
    Contended { ticket: Id },
    /// The file of a claim cannot be read.
    #[error("{} is damaged: {reason}", path.display())]
    Damaged { path: PathBuf, reason: String },
    /// Somebody in another clone has it.
    #[error("{ticket} is claimed by {} on `{remote}` until {until}", text::one_line(by))]
    Shared {
        ticket: Id,
        by: String,
        /// Until when, by their clock.
        until: Timestamp,
        remote: String,
    },
    /// What the claim was at the remote is there no more.
    #[error("the claim on {ticket} was lost: it expired, and `{remote}` no longer has it")]
    Lost { ticket: Id, remote: String },
    /// Nobody could be asked.
    #[error("cannot ask `{remote}` about {ticket}: {reason}")]
    Unreachable {
        ticket: Id,
        remote: String,
        /// Why not.
        reason: String,
        /// What is still so.
        still: &'static str,
    },
}

impl Explain for ClaimError {
    fn exit(&self) -> Exit {
        match self {
            Self::NotClaimed { .. } | Self::NoProcess { .. } | Self::Unreachable { .. } | Self::Damaged { .. } => Exit::Wrong,
            Self::NotYours { .. }
            | Self::OfRun { .. }
            | Self::Taken { .. }
            | Self::Contended { .. }
            | Self::Shared { .. }
            | Self::Lost { .. } => Exit::Conflict,
        }
    }
    fn code(&self) -> &'static str {
        match self {
            Self::NotClaimed { .. } => "not_claimed",
            Self::NotYours { .. } => "not_yours",
            Self::OfRun { .. } => "of_run",
            Self::NoProcess { .. } => "no_process",
            Self::Taken { .. } | Self::Contended { .. } | Self::Shared { .. } => "claimed",
            Self::Damaged { .. } => "damaged",
            Self::Lost { .. } => "claim_lost",
            Self::Unreachable { .. } => "unreachable",
        }
    }
    fn hints(&self) -> Vec<String> {
        let hint = match self {
            Self::NotClaimed { ticket } => format!("`cmpm ticket claim {ticket}` claims it"),
            Self::NotYours { .. } => "if it is yours under another name, give that with `--for`; `cmpm ticket claims` lists all".to_owned(),
            Self::OfRun { run, .. } => {
                format!("`cmpm delegate show {run}` says how far it is; `cancel`, `reject` or `approve` frees the ticket")
            }
            Self::NoProcess { .. } => "give the number of a process that lives as long as the work, such as the agent's".to_owned(),
            Self::Taken { claim } => match &claim.run {
                Some(run) => format!("`cmpm delegate show {run}` says how far it is"),
                None => "take another ticket, or wait; `cmpm ticket claims` lists all".to_owned(),
            },
            Self::Contended { .. } => "run the same command again".to_owned(),
            Self::Damaged { .. } => {
                "move that file away: the ticket is free then; `cmpm delegate list` says whether a run still works on it".to_owned()
            }
            Self::Shared { .. } => "take another ticket, or wait until then".to_owned(),
            Self::Lost { ticket, .. } => format!("stop working on it, or claim it again: `cmpm ticket claim {ticket} --remote`"),
            Self::Unreachable { still, .. } => (*still).to_owned(),
        };
        vec![hint]
    }
}
