//! What can go wrong with starting, watching and ending programs.

use std::io;
use std::time::Duration;

use crate::base::{Exit, Explain};
use crate::fs::FsError;

/// What can go wrong around a program; how a program itself ended is an [`super::Ending`].
#[derive(Debug, thiserror::Error)]
pub enum ProcessError {
    /// The program could not be started at all.
    #[error("cannot start `{program}`: {reason}")]
    Start {
        /// Its name as given.
        program: String,
        /// Why not, in the system's words.
        reason: String,
    },
    /// The operating system refused something a supervisor or launcher needs.
    #[error("cannot {what}: {reason}")]
    System {
        /// What was tried.
        what: &'static str,
        /// Why not, in the system's words.
        reason: String,
    },
    /// The process that asked for this one is gone, so nobody waits for the result.
    #[error("the cmpm that started this process has ended")]
    Abandoned,
    /// A helper program did not end in time and was stopped.
    #[error("`{program}` did not finish within {} seconds", limit.as_secs_f32())]
    TooSlow {
        /// Its name as given.
        program: String,
        /// The time it had.
        limit: Duration,
    },
    /// No editor is named.
    #[error("there is no editor: neither VISUAL nor EDITOR is set")]
    NoEditor,
    /// The editor said that it failed.
    #[error("`{program}` failed, so its text is not used")]
    Editor {
        /// As the variable says it.
        program: String,
    },
    /// A sandbox was required and this system cannot give it.
    #[error("the required sandbox is not available: {reason}")]
    Sandbox {
        /// What is missing.
        reason: String,
    },
    /// A command from the repository that the user has not approved on this machine.
    #[error("the command `{text}` comes from the repository and is not trusted on this machine")]
    Untrusted {
        /// The exact text.
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
    fn exit(&self) -> Exit {
        match self {
            Self::TooSlow { .. } => Exit::TimeLimit,
            Self::Untrusted { .. } | Self::Sandbox { .. } => Exit::Refused,
            Self::Abandoned => Exit::Interrupted,
            Self::File(error) => error.exit(),
            Self::Start { .. } | Self::System { .. } | Self::NoEditor | Self::Editor { .. } => Exit::Wrong,
        }
    }
    fn code(&self) -> &'static str {
        match self {
            Self::Start { .. } => "cannot_start",
            Self::System { .. } => "system",
            Self::Abandoned => "abandoned",
            Self::TooSlow { .. } => "too_slow",
            Self::NoEditor | Self::Editor { .. } => "editor",
            Self::Sandbox { .. } => "no_sandbox",
            Self::Untrusted { .. } => "untrusted",
            Self::File(error) => error.code(),
        }
    }
    fn hints(&self) -> Vec<String> {
        match self {
            Self::Start { program, .. } => vec![format!("check that `{program}` is installed and on PATH")],
            Self::NoEditor => vec!["set EDITOR, or give the text as an argument, as a file, or on standard input with `-`".into()],
            Self::Untrusted { .. } => vec!["read it, then approve exactly this text with `cmpm trust`".into()],
            Self::Sandbox { .. } => vec!["Linux 6.2 or newer with Landlock enabled is needed; `auto` uses what there is".into()],
            Self::File(error) => error.hints(),
            _ => Vec::new(),
        }
    }
}
