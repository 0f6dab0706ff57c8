//! The entries of an index file, for `snapshot`.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use gix::index::entry;

use super::super::{GitError, Oid, Repository};
use crate::base::RepoPath;
use crate::fs::{Metadata, PathKind, read};

/// What an entry is, as far as a snapshot cares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::git) enum Kind {
    File,
    Symlink,
    Submodule,
}

#[derive(Debug, Clone)]
pub(in crate::git) struct Entry {
    pub(in crate::git) path: RepoPath,
    pub(in crate::git) oid: Oid,
    pub(in crate::git) kind: Kind,
}

/// The entries in order of their paths.
pub(in crate::git) struct Listing {
    file: gix::index::File,
    entries: Vec<Entry>,
}

impl Listing {
    /// Reads an index file; empty if there is none.
    pub(in crate::git) fn load(repository: &Repository, file: &Path) -> Result<Self, GitError> {
        let hash = repository.gix().object_hash();
        let file = gix::index::File::at_or_default(file, hash, false, gix::index::decode::Options::default());
        let file = file.map_err(GitError::library("read an index"))?;
        let mut entries: Vec<Entry> = file.entries().iter().filter_map(|entry| entry_of(&file, entry)).collect();
        entries.sort_by(|one, other| one.path.cmp(&other.path));
        Ok(Self { file, entries })
    }

    pub(in crate::git) fn empty(repository: &Repository) -> Self {
        let state = gix::index::State::new(repository.gix().object_hash());
        Self { file: gix::index::File::from_state(state, ""), entries: Vec::new() }
    }

    /// Writes a copy to look at `root` with: without submodules, so that git never looks into one, and with every entry whose
    /// file is not exactly as recorded marked for reading. (git is often built to compare whole seconds only.) Those that are
    /// as recorded git need not look at again.
    pub(in crate::git) fn write_for_look(&self, root: &Path, to: &Path) -> Result<(), GitError> {
        let mut copy = self.file.clone();
        if self.of_kind(Kind::Submodule).next().is_some() {
            copy.remove_entries(|_, _, entry| entry.mode == entry::Mode::COMMIT);
            copy.remove_tree();
        }
        let mut folders = BTreeMap::new();
        for (entry, path) in copy.entries_mut_with_paths() {
            let path = RepoPath::parse(path).filter(|path| is_real(root, &path.parent(), &mut folders));
            if path.is_some_and(|path| is_as_recorded(&entry.stat, &path.below(root))) {
                entry.flags.insert(entry::Flags::ASSUME_VALID);
            } else {
                mark(entry);
            }
        }
        write(copy, to)
    }

    /// Writes a copy that stays true when files change after `moment`: an entry as young as that could not be told from a
    /// later change, so it is marked for reading.
    pub(in crate::git) fn write_for_later(&self, moment: &Metadata, to: &Path) -> Result<(), GitError> {
        let mut copy = self.file.clone();
        let (seconds, nanoseconds) = (moment.ctime(), moment.ctime_nsec());
        for entry in copy.entries_mut() {
            let changed = entry.stat.ctime;
            // Some file systems know whole seconds only.
            let is_young = if changed.nsecs == 0 {
                i64::from(changed.secs) >= seconds
            } else {
                (i64::from(changed.secs), i64::from(changed.nsecs)) >= (seconds, nanoseconds)
            };
            if is_young {
                mark(entry);
            }
        }
        write(copy, to)
    }

    /// The files that are new here or have other content than in `before`.
    pub(in crate::git) fn changed_since(&self, before: &Self) -> BTreeSet<&RepoPath> {
        let is_changed = |entry: &&Entry| entry.kind == Kind::File && before.find(&entry.path).is_none_or(|old| old.oid != entry.oid);
        self.entries.iter().filter(is_changed).map(|entry| &entry.path).collect()
    }

