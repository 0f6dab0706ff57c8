//! The entries of an index file, for `snapshot`.

use std::collections::BTreeSet;
use std::path::Path;

use gix::index::entry;

use super::{GitError, Oid, Repository};
use crate::base::RepoPath;

/// What an entry is, as far as a snapshot cares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    File,
    Symlink,
    Submodule,
}

#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) path: RepoPath,
    pub(super) oid: Oid,
    pub(super) kind: Kind,
}

/// The entries in order of their paths.
pub(super) struct Listing {
    file: gix::index::File,
    entries: Vec<Entry>,
}

impl Listing {
    /// Reads an index file; empty if there is none.
    pub(super) fn load(repository: &Repository, file: &Path) -> Result<Self, GitError> {
        let hash = repository.gix().object_hash();
        let file = gix::index::File::at_or_default(file, hash, false, gix::index::decode::Options::default());
        let file = file.map_err(GitError::library("read an index"))?;
        let mut entries: Vec<Entry> = file.entries().iter().filter_map(|entry| read(&file, entry)).collect();
        entries.sort_by(|one, other| one.path.cmp(&other.path));
        Ok(Self { file, entries })
    }

    pub(super) fn empty(repository: &Repository) -> Self {
        let state = gix::index::State::new(repository.gix().object_hash());
        Self { file: gix::index::File::from_state(state, ""), entries: Vec::new() }
    }

    /// Writes a copy that has no submodules, so that git never looks into one.
    pub(super) fn write_without_submodules(&self, to: &Path) -> Result<(), GitError> {
        let mut copy = self.file.clone();
        if self.of_kind(Kind::Submodule).next().is_some() {
            copy.remove_entries(|_, _, entry| entry.mode == entry::Mode::COMMIT);
            copy.remove_tree();
        }
        copy.set_path(to);
        copy.write(gix::index::write::Options::default()).map_err(GitError::library("copy an index"))
    }

    pub(super) fn of_kind(&self, kind: Kind) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(move |entry| entry.kind == kind)
    }

    pub(super) fn find(&self, path: &RepoPath) -> Option<&Entry> {
        let place = self.entries.binary_search_by(|entry| entry.path.cmp(path)).ok()?;
        self.entries.get(place)
    }

    /// Whether anything lies below `path` (not at it).
    pub(super) fn has_below(&self, path: &RepoPath) -> bool {
        self.entries.iter().any(|entry| entry.path != *path && entry.path.is_below(path))
    }

    /// Every folder that an entry lies in, but not the root.
    pub(super) fn folders(&self) -> impl Iterator<Item = RepoPath> {
        let mut folders = BTreeSet::new();
        for entry in &self.entries {
            let mut folder = entry.path.parent();
            while !folder.is_empty() && folders.insert(folder.clone()) {
                folder = folder.parent();
            }
        }
        folders.into_iter()
    }
}

fn read(file: &gix::index::File, entry: &gix::index::Entry) -> Option<Entry> {
    let kind = match entry.mode {
        entry::Mode::SYMLINK => Kind::Symlink,
        entry::Mode::COMMIT => Kind::Submodule,
        _ => Kind::File,
    };
    Some(Entry { path: RepoPath::parse(entry.path(file))?, oid: entry.id.into(), kind })
}
