//! What can go wrong with git, in words for people. Each topic has its own enum, beside what it is about.

use super::command::ProgramError;
use super::objects::error::ObjectError;
use super::refs::RefError;
use super::repo::RepoError;
use super::work::error::WorkError;
use crate::base::{Explain, Explained};
use crate::fs::FsError;

#[derive(Debug, thiserror::Error)]
pub enum GitError {
    #[error(transparent)]
    Repo(#[from] RepoError),
    #[error(transparent)]
    Ref(#[from] RefError),
    #[error(transparent)]
    Object(#[from] ObjectError),
    #[error(transparent)]
    Work(#[from] WorkError),
    #[error(transparent)]
    Program(#[from] ProgramError),
    /// gix failed.
    #[error("cannot {task}: {reason}")]
    Library { task: &'static str, reason: String },
    /// A file next to git's own could not be used.
    #[error(transparent)]
    File(#[from] FsError),
}

impl GitError {
    /// Wraps an error of gix with what was tried: `map_err(GitError::library("read the commit"))`.
    pub(super) fn library<E: Into<gix::Error>>(task: &'static str) -> impl FnOnce(E) -> Self {
        move |error| Self::Library { task, reason: reason(&error.into()) }
    }

    /// Wraps an error that is not gix's own.
    pub(super) fn other(task: &'static str, reason: impl std::fmt::Display) -> Self {
        Self::Library { task, reason: reason.to_string() }
    }
}

/// The messages of an error and its causes on one line, each once and in words for people.
pub(super) fn reason(error: &gix::Error) -> String {
    let mut parts: Vec<String> = Vec::new();
    for cause in error.iter_errors() {
        let text = without_types(&cause.to_string());
        if !text.is_empty() && !parts.iter().any(|part| part.contains(&text)) {
            parts.push(text);
        }
    }
    crate::base::text::one_line(&parts.join(": "))
}

/// Why a revision is none: the innermost message, because those around it name functions of gix.
pub(super) fn cause(error: &gix::Error) -> String {
    let text = error.iter_errors().last().map(|cause| without_types(&cause.to_string())).unwrap_or_default();
    let missing = text.strip_prefix("The ref partially named ").and_then(|rest| rest.strip_suffix(" could not be found"));
    crate::base::text::one_line(&missing.map_or_else(|| text.clone(), |name| format!("there is no reference {name}")))
}

/// gix prints some values as they are in Rust: `FullName("refs/heads/main")` becomes `refs/heads/main`, `["/a", "/b"]` `/a, /b`.
fn without_types(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, quoted)) = rest.split_once('"') {
        let Some((value, after)) = quoted.split_once('"') else { break };
        let bare = before.strip_suffix('(').map(|head| head.trim_end_matches(|c: char| c.is_alphanumeric() || c == '_'));
        let (head, close) = match bare {
            Some(head) => (head, ")"),
            None => before.strip_suffix('[').map_or((before, "]"), |head| (head, "]")),
        };
        out.push_str(&format!("{head}`{value}`"));
        rest = after.strip_prefix(close).unwrap_or(after);
    }
    out + rest
}

/// What helps where an error is one of the system's.
pub(super) fn make_room(reason: &str) -> Option<String> {
    let is_full = reason.contains("No space left on device");
    is_full.then(|| "the disk is full: nothing was lost; make some room and run the same command again".to_owned())
}

/// What helps where an object is missing.
fn fetch(reason: &str) -> Option<String> {
    reason.contains("could not be found").then(|| "in a partial clone `git fetch --refetch --no-filter` brings what is missing".to_owned())
}

impl Explain for GitError {
    fn explain(&self) -> Explained {
        match self {
            Self::Repo(error) => error.explain(),
            Self::Ref(error) => error.explain(),
            Self::Object(error) => error.explain(),
            Self::Work(error) => error.explain(),
            Self::Program(error) => error.explain(),
            Self::Library { reason, .. } => Explained::wrong("git").hints(make_room(reason).or_else(|| fetch(reason))),
            Self::File(error) => error.explain(),
        }
    }
}
