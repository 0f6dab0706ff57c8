//! A run that was approved on its way into a target, step by step. Between building a merge and landing it, whoever approves says
//! what belongs to it, which depends on what the target has by then.

use super::super::job::AgentBrief;
use super::super::job::lessons::Learned;
use super::super::{LandError, MergeError, Run, Runs};
use super::judgement::Difference;
use super::landing::{Landing, Merge};
use super::{Landed, TRIES, gates};
use crate::base::{Finding, RepoPath, Result};
use crate::config::Gate;
use crate::document::Document;
use crate::fs::lock::Lock;
use crate::git::{MergeOutcome, Oid};
use crate::store::{MergeResult, Snapshot, check_merge};

/// How a person wants a run merged.
#[derive(Debug, Clone, Copy)]
pub struct Decision<'a> {
    /// The branch.
    pub target: &'a str,
    /// What they say about it.
    pub message: &'a str,
    /// As one commit on the target, without the run's own.
    pub squash: bool,
    /// Only the files that these globs name; all if there are none.
    pub only: &'a [String],
}

/// How far an approved run is.
pub enum Approval<'a> {
    /// A crash came between the merge and its bookkeeping, which is done now.
    Landed(Landed),
    /// It can be merged.
    Open(Merging<'a>),
}

/// A run that is being merged. As long as this is there, nothing else lands and nobody else works on the run.
pub struct Merging<'a> {
    runs: &'a Runs<'a>,
    run: &'a mut Run,
    target: &'a str,
    squash: bool,
    work: Oid,
    tries: usize,
    _locks: [Lock; 2],
}

/// The work joined with the tip of the target, with nothing lost. Made by `Merging::build` alone.
pub struct Merged {
    tip: Oid,
    tree: Oid,
}

/// What a merge must satisfy, and what lands together with it.
pub struct LandingPlan {
    /// The run's agent as the target has it now: it may have become stricter since the run began. Whoever was taken away there
    /// may do nothing any more.
    pub agent: Option<AgentBrief>,
    /// The gates that the target has now.
    pub gates: Vec<Gate>,
    /// What the project remembers of the run's failures.
    pub learned: Learned,
    /// The finished ticket's file, if the merge finishes it.
    pub ticket: Option<(RepoPath, Vec<u8>)>,
}

impl Runs<'_> {
    /// Begins to merge a run that passed.
    pub fn approve<'a>(&'a self, run: &'a mut Run, decision: Decision<'a>) -> Result<Approval<'a>> {
        let Decision { target, message, squash, only } = decision;
        let locks = [self.lock("land")?, self.hold(run)?];
        run.status = run.dir.load_status()?;
        if !run.status.state.is_closed()
            && let Some(landed) = self.find_landed(run)?
        {
            return Ok(Approval::Landed(self.close_landed(run, landed)));
        }
        let mut work = self.require_passed(run)?;
        self.require_idle_siblings(run)?;
        run.status.left_out.clear();
        if !only.is_empty() {
            work = self.part_of(run, Difference { from: run.base(), to: work }, only)?;
        }
        message.clone_into(&mut run.status.decision);
        Ok(Approval::Open(Merging { runs: self, run, target, squash, work, tries: 0, _locks: locks }))
    }
}

