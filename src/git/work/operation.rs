//! A merge, rebase or the like that git has started in a worktree and a person has not finished.

use std::fmt;
use std::path::{Path, PathBuf};

use super::super::{GitError, Oid, Repository, WorkError};
use crate::fs::read;

/// What git is in the middle of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// `git merge`.
    Merge,
    /// `git rebase` or `git am`.
    Rebase,
    /// `git cherry-pick`.
    CherryPick,
    /// `git revert`.
    Revert,
    /// `git bisect`; the branch is not checked out then, so only a commit is in its way.
    Bisect,
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Merge => "merge",
            Self::Rebase => "rebase",
            Self::CherryPick => "cherry-pick",
            Self::Revert => "revert",
            Self::Bisect => "bisect",
        })
    }
}

/// The file or folder that git keeps while it is at it.
const SIGNS: [(&str, Operation); 5] = [
    ("rebase-merge", Operation::Rebase),
    ("rebase-apply", Operation::Rebase),
    ("MERGE_HEAD", Operation::Merge),
    ("CHERRY_PICK_HEAD", Operation::CherryPick),
    ("REVERT_HEAD", Operation::Revert),
];

impl Repository {
    /// Refuses while git is in the middle of something in this worktree.
    pub fn require_settled(&self) -> Result<(), GitError> {
        let path = self.work_dir().unwrap_or(self.git_dir()).to_owned();
        self.operation().map_or(Ok(()), |operation| Err(WorkError::UnderWay { operation, path }.into()))
    }

    /// What git is in the middle of in this worktree.
    pub fn operation(&self) -> Option<Operation> {
        operation_in(self.git_dir())
    }

    /// The commits that a merge in progress in this worktree brings in.
    pub fn merging(&self) -> Result<Vec<Oid>, GitError> {
        let told = read::find_text(&self.git_dir().join("MERGE_HEAD"))?.unwrap_or_default();
        let commit = |line: &str| line.trim().parse().map_err(|error| GitError::other("read MERGE_HEAD", error));
        told.lines().filter(|line| !line.trim().is_empty()).map(commit).collect()
    }

    /// The worktree in which `branch` (its short name) is being rebased: it is not checked out anywhere then, but must not move.
    pub fn rebasing(&self, branch: &str) -> Result<Option<PathBuf>, GitError> {
        let linked = self.list_worktrees()?.into_iter().map(|worktree| (worktree.git_dir, worktree.path));
        let main = self.main_work_dir().map(|folder| (self.common_dir().to_owned(), folder));
        let name = format!("refs/heads/{branch}");
        let is_rebased = |git_dir: &Path| {
            let told = |folder: &str| read::find_text(&git_dir.join(folder).join("head-name")).ok().flatten();
            ["rebase-merge", "rebase-apply"].into_iter().filter_map(told).any(|head| head.trim() == name)
        };
        Ok(linked.chain(main).find(|(git_dir, _)| is_rebased(git_dir)).map(|(_, path)| path))
    }
}

fn operation_in(git_dir: &Path) -> Option<Operation> {
    SIGNS.into_iter().find(|(sign, _)| read::exists(&git_dir.join(sign))).map(|(_, operation)| operation)
}
