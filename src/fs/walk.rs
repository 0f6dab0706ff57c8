//! Listing files below folders, in parallel, without following links.

use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::FsError;

/// Every regular file below `folder` for which `keep(name)` holds, sorted. Folders that start with a dot are left out.
///
/// Cost: one `readdir` per folder; the kind of each entry comes with it, so no file is looked at.
/// A missing folder is empty. Folders that cannot be read are in the second list, and so are links to folders and links
/// that would be kept if they were files.
#[must_use]
pub fn files(folder: &Path, keep: &(dyn Fn(&str) -> bool + Sync)) -> (Vec<PathBuf>, Vec<FsError>) {
    let (mut found, errors) = descend(folder, keep);
    // By bytes: paths compare part by part, which takes longer than to read the folders.
    found.sort_unstable_by(|a, b| a.as_os_str().cmp(b.as_os_str()));
    (found, errors)
}

fn descend(folder: &Path, keep: &(dyn Fn(&str) -> bool + Sync)) -> (Vec<PathBuf>, Vec<FsError>) {
    let Entries { mut files, folders, mut errors } = entries(folder, keep);
    let below: Vec<_> = folders.par_iter().map(|folder| descend(folder, keep)).collect();
    for (more, wrong) in below {
        files.extend(more);
        errors.extend(wrong);
    }
    (files, errors)
}

/// What is in one folder.
#[derive(Debug, Default)]
pub struct Entries {
    /// The regular files that are kept, in no order.
    pub files: Vec<PathBuf>,
    /// The folders that do not start with a dot, in no order.
    pub folders: Vec<PathBuf>,
    /// Links that would be kept, or that the folder cannot be read.
    pub errors: Vec<FsError>,
}

/// What is in one folder, as [`files`] sees it.
#[must_use]
pub fn entries(folder: &Path, keep: &(dyn Fn(&str) -> bool + Sync)) -> Entries {
    let mut found = Entries::default();
    let entries = match fs_err::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => {
            let error = FsError::io("list", folder, &error);
            found.errors.extend((!error.is_missing()).then_some(error));
            return found;
        }
    };
    for entry in entries.flatten() {
        let Ok(kind) = entry.file_type() else { continue };
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if kind.is_dir() && !name.starts_with('.') {
            found.folders.push(entry.path());
        } else if kind.is_file() && keep(&name) {
            found.files.push(entry.path());
        } else if kind.is_symlink() && !name.starts_with('.') && (keep(&name) || entry.path().is_dir()) {
            found.errors.push(FsError::Symlink { path: entry.path() });
        }
    }
    found
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
        let (files, errors) = files(&inside, &|name| name.ends_with(".md"));
        assert_eq!(files, [inside.join("a.md"), inside.join("deep/b.md")]);
        let links: Vec<_> = errors.iter().map(|error| matches!(error, FsError::Symlink { .. })).collect();
        assert_eq!(links, [true, true], "{errors:?}");
    }
}
