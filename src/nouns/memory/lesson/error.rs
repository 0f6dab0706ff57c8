//! Why a lesson of a run cannot be found or taken.

use crate::base::{Explain, Explained, Failure, RepoPath};

#[derive(Debug, thiserror::Error)]
pub enum LessonError {
    /// The folder of memories is a link, a file or a submodule.
    #[error("{obstacle} is not a folder on the target")]
    Obstacle { obstacle: RepoPath },
    /// A lesson that cannot be taken; none is.
    #[error("lesson {number}: {cause}")]
    NotTaken { number: usize, cause: Failure },
    #[error("{run} has no lesson {number}; it has {count}")]
    NoLesson { run: String, number: usize, count: usize },
    #[error("there is no page for a run `{run}` here")]
    NoPage { run: String },
    #[error("`{run}` matches several runs")]
    ManyRuns { run: String, candidates: Vec<String> },
}

impl Explain for LessonError {
    fn explain(&self) -> Explained {
        match self {
            Self::Obstacle { obstacle } => Explained::wrong("usage").hint(format!("make {obstacle} a folder")),
            Self::NotTaken { cause, .. } => cause.explain(),
            Self::NoLesson { run, .. } => Explained::wrong("not_found").hint(format!("`cmpm memory learn {run}` lists them")),
            Self::NoPage { .. } => Explained::wrong("not_found")
                .hint("a page lands when its run is approved or rejected; `cmpm delegate list --all` shows the runs"),
            Self::ManyRuns { candidates, .. } => Explained::wrong("ambiguous").hint(format!("name one of {}", candidates.join(", "))),
        }
    }
}
