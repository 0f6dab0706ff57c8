//! Who works on a ticket: a file per ticket in the clone's live folder, made with `link(2)` so that there is one winner.
//!
//! A claim never edits the ticket. A *lease* lives as long as its process, a *hold* until somebody decides.

use std::path::{Path, PathBuf};
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::RunError;
use crate::base::{Id, Result, Timestamp};
use crate::fs::{FsError, lock, read, write};
use crate::process::{Liveness, Owner};

/// How long to wait for another process that takes the same ticket over.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long a claim lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Term {
    /// As long as its process lives.
    Lease,
    /// Until it is released.
    Hold,
}

/// A claim on a ticket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Claim {
    /// The ticket.
    pub ticket: Id,
    /// The run that works on it, if one does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run: Option<Id>,
    /// The process that made it.
    pub owner: Owner,
    /// How long it lasts.
    pub term: Term,
    /// When it was made.
    pub since: Timestamp,
}

impl Claim {
    /// Who has it, for people.
    #[must_use]
    pub fn by(&self) -> String {
        self.run.as_ref().map_or_else(|| format!("process {} on {}", self.owner.pid, self.owner.host), ToString::to_string)
    }

    /// Whether it still counts. A lease of a process on another machine counts: nobody here can tell.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.term == Term::Hold || self.owner.liveness() != Liveness::Dead
    }
}

/// The claims of one clone.
#[derive(Debug, Clone)]
pub struct Claims {
    folder: PathBuf,
}

impl Claims {
    /// The claims kept in `live/claims`.
    #[must_use]
    pub fn new(live: &Path) -> Self {
        Self { folder: live.join("claims") }
    }

    /// Takes a ticket. Of several processes exactly one succeeds.
    ///
    /// # Errors
    /// `Claimed` if somebody else has it.
    pub fn take(&self, claim: &Claim) -> Result<()> {
        let path = self.path(&claim.ticket);
        let bytes = serde_json::to_vec_pretty(claim).unwrap_or_default();
        // The name appears with its whole content, so no reader ever sees an empty claim.
        let staged = write::stage(&path, &bytes)?;
        match write::link_new(staged.path(), &path) {
            Err(FsError::Exists { .. }) => self.take_over(&claim.ticket, staged.path()),
            outcome => Ok(outcome?),
        }
    }

    /// Takes a ticket whose claim is dead; one process at a time, so that nobody removes a claim that was just made.
    fn take_over(&self, ticket: &Id, staged: &Path) -> Result<()> {
        let _lock = lock::acquire(&self.folder.join(".lock"), PATIENCE)?;
        if let Some(found) = self.find(ticket)? {
            if found.holds() {
                return Err(RunError::Claimed { claim: Box::new(found) }.into());
            }
            write::remove(&self.path(ticket))?;
        }
        match write::link_new(staged, &self.path(ticket)) {
            // Somebody else was faster between the two steps, and is alive.
            Err(FsError::Exists { .. }) => Err(RunError::Contended { ticket: ticket.clone() }.into()),
            outcome => Ok(outcome?),
        }
    }

    /// The claim on a ticket, whether it still counts or not.
    ///
    /// # Errors
    /// If its file cannot be read.
    pub fn find(&self, ticket: &Id) -> Result<Option<Claim>> {
        let path = self.path(ticket);
        let Some(bytes) = read::find(&path)? else { return Ok(None) };
        let parsed = serde_json::from_slice(&bytes);
        parsed.map(Some).map_err(|error| RunError::Damaged { path, reason: error.to_string() }.into())
    }

    /// Every claim that still counts, in order of the tickets.
    ///
    /// # Errors
    /// If the folder cannot be listed.
    pub fn list(&self) -> Result<Vec<Claim>> {
        Ok(self.survey()?.into_iter().filter_map(Result::ok).filter(Claim::holds).collect())
    }

    /// Every claim there is, dead ones too; for a file that cannot be read, why.
    ///
    /// # Errors
    /// If the folder cannot be listed.
    pub fn survey(&self) -> Result<Vec<Result<Claim>>> {
        let names = read::names(&self.folder)?;
        let ids = names.iter().filter_map(|name| Id::parse(name.strip_suffix(".json")?));
        Ok(ids.filter_map(|id| self.find(&id).transpose()).collect())
    }

    /// Lets go of a ticket if its claim does not count any more; whether it did.
    ///
    /// # Errors
    /// If the file cannot be read or removed.
    pub fn release_dead(&self, ticket: &Id) -> Result<bool> {
        let _lock = lock::acquire(&self.folder.join(".lock"), PATIENCE)?;
        let is_dead = self.find(ticket)?.is_some_and(|claim| !claim.holds());
        if is_dead {
            write::remove(&self.path(ticket))?;
        }
        Ok(is_dead)
    }

    /// Lets go of a ticket, if `run` has it.
    ///
    /// # Errors
    /// If the file cannot be removed.
    pub fn release(&self, ticket: &Id, run: &Id) -> Result<()> {
        if self.find(ticket)?.is_some_and(|claim| claim.run.as_ref() == Some(run)) {
            write::remove(&self.path(ticket))?;
        }
        Ok(())
    }

    fn path(&self, ticket: &Id) -> PathBuf {
        self.folder.join(format!("{ticket}.json"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claim(pid: u32) -> Claim {
        let mut owner = Owner::this_process();
        owner.pid = pid;
        Claim { ticket: Id::parse("TSK-1").unwrap(), run: None, owner, term: Term::Lease, since: Timestamp::from_seconds(0) }
    }

    #[test]
    fn one_of_many_wins() {
        let folder = tempfile::tempdir().unwrap();
        let claims = Claims::new(folder.path());
        let mine = claim(std::process::id());
        let winners = std::thread::scope(|scope| {
            let takers: Vec<_> = (0..8).map(|_| scope.spawn(|| claims.take(&mine).is_ok())).collect();
            takers.into_iter().map(|taker| taker.join().unwrap()).filter(|won| *won).count()
        });
        assert_eq!(winners, 1);
    }

    #[test]
    fn a_dead_owners_lease_is_taken_over_and_a_hold_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let claims = Claims::new(folder.path());
        claims.take(&claim(u32::MAX / 4)).unwrap();
        claims.take(&claim(std::process::id())).unwrap();
        assert_eq!(claims.list().unwrap().len(), 1);
        let other = Id::parse("TSK-2").unwrap();
        assert!(!claims.release_dead(&Id::parse("TSK-1").unwrap()).unwrap());
        let hold = Claim { ticket: other.clone(), term: Term::Hold, ..claim(u32::MAX / 4) };
        claims.take(&hold).unwrap();
        let late = Claim { ticket: other, ..claim(std::process::id()) };
        assert_eq!(claims.take(&late).unwrap_err().code(), "claimed");
        assert!(!claims.release_dead(&late.ticket).unwrap());
    }

    #[test]
    fn a_dead_lease_can_be_let_go() {
        let folder = tempfile::tempdir().unwrap();
        let claims = Claims::new(folder.path());
        claims.take(&claim(u32::MAX / 4)).unwrap();
        write::replace(&folder.path().join("claims/TSK-9.json"), b"half").unwrap();
        let seen: Vec<bool> = claims.survey().unwrap().iter().map(Result::is_ok).collect();
        assert_eq!(seen, [true, false]);
        assert!(claims.release_dead(&Id::parse("TSK-1").unwrap()).unwrap());
        assert!(!claims.release_dead(&Id::parse("TSK-1").unwrap()).unwrap());
    }
}
