//! Commits of files in the user's own work tree. That git can take one is known before anything is written, and what git
//! or a hook refuses leaves the index as it was.

use std::time::Duration;

use super::{GitError, Repository};
use crate::base::RepoPath;
use crate::fs::{lock, read};

/// How long to wait for another cmpm that commits here: git itself does not wait for who holds the index.
const PATIENCE: Duration = Duration::from_secs(120);

/// What git leaves in its folder while something is unfinished; a commit then would become a part of that.
const UNFINISHED: [(&str, &str); 7] = [
    ("MERGE_HEAD", "a merge"),
    ("rebase-merge", "a rebase"),
    ("rebase-apply", "a rebase"),
    ("CHERRY_PICK_HEAD", "a cherry-pick"),
    ("REVERT_HEAD", "a revert"),
    ("sequencer", "a cherry-pick"),
    ("BISECT_LOG", "a bisect"),
];

/// Nothing is unfinished in this work tree, and git knows who commits. Only this commits files.
#[derive(Debug, Clone, Copy)]
pub struct ReadyToCommit<'a>(&'a Repository);

impl Repository {
    /// Looks whether files can be committed now.
    ///
    /// # Errors
    /// `UnderWay` in the middle of a merge or the like; `NoIdentity`; `NoWorkTree`.
    pub fn ready_to_commit(&self) -> Result<ReadyToCommit<'_>, GitError> {
        self.require_work_dir()?;
        if let Some((_, operation)) = UNFINISHED.iter().find(|(name, _)| read::exists(&self.git_dir().join(name))) {
            return Err(GitError::UnderWay { operation });
        }
        self.identity()?;
        Ok(ReadyToCommit(self))
    }
}

impl ReadyToCommit<'_> {
    /// Commits exactly these files, as `git commit` does: with the user's hooks and identity.
    ///
    /// # Errors
    /// git or a hook refuses; the files stay as they are, and so does the index.
    pub fn commit_paths(&self, paths: &[RepoPath], message: &str) -> Result<(), GitError> {
        if paths.is_empty() {
            return Ok(());
        }
        let repository = self.0;
        let _lock = lock::acquire(&repository.common_dir().join("cmpm/locks/commit"), PATIENCE)?;
        // Entry by entry and not the whole file: another git may change other entries meanwhile.
        let before = repository.hooked_git("ls-files")?.args(["--stage", "-z"]).paths(paths).bytes()?;
        let add = repository.hooked_git("add")?.arg("--force").paths(paths).bytes();
        let commit = || repository.hooked_git("commit")?.args(["--quiet", "--only", "-m", message]).paths(paths).bytes();
        let Err(error) = add.and_then(|_| commit()) else { return Ok(()) };
        let restored = self.restore(paths, &before);
        match (error, restored) {
            (GitError::Program { reason, .. }, Ok(())) => Err(GitError::CommitRefused { paths: paths.to_vec(), reason }),
            (error, _) => Err(error),
        }
    }

    /// Puts the entries of `paths` back as `git ls-files --stage -z` listed them.
    fn restore(&self, paths: &[RepoPath], before: &[u8]) -> Result<(), GitError> {
        let nothing = self.0.gix().object_hash().null();
        let mut lines = Vec::new();
        for path in paths {
            lines.extend_from_slice(format!("0 {nothing}\t").as_bytes());
            lines.extend_from_slice(path.as_bytes());
            lines.push(0);
        }
        lines.extend_from_slice(before);
        self.0.hooked_git("update-index")?.args(["-z", "--index-info"]).input(lines).bytes().map(|_| ())
    }
}
