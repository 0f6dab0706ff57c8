//! What can go wrong with starting, watching and ending programs.

use std::io;
use std::time::Duration;

use crate::base::{Exit, Explain, Explained};
use crate::fs::FsError;

/// What can go wrong around a program; how a program itself ended is an [`super::Ending`].
#[derive(Debug, thiserror::Error)]
pub enum ProcessError {
    #[error("cannot start `{program}`: {reason}")]
    Start { program: String, reason: String },
    /// The operating system refused something a supervisor or launcher needs.
    #[error("cannot {what}: {reason}")]
    System { what: &'static str, reason: String },
    /// The process that asked for this one is gone, so nobody waits for the result.
    #[error("the cmpm that started this process has ended")]
    Abandoned,
    #[error("`{program}` did not finish within {} seconds", limit.as_secs_f32())]
    TooSlow { program: String, limit: Duration },
    #[error("no editor is set: not by GIT_EDITOR, git's `core.editor`, VISUAL or EDITOR")]
    NoEditor,
    #[error("the editor `{program}` failed; nothing was written")]
    Editor { program: String },
    #[error("the required sandbox is not available: {reason}")]
    Sandbox { reason: String },
    /// A command from the repository that the user has not approved on this machine.
    #[error("the command `{text}` comes from the repository and is not trusted on this machine")]
    Untrusted {
        text: String,
        /// Its digest, by which trust is kept.
        digest: String,
    },
    /// A file of the run.
    #[error(transparent)]
    File(#[from] FsError),
}

impl ProcessError {
    pub(super) fn start(program: &std::ffi::OsStr, error: &io::Error) -> Self {
        let reason = match error.kind() {
            io::ErrorKind::NotFound => "no such program".to_owned(),
            io::ErrorKind::PermissionDenied => "not executable".to_owned(),
            _ => error.to_string(),
        };
        Self::Start { program: program.to_string_lossy().into_owned(), reason }
    }

    pub(super) fn system(what: &'static str, error: impl Into<io::Error>) -> Self {
        Self::System { what, reason: error.into().to_string() }
    }
}

impl Explain for ProcessError {
    fn explain(&self) -> Explained {
        match self {
            Self::Start { program, .. } => {
                Explained::wrong("cannot_start").hint(format!("check that `{program}` is installed and on PATH"))
            }
            Self::System { .. } => Explained::wrong("system"),
            Self::Abandoned => Explained::new(Exit::Interrupted, "abandoned"),
            Self::TooSlow { .. } => Explained::new(Exit::TimeLimit, "too_slow"),
            Self::NoEditor => {
                Explained::wrong("editor").hint("`git config --global core.editor` or EDITOR sets one; or give the text as an argument, as a file, or on standard input with `-`")
            }
            Self::Editor { .. } => Explained::wrong("editor"),
            Self::Sandbox { .. } => {
                Explained::refused("no_sandbox").hint("Linux 6.2 or newer with Landlock enabled is needed; `auto` uses what there is")
            }
            Self::Untrusted { .. } => Explained::refused("untrusted").hint("read it, then approve exactly this text with `cmpm trust`"),
            Self::File(error) => error.explain(),
        }
    }
}
