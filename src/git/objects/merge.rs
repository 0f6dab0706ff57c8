//! Merging without touching any work tree: `git merge-tree`, `git merge-file`, and questions about ancestry.

use std::collections::BTreeSet;
use std::path::Path;

use super::super::command::{Git, failed, repo_path};
use super::super::{GitError, Oid, Repository};
use crate::base::{Env, RepoPath, text};

/// The first git that reads attributes (merge drivers) from a commit instead of the work tree.
pub(in crate::git) const ATTRIBUTES_OF_COMMIT: (u32, u32) = (2, 41);

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MergeOutcome {
    /// Everything fits together in this tree.
    Clean(Oid),
    /// Both sides changed the same places.
    Conflict {
        /// The files as far as they fit together, with the conflicts marked.
        tree: Oid,
        /// The files with conflicts, in order.
        paths: Vec<RepoPath>,
        /// What git says about them.
        messages: String,
    },
}

impl Repository {
    /// The best common ancestor of two commits; `None` if they share no history.
    pub fn merge_base(&self, one: Oid, other: Oid) -> Result<Option<Oid>, GitError> {
        let gix = self.gix();
        let base = gix.merge_base(one.gix(), other.gix()).map_err(GitError::library("find the common ancestor"))?;
        Ok(base.map(Oid::from))
    }

    /// Whether `ancestor` is `commit` or can be reached from it.
    pub fn is_ancestor(&self, ancestor: Oid, commit: Oid) -> Result<bool, GitError> {
        Ok(ancestor == commit || self.merge_base(ancestor, commit)? == Some(ancestor))
    }

    /// Merges two commits in the object store; no reference and no work tree changes. Merge drivers of the user's configuration run.
    pub fn merge_trees(&self, ours: Oid, theirs: Oid) -> Result<MergeOutcome, GitError> {
        self.sync_objects()?;
        // Attributes come from our side: neither what is uncommitted nor what the other side brings chooses the driver.
        let verb =
            if self.git_version()? >= ATTRIBUTES_OF_COMMIT { format!("--attr-source={ours} merge-tree") } else { "merge-tree".into() };
        let git = self.merging_git(&verb)?.args(["--write-tree", "-z", "--name-only", "--messages"]);
        let output = git.arg(ours.to_string()).arg(theirs.to_string()).output()?;
        match output.status.code() {
            Some(0 | 1) => parse_merge(&output.stdout),
            _ => Err(failed("merge-tree", &output)),
        }
    }
}

/// Three versions of one file.
#[derive(Debug, Clone, Copy)]
pub struct Sides<'a> {
    /// What both began with.
    pub base: &'a Path,
    /// One side; gets the result.
    pub ours: &'a Path,
    /// The other.
    pub theirs: &'a Path,
}

/// Merges files line by line as git does, with the conflicts marked; whether there are none. Files that are no text are a
/// conflict, and ours stays.
pub fn merge_file(env: &Env, folder: &Path, sides: &Sides<'_>) -> Result<bool, GitError> {
    let labels = ["-L", "ours", "-L", "base", "-L", "theirs", "--"];
    let git = Git::new(env, "merge-file")?.folder(folder).args(labels);
    let output = git.args([sides.ours, sides.base, sides.theirs]).output()?;
    match output.status.code() {
        Some(0) => Ok(true),
        Some(1..=127) => Ok(false),
        _ if String::from_utf8_lossy(&output.stderr).contains("binary files") => Ok(false),
        _ => Err(failed("merge-file", &output)),
    }
}

/// Reads `<tree> NUL (<path> NUL)* NUL (<count> NUL <path>… NUL <kind> NUL <message> NUL)*`.
fn parse_merge(stdout: &[u8]) -> Result<MergeOutcome, GitError> {
    let mut fields = stdout.split(|byte| *byte == 0);
    let tree = std::str::from_utf8(fields.next().unwrap_or_default()).unwrap_or_default().trim();
    let tree: Oid = tree.parse().map_err(|error| GitError::other("read the merged tree", error))?;
    let mut paths = BTreeSet::new();
    for field in fields.by_ref().take_while(|field| !field.is_empty()) {
        paths.insert(repo_path(field)?);
    }
    if paths.is_empty() {
        return Ok(MergeOutcome::Clean(tree));
    }
    let mut messages = Vec::new();
    while let Some(count) = fields.next().and_then(|field| std::str::from_utf8(field).ok()?.parse::<usize>().ok()) {
        let message = fields.by_ref().nth(count + 1).unwrap_or_default();
        messages.push(text::one_line(&String::from_utf8_lossy(message)));
    }
    Ok(MergeOutcome::Conflict { tree, paths: paths.into_iter().collect(), messages: messages.join("\n") })
}
