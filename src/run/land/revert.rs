//! Taking back what a run brought: its change undone on its target in a commit of a person's, its page marked and not taken away.

use super::super::job::page::marked_reverted;
use super::super::job::status::{Reverted, State};
use super::super::{JobError, LandError, REVERT_TRAILER, Run, Runs, named};
use super::landing::Undo;
use super::{TRIES, page_path};
use crate::base::{RepoPath, Result};
use crate::git::{Commit, LogRange, MergeOutcome, Oid};

/// What else a revert changes in a tree, such as memories that are tainted by it.
pub type More<'a> = &'a dyn Fn(Oid) -> Result<Vec<(RepoPath, Vec<u8>)>>;

/// How a person wants a run taken back.
pub struct Revert<'a> {
    /// The branch, if it is not the run's own target.
    pub from: Option<&'a str>,
    /// Why.
    pub message: &'a str,
    /// Which of the files that the run brought stay: what is remembered of it.
    pub stays: &'a dyn Fn(&RepoPath) -> bool,
    pub more: More<'a>,
}

impl Runs<'_> {
    /// Undoes a merged run on its target, and says by which commit. What was changed since stays; where both are in the same places, nothing
    /// is touched. Neither policy nor gates are asked: a person takes back what should not be there.
    pub fn revert(&self, run: &mut Run, wanted: &Revert<'_>) -> Result<Oid> {
        let (_lock, _hold) = (self.lock("land")?, self.hold(run)?);
        run.status = run.dir.load_status()?;
        let landed = run.status.merge.filter(|_| run.status.state == State::Merged && run.status.reverted.is_none());
        let Some(landed) = landed else {
            return Err(match &run.status.reverted {
                Some(done) => LandError::Reverted { run: run.job.run.clone(), commit: done.commit }.into(),
                None => JobError::WrongState { run: run.job.run.clone(), state: run.status.state, wanted: "reverted" }.into(),
            });
        };
        let target = wanted.from.unwrap_or(&run.job.target).to_owned();
        for _ in 0..TRIES {
            let tip = self.require_target(&target)?;
            if !self.repository.is_ancestor(landed, tip)? {
                return Err(LandError::NotThere { run: run.job.run.clone(), target, landed }.into());
            }
            let mark = Reverted { commit: landed, by: self.repository.user_name(), at: self.clock.now(), text: wanted.message.to_owned() };
            // One that was cut short after it landed only has to be written down.
            if let Some(commit) = self.find_revert(run, (landed, tip))? {
                return self.note_reverted(run, Reverted { commit, ..mark });
            }
            let undone = self.undone(run, (landed, tip), wanted.stays)?;
            let mut files = (wanted.more)(undone)?;
            let page = page_path(&run.job.run);
            if let Some(bytes) = self.repository.find_blob(undone, &page)? {
                files.push((page, marked_reverted(bytes, &mark)?));
            }
            let landing =
                self.undo_landing(run, Undo { target: &target, tip, landed, tree: undone, files: &files, message: wanted.message })?;
            let commit = landing.commit();
            self.crash_point("revert.built");
            if self.land(&landing)? {
                self.crash_point("revert.landed");
                return self.note_reverted(run, Reverted { commit, ..mark });
            }
        }
        Err(LandError::TargetMoves { target }.into())
    }

    fn find_revert(&self, run: &Run, (landed, tip): (Oid, Oid)) -> Result<Option<Oid>> {
        let since = LogRange { from: vec![tip], hide: vec![landed], ..LogRange::default() };
        let names_it = |commit: &Commit| named(commit, REVERT_TRAILER).is_some_and(|named| named == run.job.run.as_str());
        Ok(self.repository.commits(&since)?.iter().find(|commit| names_it(commit)).map(|commit| commit.oid))
    }

    fn note_reverted(&self, run: &mut Run, mark: Reverted) -> Result<Oid> {
        let commit = mark.commit;
        run.status.reverted = Some(mark);
        run.dir.save_status(&run.status)?;
        run.dir.event(self.clock.now(), "reverted", &commit.to_string());
        Ok(commit)
    }

    /// The target's files without what the run brought. Git merges it as if it had been undone right after it landed.
    fn undone(&self, run: &Run, (landed, tip): (Oid, Oid), stays: &dyn Fn(&RepoPath) -> bool) -> Result<Oid> {
        let before = self.repository.read_commit(landed)?.parents.first().copied();
        let before = before.unwrap_or_else(|| self.repository.empty_tree());
        let page = page_path(&run.job.run);
        let mut changes = self.repository.diff_trees(before, landed)?;
        changes.retain(|change| change.path != page && !stays(&change.path));
        let undo = self.undo_commit(landed, changes)?;
        match self.repository.merge_trees(tip, undo)? {
            MergeOutcome::Clean(tree) => Ok(tree),
            MergeOutcome::Conflict { paths, .. } => Err(LandError::RevertConflict { run: run.job.run.clone(), landed, paths }.into()),
        }
    }
}
