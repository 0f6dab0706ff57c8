//! How anything that goes wrong reaches a user: what is wrong, with which thing, and a safe next step.

use std::error::Error;
use std::fmt;
use std::process::ExitCode;
use std::sync::Arc;

/// Every exit code of the program. Stable: scripts and hooks depend on them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Done.
    Done = 0,
    /// The answer is no, or there are findings.
    No = 1,
    /// The request or a file is wrong.
    Wrong = 2,
    /// A policy refuses.
    Refused = 3,
    /// Somebody else was first, or changes overlap.
    Conflict = 4,
    /// A time limit was reached.
    TimeLimit = 5,
    /// A budget was used up.
    Budget = 6,
    /// A bug of ours.
    Bug = 70,
    /// Interrupted by the user.
    Interrupted = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// What each module's error enum says beside its message.
pub trait Explain: Error {
    /// The exit code this error ends the program with.
    fn exit(&self) -> Exit {
        Exit::Wrong
    }
    /// A stable, snake_case word for machines, such as `not_found`.
    fn code(&self) -> &'static str;
    /// Safe next steps, each a sentence or a command; never a destructive one.
    fn hints(&self) -> Vec<String> {
        Vec::new()
    }
}

/// An error on its way to the user. Made only from something that can explain itself, and still that very error, so that a
/// caller can decide by its variant.
#[derive(Debug, Clone)]
pub struct Failure(Arc<dyn Explain + Send + Sync>);

/// The result of everything that can fail towards the user.
pub type Result<T, E = Failure> = std::result::Result<T, E>;

impl Failure {
    /// The error it was made from, if that is an `E`.
    pub fn downcast_ref<E: Explain + 'static>(&self) -> Option<&E> {
        let error: &dyn Error = &*self.0;
        error.downcast_ref()
    }
    /// The exit code to end with.
    #[must_use]
    pub fn exit(&self) -> Exit {
        self.0.exit()
    }
    /// The stable word for machines; nothing here decides by it.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.0.code()
    }
    /// Safe next steps.
    #[must_use]
    pub fn hints(&self) -> Vec<String> {
        self.0.hints()
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Sources are part of the sentence: users see one line, never a chain of debug output.
        let mut message = self.0.to_string();
        let mut source = self.0.source();
        while let Some(cause) = source {
            let text = cause.to_string();
            if !message.contains(&text) {
                message.push_str(": ");
                message.push_str(&text);
            }
            source = cause.source();
        }
        f.write_str(&message)
    }
}

impl<E: Explain + Send + Sync + 'static> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(Arc::new(error))
    }
}
