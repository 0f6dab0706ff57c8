//! Why a ticket cannot be delegated.

use std::path::PathBuf;

use crate::base::{Explain, Explained, Id, RepoPath};

/// Why a ticket cannot be delegated.
#[derive(Debug, thiserror::Error)]
pub enum DispatchError {
    #[error("{id} is not committed: {path} differs from `{target}`")]
    Uncommitted { id: Id, path: RepoPath, target: String },
    #[error("{id} is {status}")]
    Closed { id: Id, status: String },
    #[error("{id} waits for {}", blockers.join(", "))]
    Waits { id: Id, blockers: Vec<String> },
    #[error("`{name}` is not the name of a model")]
    BadModel { name: String },
    #[error("no branch is checked out, so there is nothing to merge into")]
    Detached,
    #[error("{origin} gives this ticket the branch `{name}`, which git does not accept")]
    BadBranch { name: String, origin: String },
    #[error("a stranger's text could have the agent of {id} send out what is private: {line}")]
    Risk { id: Id, line: String },
    #[error("no agent has anything in common with {id}, so `--agent auto` cannot choose one")]
    NobodyFits { id: Id },
    #[error("only {free} MB are free here, and `delegate.min_free_mb` asks for {least}")]
    NoSpace { free: u64, least: u32 },
    #[error("{id} was named twice")]
    Twice { id: Id },
    #[error("the files that steer agents have not been approved on this machine")]
    Unread,
    #[error("the path {} is not UTF-8, and jobs are written as JSON", path.display())]
    OddPath { path: PathBuf },
}

impl Explain for DispatchError {
    fn explain(&self) -> Explained {
        match self {
            Self::Uncommitted { .. } => Explained::wrong("uncommitted").hint("commit it, or use `--commit`"),
            Self::Closed { id, .. } => Explained::wrong("already_closed").hint(format!("reopen it with `cmpm ticket reopen {id}`")),
            Self::Waits { .. } => Explained::refused("waits").hint("finish those first, or delegate it with `--force`"),
            Self::BadModel { .. } => Explained::wrong("usage").hint("write it as the agent program takes it, such as `--model opus`"),
            Self::Detached => Explained::wrong("no_target").hint("name a branch with `--into`"),
            Self::BadBranch { .. } => Explained::wrong("bad_branch").hint("give that file another `branch:`, or the ticket another id"),
            Self::Risk { .. } => Explained::refused("risk")
                .hint("read the ticket and its comments first; then `--accept-risk` says so, and the run page names you")
                .hint("or take a runner without network: `--runner builtin`, or a runner file with `network: false`"),
            Self::Unread => Explained::refused("untrusted")
                .hint("`cmpm trust` shows them and what each gives agents; `cmpm trust --yes` approves exactly them on this machine"),
            Self::NoSpace { .. } => Explained::refused("no_space")
                .hint("`cmpm doctor` says what worktrees, trash and caches take; `cmpm delegate clean` removes what is closed"),
            Self::NobodyFits { id } => Explained::wrong("nobody_fits")
                .hint(format!("name one with `--agent`; `cmpm agent select {id} --explain` shows how each was weighed")),
            Self::Twice { id } => Explained::wrong("usage").hint(format!("name {id} once")),
            Self::OddPath { .. } => Explained::wrong("odd_path").hint("rename the folder; everything but delegation works where it is"),
        }
    }
}