impl Merging<'_> {
    pub fn run(&self) -> &Run {
        self.run
    }

    /// Joins the work with what the target has now. Nothing is touched.
    pub fn build(&mut self) -> Result<Merged> {
        let (run, target, repository) = (&self.run.job, self.target, self.runs.repository);
        if self.tries == TRIES {
            return Err(LandError::TargetMoves { target: target.to_owned() }.into());
        }
        self.tries += 1;
        let tip = self.runs.require_target(target)?;
        if !repository.is_ancestor(self.run.base(), tip)? {
            return Err(LandError::OtherBase { run: run.run.clone(), target: target.to_owned(), from: run.target.clone() }.into());
        }
        let tree = match repository.merge_trees(tip, self.work)? {
            MergeOutcome::Clean(tree) => tree,
            MergeOutcome::Conflict { paths, .. } => {
                return Err(MergeError::Conflict { run: run.run.clone(), target: target.to_owned(), paths }.into());
            }
        };
        let merged = Merged { tip, tree };
        self.require_nothing_lost(&merged)?;
        Ok(merged)
    }

    /// No ticket, comment, memory or reference may vanish in a merge that nobody takes it out of.
    fn require_nothing_lost(&self, merged: &Merged) -> Result<()> {
        let (job, repository) = (&self.run.job, self.runs.repository);
        let result = Snapshot::Tree(repository, merged.tree);
        let merge = MergeResult { ours: merged.tip, theirs: self.work, result, document: |_, bytes| Document::parse(bytes) };
        match check_merge(repository, &job.ticket.folders, &merge)?.findings().into_iter().next() {
            Some(Finding { path, line, message: what, .. }) => {
                Err(MergeError::Loses { run: job.run.clone(), target: self.target.to_owned(), path, line, what }.into())
            }
            None => Ok(()),
        }
    }

    /// Checks the merge against roles and gates, as they were when the run began and as they are now, and moves the target there,
    /// together with the run's page. `None` if the target moved meanwhile: then it has to be built anew.
    pub fn land(&mut self, merged: &Merged, plan: LandingPlan) -> Result<Option<Landed>> {
        let landing = self.check(merged, plan)?;
        let (runs, run, merge) = (self.runs, &mut *self.run, landing.commit());
        runs.crash_point("approve.built");
        run.status.merge = Some(merge);
        run.status.errors = landing.errors();
        run.dir.save_status(&run.status)?;
        runs.crash_point("approve.noted");
        if !runs.land(&landing)? {
            return Ok(None);
        }
        runs.crash_point("approve.landed");
        Ok(Some(runs.close_landed(run, merge)))
    }

    fn check(&self, merged: &Merged, plan: LandingPlan) -> Result<Landing> {
        let (runs, run, job, target) = (self.runs, &*self.run, &self.run.job, self.target);
        let forbidden = |reason: String| LandError::Forbidden { run: job.run.clone(), target: target.to_owned(), reason };
        let Some(present) = &plan.agent else {
            return Err(forbidden(format!("there is no agent `{}` any more, so its work may change nothing", job.agent.name)).into());
        };
        let change = Difference { from: merged.tip, to: merged.tree };
        let allowed = runs
            .judge(job, &[&job.agent, present], change)?
            .map_err(|breaches| forbidden(breaches.into_iter().next().map(|breach| breach.message).unwrap_or_default()))?;
        let gates = united(&job.gates, plan.gates);
        runs.require_trusted(&gates)?;
        let merge = Merge { target, work: self.work, squash: self.squash, allowed, learned: plan.learned, ticket: plan.ticket };
        let landing = runs.merge_landing(run, merge)?;
        if let Some(leak) = runs.first_leak(merged.tip, landing.commit())? {
            return Err(forbidden(leak).into());
        }
        let folder = run.dir.file("merge");
        let results = runs.run_gates(run, &gates::Subject { commit: landing.commit(), change, folder: &folder, gates: &gates })?;
        match results.into_iter().find(|gate| gate.blocking && !gate.passed) {
            Some(gate) => {
                let (target, detail) = (target.to_owned(), gate.detail);
                Err(MergeError::GateFailed { run: job.run.clone(), target, gate: gate.name, detail }.into())
            }
            None => Ok(landing),
        }
    }
}

impl Merged {
    /// The target's tip that it is built on.
    pub fn tip(&self) -> Oid {
        self.tip
    }

    /// The files as they will be.
    pub fn tree(&self) -> Oid {
        self.tree
    }
}

/// The gates of now, and those of then that nobody has written anew under their names.
fn united(then: &[Gate], now: Vec<Gate>) -> Vec<Gate> {
    let gone: Vec<Gate> = then.iter().filter(|gate| now.iter().all(|other| other.name != gate.name)).cloned().collect();
    now.into_iter().chain(gone).collect()
}
