//! What can go wrong with the log, in words.

use std::path::PathBuf;

use crate::base::{Explain, Explained};

#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// An entry that cannot be put into words.
    #[error("the journal entry {} cannot be written: {reason}", path.display())]
    Unwritable { path: PathBuf, reason: String },
    /// A file was changed since, so the operation cannot be undone without losing that.
    #[error("{file} was changed since `{operation}`{}", by.as_ref().map(|(step, title)| format!(" by step {step}, `{title}`")).unwrap_or_default())]
    ChangedSince {
        file: String,
        operation: String,
        /// The step that did it, if one did.
        by: Option<(u64, String)>,
    },
}

impl Explain for JournalError {
    fn explain(&self) -> Explained {
        let untouched = |what: &str| format!("nothing was touched; {what}");
        match self {
            Self::Unwritable { .. } => Explained::wrong("journal_unwritable").hint(untouched("`git diff` shows the difference")),
            Self::ChangedSince { by: Some((step, _)), .. } => Explained::conflict("changed")
                .hint(untouched(&format!("`cmpm undo {step}` reverts that step, `cmpm undo --list` shows all"))),
            Self::ChangedSince { file, operation, .. } => Explained::conflict("changed").hint(untouched(match file {
                _ if operation == "init" => "`cmpm init --remove` removes what is still as `init` wrote it",
                file if file.starts_with(".git") => "look at what is in that file now",
                _ => "`git diff` shows the difference; `cmpm undo --list` shows the steps, and `cmpm undo STEP` undoes another one",
            })),
        }
    }
}
