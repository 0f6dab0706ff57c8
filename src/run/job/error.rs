//! What can go wrong with the job directory of a run and its state.

use std::path::PathBuf;

use super::super::Only;
use super::status::State;
use crate::base::{Exit, Explain, Explained, Id};

#[derive(Debug, thiserror::Error)]
pub enum JobError {
    #[error("there is no run `{query}` in this clone")]
    NotFound { query: String },
    #[error("`{query}` could be any of {}", candidates.join(", "))]
    Ambiguous { query: String, candidates: Vec<String> },
    #[error("{} is damaged: {reason}", path.display())]
    Damaged { path: PathBuf, reason: String },
    #[error("another process is working on {run}")]
    Busy { run: Id },
    #[error("{run} {}, so it cannot be {wanted}", state.phrase())]
    WrongState {
        run: Id,
        state: State,
        /// What was wanted: `approved`, `resumed`.
        wanted: &'static str,
    },
    /// The process that should go on with it did not begin.
    #[error("{run} does not go on in the background: {said}")]
    NotTakenOver { run: Id, said: String },
    #[error("no run {}", only.phrases()[0])]
    None { only: Only },
    #[error("{} runs {}: {}", found.len(), only.phrases()[1], found.join(", "))]
    Several { only: Only, found: Vec<String> },
    /// A page template that does not fit.
    #[error("the page of {run} cannot be made: {reason}")]
    Template { run: Id, reason: String },
}

impl Explain for JobError {
    fn explain(&self) -> Explained {
        match self {
            Self::NotFound { .. } => Explained::wrong("not_found")
                .hint("`cmpm delegate list --all` shows every run; one of another clone is known here when it is decided and pulled"),
            Self::Ambiguous { .. } => Explained::wrong("ambiguous").hint("`cmpm delegate list --all` shows every run"),
            Self::Damaged { .. } => {
                Explained::wrong("damaged").hint("`cmpm delegate restore` brings back what is kept of its work under refs/cmpm/backup")
            }
            Self::Busy { run } => Explained::conflict("busy").hint(format!("`cmpm delegate show {run}` shows its state")),
            Self::None { .. } => Explained::wrong("not_found").hint("`cmpm delegate list --all` shows every run"),
            Self::Several { only: Only::Waiting, .. } => {
                Explained::wrong("ambiguous").hint("name one of them; `cmpm delegate review` shows them")
            }
            Self::Several { .. } => Explained::wrong("ambiguous").hint("name one of them; `cmpm delegate list` shows them"),
            Self::WrongState { run, state: State::Review, wanted: "resumed" } => Explained::wrong("wrong_state")
                .hint(format!("`cmpm delegate revise {run} -m \"…\"` asks for changes, `cmpm delegate approve {run}` merges it")),
            Self::WrongState { run, state, .. } => {
                // Where it is closed, somebody else decided first.
                let exit = if state.is_closed() { Exit::Conflict } else { Exit::Wrong };
                Explained::new(exit, "wrong_state").hint(format!("`cmpm delegate show {run}` says what can be done"))
            }
            Self::NotTakenOver { run, .. } => {
                Explained::conflict("not_detached").hint(format!("`cmpm delegate resume {run}` goes on with it here"))
            }
            Self::Template { .. } => Explained::wrong("template").hint("this is a bug of cmpm; please report it"),
        }
    }
}
