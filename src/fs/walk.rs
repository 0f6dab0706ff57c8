//! Listing files below folders, in parallel, without following links.

use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::FsError;

/// Every regular file below `folder` for which `keep(name)` holds, sorted. Folders that start with a dot are left out.
///
/// Cost: one `readdir` per folder; the kind of each entry comes with it, so no file is looked at.
/// A missing folder is empty. Folders that cannot be read are in the second list.
#[must_use]
pub fn files(folder: &Path, keep: &(dyn Fn(&str) -> bool + Sync)) -> (Vec<PathBuf>, Vec<FsError>) {
    let (mut found, errors) = descend(folder, keep);
    found.sort();
    (found, errors)
}

fn descend(folder: &Path, keep: &(dyn Fn(&str) -> bool + Sync)) -> (Vec<PathBuf>, Vec<FsError>) {
    let entries = match fs_err::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => {
            let error = FsError::io("list", folder, &error);
            return (Vec::new(), if error.is_missing() { Vec::new() } else { vec![error] });
        }
    };
    let (mut files, mut folders) = (Vec::new(), Vec::new());
    for entry in entries.flatten() {
        let Ok(kind) = entry.file_type() else { continue };
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if kind.is_dir() && !name.starts_with('.') {
            folders.push(entry.path());
        } else if kind.is_file() && keep(&name) {
            files.push(entry.path());
        }
    }
    let below: Vec<_> = folders.par_iter().map(|folder| descend(folder, keep)).collect();
    let mut errors = Vec::new();
    for (more, wrong) in below {
        files.extend(more);
        errors.extend(wrong);
    }
    (files, errors)
}
