//! Which files below a folder differ between two commits. What is the same tree on both sides is not looked into.

use gix::diff::Options;
use gix::object::tree::diff::ChangeDetached;
use gix::objs::tree::EntryMode;

use super::super::{GitError, Oid, Repository};
use crate::base::RepoPath;

/// A file that differs between two commits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FileChange {
    /// Where it is, from the root of the repository.
    pub path: RepoPath,
    pub before: Option<Oid>,
    pub after: Option<Oid>,
}

impl Repository {
    /// Every file below `folder` that differs between two commits or trees (`None` has no files), in order of their paths.
    /// Links and submodules are no files, and a file that moved is one that went and one that came.
    pub fn files_changed_below(&self, (old, new): (Option<Oid>, Oid), folder: &RepoPath) -> Result<Vec<FileChange>, GitError> {
        let old = old.map(|old| self.find_folder(old, folder)).transpose()?.flatten();
        let new = self.find_folder(new, folder)?;
        if old == new {
            return Ok(Vec::new());
        }
        let gix = self.gix();
        let tree = |oid: Option<Oid>| oid.map_or_else(|| Ok(gix.empty_tree()), |oid| self.find_tree(&gix, oid));
        let found = gix.diff_tree_to_tree(&tree(old)?, &tree(new)?, Options::default());
        let found = found.map_err(GitError::library("compare two trees"))?;
        let mut changes: Vec<FileChange> = found.iter().filter_map(|change| file_change(folder, change)).collect();
        changes.sort();
        Ok(changes)
    }
}

fn file_change(folder: &RepoPath, change: &ChangeDetached) -> Option<FileChange> {
    let file = |mode: &EntryMode, oid: &gix::ObjectId| mode.is_blob().then(|| Oid::from(*oid));
    let (location, before, after) = match change {
        ChangeDetached::Addition { location, entry_mode, id, .. } => (location, None, file(entry_mode, id)),
        ChangeDetached::Deletion { location, entry_mode, id, .. } => (location, file(entry_mode, id), None),
        ChangeDetached::Modification { location, previous_entry_mode, previous_id, entry_mode, id } => {
            (location, file(previous_entry_mode, previous_id), file(entry_mode, id))
        }
        // Nobody asked for renames.
        ChangeDetached::Rewrite { .. } => return None,
    };
    let mut path = folder.as_bytes().to_vec();
    path.push(b'/');
    path.extend_from_slice(location);
    let path = RepoPath::parse(path.strip_prefix(b"/").unwrap_or(&path))?;
    (before != after).then_some(FileChange { path, before, after })
}
