//! What can go wrong with the folder of worktrees and with backups.

use crate::base::{Explain, Explained, Id, RepoPath};

#[derive(Debug, thiserror::Error)]
pub enum UpkeepError {
    /// Worktrees of runs cannot be made in this folder.
    #[error("`paths.worktrees` is {folder}, but that {reason}")]
    BadFolder {
        folder: RepoPath,
        /// Why not, as the rest of a sentence.
        reason: String,
    },
    #[error("there is no backup of {run}")]
    NoBackup { run: Id },
}

impl Explain for UpkeepError {
    fn explain(&self) -> Explained {
        match self {
            Self::BadFolder { folder, .. } => Explained::wrong("bad_folder").hint(format!(
                "name a folder in .cmpm/config.yaml that holds nothing else; if {folder} is only for worktrees, put a .gitignore with `*` into it"
            )),
            Self::NoBackup { .. } => Explained::wrong("no_backup").hint("`git for-each-ref refs/cmpm` lists what is kept"),
        }
    }
}
