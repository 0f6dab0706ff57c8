//! The folder that worktrees of runs are made in: one that cmpm made, never one where somebody keeps anything else, and
//! never one that a link leads to.

use std::path::Path;

use super::super::{Runs, UpkeepError};
use crate::base::{RepoPath, Result};
use crate::fs::{PathKind, read, write};
use crate::git::Oid;

/// Holds `*`, so that nothing else need be edited for git to ignore the folder.
const IGNORE: &str = ".gitignore";

impl Runs<'_> {
    /// Refuses a folder, relative to the main work tree, in which worktrees would be among other things.
    pub fn require_folder(&self, folder: &RepoPath, base: Oid) -> Result<()> {
        let Some(root) = self.repository.main_work_dir() else { return Ok(()) };
        require_no_link(&root, folder)?;
        let refuse = |reason: String| -> Result<()> { Err(UpkeepError::BadFolder { folder: folder.clone(), reason }.into()) };
        let path = folder.below(&root);
        if read::find_kind(&path)?.is_some_and(|kind| kind != PathKind::Folder) {
            return refuse("is a file".into());
        }
        let ours = folder.join(IGNORE);
        if let Some(tracked) = self.repository.files_below(base, folder)?.into_iter().find(|entry| entry.path != ours) {
            return refuse(format!("contains files of the project, such as {}", tracked.path));
        }
        match find_other(&path)? {
            Some(name) => refuse(format!("contains something that cmpm did not create: {}", folder.join(&name))),
            None => Ok(()),
        }
    }

    /// Makes the folder of a worktree, and lets git ignore what is in it; one that was there before is left as it is.
    pub(in crate::run) fn make_folder(&self, worktree: &Path) -> Result<()> {
        let Some((root, folder)) = self.repository.main_work_dir().zip(worktree.parent()) else { return Ok(()) };
        let Some(inside) = RepoPath::relative(&root, folder) else { return Ok(()) };
        require_no_link(&root, &inside)?;
        if !inside.is_empty() && others(folder)?.is_empty() {
            write::replace(&folder.join(IGNORE), b"*\n")?;
        }
        Ok(())
    }
}

/// A link anywhere on the way could lead out of the repository.
fn require_no_link(root: &Path, folder: &RepoPath) -> Result<()> {
    let mut part = folder.clone();
    while !part.is_empty() {
        if read::find_metadata(&part.below(root))?.is_some_and(|found| found.is_symlink()) {
            let reason =
                if part == *folder { "is a symbolic link".to_owned() } else { format!("is reached through the symbolic link {part}") };
            return Err(UpkeepError::BadFolder { folder: folder.clone(), reason }.into());
        }
        part = part.parent();
    }
    Ok(())
}

/// Something in a folder that git does not ignore as a whole.
fn find_other(folder: &Path) -> Result<Option<String>> {
    let ignored = read::find_text(&folder.join(IGNORE))?.is_some_and(|text| text.lines().any(|line| line.trim() == "*"));
    Ok(if ignored { None } else { others(folder)?.into_iter().next() })
}

/// What is in a folder, without what a killed process of ours left.
fn others(folder: &Path) -> Result<Vec<String>> {
    let mut names = read::names(folder)?;
    names.retain(|name| !write::is_staged(name));
    Ok(names)
}
