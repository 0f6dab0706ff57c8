//! The folders of a kind of record as they are listed: their stamps, and the names of the files in them.

use std::path::Path;

use super::{Record, Store, snapshot};
use crate::base::{Finding, RepoPath};
use crate::fs::walk::{self, Entries};
use crate::fs::{Folder, Stamp};

/// A folder as it was listed.
pub(super) struct Listed {
    pub path: RepoPath,
    /// As it was before; `None` if it was not there, or if its next change might not be seen.
    pub stamp: Option<Stamp>,
    /// Sorted.
    pub names: Vec<Vec<u8>>,
    pub findings: Vec<Finding>,
}

/// Lists every folder of a kind of record, from the top.
pub(super) fn list<R: Record>(store: &Store) -> Vec<Listed> {
    let mut found = Vec::new();
    for top in R::folders(store.config()) {
        descend::<R>(store.root(), &top, &mut found);
    }
    found.sort_by(|a: &Listed, b| a.path.cmp(&b.path));
    found.dedup_by(|a, b| a.path == b.path);
    found
}

fn descend<R: Record>(root: &Path, path: &RepoPath, found: &mut Vec<Listed>) {
    let place = path.below(root);
    // Before it is listed: what comes later changes it.
    let stamp = Folder::open(&place).and_then(|folder| folder.stamp());
    if stamp.is_none() {
        found.push(Listed { path: path.clone(), stamp, names: Vec::new(), findings: Vec::new() });
        return;
    }
    let Entries { files, folders, errors } = walk::entries(root, path, &snapshot::is_markdown);
    let findings = errors.iter().map(|error| snapshot::unlisted(root, path, error)).collect();
    found.push(Listed { path: path.clone(), stamp, names: names_in::<R>(&files), findings });
    for folder in folders.iter().filter(|folder| !R::is_aside(folder)) {
        descend::<R>(root, folder, found);
    }
}

/// The names of the files that are of this kind, sorted.
pub(super) fn names_in<R: Record>(files: &[RepoPath]) -> Vec<Vec<u8>> {
    let mut names: Vec<Vec<u8>> = files.iter().filter(|path| R::is_member(path)).map(|path| path.split().1.to_vec()).collect();
    names.sort_unstable();
    names
}

/// The path of a file in a folder.
pub(super) fn path_of(folder: &[u8], name: &[u8]) -> RepoPath {
    let whole = if folder.is_empty() { name.to_vec() } else { [folder, name].join(&b'/') };
    RepoPath::parse(whole).unwrap_or_default()
}
