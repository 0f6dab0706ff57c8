//! Landing: the merge is built and checked next to the target, and then the target moves, or nothing does.

pub mod gates;
pub mod judgement;
pub mod landing;

use super::job::AgentBrief;
use super::job::page::page_path;
use super::job::status::{Outcome, State};
use super::{Run, RunError, Runs};
use crate::base::{Finding, RepoPath, Result};
use crate::config::Gate;
use crate::document::Document;
use crate::git::{MergeOutcome, Oid};
use crate::process::kill_run;
use crate::store::{MergeResult, Snapshot, check_merge};
use judgement::Difference;
use landing::{Landing, Merge};

/// How often the merge is built again when the target moves meanwhile.
const TRIES: usize = 5;

/// What the person who approves said.
pub struct Approval<'a> {
    /// A word about it; may be empty.
    pub message: String,
    /// The branch to land on instead of the one at dispatch.
    pub into: Option<String>,
    /// The change of the ticket that belongs to the merge, given the merged tree.
    pub ticket: &'a TicketEdit<'a>,
    /// What the target demands of a run now, given its tip.
    pub present: &'a PresentRules<'a>,
}

/// What a target demands of a run now: it may have become stricter since the run began.
#[derive(Debug)]
pub struct Present {
    /// The run's agent, if it is still there.
    pub agent: Option<AgentBrief>,
    pub gates: Vec<Gate>,
}

/// Reads what a target demands, given its tip.
pub type PresentRules<'a> = dyn Fn(&Run, Oid) -> Result<Present> + 'a;

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
            let landing = self.build_merge(run, (&target, tip, work), approval)?;
            let merge = landing.commit();
            self.crash_point("approve.built");
            run.status.merge = Some(merge);
            run.status.errors = landing.errors();
            run.dir.save_status(&run.status)?;
            self.crash_point("approve.noted");
            if self.land(&landing)? {
                self.crash_point("approve.landed");
                self.close_merged(run, merge)?;
                return Ok(merge);
            }
        }
        Err(RunError::TargetMoves { target }.into())
    }

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

    pub(super) fn land_page(&self, run: &mut Run) -> Result<()> {
        let path = page_path(run);
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
        Err(RunError::TargetMoves { target }.into())
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

    /// Builds the merge and holds it against everything that counts: roles and gates as they were when the run began and as
    /// they are on the target now.
    fn build_merge(&self, run: &Run, (target, tip, work): (&str, Oid, Oid), approval: &Approval<'_>) -> Result<Landing> {
        let job = &run.job;
        if !self.repository.is_ancestor(job.base, tip)? {
            return Err(RunError::OtherBase { run: job.run.clone(), target: target.to_owned(), from: job.target.clone() }.into());
        }
        let merged = match self.repository.merge_trees(tip, work)? {
            MergeOutcome::Clean(tree) => tree,
            MergeOutcome::Conflict { paths, .. } => {
                return Err(RunError::MergeConflict { run: job.run.clone(), target: target.to_owned(), paths }.into());
            }
        };
        self.require_nothing_lost(run, (target, tip, work), merged)?;
        let present = (approval.present)(run, tip)?;
        let roles: Vec<&AgentBrief> = std::iter::once(&job.agent).chain(&present.agent).collect();
        let allowed = self.judge(job, &roles, Difference { from: tip, to: merged })?.map_err(|breaches| {
            let reason = breaches.into_iter().next().map(|breach| breach.message).unwrap_or_default();
            RunError::Forbidden { run: job.run.clone(), target: target.to_owned(), reason }
        })?;
        let gates = united(&job.gates, present.gates);
        self.require_trusted(&gates)?;
        let landing = self.merge_landing(run, (target, work), Merge { allowed, approval })?;
        let folder = run.dir.file("merge");
        let results = self.run_gates(run, &gates::Subject { commit: landing.commit(), folder: &folder, gates: &gates })?;
        match results.into_iter().find(|gate| gate.blocking && !gate.passed) {
            Some(gate) => {
                let (target, detail) = (target.to_owned(), gate.detail);
                Err(RunError::MergeGateFailed { run: job.run.clone(), target, gate: gate.name, detail }.into())
            }
            None => Ok(landing),
        }
    }

    /// No ticket, comment, memory or reference may vanish in a merge that nobody takes it out of.
    fn require_nothing_lost(&self, run: &Run, (target, ours, theirs): (&str, Oid, Oid), merged: Oid) -> Result<()> {
        let merge =
            MergeResult { ours, theirs, result: Snapshot::Tree(self.repository, merged), document: |_, bytes| Document::parse(bytes) };
        match check_merge(self.repository, &run.job.ticket.folders, &merge)?.findings().into_iter().next() {
            Some(Finding { path, line, message: what, .. }) => {
                Err(RunError::MergeLoses { run: run.job.run.clone(), target: target.to_owned(), path, line, what }.into())
            }
            None => Ok(()),
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

/// The gates of now, and those of then that nobody has written again under their names.
fn united(then: &[Gate], now: Vec<Gate>) -> Vec<Gate> {
    let gone: Vec<Gate> = then.iter().filter(|gate| now.iter().all(|other| other.name != gate.name)).cloned().collect();
    now.into_iter().chain(gone).collect()
}
