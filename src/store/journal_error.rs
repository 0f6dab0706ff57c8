//! What can go wrong with the log, in words.

use std::path::PathBuf;

use crate::base::{Exit, Explain};

/// What can go wrong with the log.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// An entry that cannot be put into words.
    #[error("the journal entry {} cannot be written: {reason}", path.display())]
    Unwritable {
        /// The entry.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// A file was changed since, so the operation cannot be undone without losing that.
    #[error("{file} was changed since `{operation}`")]
    ChangedSince { file: String, operation: String },
}

impl Explain for JournalError {
    fn exit(&self) -> Exit {
        match self {
            Self::Unwritable { .. } => Exit::Wrong,
            Self::ChangedSince { .. } => Exit::Conflict,
        }
    }
    fn code(&self) -> &'static str {
        match self {
            Self::Unwritable { .. } => "journal_unwritable",
            Self::ChangedSince { .. } => "changed",
        }
    }
    fn hints(&self) -> Vec<String> {
        let hint = match self {
            Self::ChangedSince { operation, .. } if operation == "init" => {
                "nothing was touched; `cmpm init --remove` takes out what is still as `init` put it in"
            }
            Self::ChangedSince { file, .. } if file.starts_with(".git") => "nothing was touched; look at what is in that file now",
            _ => "nothing was touched; `git diff` shows the difference",
        };
        vec![hint.into()]
    }
}
