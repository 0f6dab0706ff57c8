//! Landing: the merge is built and checked next to the target, and then the target moves, or nothing does.

pub mod approval;
pub mod error;
pub mod gates;
pub mod judgement;
pub mod landing;
mod part;
pub mod revert;

use super::job::status::{Outcome, State};
use super::step::perform::branch_ref;
use super::{JobError, LandError, RUN_TRAILER, Run, Runs, named, page_path};
use crate::base::{Failure, Result};
use crate::git::{Commit, LogRange, Oid};
use crate::process::kill_run;

/// How often the merge is built again when the target moves meanwhile.
const TRIES: usize = 5;

/// How many commits of a target are looked at for one that brought the work of a run.
const MOST_COMMITS: usize = 5_000;

/// A run that is in its target.
#[derive(Debug)]
pub struct Landed {
    pub commit: Oid,
    /// What kept its worktree, branch or claim from going; `doctor --fix` tries again.
    pub untidy: Option<Failure>,
}

impl Runs<'_> {
    /// Turns a run down: its page lands on the target in a commit of its own, its work stays under the backup reference.
    pub fn reject(&self, run: &mut Run, reason: &str) -> Result<()> {
        let (_lock, _hold) = (self.lock("land")?, self.hold(run)?);
        run.status = run.dir.load_status()?;
        if !run.status.state.is_closed()
            && let Some(landed) = self.find_landed(run)?
        {
            self.close_merged(run, landed)?;
        }
        if run.status.state.is_closed() || run.is_driven() {
            return Err(JobError::WrongState { run: run.job.run.clone(), state: run.status.state, wanted: "rejected" }.into());
        }
        kill_run(&run.dir.out());
        let before = run.status.clone();
        run.status.outcome = run.outcome();
        reason.clone_into(&mut run.status.decision);
        run.status.state = State::Rejected;
        // Written down first: after a crash `resume` brings the rest to its end.
        run.dir.save_status(&run.status)?;
        self.crash_point("reject.noted");
        if let Err(failure) = self.land_page(run) {
            run.dir.save_status(&before)?;
            return Err(failure);
        }
        self.finish_closing(run)
    }

    pub(super) fn land_page(&self, run: &mut Run) -> Result<()> {
        let path = page_path(&run.job.run);
        let target = run.job.target.clone();
        for _ in 0..TRIES {
            let tip = self.require_target(&target)?;
            if self.repository.find_blob(tip, &path)?.is_some() {
                return Ok(());
            }
            let landing = self.page_landing(run, tip)?;
            if self.land(&landing)? {
                run.status.errors = landing.errors();
                return run.dir.save_status(&run.status);
            }
        }
        Err(LandError::TargetMoves { target }.into())
    }

    /// Notes which work of a run that waits its person has seen. Where that cannot be written, or somebody works on the run, nothing is
    /// noted, and the run is as it was.
    pub fn note_shown(&self, run: &Run) -> Result<()> {
        if run.status.state != State::Review || run.status.shown == run.status.work {
            return Ok(());
        }
        let Ok(_hold) = self.hold(run) else { return Ok(()) };
        let mut status = run.dir.require_status()?;
        if status.state == State::Review && status.work == run.status.work {
            status.shown = status.work;
            run.dir.save_status(&status)?;
        }
        Ok(())
    }

    fn require_passed(&self, run: &Run) -> Result<Oid> {
        let id = run.job.run.clone();
        if run.status.state != State::Review {
            return Err(JobError::WrongState { run: id, state: run.status.state, wanted: "approved" }.into());
        }
        let Some(outcome) = run.outcome() else { return Err(LandError::ByHand { run: id, reason: run.status.reason.clone() }.into()) };
        let Some(work) = run.status.work.filter(|_| outcome == Outcome::Passed) else {
            return Err(LandError::NotPassed { run: id, outcome, reason: run.status.reason.clone() }.into());
        };
        if !self.is_as_reviewed(run)? {
            return Err(LandError::BranchChanged { run: id, branch: run.job.branch.clone() }.into());
        }
        Ok(work)
    }

    /// The tip of a branch to land on.
    pub fn require_target(&self, target: &str) -> Result<Oid> {
        let tip = self.repository.find_ref(&format!("refs/heads/{target}"))?;
        Ok(tip.ok_or_else(|| LandError::NoTarget { target: target.to_owned() })?)
    }

    /// The merge commit of this run, if it has reached a branch: true also after a crash between the two.
    pub(super) fn find_landed(&self, run: &Run) -> Result<Option<Oid>> {
        let Some(merge) = run.status.merge else { return Ok(None) };
        for (_, tip) in self.repository.refs_below("refs/heads/")? {
            if self.repository.is_ancestor(merge, tip)? {
                return Ok(Some(merge));
            }
        }
        Ok(None)
    }

    /// The commit by which others brought the work of an open run into its target, here or as a remote has it: a pull request that
    /// was merged in whatever way keeps the trailers.
    pub fn find_merged(&self, run: &Run) -> Result<Option<Oid>> {
        let tip = self.repository.find_ref(&branch_ref(&run.job))?;
        // Whoever went on with its branch has more than was merged.
        if run.status.state != State::Review || run.status.work.is_none() || tip.is_some_and(|tip| Some(tip) != run.status.work) {
            return Ok(None);
        }
        let (name, base) = (run.job.target.as_str(), run.base());
        let is_target = |reference: &str| {
            reference.strip_prefix("refs/remotes/").is_some_and(|rest| rest.split_once('/').is_some_and(|(_, branch)| branch == name))
        };
        let own = self.repository.find_ref(&format!("refs/heads/{name}"))?;
        let remotes = self.repository.refs_below("refs/remotes/")?.into_iter().filter(|(reference, _)| is_target(reference));
        let mut tips: Vec<Oid> = own.into_iter().chain(remotes.map(|(_, tip)| tip)).filter(|tip| *tip != base).collect();
        tips.dedup();
        for tip in tips {
            let since = LogRange { from: vec![tip], hide: vec![base], limit: MOST_COMMITS, ..LogRange::default() };
            let names_it = |commit: &Commit| named(commit, RUN_TRAILER).is_some_and(|named| named == run.job.run.as_str());
            // Anybody can write a trailer, so it only names the commit: the work itself must be there.
            if let Some(found) = self.repository.commits(&since)?.iter().find(|commit| names_it(commit))
                && let Some(work) = run.status.work
                && self.repository.is_contained(work, (base, tip))?
            {
                return Ok(Some(found.oid));
            }
        }
        Ok(None)
    }

    /// The same for who only wants to know that it is merged: what could not be tidied, if anything.
    fn close_landed(&self, run: &mut Run, merge: Oid) -> Landed {
        Landed { commit: merge, untidy: self.close_merged(run, merge).err() }
    }

    /// Records that the run is merged, and cleans up after it.
    pub(super) fn close_merged(&self, run: &mut Run, merge: Oid) -> Result<()> {
        run.status.state = State::Merged;
        run.status.merge = Some(merge);
        run.status.owner = None;
        run.dir.save_status(&run.status)?;
        self.crash_point("approve.closed");
        self.finish_closing(run)
    }
}
