//! What differs between two commits or trees.

use gix::diff::Rewrites;
use gix::object::tree::diff::ChangeDetached;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::command::{parts, repo_path};
use super::super::{GitError, Mode, Oid, Repository};
use crate::base::RepoPath;

/// How a path changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// It is new.
    Added,
    /// Its content, or whether it can be run, is different.
    Modified,
    /// It is gone.
    Deleted,
    /// It has another name, and perhaps other content.
    Renamed,
    /// It was a file and is a link, or the like.
    TypeChanged,
}

/// One path that differs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct Change {
    /// Its name now; its old name if it is gone.
    pub path: RepoPath,
    /// Its old name, if it was renamed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old_path: Option<RepoPath>,
    /// How it changed.
    pub kind: ChangeKind,
    /// What it was.
    pub old: Option<(Mode, Oid)>,
    /// What it is.
    pub new: Option<(Mode, Oid)>,
}

/// How much of a file changed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct FileStat {
    /// The file; a renamed one is listed under both names.
    pub path: RepoPath,
    /// Lines added; 0 if binary.
    pub added: u64,
    /// Lines removed; 0 if binary.
    pub removed: u64,
    /// Whether it has no lines.
    pub binary: bool,
}

/// What a textual diff shows.
#[derive(Debug, Clone, Copy)]
pub struct DiffText<'a> {
    /// A commit or tree.
    pub old: Oid,
    /// A commit or tree.
    pub new: Oid,
    /// Only these files and folders; everything if empty.
    pub paths: &'a [RepoPath],
    /// With the terminal colours of git.
    pub colour: bool,
}

impl Repository {
    /// Every file, link and submodule that differs between two commits or trees, in order of their paths; renames are found, in a
    /// partial clone that lacks contents only those without an edit.
    pub fn diff_trees(&self, old: Oid, new: Oid) -> Result<Vec<Change>, GitError> {
        let mut gix = self.gix();
        gix.object_cache_size_if_unset(4 * 1024 * 1024);
        let (old, new) = (self.find_tree(&gix, old)?, self.find_tree(&gix, new)?);
        let compare = |rewrites| gix.diff_tree_to_tree(&old, &new, gix::diff::Options::default().with_rewrites(Some(rewrites)));
        let found = match compare(Rewrites::default()) {
            // How like two files are needs their contents; that they are the same does not.
            Err(_) if self.is_partial() => compare(Rewrites { percentage: None, ..Rewrites::default() }),
            found => found,
        };
        let found = found.map_err(GitError::library("compare two trees"))?;
        let mut changes: Vec<Change> = found.iter().filter(|change| !is_folder(change)).filter_map(convert).collect();
        changes.sort();
        Ok(changes)
    }

    /// The diff of two commits or trees as text, as `git diff` shows it; no program that the repository configures runs.
    pub fn diff_text(&self, wanted: &DiffText<'_>) -> Result<Vec<u8>, GitError> {
        let colour = if wanted.colour { "--color=always" } else { "--color=never" };
        let git = self.plain_diff()?.arg(colour).arg(wanted.old.to_string()).arg(wanted.new.to_string());
        git.paths(wanted.paths).bytes()
    }

    /// Lines added and removed per file between two commits or trees, the same whatever the settings say.
    pub fn diff_stat(&self, old: Oid, new: Oid) -> Result<Vec<FileStat>, GitError> {
        let git = self
            .plain_diff()?
            .args(["--numstat", "-z", "--no-renames", "--diff-algorithm=myers"])
            .arg(old.to_string())
            .arg(new.to_string());
        parts(&git.bytes()?).map(parse_stat).collect()
    }

    fn plain_diff(&self) -> Result<super::super::command::Git, GitError> {
        let options = ["--no-ext-diff", "--no-textconv", "--ignore-submodules=dirty", "--submodule=short"];
        Ok(self.git("diff")?.args(options))
    }
}

fn is_folder(change: &ChangeDetached) -> bool {
    match change {
        ChangeDetached::Modification { previous_entry_mode, entry_mode, .. } => previous_entry_mode.is_tree() && entry_mode.is_tree(),
        ChangeDetached::Addition { entry_mode, .. } | ChangeDetached::Deletion { entry_mode, .. } => entry_mode.is_tree(),
        ChangeDetached::Rewrite { entry_mode, .. } => entry_mode.is_tree(),
    }
}

/// Our form of a change; `None` only for a path that git itself forbids.
fn convert(change: &ChangeDetached) -> Option<Change> {
    let side = |mode: &gix::objs::tree::EntryMode, oid: &gix::ObjectId| Some((Mode::from(mode.kind()), Oid::from(*oid)));
    Some(match change {
        ChangeDetached::Addition { location, entry_mode, id, .. } => {
            Change { path: RepoPath::parse(location)?, old_path: None, kind: ChangeKind::Added, old: None, new: side(entry_mode, id) }
        }
        ChangeDetached::Deletion { location, entry_mode, id, .. } => {
            Change { path: RepoPath::parse(location)?, old_path: None, kind: ChangeKind::Deleted, old: side(entry_mode, id), new: None }
        }
        ChangeDetached::Modification { location, previous_entry_mode, previous_id, entry_mode, id } => {
            let (old, new) = (side(previous_entry_mode, previous_id), side(entry_mode, id));
            let same_type = old.zip(new).is_some_and(|((old, _), (new, _))| is_file(old) == is_file(new) && (is_file(old) || old == new));
            let kind = if same_type { ChangeKind::Modified } else { ChangeKind::TypeChanged };
            Change { path: RepoPath::parse(location)?, old_path: None, kind, old, new }
        }
        ChangeDetached::Rewrite { source_location, source_entry_mode, source_id, location, entry_mode, id, .. } => Change {
            path: RepoPath::parse(location)?,
            old_path: Some(RepoPath::parse(source_location)?),
            kind: ChangeKind::Renamed,
            old: side(source_entry_mode, source_id),
            new: side(entry_mode, id),
        },
    })
}

fn is_file(mode: Mode) -> bool {
    matches!(mode, Mode::File | Mode::Executable)
}

/// Reads `3\t1\tpath`, or `-\t-\tpath` for a binary file.
fn parse_stat(part: &[u8]) -> Result<FileStat, GitError> {
    let mut fields = part.splitn(3, |byte| *byte == b'\t');
    let mut count = || fields.next().and_then(|field| std::str::from_utf8(field).ok()?.parse().ok());
    let (added, removed) = (count(), count());
    let path = repo_path(fields.next().unwrap_or_default())?;
    Ok(FileStat { path, added: added.unwrap_or(0), removed: removed.unwrap_or(0), binary: added.is_none() })
}
