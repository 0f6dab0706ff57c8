//! The claims of a clone: a file per ticket in its live folder, made with `link(2)` so that there is one winner.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::claim::Claim;
use super::error::ClaimError;
use super::place::{address, page_path};
use super::seen::{Held, Seen};
use super::shared::{Notice, in_time};
use crate::base::{Id, Result, Timestamp, json};
use crate::fs::{FsError, lock, read, write};
use crate::git::Repository;

/// How long to wait for another process that changes a claim.
const PATIENCE: Duration = Duration::from_secs(10);

/// The claims of one clone, at one moment.
#[derive(Debug, Clone)]
pub struct Claims {
    pub(super) live: PathBuf,
    folder: PathBuf,
    pub(super) now: Timestamp,
    /// Where the pages of runs are looked for.
    work_tree: Option<PathBuf>,
}

impl Claims {
    /// The claims kept in `live/claims`, judged as of `now`.
    pub fn new(live: &Path, now: Timestamp) -> Self {
        Self { live: live.to_owned(), folder: live.join("claims"), now, work_tree: None }
    }

    /// Those of a repository.
    pub fn of(repository: &Repository, now: Timestamp) -> Self {
        let work_tree = repository.work_dir().map(Path::to_owned);
        Self { work_tree, ..Self::new(&repository.common_dir().join("cmpm"), now) }
    }

    /// Whether a claim that was seen on a remote keeps anybody away. Every verb asks this: its time is not over, and nobody has
    /// decided about its run, whose page would be in the work tree.
    pub fn stands(&self, notice: &Notice) -> bool {
        let is_decided = |run: &Id| self.work_tree.as_ref().is_some_and(|root| read::is_file(&page_path(run).below(root)));
        in_time(notice, self.now) && !notice.run.as_ref().is_some_and(is_decided)
    }

    /// What a remote was last seen to hold that stands, also under another name; `None` if nobody has asked it yet.
    pub fn seen_on(&self, repository: &Repository, remote: &str) -> Option<Vec<Held>> {
        self.seen((remote, address(repository, remote).as_deref()))
    }

    fn seen(&self, (remote, address): (&str, Option<&str>)) -> Option<Vec<Held>> {
        let Seen { at, notices, .. } = Seen::find(&self.live, (remote, address))?;
        let held = move |notice| Held { notice, remote: remote.to_owned(), seen: at };
        Some(notices.into_iter().filter(|notice| self.stands(notice)).map(held).collect())
    }

    /// Takes a ticket. Of several processes exactly one succeeds. A claim that counts no more is taken over. Says which one
    /// gave way, if that still counted.
    pub fn take(&self, claim: &Claim) -> Result<Option<Claim>> {
        let path = self.path(&claim.ticket);
        // The name appears with its whole content, so no reader ever sees an empty claim.
        let staged = write::stage(&path, json::pretty(claim)?.as_bytes())?;
        match write::link_new(staged.path(), &path) {
            // A remote that should know of it has been asked already.
            Err(FsError::Exists { .. })
                if claim.shared.is_none()
                    && let Some(held) = self.find(&claim.ticket)?.and_then(|found| self.lost_to(&found)) =>
            {
                Err(ClaimError::Shared { held: Box::new(held) }.into())
            }
            Err(FsError::Exists { .. }) => self.take_over(claim, staged.path(), &|found| !self.counts(found) || found.gives_way_to(claim)),
            outcome => Ok(outcome.map(|()| None)?),
        }
    }

    /// Takes a ticket from whoever has it, unless that is a run; says who had it, as [`Claims::take`] does.
    pub fn steal(&self, claim: &Claim) -> Result<Option<Claim>> {
        let staged = write::stage(&self.path(&claim.ticket), json::pretty(claim)?.as_bytes())?;
        let taken = self.take_over(claim, staged.path(), &|found| found.run.is_none() || !self.counts(found));
        taken.map_err(|failure| match self.find(&claim.ticket) {
            Ok(Some(Claim { run: Some(run), ticket, .. })) => ClaimError::OfRun { ticket, run }.into(),
            _ => failure,
        })
    }

    /// One process at a time, so that nobody replaces a claim that was just made.
    fn take_over(&self, claim: &Claim, staged: &Path, may: &dyn Fn(&Claim) -> bool) -> Result<Option<Claim>> {
        let _lock = self.lock()?;
        match self.find(&claim.ticket)? {
            Some(found) if may(&found) => {
                write::replace(&self.path(&claim.ticket), json::pretty(claim)?.as_bytes())?;
                Ok(Some(found).filter(|found| self.counts(found)))
            }
            Some(found) => Err(ClaimError::taken(found, claim).into()),
            None => match write::link_new(staged, &self.path(&claim.ticket)) {
                // Somebody else was faster between the two steps, and is alive.
                Err(FsError::Exists { .. }) => Err(ClaimError::Contended { ticket: claim.ticket.clone() }.into()),
                outcome => Ok(outcome.map(|()| None)?),
            },
        }
    }

