//! What would keep git from looking at a work tree: named pipes where it reads files, and folders that are locked.

use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::Path;

use super::super::GitError;
use crate::base::RepoPath;
use crate::fs::{Metadata, PathKind, read, write};

/// The files that git reads while it looks at a work tree.
const READ_BY_GIT: [&str; 3] = [".gitignore", ".gitattributes", ".gitmodules"];

/// A file of more bytes than this takes git minutes.
const LARGE: u64 = 512 * 1024 * 1024;

/// Makes the work tree at `root` safe to look at and possible to remove. Pipes that git would wait for are removed, which hold
/// nothing; folders are opened to their owner, which git does not record. What comes back are very large files.
pub(in crate::git) fn disarm(root: &Path) -> Result<Vec<RepoPath>, GitError> {
    let mut large = Vec::new();
    unlock(root)?;
    let mut open = vec![root.to_owned()];
    while let Some(folder) = open.pop() {
        // A folder that cannot be listed belongs to somebody else; git says what that means for the tree.
        for name in read::names(&folder).unwrap_or_default() {
            let path = folder.join(&name);
            let Some(found) = read::find_metadata(&path)? else { continue };
            if PathKind::of(&found) == PathKind::Folder {
                unlock_found(&path, &found);
                open.push(path);
            } else if found.file_type().is_fifo() && READ_BY_GIT.contains(&name.as_str()) {
                write::remove(&path)?;
            } else if PathKind::of(&found) == PathKind::File && found.len() > LARGE {
                large.extend(path.strip_prefix(root).ok().and_then(|path| RepoPath::parse(path.as_os_str().as_bytes())));
            }
        }
    }
    Ok(large)
}

/// Opens a folder to its owner.
pub(in crate::git) fn unlock(folder: &Path) -> Result<(), GitError> {
    match read::find_metadata(folder)? {
        Some(found) if PathKind::of(&found) == PathKind::Folder => unlock_found(folder, &found),
        _ => {}
    }
    Ok(())
}

fn unlock_found(folder: &Path, found: &Metadata) {
    let mode = found.permissions().mode();
    if mode & 0o700 != 0o700 {
        // One of somebody else's stays as it is.
        let _ = write::set_mode(folder, (mode & 0o7777) | 0o700);
    }
}
