//! Moving a branch that is checked out, together with its work tree, and only if no local change is in the way.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::super::command::failed;
use super::super::{Change, GitError, Oid, ProgramError, Repository, WorkError};
use crate::base::RepoPath;
use crate::fs::{read, write};

/// How many paths one command line holds with ease.
const PATHS: usize = 500;

impl Repository {
    /// Moves the branch checked out in this worktree forward to `commit`, with its files.
    ///
    /// Nothing is touched unless all of it works: not staged, changed, untracked or ignored files, whatever the user's settings.
    pub fn fast_forward(&self, commit: Oid) -> Result<(), GitError> {
        self.require_work_dir()?;
        self.sync_objects()?;
        let head = self.head()?;
        let start = head.require_oid()?;
        if !self.is_ancestor(start, commit)? {
            return Err(WorkError::NotAFastForward { branch: head.branch().unwrap_or("HEAD").to_owned(), commit }.into());
        }
        self.require_settled()?;
        let paths = self.overlap(start, commit)?;
        if !paths.is_empty() {
            return Err(WorkError::Overlap { paths }.into());
        }
        let options = ["--ff-only", "--no-autostash", "--no-overwrite-ignore", "--no-stat", "--no-verify-signatures", "--quiet"];
        let git = self.git("-c submodule.recurse=false merge")?.env("GIT_REFLOG_ACTION", "cmpm");
        let output = git.args(options).arg(commit.to_string()).output()?;
        let now = self.head()?.oid().unwrap_or(start);
        if output.status.success() || now == commit {
            return Ok(());
        }
        // None of these files held anything of the user's before: what differs from `HEAD`, where the user may have committed
        // meanwhile, is what git wrote before it failed.
        let written = self.written(now, commit)?;
        let left = self.put_back(now, &written)?;
        if now != start && left.is_empty() {
            return Err(WorkError::NotAFastForward { branch: head.branch().unwrap_or("HEAD").to_owned(), commit }.into());
        }
        match failed("merge", &output) {
            GitError::Program(ProgramError::Failed { reason, .. }) if !written.is_empty() => {
                Err(WorkError::Checkout { path: self.require_work_dir()?.to_owned(), reason, left }.into())
            }
            error if left.is_empty() => Err(error),
            error => Err(WorkError::Checkout { path: self.require_work_dir()?.to_owned(), reason: error.to_string(), left }.into()),
        }
    }

    /// The files that git has started to bring from `start` to `commit`.
    fn written(&self, start: Oid, commit: Oid) -> Result<Vec<Change>, GitError> {
        let root = self.require_work_dir()?;
        let dirty: BTreeSet<RepoPath> = self.dirty_paths()?.into_iter().collect();
        let appeared = |change: &Change| change.old.is_none() && read::exists(&change.path.below(root));
        let changes = self.diff_trees(start, commit)?;
        Ok(changes.into_iter().filter(|change| dirty.contains(&change.path) || appeared(change)).collect())
    }

    /// Puts files back as `start` has them; those that were somebody else's meanwhile, or cannot be written, are returned.
    fn put_back(&self, start: Oid, changes: &[Change]) -> Result<Vec<RepoPath>, GitError> {
        let root = self.require_work_dir()?;
        let (mut left, mut old, mut new_paths) = (Vec::new(), Vec::new(), Vec::new());
        // What is new goes first: on a full disk it makes the room for the rest.
        for change in changes {
            let file = change.path.below(root);
            let now = read::find(&file).unwrap_or_default();
            let new = change.new.map(|(_, oid)| self.read_blob(oid)).transpose()?.unwrap_or_default();
            match now {
                // Neither what git was writing nor a beginning of it.
                Some(now) if !new.starts_with(&now) => left.push(change.path.clone()),
                _ if change.old.is_some() => old.push(&change.path),
                _ => {
                    write::remove(&file)?;
                    new_paths.push(&change.path);
                }
            }
        }
        for some in new_paths.chunks(PATHS) {
            self.git("update-index")?.args(["--force-remove"]).paths(some.iter().copied()).bytes()?;
        }
        for some in old.chunks(PATHS) {
            let options = ["--staged", "--worktree", "--quiet"];
            let restored = self.git("restore")?.args(options).arg(format!("--source={start}")).paths(some.iter().copied()).output()?;
            if !restored.status.success() {
                left.extend(some.iter().copied().cloned());
            }
        }
        Ok(left)
    }

    /// The worktree that has `branch` (its short name) checked out; `None` if none has.
    pub fn worktree_of_branch(&self, branch: &str) -> Result<Option<PathBuf>, GitError> {
        let mut all = self.list_worktrees()?.into_iter();
        if let Some(found) = all.find(|worktree| worktree.branch.as_deref() == Some(branch) && !worktree.gone) {
            return Ok(Some(found.path));
        }
        let Some(main) = self.main_work_dir() else { return Ok(None) };
        Ok((self.head_in(self.common_dir())?.branch() == Some(branch)).then_some(main))
    }

    /// The files that going from `start` to `commit` would overwrite although they hold something uncommitted.
    fn overlap(&self, start: Oid, commit: Oid) -> Result<Vec<RepoPath>, GitError> {
        let root = self.require_work_dir()?;
        let dirty: BTreeSet<RepoPath> = self.dirty_paths()?.into_iter().collect();
        let mut found = Vec::new();
        for change in self.diff_trees(start, commit)? {
            let appears = change.old.is_none() || change.old_path.is_some();
            // A new file's place may be taken by an ignored one, which `status` does not list.
            let taken = appears && read::exists(&change.path.below(root));
            let touched = [Some(&change.path), change.old_path.as_ref()];
            if taken || touched.into_iter().flatten().any(|path| dirty.iter().any(|dirty| dirty.is_below(path) || path.is_below(dirty))) {
                found.push(change.path);
            }
        }
        Ok(found)
    }
}
