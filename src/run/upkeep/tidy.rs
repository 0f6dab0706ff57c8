//! Taking worktrees away, never without a backup, and bringing them back.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::super::job::status::State;
use super::super::land::gates;
use super::super::step::perform::{backup_ref, branch_ref};
use super::super::{JobError, Run, Runs, UpkeepError};
use crate::base::{Id, Result, Timestamp};
use crate::claims::{Claim, Held, Lost, SharedClaims};
use crate::fs::{read, write};
use crate::git::{Bounds, Oid};
use crate::process::{Liveness, kill_run};

/// How long removed worktrees stay in the trash, with the ignored files that no backup has.
const TRASH_SECONDS: i64 = 7 * 24 * 60 * 60;
documented! {
    "docs/delegation.md": "stay in `.git/cmpm/trash` for {} days", TRASH_SECONDS / 86_400;
    "src/nouns/delegation/clean.rs": "stay in `.git/cmpm/trash` for {} days", TRASH_SECONDS / 86_400;
}

/// How long to wait for another cmpm that empties the trash.
const PATIENCE: Duration = Duration::from_secs(5);

/// A worktree that was brought back.
#[derive(Debug, Clone)]
pub struct Restored {
    pub path: PathBuf,
    pub branch: String,
    /// The commit that holds everything that was in it.
    pub commit: Oid,
}

