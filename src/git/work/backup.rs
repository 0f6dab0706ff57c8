//! Removing a worktree, which takes a backup of everything in it: a `BackedUp` can be made only here.

use std::path::PathBuf;

use super::super::{CommitSpec, Expected, GitError, Oid, RefError, RefUpdate, Repository, TrustedIndex, WorkError, Worktree};
use crate::base::Timestamp;
use crate::fs::{read, write};
use crate::process::crash_point;

/// Proof that everything committed, changed and untracked (but not ignored) in a worktree is in a commit under a reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackedUp {
    worktree: Worktree,
    commit: Oid,
    branch: Option<(String, Oid)>,
}

/// What a removal did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removed {
    /// Where the folder is now, until the trash is emptied.
    pub trash: PathBuf,
    /// Whether the branch is gone too; it stays if it moved since the backup or is checked out elsewhere.
    pub branch_deleted: bool,
}

impl Repository {
    /// Makes a commit of everything in the worktree and lets `ref_name` (below `refs/cmpm/backup/`) point to it. What that
    /// reference led to before is kept as a parent. Of a folder that is gone an earlier backup is the best there can be.
    pub fn back_up(&self, trusted: &TrustedIndex, ref_name: &str, when: Timestamp) -> Result<BackedUp, GitError> {
        let worktree = trusted.worktree();
        let branch_name = worktree.branch.as_ref().map(|branch| format!("refs/heads/{branch}"));
        let branch = match branch_name {
            Some(name) => self.find_ref(&name)?.map(|tip| (name, tip)),
            None => None,
        };
        let head = self.head_in(&worktree.git_dir)?.oid();
        let committed: Vec<Oid> = head.into_iter().chain(branch.iter().map(|(_, tip)| *tip)).collect();
        let earlier = self.find_ref(ref_name)?;
        let is_gone = !read::exists(&worktree.path);
        if let Some(commit) = earlier.filter(|_| is_gone)
            && committed.iter().try_fold(true, |all, oid| Ok::<_, GitError>(all && self.is_ancestor(*oid, commit)?))?
        {
            return Ok(BackedUp { worktree: worktree.clone(), commit, branch });
        }
        let parents = self.independent(committed.iter().copied().chain(earlier))?;
        let tree = match committed.first() {
            // A folder that is gone holds nothing more than what was committed.
            Some(committed) if is_gone => self.tree_of(*committed)?,
            _ => trusted.snapshot(self)?.tree,
        };
        let message = format!("Backup of worktree {}", worktree.name);
        let commit = self.commit(&CommitSpec { tree, parents: &parents, message: &message, author: None }, when)?;
        self.update_ref(&RefUpdate { name: ref_name, new: commit, expected: Expected::Any, message: "cmpm: backup" })?;
        Ok(BackedUp { worktree: worktree.clone(), commit, branch })
    }

    /// The commits that are not ancestors of others of them, in order.
    fn independent(&self, commits: impl Iterator<Item = Oid>) -> Result<Vec<Oid>, GitError> {
        let mut kept: Vec<Oid> = Vec::new();
        for commit in commits {
            if !kept.iter().try_fold(false, |any, other| Ok::<_, GitError>(any || self.is_ancestor(commit, *other)?))? {
                kept.push(commit);
            }
        }
        Ok(kept)
    }

    /// Removes a worktree: its folder and git's notes about it go to the trash, its branch goes if the backup contains it.
    /// Fails if the worktree is locked, is the one this repository was opened from, or lies on another file system (nothing is touched).
    pub fn remove_worktree(&self, backed_up: BackedUp, when: Timestamp) -> Result<Removed, GitError> {
        let BackedUp { worktree, commit, branch } = backed_up;
        let _lock = self.lock_worktrees()?;
        let refuse = |reason: &str| Err(WorkError::Worktree { path: worktree.path.clone(), reason: reason.to_owned() }.into());
        if read::exists(&worktree.git_dir.join("locked")) {
            return refuse("is locked; `git worktree unlock` unlocks it");
        }
        if self.work_dir() == Some(&worktree.path) {
            return refuse("is the one you are in; change to another");
        }
        let trash = self.trash().free_place(&format!("{}-{}", when.compact(), worktree.name));
        if read::exists(&worktree.path) {
            write::rename(&worktree.path, &trash.join("files"))?;
        }
        crash_point(&self.env, "worktree.half_removed");
        if read::exists(&worktree.git_dir) {
            write::rename(&worktree.git_dir, &trash.join("git"))?;
            write::remove_folder_if_empty(&self.common_dir().join("worktrees"));
        }
        let branch_deleted = match branch {
            Some((name, tip)) => self.delete_contained(&name, tip, commit)?,
            None => false,
        };
        Ok(Removed { trash, branch_deleted })
    }

    fn delete_contained(&self, name: &str, tip: Oid, backup: Oid) -> Result<bool, GitError> {
        let short = name.strip_prefix("refs/heads/").unwrap_or(name);
        if !self.is_ancestor(tip, backup)? || self.worktree_of_branch(short)?.is_some() {
            return Ok(false);
        }
        match self.delete_ref(name, Expected::At(tip)) {
            Err(GitError::Ref(RefError::Moved { .. })) => Ok(false),
            done => done.map(|()| true),
        }
    }
}
