//! What the next commit will hold: the index, and what in it differs from `HEAD`. It is read as it is; no program runs.

use std::collections::HashMap;

use gix::index::{entry, extension};

use super::super::{Change, ChangeKind, GitError, Mode, Oid, Repository, TreeEntry};
use crate::base::RepoPath;

/// The index at one moment, in order of the paths. A file with conflicts is there as the current branch has it.
#[derive(Debug, Clone, Default)]
pub struct Staged {
    /// Every file, link and submodule.
    pub files: Vec<TreeEntry>,
    /// Of these and of files that are gone, those with conflicts.
    pub unmerged: Vec<RepoPath>,
    /// What differs from `HEAD`; a renamed file is gone here and new there.
    pub changes: Vec<Change>,
}

impl Staged {
    pub fn find(&self, path: &RepoPath) -> Option<&TreeEntry> {
        let place = self.files.binary_search_by(|entry| entry.path.cmp(path)).ok()?;
        self.files.get(place)
    }
}

impl Repository {
    /// The index and what of it is staged. Folders whose tree git already knows to be that of `HEAD` are not looked into.
    pub fn staged(&self) -> Result<Staged, GitError> {
        let gix = self.gix();
        let path = self.index_file.clone().unwrap_or_else(|| self.git_dir().join("index"));
        let index = gix::index::File::at_or_default(path, gix.object_hash(), false, gix::index::decode::Options::default());
        let index = index.map_err(GitError::library("read the index"))?;
        let files = list(&index);
        let head = self.head()?.oid().map(|commit| self.tree_of(commit)).transpose()?;
        let mut walk = Walk { repository: self, changes: Vec::new() };
        walk.folder(&Folder { path: RepoPath::default(), files: &files, known: index.tree(), tree: head })?;
        let mut changes = walk.changes;
        changes.sort();
        Ok(Staged { files, unmerged: unmerged(&index), changes })
    }
}

fn unmerged(index: &gix::index::State) -> Vec<RepoPath> {
    let entries = index.entries().iter().filter(|entry| entry.stage_raw() != 0);
    let mut paths: Vec<RepoPath> = entries.filter_map(|entry| RepoPath::parse(entry.path(index))).collect();
    paths.dedup();
    paths
}

/// The entries that a commit would take: no marks of `git add -N`, no folders of a sparse index, one side of a conflict.
fn list(index: &gix::index::State) -> Vec<TreeEntry> {
    let mut files: Vec<TreeEntry> = Vec::with_capacity(index.entries().len());
    for entry in index.entries() {
        let stage = entry.stage_raw();
        if stage == 1 || entry.flags.contains(entry::Flags::INTENT_TO_ADD) {
            continue;
        }
        let mode = match entry.mode {
            entry::Mode::FILE => Mode::File,
            entry::Mode::FILE_EXECUTABLE => Mode::Executable,
            entry::Mode::SYMLINK => Mode::Symlink,
            entry::Mode::COMMIT => Mode::Submodule,
            _ => Mode::Tree,
        };
        let Some(path) = RepoPath::parse(entry.path(index)) else { continue };
        if files.last().is_none_or(|last| last.path != path) {
            files.push(TreeEntry { path, oid: entry.id.into(), mode });
        }
    }
    files
}

struct Walk<'a> {
    repository: &'a Repository,
    changes: Vec<Change>,
}

/// A folder as the index and as `HEAD` have it.
struct Folder<'a> {
    path: RepoPath,
    /// The entries below it, in order.
    files: &'a [TreeEntry],
    /// What git remembers of it in the index.
    known: Option<&'a extension::Tree>,
    tree: Option<Oid>,
}

impl Walk<'_> {
    fn folder(&mut self, folder: &Folder<'_>) -> Result<(), GitError> {
        let recorded = folder.known.filter(|known| known.num_entries.is_some()).map(|known| Oid::from(known.id));
        if recorded.is_some() && recorded == folder.tree {
            return Ok(());
        }
        let mut before = match folder.tree {
            Some(tree) => self.repository.entries_of(tree)?,
            None => HashMap::new(),
        };
        let mut rest = folder.files;
        while let Some(first) = rest.first() {
            let (name, is_file) = child(&folder.path, &first.path);
            let path = below(&folder.path, name);
            let count = if is_file { 1 } else { rest.partition_point(|entry| entry.path == first.path || entry.path.is_below(&path)) };
            let (inside, after) = rest.split_at_checked(count.max(1)).unwrap_or((rest, &[]));
            rest = after;
            let old = before.remove(name);
            if is_file && first.mode != Mode::Tree {
                self.file(first, old)?;
            } else if first.mode != Mode::Tree {
                let tree = old.filter(|(mode, _)| *mode == Mode::Tree).map(|(_, oid)| oid);
                if let Some((mode, oid)) = old.filter(|(mode, _)| *mode != Mode::Tree) {
                    self.gone(path.clone(), mode, oid)?;
                }
                let known = folder.known.and_then(|known| known.children.iter().find(|child| child.name.as_slice() == name));
                self.folder(&Folder { path, files: inside, known, tree })?;
            }
        }
        before.into_iter().try_for_each(|(name, (mode, oid))| self.gone(below(&folder.path, &name), mode, oid))
    }

    fn file(&mut self, entry: &TreeEntry, old: Option<(Mode, Oid)>) -> Result<(), GitError> {
        let new = Some((entry.mode, entry.oid));
        let kind = match old {
            Some((Mode::Tree, oid)) => {
                self.gone(entry.path.clone(), Mode::Tree, oid)?;
                return self.file(entry, None);
            }
            _ if old == new => return Ok(()),
            None => ChangeKind::Added,
            Some((mode, _)) if is_file(mode) == is_file(entry.mode) => ChangeKind::Modified,
            Some(_) => ChangeKind::TypeChanged,
        };
        self.changes.push(Change { path: entry.path.clone(), old_path: None, kind, old, new });
        Ok(())
    }

    /// A file that is gone, or every file of a folder that is.
    fn gone(&mut self, path: RepoPath, mode: Mode, oid: Oid) -> Result<(), GitError> {
        if mode != Mode::Tree {
            self.changes.push(Change { path, old_path: None, kind: ChangeKind::Deleted, old: Some((mode, oid)), new: None });
            return Ok(());
        }
        for (name, (mode, oid)) in self.repository.entries_of(oid)? {
            self.gone(below(&path, &name), mode, oid)?;
        }
        Ok(())
    }
}

fn is_file(mode: Mode) -> bool {
    matches!(mode, Mode::File | Mode::Executable)
}

/// The component of `path` after `folder`, and whether it is the last one.
fn child<'a>(folder: &RepoPath, path: &'a RepoPath) -> (&'a [u8], bool) {
    let start = if folder.is_empty() { 0 } else { folder.as_bytes().len() + 1 };
    let rest = path.as_bytes().get(start..).unwrap_or_default();
    match rest.iter().position(|byte| *byte == b'/') {
        Some(end) => (rest.get(..end).unwrap_or_default(), false),
        None => (rest, true),
    }
}

fn below(folder: &RepoPath, name: &[u8]) -> RepoPath {
    let joined = if folder.is_empty() { name.to_vec() } else { [folder.as_bytes(), name].join(&b'/') };
    RepoPath::parse(joined).unwrap_or_default()
}