impl Runs<'_> {
    /// What remains to be done for a run that is closed: worktree, branch, claim. Doing it again changes nothing.
    /// If the worktree cannot be backed up or removed, it stays, and `clean` tries again.
    pub fn finish_closing(&self, run: &mut Run) -> Result<()> {
        if run.status.state == State::Rejected {
            self.land_page(run)?;
            self.crash_point("reject.landed");
        }
        if run.status.state == State::Merged {
            self.reject_rest(run)?;
        }
        let is_own = !self.is_taken_over(run)?;
        if is_own {
            self.remove_worktree(run)?;
        }
        self.remove_checkout(&gates::checkout(run))?;
        run.dir.clear_scratch()?;
        write::remove_folder(&run.dir.file("home"))?;
        self.crash_point("close.removed");
        self.empty_trash_aside();
        if is_own {
            self.delete_branch(run)?;
        }
        self.release_for(&run.job)?;
        self.crash_point("close.released");
        let state = run.status.state.as_str();
        run.dir.event(self.clock.now(), "closed", state);
        Ok(())
    }

    /// Whether there is a worktree or a branch left of a run.
    pub fn is_left_over(&self, run: &Run) -> Result<bool> {
        let branch = self.repository.find_ref(&branch_ref(&run.job))?.is_some();
        Ok((read::exists(&run.job.worktree) || (branch && !self.is_looked_at(run)?)) && !self.is_taken_over(run)?)
    }

    /// Whether another run has the worktree or the branch of a closed one by now: names are given again.
    fn is_taken_over(&self, run: &Run) -> Result<bool> {
        let has_it = |other: &Run| {
            let is_there = other.job.worktree == run.job.worktree || other.job.branch == run.job.branch;
            is_there && other.job.run != run.job.run && !other.status.state.is_closed()
        };
        Ok(self.list()?.iter().any(has_it))
    }

    /// The claim that a run has on its ticket still. Where it has been turned down, the claim is the others' of its group.
    pub fn find_claim(&self, run: &Run) -> Result<Option<Claim>> {
        let found = self.claims().find(&run.job.ticket.id)?.filter(|claim| claim.run.as_ref() == Some(run.job.holder()));
        let is_out = run.status.state.is_closed() && run.status.state != State::Merged;
        Ok(if found.is_some() && is_out && !self.open_siblings(&run.job)?.is_empty() { None } else { found })
    }

    /// Whether the remote that knew of a run's claim has it no more, and who in another clone has the ticket instead.
    pub fn find_lost(&self, run: &Run) -> Result<Option<Lost>> {
        let claim = self.find_claim(run)?.filter(|claim| self.claims().counts(claim));
        Ok(claim.and_then(|claim| SharedClaims::find_lost(self.repository, &claim, (self.remote.as_deref(), self.clock.now()))))
    }

    /// Who has the ticket instead.
    pub fn find_held(&self, run: &Run) -> Result<Option<Held>> {
        Ok(self.find_lost(run)?.and_then(|lost| lost.held))
    }

    /// Claims for runs that were never recorded, because their process died in between.
    pub fn orphans(&self) -> Result<Vec<Claim>> {
        let is_orphan = |claim: &Claim| {
            let is_written = |run: &Id| !matches!(self.load(run.as_str()), Ok(None));
            claim.owner.liveness() == Liveness::Dead && claim.run.as_ref().is_some_and(|run| !is_written(run))
        };
        // One that is over may be left for a remote that could not be told.
        Ok(self.claims().survey()?.into_iter().filter_map(|(_, found)| found.ok()).filter(is_orphan).collect())
    }

    /// Lets go of a ticket that was taken for a run which was never recorded; the remote that could not be told, if one could not.
    pub fn release_orphan(&self, orphan: &Claim) -> Result<Option<String>> {
        let Some(run) = &orphan.run else { return Ok(None) };
        write::remove_folder(&self.live().join("jobs").join(run.as_str()))?;
        self.release_claim(&orphan.ticket, run)
    }

    /// Deletes for good what was taken away more than a week ago, and the oldest of what is more than the settings allow.
    pub fn empty_trash(&self) -> Result<usize> {
        Ok(self.repository.trash().empty(&self.trash_bounds(), PATIENCE)?)
    }

    /// The same beside what else this process does.
    pub(in crate::run) fn empty_trash_aside(&self) {
        self.repository.trash().empty_aside(self.trash_bounds());
    }

    fn trash_bounds(&self) -> Bounds {
        let before = Timestamp::from_seconds(self.clock.now().seconds() - TRASH_SECONDS);
        Bounds { before, bytes: self.trash.max_bytes(), files: u64::from(self.trash.files) }
    }

    /// Takes a run away without a decision. Its work is kept under the backup reference.
    pub fn discard(&self, run: &mut Run, reason: &str) -> Result<()> {
        let _hold = self.hold(run)?;
        run.status = run.dir.load_status()?;
        if run.is_driven_elsewhere() {
            return Err(JobError::WrongState { run: run.job.run.clone(), state: run.status.state, wanted: "cleaned" }.into());
        }
        self.discard_held(run, reason)
    }

    pub(in crate::run) fn discard_held(&self, run: &mut Run, reason: &str) -> Result<()> {
        if let Some(landed) = self.find_landed(run)?.map_or_else(|| self.find_merged(run), |landed| Ok(Some(landed)))? {
            return self.close_merged(run, landed);
        }
        if !run.status.state.is_closed() {
            kill_run(&run.dir.out());
            run.status.outcome = run.outcome();
            run.status.state = State::Discarded;
            reason.clone_into(&mut run.status.decision);
            run.dir.save_status(&run.status)?;
            self.crash_point("discard.noted");
        }
        self.finish_closing(run)
    }

    pub(in crate::run) fn remove_worktree(&self, run: &Run) -> Result<()> {
        let Some(worktree) = self.find_worktree(run)? else { return Ok(()) };
        if let Some(checkout) = worktree.unfinished() {
            return Ok(self.repository.forget_checkout(&checkout)?);
        }
        let trusted = self.trusted_index(run, &worktree)?;
        let backed_up = self.repository.back_up(&trusted, &backup_ref(&run.job), self.clock.now())?;
        self.crash_point("close.backed_up");
        self.repository.remove_worktree(backed_up, self.clock.now())?;
        Ok(())
    }

    /// The commit that keeps the work of a run.
    pub fn find_backup(&self, run: &Id) -> Result<Option<Oid>> {
        Ok(self.repository.find_ref(&format!("refs/cmpm/backup/{run}"))?)
    }

    /// Brings the files of a run back, in a new worktree on the run's branch, from the backup reference.
    pub fn restore(&self, run: &Run, place: Option<&Path>) -> Result<Restored> {
        let backup = self.find_backup(&run.job.run)?;
        let commit = backup.ok_or_else(|| UpkeepError::NoBackup { run: run.job.run.clone() })?;
        let path = place.map_or_else(|| run.job.worktree.clone(), Path::to_owned);
        let branch = match self.repository.find_ref(&branch_ref(&run.job))? {
            // The branch is still there, perhaps checked out: the backup gets a branch of its own.
            Some(_) => self.free_branch(&format!("cmpm/restore/{}", run.job.run))?,
            None => run.job.branch.clone(),
        };
        self.repository.add_worktree(&path, &branch, commit)?;
        Ok(Restored { path, branch, commit })
    }

    /// The same for a run of which nothing but its backup can be read.
    pub fn restore_lost(&self, id: &Id, path: PathBuf) -> Result<Restored> {
        let backup = self.find_backup(id)?;
        let commit = backup.ok_or_else(|| UpkeepError::NoBackup { run: id.clone() })?;
        let branch = self.free_branch(&format!("cmpm/restore/{id}"))?;
        self.repository.add_worktree(&path, &branch, commit)?;
        Ok(Restored { path, branch, commit })
    }

    fn free_branch(&self, name: &str) -> Result<String> {
        let mut free = name.to_owned();
        let mut number = 2;
        while self.repository.find_ref(&format!("refs/heads/{free}"))?.is_some() {
            free = format!("{name}-{number}");
            number += 1;
        }
        Ok(free)
    }
}
