//! Moving a branch that is checked out, together with its work tree, and only if no local change is in the way.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::command::failed;
use super::{GitError, Oid, Repository};
use crate::base::RepoPath;
use crate::fs::read;

impl Repository {
    /// Moves the branch checked out in this worktree forward to `commit`, with its files.
    ///
    /// Nothing is touched unless all of it works: not staged, changed, untracked or ignored files, whatever the user's settings.
    ///
    /// # Errors
    /// `Overlap` if local files are in the way, `NotAFastForward` if the branch has other commits, `NoWorkTree`, or git fails
    /// (as in the middle of a merge).
    pub fn fast_forward(&self, commit: Oid) -> Result<(), GitError> {
        self.require_work_dir()?;
        self.sync_objects()?;
        let head = self.head()?;
        let start = head.require_oid()?;
        if !self.is_ancestor(start, commit)? {
            return Err(GitError::NotAFastForward { branch: head.branch().unwrap_or("HEAD").to_owned(), commit });
        }
        let options = ["--ff-only", "--no-autostash", "--no-overwrite-ignore", "--no-stat", "--no-verify-signatures", "--quiet"];
        let git = self.git("-c submodule.recurse=false merge")?.env("GIT_REFLOG_ACTION", "cmpm");
        let output = git.args(options).arg(commit.to_string()).output()?;
        if output.status.success() {
            return Ok(());
        }
        let paths = self.overlap(start, commit)?;
        if paths.is_empty() { Err(failed("merge", &output)) } else { Err(GitError::Overlap { paths }) }
    }

    /// The worktree that has `branch` (its short name) checked out; `None` if none has.
    ///
    /// # Errors
    /// The worktrees cannot be listed.
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
