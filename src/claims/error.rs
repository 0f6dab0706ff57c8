//! What can go wrong with a claim, and what to do then.

use std::path::PathBuf;

use super::{Claim, Held};
use crate::base::{Explain, Explained, Failure, Id, text};

#[derive(Debug, thiserror::Error)]
pub enum ClaimError {
    #[error("{ticket} is not claimed")]
    NotClaimed { ticket: Id },
    #[error("{ticket} is claimed by {}", text::one_line(by))]
    NotYours { ticket: Id, by: String },
    #[error("{run} works on {ticket}, and its claim belongs to it")]
    OfRun { ticket: Id, run: Id },
    /// There is nobody whose life the claim could last.
    #[error("there is no process {pid}")]
    NoProcess { pid: u32 },
    #[error("{} is claimed by {}{}", claim.ticket, text::one_line(&claim.by()), claim.expires.map(|until| format!(" until {until}")).unwrap_or_default())]
    Taken { claim: Box<Claim> },
    #[error("{} is yours since {}{}", claim.ticket, claim.since, claim.expires.map(|until| format!(", until {until}")).unwrap_or_default())]
    Yours { claim: Box<Claim> },
    #[error("others are claiming {ticket} at the same time")]
    Contended { ticket: Id },
    #[error("{} is damaged: {reason}", path.display())]
    Damaged { path: PathBuf, reason: String },
    /// Somebody in another clone has it.
    #[error("{} is claimed {held}", held.notice.ticket)]
    Shared { held: Box<Held> },
    /// Only who decides about the run gives the ticket away.
    #[error("{} is claimed {held}, and is not taken from a run", held.notice.ticket)]
    OfRunElsewhere { held: Box<Held> },
    /// A run cannot go on with it.
    #[error("{run} has lost {}, which is claimed {held}", held.notice.ticket)]
    RunLost { run: Id, held: Box<Held> },
    /// Of several tickets some were taken before one could not be, and whoever had them has them no more.
    #[error("{reason}; {} yours now", are(taken))]
    Partly { taken: Vec<Id>, reason: Failure },
    /// Somebody of the same name has it, who may be the same person.
    #[error("{} is claimed {held}", held.notice.ticket)]
    Namesake { held: Box<Held> },
    /// What the claim was at the remote is there no more.
    #[error("the claim on {ticket} was lost: {}", held.as_ref().map_or_else(|| format!("`{remote}` no longer has it"), |held| format!("the ticket is claimed {held}")))]
    Lost {
        ticket: Id,
        remote: String,
        /// Who has the ticket now.
        held: Option<Box<Held>>,
    },
    #[error("cannot ask `{remote}` about {ticket}: {reason}")]
    Unreachable {
        ticket: Id,
        remote: String,
        reason: String,
        /// What is still so.
        still: &'static str,
    },
}

fn are(taken: &[Id]) -> String {
    let ids = taken.iter().map(Id::as_str).collect::<Vec<_>>().join(", ");
    format!("{ids} {}", if taken.len() == 1 { "is" } else { "are" })
}

impl ClaimError {
    /// What `wanted` cannot have because of `found`. A name is not a person: several agents may claim under it, and one has the ticket.
    pub(super) fn taken(found: Claim, wanted: &Claim) -> Self {
        let is_own = found.run.is_none() && wanted.run.is_none() && found.name.is_some() && found.name == wanted.name;
        let claim = Box::new(found);
        if is_own { Self::Yours { claim } } else { Self::Taken { claim } }
    }
}

impl Explain for ClaimError {
    fn explain(&self) -> Explained {
        match self {
            Self::Partly { reason, .. } => reason.explain(),
            Self::NotClaimed { ticket } => Explained::wrong("not_claimed").hint(format!("`cmpm ticket claim {ticket}` claims it")),
            Self::NotYours { .. } => Explained::conflict("not_yours")
                .hint("if it is yours under another name, give that with `--for`; `cmpm ticket claims` lists all"),
            Self::OfRun { run, .. } => Explained::conflict("of_run")
                .hint(format!("`cmpm delegate show {run}` shows its state; `cancel`, `reject` or `approve` frees the ticket")),
            Self::NoProcess { .. } => {
                Explained::wrong("no_process").hint("give the number of a process that lives as long as the work, such as the agent's")
            }
            Self::Taken { claim } => Explained::conflict("claimed").hint(match &claim.run {
                Some(run) => format!("`cmpm delegate show {run}` shows its state"),
                None => "take another ticket, or wait; `cmpm ticket claims` lists all".to_owned(),
            }),
            Self::Yours { claim: own } => Explained::conflict("claimed").hint(format!(
                "`cmpm ticket heartbeat {}` renews it; if that was somebody else of this name, take another ticket, and claim with `--for NAME`",
                own.ticket
            )),
            Self::Contended { .. } => Explained::conflict("claimed").hint("run the same command again"),
            Self::Damaged { .. } => Explained::wrong("damaged")
                .hint("move that file away: the ticket is free then; `cmpm delegate list` says whether a run still works on it"),
            Self::Shared { held } => Explained::conflict("claimed").hint(match held.notice.run {
                Some(_) => "take another ticket, or ask whoever has it to decide about the run",
                None => "take another ticket, or wait until then",
            }),
            Self::OfRunElsewhere { held } => {
                let run = held.notice.run.as_ref().map_or("RUN", Id::as_str);
                Explained::conflict("of_run").hint(format!(
                    "ask whoever has it to decide about the run; in their clone `cmpm delegate reject {run}` or `approve` frees the ticket, \
                     after `cancel` if it is still at work"
                ))
            }
            Self::Namesake { held } => Explained::conflict("claimed").hint(format!(
                "if you claimed it, in another clone or before this one forgot it: `cmpm ticket claim {} --remote {} --steal` takes it over",
                held.notice.ticket, held.remote
            )),
            Self::RunLost { run, held } => Explained::conflict("claim_lost").hint(format!(
                "ask whoever has it to release it; or decide about the run as it is: `cmpm delegate approve {run}` merges it all the same, \
                 `reject` gives the ticket up{}",
                if held.notice.run.is_some() { "" } else { "; their claim ends with its time" }
            )),
            Self::Lost { held: Some(_), .. } => Explained::conflict("claim_lost").hint("stop working on it, and ask who has it now"),
            Self::Lost { ticket, .. } => Explained::conflict("claim_lost")
                .hint(format!("stop working on it, or claim it again: `cmpm ticket claim {ticket} --remote`")),
            Self::Unreachable { still, .. } => Explained::wrong("unreachable").hint(*still),
        }
    }
}
