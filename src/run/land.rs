//! Landing: the merge is built and checked beside the target, and then the target moves, or nothing does.

use std::path::PathBuf;

use super::status::{Outcome, State};
use super::{Run, RunError, Runs, gates};
use crate::base::{Failure, RepoPath, Result, text};
use crate::git::{CommitSpec, Expected, GitError, MergeOutcome, Mode, Oid, RefUpdate, Repository, TreeEdit, with_trailers};
use crate::process::kill_run;

/// How often the merge is built anew when the target moves meanwhile.
const TRIES: usize = 5;

/// What the person who approves said.
pub struct Approval<'a> {
    /// A word about it; may be empty.
    pub message: String,
    /// The branch to land on instead of the one at dispatch.
    pub into: Option<String>,
    /// The change of the ticket that belongs to the merge, given the merged tree.
    pub ticket: &'a TicketEdit<'a>,
}

/// Says which file of a tree changes, and how, when a ticket is finished; `None` if the ticket is not there or finished.
pub type TicketEdit<'a> = dyn Fn(&Run, Oid) -> Result<Option<(RepoPath, Vec<u8>)>> + 'a;

impl Runs<'_> {
    /// Merges a run that passed into its target: checked again, together with its page and its ticket's new status.
    ///
    /// # Errors
    /// `WrongState`, `NotPassed`, `MergeConflict`, `MergeGateFailed`, `Overlap`, `TargetMoves`; nothing was touched then.
    pub fn approve(&self, run: &mut Run, approval: &Approval<'_>) -> Result<Oid> {
        let (_lock, _hold) = (self.lock("land")?, self.hold(run)?);
        run.status = run.dir.load_status()?;
        if !run.status.state.is_closed()
            && let Some(landed) = self.find_landed(run)?
        {
            // A crash came between the merge and its bookkeeping.
            self.close_merged(run, landed)?;
            return Ok(landed);
        }
        let work = self.require_passed(run)?;
        let target = approval.into.clone().unwrap_or_else(|| run.job.target.clone());
        approval.message.clone_into(&mut run.status.decision);
        for _ in 0..TRIES {
            let tip = self.require_target(&target)?;
            let merge = self.build_merge(run, &Sides { work, tip, merged: tip, target: &target }, approval)?;
            self.crash_point("approve.built");
            run.status.merge = Some(merge);
            run.dir.save_status(&run.status)?;
            self.crash_point("approve.noted");
            if self.move_target(&target, tip, merge)? {
                self.crash_point("approve.landed");
                self.close_merged(run, merge)?;
                return Ok(merge);
            }
        }
        Err(RunError::TargetMoves { target }.into())
    }

    /// Turns a run down: its page lands on the target in a commit of its own, its work stays under the backup reference.
    ///
    /// # Errors
    /// `WrongState`, or the page cannot land.
    pub fn reject(&self, run: &mut Run, reason: &str) -> Result<()> {
        let (_lock, _hold) = (self.lock("land")?, self.hold(run)?);
        run.status = run.dir.load_status()?;
        if !run.status.state.is_closed()
            && let Some(landed) = self.find_landed(run)?
        {
            self.close_merged(run, landed)?;
        }
        if run.status.state.is_closed() || run.is_driven() {
            return Err(RunError::WrongState { run: run.job.run.clone(), state: run.status.state, wanted: "rejected" }.into());
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

    pub(super) fn land_page(&self, run: &Run) -> Result<()> {
        let page = self.page(run)?;
        let target = &run.job.target;
        for _ in 0..TRIES {
            let tip = self.require_target(target)?;
            if self.repository.find_blob(tip, &page.path)?.is_some() {
                return Ok(());
            }
            let tree = self.with_files(tip, &[(page.path.clone(), page.text.clone().into_bytes())])?;
            let subject = format!("Reject {}: {}\n", run.job.run, text::one_line(&run.job.ticket.title));
            let message = with_trailers(&subject, &[("Cmpm-Run", run.job.run.as_str()), ("Cmpm-Ticket", run.job.ticket.id.as_str())]);
            let commit =
                self.repository.commit(&CommitSpec { tree, parents: &[tip], message: &message, author: None }, self.clock.now())?;
            if self.move_target(target, tip, commit)? {
                return Ok(());
            }
        }
        Err(RunError::TargetMoves { target: target.clone() }.into())
    }

    fn require_passed(&self, run: &Run) -> Result<Oid> {
        let id = run.job.run.clone();
        if run.status.state != State::Review {
            return Err(RunError::WrongState { run: id, state: run.status.state, wanted: "approved" }.into());
        }
        let outcome = run.outcome().unwrap_or(Outcome::Lost);
        let Some(work) = run.status.work.filter(|_| outcome == Outcome::Passed) else {
            return Err(RunError::NotPassed { run: id, outcome, reason: run.status.reason.clone() }.into());
        };
        if !self.is_as_reviewed(run)? {
            return Err(RunError::BranchChanged { run: id, branch: run.job.branch.clone() }.into());
        }
        Ok(work)
    }

    fn require_target(&self, target: &str) -> Result<Oid> {
        let tip = self.repository.find_ref(&format!("refs/heads/{target}"))?;
        Ok(tip.ok_or_else(|| RunError::NoTarget { target: target.to_owned() })?)
    }

    fn build_merge(&self, run: &mut Run, sides: &Sides<'_>, approval: &Approval<'_>) -> Result<Oid> {
        let merged = match self.repository.merge_trees(sides.tip, sides.work)? {
            MergeOutcome::Clean(tree) => tree,
            MergeOutcome::Conflict { paths, .. } => {
                return Err(RunError::MergeConflict { run: run.job.run.clone(), target: sides.target.to_owned(), paths }.into());
            }
        };
        // The same decision as on the agent's own commit, now about what really reaches the target.
        let breaches = self.breaches(run, &self.repository.diff_trees(sides.tip, merged)?)?;
        if let Some(first) = breaches.first() {
            let reason = first.message.clone();
            return Err(RunError::NotPassed { run: run.job.run.clone(), outcome: Outcome::Denied, reason }.into());
        }
        let merge = self.commit_merge(run, &Sides { merged, ..*sides }, approval)?;
        let folder = run.dir.file("merge");
        let results = self.run_gates(run, &gates::Subject { commit: merge, folder: &folder })?;
        match results.into_iter().find(|gate| gate.blocking && !gate.passed) {
            Some(gate) => {
                let (target, detail) = (sides.target.to_owned(), gate.detail);
                Err(RunError::MergeGateFailed { run: run.job.run.clone(), target, gate: gate.name, detail }.into())
            }
            None => Ok(merge),
        }
    }

    /// The merge commit with the run page and the finished ticket in it.
    fn commit_merge(&self, run: &Run, sides: &Sides<'_>, approval: &Approval<'_>) -> Result<Oid> {
        let mut closing = run.clone();
        closing.status.state = State::Merged;
        let page = self.page(&closing)?;
        let mut files = vec![(page.path, page.text.into_bytes())];
        files.extend((approval.ticket)(run, sides.merged)?);
        let tree = self.with_files(sides.merged, &files)?;
        let job = &run.job;
        let mut message = format!("Merge {}: {}\n", job.run, text::one_line(&job.ticket.title));
        if !approval.message.trim().is_empty() {
            message.push_str(&format!("\n{}\n", approval.message.trim()));
        }
        let trailers = [("Cmpm-Run", job.run.as_str()), ("Cmpm-Ticket", job.ticket.id.as_str()), ("Cmpm-Agent", job.agent.name.as_str())];
        let message = with_trailers(&message, &trailers);
        let parents = [sides.tip, sides.work];
        Ok(self.repository.commit(&CommitSpec { tree, parents: &parents, message: &message, author: None }, self.clock.now())?)
    }

    fn with_files(&self, tree: Oid, files: &[(RepoPath, Vec<u8>)]) -> Result<Oid> {
        let mut edits = Vec::with_capacity(files.len());
        for (path, bytes) in files {
            edits.push(TreeEdit { path: path.clone(), content: Some((Mode::File, self.repository.write_blob(bytes)?)) });
        }
        Ok(self.repository.edit_tree(tree, &edits)?)
    }

    /// Moves the target from `tip` to `commit`, with the files where it is checked out; `false` if it moved meanwhile.
    fn move_target(&self, target: &str, tip: Oid, commit: Oid) -> Result<bool> {
        let Some(folder) = self.repository.worktree_of_branch(target)? else {
            let name = format!("refs/heads/{target}");
            let update = RefUpdate { name: &name, new: commit, expected: Expected::At(tip), message: "cmpm: land a run" };
            return match self.repository.update_ref(&update) {
                Ok(()) => Ok(true),
                Err(GitError::RefMoved { .. }) => Ok(false),
                Err(error) => Err(error.into()),
            };
        };
        let checked_out = Repository::discover(
            &folder,
            &self
                .env
                .clone()
                .without(|name| name.starts_with("GIT_DIR") || name.starts_with("GIT_WORK_TREE") || name.starts_with("GIT_INDEX")),
        )?;
        match checked_out.fast_forward(commit) {
            Ok(()) => Ok(true),
            Err(GitError::NotAFastForward { .. }) => Ok(false),
            Err(GitError::Overlap { paths }) => Err(overlap(target, folder, &paths)),
            Err(error) => Err(error.into()),
        }
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

    /// Writes down that the run is merged, and cleans up behind it.
    pub(super) fn close_merged(&self, run: &mut Run, merge: Oid) -> Result<()> {
        run.status.state = State::Merged;
        run.status.merge = Some(merge);
        run.status.owner = None;
        run.dir.save_status(&run.status)?;
        self.crash_point("approve.closed");
        self.finish_closing(run)
    }
}

/// What comes together in a merge.
#[derive(Clone, Copy)]
struct Sides<'a> {
    /// cmpm's commit of the agent's work.
    work: Oid,
    /// The target as it is.
    tip: Oid,
    /// Both in one tree, once they have been merged.
    merged: Oid,
    /// The target's name.
    target: &'a str,
}

fn overlap(target: &str, folder: PathBuf, paths: &[RepoPath]) -> Failure {
    let paths = paths.iter().map(ToString::to_string).collect();
    RunError::Overlap { target: target.to_owned(), folder, paths }.into()
}