    pub(in crate::git) fn of_kind(&self, kind: Kind) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(move |entry| entry.kind == kind)
    }

    pub(in crate::git) fn find(&self, path: &RepoPath) -> Option<&Entry> {
        let place = self.entries.binary_search_by(|entry| entry.path.cmp(path)).ok()?;
        self.entries.get(place)
    }

    /// Whether anything lies below `path` (not at it).
    pub(in crate::git) fn has_below(&self, path: &RepoPath) -> bool {
        self.entries.iter().any(|entry| entry.path != *path && entry.path.is_below(path))
    }

    /// Every folder that an entry lies in, but not the root.
    pub(in crate::git) fn folders(&self) -> impl Iterator<Item = RepoPath> {
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

/// Whether a folder is one, and no link on the way to it leads to where its files may have been moved.
fn is_real(root: &Path, folder: &RepoPath, known: &mut BTreeMap<RepoPath, bool>) -> bool {
    if folder.is_empty() {
        return true;
    }
    if let Some(is_real) = known.get(folder) {
        return *is_real;
    }
    let is_folder = || read::find_kind(&folder.below(root)).is_ok_and(|kind| kind == Some(PathKind::Folder));
    let real = is_real(root, &folder.parent(), known) && is_folder();
    known.insert(folder.clone(), real);
    real
}

/// Makes git compare the content: a size of nothing is never that of a file with content.
fn mark(entry: &mut gix::index::Entry) {
    entry.stat.size = 0;
}

fn is_as_recorded(recorded: &entry::Stat, file: &Path) -> bool {
    let exactly = entry::stat::Options { trust_ctime: true, check_stat: true, use_nsec: true, use_stdev: false };
    let found = gix::index::fs::Metadata::from_path_no_follow(file).ok().and_then(|found| entry::Stat::from_fs(&found).ok());
    found.is_some_and(|found| recorded.matches(&found, exactly))
}

fn write(mut copy: gix::index::File, to: &Path) -> Result<(), GitError> {
    copy.set_path(to);
    copy.write(gix::index::write::Options::default()).map_err(GitError::library("copy an index"))
}

fn entry_of(file: &gix::index::File, entry: &gix::index::Entry) -> Option<Entry> {
    let kind = match entry.mode {
        entry::Mode::SYMLINK => Kind::Symlink,
        entry::Mode::COMMIT => Kind::Submodule,
        _ => Kind::File,
    };
    Some(Entry { path: RepoPath::parse(entry.path(file))?, oid: entry.id.into(), kind })
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use gix::index::entry::Flags;

    use super::Listing;
    use crate::git::testing::Sandbox;

    /// The recorded sizes in an index file, in order of the paths.
    fn sizes(sandbox: &Sandbox, index: &std::path::Path) -> Vec<u32> {
        let listing = Listing::load(&sandbox.open(), index).unwrap();
        listing.file.entries().iter().map(|entry| entry.stat.size).collect()
    }

    #[test]
    fn a_change_within_the_same_second_is_marked() {
        let sandbox = Sandbox::with_commit();
        let (index, copy) = (sandbox.path().join(".git/index"), sandbox.path().join(".git/copy"));
        let file = sandbox.path().join("a.txt");
        let time = fs_err::metadata(&file).unwrap().modified().unwrap();
        fs_err::write(&file, "eno\n").unwrap();
        std::fs::File::options().write(true).open(&file).unwrap().set_modified(time).unwrap();
        Listing::load(&sandbox.open(), &index).unwrap().write_for_look(&sandbox.path(), &copy).unwrap();
        assert_eq!(sizes(&sandbox, &copy), [0, 4]);
        assert_eq!(sizes(&sandbox, &index), [4, 4]);
        // What was found as recorded git does not look at a second time.
        let listing = Listing::load(&sandbox.open(), &copy).unwrap();
        let known: Vec<bool> = listing.file.entries().iter().map(|entry| entry.flags.contains(Flags::ASSUME_VALID)).collect();
        assert_eq!(known, [false, true]);
    }

    #[test]
    fn files_behind_a_link_are_not_where_they_were() {
        let sandbox = Sandbox::with_commit();
        let (index, copy) = (sandbox.path().join(".git/index"), sandbox.path().join(".git/copy"));
        sandbox.write("sub/deep/c.txt", "three\n");
        sandbox.git(&["add", "sub"]);
        let look = || {
            Listing::load(&sandbox.open(), &index).unwrap().write_for_look(&sandbox.path(), &copy).unwrap();
            *sizes(&sandbox, &copy).last().unwrap()
        };
        assert_eq!(look(), 6);
        fs_err::rename(sandbox.path().join("sub"), sandbox.path().join("moved")).unwrap();
        std::os::unix::fs::symlink("moved", sandbox.path().join("sub")).unwrap();
        assert_eq!(look(), 0);
    }

    #[test]
    fn entries_as_young_as_the_moment_are_marked() {
        let sandbox = Sandbox::with_commit();
        let (index, copy) = (sandbox.path().join(".git/index"), sandbox.path().join(".git/copy"));
        let listing = Listing::load(&sandbox.open(), &index).unwrap();
        let old = fs_err::metadata(sandbox.path().join("a.txt")).unwrap();
        listing.write_for_later(&old, &copy).unwrap();
        assert_eq!(sizes(&sandbox, &copy), [0, 0]);
        let newest = listing.file.entries().iter().map(|entry| SystemTime::from(entry.stat.ctime)).max().unwrap();
        let later = loop {
            fs_err::write(sandbox.path().join("later"), "x").unwrap();
            let found = fs_err::metadata(sandbox.path().join("later")).unwrap();
            if found.modified().unwrap() > newest {
                break found;
            }
        };
        listing.write_for_later(&later, &copy).unwrap();
        assert_eq!(sizes(&sandbox, &copy), [4, 4]);
    }
}
