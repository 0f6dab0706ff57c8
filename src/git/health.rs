//! What a look at the health of a clone asks of git's own files.

use std::path::PathBuf;

use super::Repository;
use crate::base::RepoPath;
use crate::fs::{read, walk};

/// Locks that git takes in the git folder of a worktree or in the one that all share.
const LOCKS: [&str; 6] = ["index.lock", "HEAD.lock", "ORIG_HEAD.lock", "config.lock", "packed-refs.lock", "shallow.lock"];

impl Repository {
    /// git's lock files that are there now: of every worktree, of the settings, of references. Most go within moments.
    pub fn lock_files(&self) -> Vec<PathBuf> {
        let common = self.common_dir();
        let names = read::names(&common.join("worktrees")).unwrap_or_default();
        let linked = names.iter().map(|name| common.join("worktrees").join(name));
        let folders = std::iter::once(common.to_owned()).chain(linked);
        let mut found: Vec<PathBuf> =
            folders.flat_map(|folder| LOCKS.map(|name| folder.join(name))).filter(|file| read::exists(file)).collect();
        let refs = const { RepoPath::of("refs") };
        found.extend(walk::files(common, &refs, &|name| name.ends_with(".lock")).0.iter().map(|path| path.below(common)));
        found
    }

    /// Names in git's list of worktrees that git itself cannot make sense of.
    pub fn damaged_worktrees(&self) -> Vec<String> {
        let known = self.list_worktrees().unwrap_or_default();
        let names = read::names(&self.common_dir().join("worktrees")).unwrap_or_default();
        names.into_iter().filter(|name| !known.iter().any(|worktree| worktree.name == *name)).collect()
    }

    /// Those of the files that git ignores here and does not know.
    pub fn ignored(&self, paths: &[RepoPath]) -> Vec<RepoPath> {
        // It fails where nothing is ignored, and takes no literal paths.
        let found = self.git("check-ignore").and_then(|git| git.env("GIT_LITERAL_PATHSPECS", "0").paths(paths).text()).unwrap_or_default();
        found.lines().filter_map(RepoPath::parse).collect()
    }

    /// Whether files are fetched only when they are needed (`git clone --filter`).
    pub fn is_partial(&self) -> bool {
        self.config_value("extensions.partialClone").is_some() || self.config_flag("remote.origin.promisor") == Some(true)
    }

    /// Whether `a` and `A` are one file where this repository lies.
    pub fn is_case_blind(&self) -> bool {
        read::exists(&self.common_dir().join("head")) && read::exists(&self.common_dir().join("HEAD"))
    }
}
