//! Another attempt of a run that has ended: somebody asked for changes, its target moved, or it failed.

use super::super::job::status::{Revision, Shared, State, Worker};
use super::super::land::judgement::Difference;
use super::super::{JobError, Queue, Run, Runs, StepError};
use super::perform::backup_ref;
use crate::base::{RepoPath, Result, text};
use crate::document::{Reading, conflicts};
use crate::git::{Expected, MergeOutcome, Oid, RefUpdate};
use crate::process::kill_run;

/// What is asked of a run.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// What should change; empty if comments on its work say it, or if it only has to come onto its target as that is now.
    pub text: &'a str,
    /// Whether a person does the work, in the run's worktree.
    pub by_hand: bool,
}

impl Runs<'_> {
    /// Goes on from what a run that has ended made: onto its target where that has moved, and with whoever should work on it.
    /// A person asks, so this counts against no limit of attempts.
    pub fn revise(&self, run: &mut Run, wanted: Wanted<'_>, queue: Queue) -> Result<()> {
        let _hold = self.hold(run)?;
        run.status = run.dir.load_status()?;
        if let Some(landed) = self.find_landed(run)?.filter(|_| !run.status.state.is_closed()) {
            self.close_merged(run, landed)?;
        }
        if run.status.state != State::Review {
            return Err(JobError::WrongState { run: run.job.run.clone(), state: run.status.state, wanted: "revised" }.into());
        }
        self.claim_again(run)?;
        kill_run(&run.dir.out());
        self.break_own_locks(run)?;
        let onto = self.bring_onto_target(run)?;
        let is_asked = !wanted.text.is_empty() || self.has_new_comments(run)?;
        if onto.is_none() && !is_asked && !wanted.by_hand {
            return Err(StepError::NothingToRevise { run: run.job.run.clone(), target: run.job.target.clone() }.into());
        }
        run.status.worker = match (wanted.by_hand, !is_asked && run.status.conflicts.is_empty()) {
            (true, _) => Worker::Person,
            (false, true) => Worker::Nobody,
            (false, false) => Worker::Agent,
        };
        self.next_attempt(run)?;
        let (attempt, by, at) = (run.status.attempt, self.repository.user_name(), self.clock.now());
        run.status.revisions.push(Revision { attempt, by, at, text: wanted.text.to_owned(), edited: Vec::new(), onto });
        // Nobody has edited anything yet.
        if wanted.by_hand && !run.status.conflicts.is_empty() { self.hand_over(run) } else { self.perform_held(run, queue) }
    }

    /// Begins another attempt. What the one before made stays under a reference of its own.
    pub(in crate::run) fn next_attempt(&self, run: &mut Run) -> Result<()> {
        self.stage(run, "starts another attempt");
        if let Some(kept) = self.repository.find_ref(&backup_ref(&run.job))? {
            let name = format!("refs/cmpm/runs/{}/attempt-{}", run.job.run, run.status.attempt);
            self.point(&name, kept)?;
        }
        let status = &mut run.status;
        status.outcome = None;
        status.reason.clear();
        status.violations.clear();
        status.gates.clear();
        status.notes.clear();
        status.attempt += 1;
        Ok(())
    }

    /// Builds what is in the worktree on the target's tip, if the target has moved and the role allows what is there. The worktree
    /// follows when the run is prepared; until then nothing of it is touched.
    fn bring_onto_target(&self, run: &mut Run) -> Result<Option<Oid>> {
        if !self.is_behind(run)? {
            return Ok(None);
        }
        let tip = self.require_target(&run.job.target)?;
        let tree = match self.find_worktree(run)?.filter(|found| found.unfinished().or_else(|| found.gone()).is_none()) {
            Some(worktree) => {
                let seen = self.trusted_index(run, &worktree)?.snapshot(self.repository)?;
                if !seen.odd.is_empty() {
                    return Ok(None);
                }
                seen.tree
            }
            None => self.repository.tree_of(run.status.work.unwrap_or(run.base()))?,
        };
        let change = Difference { from: run.base(), to: tree };
        if self.judge(&run.job, &[&run.job.agent], change)?.is_err() {
            return Ok(None);
        }
        let work = self.commit_tree(run, tree, run.base())?;
        self.point(&backup_ref(&run.job), work)?;
        let (tree, conflicts) = match self.repository.merge_trees(tip, work)? {
            MergeOutcome::Clean(tree) => (tree, Vec::new()),
            MergeOutcome::Conflict { tree, paths, .. } => (tree, paths),
        };
        run.status.work = Some(self.commit_tree(run, tree, tip)?);
        (run.status.base, run.status.conflicts, run.status.outdated) = (Some(tip), conflicts, true);
        Ok(Some(tip))
    }

    /// The files in the worktree that are not as they were checked. New ones count where a person worked: gates leave some too.
    pub fn unchecked(&self, run: &Run) -> Result<Vec<RepoPath>> {
        let Some(work) = run.status.work.filter(|_| run.status.state == State::Review && !run.status.outdated) else {
            return Ok(Vec::new());
        };
        let worktree = self.find_worktree(run)?.filter(|found| found.unfinished().or_else(|| found.gone()).is_none());
        let Some(worktree) = worktree else { return Ok(Vec::new()) };
        let seen = self.trusted_index(run, &worktree)?.snapshot(self.repository)?;
        let mut changes = self.repository.diff_trees(self.repository.tree_of(work)?, seen.tree)?;
        changes.retain(|change| change.old.is_some() || run.status.worker == Worker::Person);
        Ok(changes.into_iter().map(|change| change.path).collect())
    }

    /// Whether the target has more than the run is built on.
    fn is_behind(&self, run: &Run) -> Result<bool> {
        Ok(!self.repository.is_ancestor(self.require_target(&run.job.target)?, run.base())?)
    }

    pub(in crate::run) fn point(&self, name: &str, commit: Oid) -> Result<()> {
        let update = RefUpdate { name, new: commit, expected: Expected::Any, message: "cmpm: the work of a run" };
        Ok(self.repository.update_ref(&update)?)
    }

    /// The files in which the run's work conflicts with its target as that is now.
    pub fn conflicts(&self, run: &Run) -> Result<Vec<RepoPath>> {
        let (Some(work), State::Review) = (run.status.work, run.status.state) else { return Ok(Vec::new()) };
        let Some(tip) = self.repository.find_ref(&format!("refs/heads/{}", run.job.target))? else { return Ok(Vec::new()) };
        match self.repository.merge_trees(tip, work)? {
            MergeOutcome::Conflict { paths, .. } => Ok(paths),
            MergeOutcome::Clean(_) => Ok(Vec::new()),
        }
    }

    /// Those of the files that had conflicts where the marks of one are left.
    pub(in crate::run) fn marked(&self, run: &Run, tree: Oid) -> Result<Vec<RepoPath>> {
        let mut marked = Vec::new();
        for path in &run.status.conflicts {
            let bytes = self.repository.find_blob(tree, path)?.unwrap_or_default();
            let text = String::from_utf8_lossy(&bytes);
            // Git's own marks, so in a code block too.
            let found = conflicts(&text, Reading { is_markdown: false, ..Reading::of(&path.lossy(), &text) });
            if !found.whole.is_empty() || !found.stray.is_empty() {
                marked.push(path.clone());
            }
        }
        Ok(marked)
    }

    /// Says on the page that no agent worked in this attempt.
    pub(in crate::run) fn note_worker(&self, run: &mut Run) {
        let (base, status, target) = (run.base(), &mut run.status, text::one_line(&run.job.target));
        let what = match status.worker {
            Worker::Agent => return,
            Worker::Person => "checked as a person left the worktree".to_owned(),
            Worker::Nobody if status.work == status.shared.as_ref().map(|shared| shared.work) => {
                let Some(Shared { by, at, runner, work }) = &status.shared else { return };
                format!("shared by {} at {at} as {}, made with {}; checked here", text::one_line(by), work.short(), text::one_line(runner))
            }
            Worker::Nobody => format!("the work was brought onto `{target}` at {}", base.short()),
        };
        status.notes.push(format!("attempt {}: {what}; no agent worked", status.attempt));
    }
}
