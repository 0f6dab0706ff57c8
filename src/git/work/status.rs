//! What in the work tree differs from `HEAD`.

use schemars::JsonSchema;
use serde::Serialize;

use super::super::command::{parts, repo_path};
use super::super::{GitError, Mode, Oid, Repository};
use crate::base::RepoPath;
use crate::fs::{PathKind, read};

/// One path that differs from `HEAD`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct StatusEntry {
    /// The path.
    pub path: RepoPath,
    /// The index differs from `HEAD`.
    pub staged: bool,
    /// The file differs from the index.
    pub unstaged: bool,
    /// Git does not know the file.
    pub untracked: bool,
    /// A merge left it with conflicts.
    pub conflicted: bool,
}

impl Repository {
    /// Every path that differs from `HEAD` or is untracked and not ignored, in order of their paths.
    pub fn status(&self) -> Result<Vec<StatusEntry>, GitError> {
        self.require_work_dir()?;
        let options = ["--porcelain=v2", "-z", "--untracked-files=all", "--no-renames", "--ignore-submodules=dirty"];
        let bytes = self.git("status")?.args(options).bytes()?;
        let mut entries = parts(&bytes).filter_map(|part| parse_line(part).transpose()).collect::<Result<Vec<_>, _>>()?;
        entries.sort();
        Ok(entries)
    }

    /// The paths of `status`.
    pub fn dirty_paths(&self) -> Result<Vec<RepoPath>, GitError> {
        Ok(self.status()?.into_iter().map(|entry| entry.path).collect())
    }

    /// Whether the file on disk is what `commit` has at `path` (with line endings as git would store them). Absent on both sides counts.
    pub fn is_path_committed(&self, path: &RepoPath, commit: Oid) -> Result<bool, GitError> {
        let file = path.below(self.require_work_dir()?);
        let committed = self.find_entry(commit, path)?.filter(|entry| entry.mode != Mode::Tree);
        let (Some(found), Some(entry)) = (read::find_kind(&file)?, &committed) else {
            return Ok(!read::exists(&file) && committed.is_none());
        };
        if found == PathKind::Link {
            let target = read::link_target(&file)?;
            return Ok(entry.mode == Mode::Symlink && self.read_blob(entry.oid)? == target.as_os_str().as_encoded_bytes());
        }
        if found != PathKind::File || !matches!(entry.mode, Mode::File | Mode::Executable) {
            return Ok(false);
        }
        if self.read_blob(entry.oid)? == read::read(&file)? {
            return Ok(true);
        }
        // Line endings and filters may make the bytes differ although git sees no change.
        let stored = self.git("hash-object")?.paths([path]).text()?;
        Ok(stored == entry.oid.to_string())
    }
}

/// Reads a line of `--porcelain=v2 -z` without renames; `None` for headers.
fn parse_line(line: &[u8]) -> Result<Option<StatusEntry>, GitError> {
    let (fields_before_path, conflicted) = match line.first() {
        Some(b'1') => (8, false),
        Some(b'u') => (10, true),
        Some(b'?') => (1, false),
        _ => return Ok(None),
    };
    let untracked = fields_before_path == 1;
    let path = repo_path(line.splitn(fields_before_path + 1, |byte| *byte == b' ').last().unwrap_or_default())?;
    let changed = |index: usize| !untracked && line.get(index).is_some_and(|state| *state != b'.');
    Ok(Some(StatusEntry { path, staged: changed(2), unstaged: changed(3), untracked, conflicted }))
}
