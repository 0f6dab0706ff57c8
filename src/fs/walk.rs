//! Listing files below folders, in parallel, without following links.

use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::{FsError, PathKind, read};
use crate::base::RepoPath;

/// Every regular file below `folder` of `root` for which `keep(name)` holds, relative to `root`, sorted. Folders that start with a
/// dot are left out.
///
/// Cost: one `readdir` per folder; the kind of each entry comes with it, so no file is looked at.
/// A missing folder is empty. Folders that cannot be read are in the second list, and so are links to folders and links
/// that would be kept if they were files.
pub fn files(root: &Path, folder: &RepoPath, keep: &(dyn Fn(&str) -> bool + Sync)) -> (Vec<RepoPath>, Vec<FsError>) {
    let (mut found, errors) = descend(root, folder, keep);
    found.sort_unstable();
    (found, errors)
}

fn descend(root: &Path, folder: &RepoPath, keep: &(dyn Fn(&str) -> bool + Sync)) -> (Vec<RepoPath>, Vec<FsError>) {
    let Entries { mut files, folders, mut errors } = entries(root, folder, keep);
    let below: Vec<_> = folders.par_iter().map(|folder| descend(root, folder, keep)).collect();
    for (more, wrong) in below {
        files.extend(more);
        errors.extend(wrong);
    }
    (files, errors)
}

#[derive(Debug, Default)]
pub struct Entries {
    /// The regular files that are kept, in no order.
    pub files: Vec<RepoPath>,
    /// The folders that do not start with a dot, in no order.
    pub folders: Vec<RepoPath>,
    /// Links that would be kept, or that the folder cannot be read.
    pub errors: Vec<FsError>,
}

/// What is in one folder of `root`, as [`files`] sees it.
pub fn entries(root: &Path, folder: &RepoPath, keep: &(dyn Fn(&str) -> bool + Sync)) -> Entries {
    let (place, mut found) = (folder.below(root), Entries::default());
    let entries = match fs_err::read_dir(&place) {
        Ok(entries) => entries,
        Err(error) => {
            let error = FsError::io("list", &place, &error);
            found.errors.extend((!error.is_missing()).then_some(error));
            return found;
        }
    };
    for entry in entries.flatten() {
        let Ok(kind) = entry.file_type() else { continue };
        let name = entry.file_name();
        let text = name.to_string_lossy();
        if kind.is_dir() && !text.starts_with('.') {
            found.folders.push(folder.child(&name));
        } else if kind.is_file() && keep(&text) {
            found.files.push(folder.child(&name));
        } else if kind.is_symlink() && !text.starts_with('.') && (keep(&text) || entry.path().is_dir()) {
            found.errors.push(FsError::Symlink { path: entry.path() });
        }
    }
    found
}

/// What is in some places, links and devices as files of no length.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Count {
    pub files: u64,
    pub folders: u64,
    /// The sum of lengths: a file with holes counts as a whole, since that is what reading it costs.
    pub bytes: u64,
}

/// How many bytes the disk of a folder has left for whoever runs this; `None` where the system does not say.
pub fn free_bytes(folder: &Path) -> Option<u64> {
    let disk = rustix::fs::statvfs(folder).ok()?;
    Some(disk.f_bavail.saturating_mul(disk.f_frsize))
}

/// Counts these places themselves and all below. What vanishes meanwhile, or cannot be seen, is not counted.
pub fn count(places: &[PathBuf]) -> Count {
    let (mut count, mut open) = (Count::default(), places.to_vec());
    while let Some(place) = open.pop() {
        let Ok(Some(found)) = read::find_metadata(&place) else { continue };
        match PathKind::of(&found) {
            PathKind::Folder => {
                count.folders += 1;
                open.extend(read::names(&place).unwrap_or_default().iter().map(|name| place.join(name)));
            }
            kind => {
                count.files += 1;
                count.bytes = count.bytes.saturating_add(if kind == PathKind::File { found.len() } else { 0 });
            }
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;
    use crate::fs::write;

    #[test]
    fn links_are_named_and_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let (inside, outside) = (folder.path().join("in"), folder.path().join("out"));
        for file in ["in/a.md", "in/deep/b.md", "in/.hidden/c.md", "out/d.md"] {
            write::replace(&folder.path().join(file), b"").unwrap();
        }
        symlink(outside.join("d.md"), inside.join("d.md")).unwrap();
        symlink(outside.join("d.md"), inside.join("d.txt")).unwrap();
        symlink(&outside, inside.join("deep/out")).unwrap();
        let (files, errors) = files(folder.path(), &RepoPath::parse("in").unwrap(), &|name| name.ends_with(".md"));
        assert_eq!(files, ["in/a.md", "in/deep/b.md"].map(|path| RepoPath::parse(path).unwrap()));
        let links: Vec<_> = errors.iter().map(|error| matches!(error, FsError::Symlink { .. })).collect();
        assert_eq!(links, [true, true], "{errors:?}");
    }
}
