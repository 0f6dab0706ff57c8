//! How anything that goes wrong reaches a user: what is wrong, with which thing, and a safe next step.

use std::error::Error;
use std::fmt;
use std::process::ExitCode;
use std::sync::Arc;

/// The table of exit codes: what a script may rely on, and what help and documents say.
macro_rules! exits {
    ($($exit:ident = $number:literal $meaning:literal,)+) => {
        /// Every exit code of the program. Stable: scripts and hooks depend on them.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[repr(u8)]
        pub enum Exit {
            $(#[doc = $meaning] $exit = $number,)+
        }

        impl Exit {
            pub const ALL: &[Self] = &[$(Self::$exit),+];

            pub fn meaning(self) -> &'static str {
                match self { $(Self::$exit => $meaning),+ }
            }
        }
    };
}

exits! {
    Done = 0 "done; also for an empty list",
    No = 1 "the answer is no, or there are findings",
    Wrong = 2 "the request or a file is wrong",
    Refused = 3 "a policy refuses",
    Conflict = 4 "conflict: somebody else was first, or changes overlap",
    TimeLimit = 5 "a time limit was reached",
    Budget = 6 "a budget was used up",
    Bug = 70 "a bug of cmpm",
    Interrupted = 130 "interrupted",
}

impl Exit {
    /// The table as people read it, one code a line.
    pub fn table(indent: &str) -> String {
        let lines: Vec<String> = Self::ALL.iter().map(|exit| format!("{indent}{:<5}{}", *exit as u8, exit.meaning())).collect();
        lines.join("\n")
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// What each module's error enum says next to its message.
pub trait Explain: Error {
    /// One arm per variant, so that a new one cannot be forgotten.
    fn explain(&self) -> Explained;
}

/// What an error says beside its message. Only [`Failure`] tells it to others, so that nothing decides by it.
#[derive(Debug)]
pub struct Explained {
    exit: Exit,
    code: &'static str,
    hints: Vec<String>,
}

impl Explained {
    /// The exit code to end with, and a stable, snake_case word for machines, such as `not_found`.
    pub fn new(exit: Exit, code: &'static str) -> Self {
        Self { exit, code, hints: Vec::new() }
    }
    pub fn no(code: &'static str) -> Self {
        Self::new(Exit::No, code)
    }
    pub fn wrong(code: &'static str) -> Self {
        Self::new(Exit::Wrong, code)
    }
    pub fn refused(code: &'static str) -> Self {
        Self::new(Exit::Refused, code)
    }
    pub fn conflict(code: &'static str) -> Self {
        Self::new(Exit::Conflict, code)
    }
    /// Adds a safe next step, a sentence or a command; never a destructive one.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }
    pub fn hints(mut self, hints: impl IntoIterator<Item = String>) -> Self {
        self.hints.extend(hints);
        self
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
    pub fn exit(&self) -> Exit {
        self.0.explain().exit
    }
    /// The stable word for machines; nothing here decides by it.
    pub fn code(&self) -> &'static str {
        self.0.explain().code
    }
    pub fn hints(&self) -> Vec<String> {
        self.0.explain().hints
    }
    /// For an error that has this one as its cause.
    pub fn explain(&self) -> Explained {
        self.0.explain()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::testing::page;

    #[test]
    fn the_readme_has_the_exit_codes() {
        let rows: String = Exit::ALL.iter().map(|exit| format!(" | {} | {} |", *exit as u8, exit.meaning())).collect();
        assert!(page("README.md").contains(&format!("| exit | meaning | |---|---|{rows} Progress")));
    }
}
