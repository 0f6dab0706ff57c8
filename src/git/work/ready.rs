//! Commits of files in the user's own work tree. That git can take one is known before anything is written, and what git
//! or a hook refuses leaves the index as it was.

use std::time::Duration;

use super::super::command::Git;
use super::super::{GitError, Oid, Operation, ProgramError, Repository, WorkError};
use crate::base::{RepoPath, env};
use crate::fs::{lock, read};

/// How long to wait for another cmpm that commits here: git itself does not wait for who holds the index.
const PATIENCE: Duration = Duration::from_secs(120);

/// Nothing is unfinished in this work tree, and git knows who commits. Only this commits files.
#[derive(Debug, Clone, Copy)]
pub struct ReadyToCommit<'a>(&'a Repository);

impl Repository {
    /// Checks whether files can be committed now.
    pub fn ready_to_commit(&self) -> Result<ReadyToCommit<'_>, GitError> {
        let path = self.require_work_dir()?.to_owned();
        self.require_settled()?;
        if read::exists(&self.git_dir().join("BISECT_LOG")) {
            return Err(WorkError::UnderWay { operation: Operation::Bisect, path }.into());
        }
        self.identity()?;
        Ok(ReadyToCommit(self))
    }
}

impl ReadyToCommit<'_> {
    /// Commits exactly these files, as `git commit` does: with the user's hooks and identity. Inside a hook of such a commit
    /// without hooks, or a hook that has cmpm commit would start itself forever. The commit, if there was something to commit.
    pub fn commit_paths(&self, paths: &[RepoPath], message: &str) -> Result<Option<Oid>, GitError> {
        if paths.is_empty() {
            return Ok(None);
        }
        // Inside a hook the lock is held by who waits for us.
        let lock = || lock::acquire(&self.0.common_dir().join("cmpm/locks/commit"), PATIENCE);
        let _lock = if self.is_inside_own() { None } else { Some(lock()?) };
        // Entry by entry and not the whole file: another git may change other entries meanwhile.
        let before = self.git("ls-files")?.args(["--stage", "-z"]).paths(paths).bytes()?;
        let add = self.git("add")?.args(["--force", "--sparse"]).paths(paths).bytes();
        let commit = || self.git("commit")?.args(["--quiet", "--only", "-m", message]).paths(paths).bytes();
        let Err(error) = add.and_then(|_| commit()) else { return Ok(self.0.head()?.oid()) };
        let restored = self.restore(paths, &before);
        match (error, restored) {
            (GitError::Program(ProgramError::Failed { reason, .. }), Ok(())) => {
                Err(WorkError::CommitRefused { paths: paths.to_vec(), reason }.into())
            }
            (error, _) => Err(error),
        }
    }

    fn is_inside_own(&self) -> bool {
        self.0.env.text(env::CMPM_COMMIT).is_some()
    }

    fn git(&self, verb: &str) -> Result<Git, GitError> {
        if self.is_inside_own() { self.0.git(verb) } else { Ok(self.0.hooked_git(verb)?.env(env::CMPM_COMMIT, "1")) }
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
        self.git("update-index")?.args(["-z", "--index-info"]).input(lines).bytes().map(|_| ())
    }
}
