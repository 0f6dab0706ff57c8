//! Every access to files. Each error names its path.

pub mod batch;
pub mod copy;
mod folder;
pub mod lock;
pub mod read;
mod stamp;
pub mod walk;
pub mod write;

pub use folder::Folder;
pub use fs_err::File;
pub use read::PathKind;
pub use stamp::Stamp;
pub use std::fs::Metadata;

use std::io;
use std::path::{Path, PathBuf};

use crate::base::{Explain, Explained};

/// What can go wrong with a file.
#[derive(Debug, thiserror::Error)]
pub enum FsError {
    #[error("cannot {verb} {}: {reason}", path.display())]
    Io {
        /// What was tried: `read`, `write`, `create`, …
        verb: &'static str,
        path: PathBuf,
        /// Why not, in the system's words.
        reason: String,
        /// The kind of the error, for callers that can go on.
        kind: io::ErrorKind,
    },
    /// Through a symbolic link a file outside the repository could be shown or changed.
    #[error("{} is a symbolic link; cmpm does not read or write records through links", path.display())]
    Symlink { path: PathBuf },
    #[error("{} already exists", path.display())]
    Exists { path: PathBuf },
    /// The file is not what the caller read before.
    #[error("{} was changed by somebody else in the meantime", path.display())]
    Changed { path: PathBuf },
    #[error("timed out waiting for {}, which another process has locked", path.display())]
    Locked { path: PathBuf },
}

impl FsError {
    /// An operating system's error with what was tried and with which file.
    pub fn io(verb: &'static str, path: &Path, error: &io::Error) -> Self {
        let reason = match error.kind() {
            io::ErrorKind::NotFound => "no such file or folder".to_owned(),
            io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
            io::ErrorKind::StorageFull => "the disk is full".to_owned(),
            io::ErrorKind::QuotaExceeded => "the quota is used up".to_owned(),
            io::ErrorKind::FileTooLarge => "files may not be that large here".to_owned(),
            // The wrapper's own words would name the path once more.
            kind => match kind.to_string().as_str() {
                "other error" | "uncategorized error" => error.to_string(),
                words => words.to_owned(),
            },
        };
        Self::Io { verb, path: path.to_owned(), reason, kind: error.kind() }
    }

    /// Whether the file simply is not there.
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::Io { kind: io::ErrorKind::NotFound | io::ErrorKind::NotADirectory, .. })
    }
}

impl Explain for FsError {
    fn explain(&self) -> Explained {
        use io::ErrorKind::{FileTooLarge, NotADirectory, PermissionDenied, QuotaExceeded, StorageFull};
        match self {
            Self::Io { kind, .. } => match kind {
                StorageFull | QuotaExceeded | FileTooLarge => Explained::wrong("io").hint("nothing was lost; make some room and try again"),
                PermissionDenied => Explained::wrong("io").hint("check the permissions of the file and its folder"),
                NotADirectory => Explained::wrong("io").hint("a file stands where a folder should be; move it away"),
                _ => Explained::wrong("io"),
            },
            Self::Symlink { .. } => {
                Explained::wrong("symlink").hint("put the file itself there, or name the real folder under `paths:` in .cmpm/config.yaml")
            }
            Self::Exists { .. } => Explained::wrong("exists"),
            Self::Changed { .. } => Explained::conflict("changed").hint("run the same command again"),
            Self::Locked { .. } => Explained::conflict("locked").hint("run the same command again"),
        }
    }
}
