//! Named pipes where git reads files: it would wait for ever for somebody to write into them.

use std::os::unix::fs::FileTypeExt;
use std::path::Path;

use super::GitError;
use crate::fs::{read, write};

/// The files that git reads while it looks at a work tree.
const READ_BY_GIT: [&str; 3] = [".gitignore", ".gitattributes", ".gitmodules"];

/// Removes the pipes below `root` that git would wait for. A pipe holds nothing, so nothing is lost.
pub(super) fn remove_pipes(root: &Path) -> Result<(), GitError> {
    let mut open = vec![root.to_owned()];
    while let Some(folder) = open.pop() {
        // A folder that cannot be listed cannot be entered by git either, which then says so.
        for name in read::names(&folder).unwrap_or_default() {
            let path = folder.join(&name);
            let Some(found) = read::find_metadata(&path)? else { continue };
            if found.is_dir() {
                open.push(path);
            } else if found.file_type().is_fifo() && READ_BY_GIT.contains(&name.as_str()) {
                write::remove(&path)?;
            }
        }
    }
    Ok(())
}