    /// The claim on a ticket, whether it still counts or not.
    pub fn find(&self, ticket: &Id) -> Result<Option<Claim>> {
        let path = self.path(ticket);
        let Some(bytes) = read::find(&path)? else { return Ok(None) };
        let parsed = serde_json::from_slice(&bytes);
        parsed.map(Some).map_err(|error| ClaimError::Damaged { path, reason: error.to_string() }.into())
    }

    /// Every claim that still counts, in order of the tickets.
    pub fn list(&self) -> Result<Vec<Claim>> {
        Ok(self.survey()?.into_iter().filter_map(|(_, found)| found.ok()).filter(|claim| self.counts(claim)).collect())
    }

    /// Every claim there is with its ticket, dead ones too; for a file that cannot be read, why.
    pub fn survey(&self) -> Result<Vec<(Id, Result<Claim>)>> {
        let names = read::names(&self.folder)?;
        let ids = names.iter().filter_map(|name| Id::parse(name.strip_suffix(".json")?));
        Ok(ids.filter_map(|id| self.find(&id).transpose().map(|found| (id, found))).collect())
    }

    /// Whether a claim still counts.
    pub fn counts(&self, claim: &Claim) -> bool {
        claim.holds(self.now)
    }

    /// Who was last seen to have the ticket of a claim on the remote that should know of it, if that is somebody else by now.
    pub fn lost_to(&self, claim: &Claim) -> Option<Held> {
        let shared = claim.shared.as_ref()?;
        let seen = self.seen((&shared.remote, shared.address.as_deref()))?;
        seen.into_iter().find(|held| held.notice.ticket == claim.ticket).filter(|held| !held.notice.is_of(shared))
    }

    /// The claim that `name` has on a ticket, whether its time is over or not.
    pub fn require_own(&self, ticket: &Id, name: &str) -> Result<Claim> {
        let found = self.find(ticket)?.ok_or_else(|| ClaimError::NotClaimed { ticket: ticket.clone() })?;
        match &found.run {
            Some(run) if run.as_str() != name => Err(ClaimError::OfRun { ticket: found.ticket, run: run.clone() }.into()),
            None if found.name.as_deref() != Some(name) => Err(ClaimError::NotYours { ticket: ticket.clone(), by: found.by() }.into()),
            _ => Ok(found),
        }
    }

    /// Puts another claim, or none, in the place of one, unless that changed meanwhile.
    pub fn change(&self, before: &Claim, after: Option<&Claim>) -> Result<()> {
        let _lock = self.lock()?;
        if self.find(&before.ticket)?.as_ref() != Some(before) {
            return Err(ClaimError::Contended { ticket: before.ticket.clone() }.into());
        }
        let path = self.path(&before.ticket);
        match after {
            Some(after) => write::replace(&path, json::pretty(after)?.as_bytes())?,
            None => write::remove(&path)?,
        }
        Ok(())
    }

    /// Lets go of a ticket if its claim does not count any more; whether it did.
    pub fn release_dead(&self, ticket: &Id) -> Result<bool> {
        self.release_if(ticket, &|claim| !self.counts(claim))
    }

    /// Lets go of a ticket, if `run` has it.
    pub fn release(&self, ticket: &Id, run: &Id) -> Result<()> {
        self.release_if(ticket, &|claim| claim.run.as_ref() == Some(run)).map(drop)
    }

    fn release_if(&self, ticket: &Id, may: &dyn Fn(&Claim) -> bool) -> Result<bool> {
        if !read::exists(&self.path(ticket)) {
            return Ok(false);
        }
        let _lock = self.lock()?;
        let released = self.find(ticket)?.is_some_and(|claim| may(&claim));
        if released {
            write::remove(&self.path(ticket))?;
        }
        Ok(released)
    }

    pub(super) fn lock(&self) -> Result<lock::Lock> {
        Ok(lock::acquire(&self.folder.join(".lock"), PATIENCE)?)
    }

    fn path(&self, ticket: &Id) -> PathBuf {
        self.folder.join(format!("{ticket}.json"))
    }
}

#[cfg(test)]
#[path = "local_tests.rs"]
mod tests;
