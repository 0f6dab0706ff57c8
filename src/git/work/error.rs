//! What can go wrong with work trees, and with committing what is in them.

use std::path::PathBuf;

use super::operation::Operation;
use crate::base::{Explain, Explained, RepoPath, text};
use crate::git::Oid;

/// How many files an error names.
const SHOWN: usize = 10;

/// How much of what a hook said an error repeats, in columns.
const LONGEST: usize = 800;

#[derive(Debug, thiserror::Error)]
pub enum WorkError {
    #[error("git does not know who you are")]
    NoIdentity,
    #[error("local changes overlap with the incoming ones: {}", list(paths))]
    Overlap { paths: Vec<RepoPath> },
    /// A merge or the like that a person has not finished.
    #[error("a {operation} is in progress in {}", path.display())]
    UnderWay { operation: Operation, path: PathBuf },
    /// git could not write the files of the checked-out branch; what it had written was taken back.
    #[error("git could not write the files in {}: {reason}", path.display())]
    Checkout {
        path: PathBuf,
        /// What git said, on one line.
        reason: String,
        /// The files that could not be put back.
        left: Vec<RepoPath>,
    },
    #[error("`{branch}` cannot be moved forward to {}: it has other commits", commit.short())]
    NotAFastForward { branch: String, commit: Oid },
    /// A worktree cannot be made or removed.
    #[error("worktree {}: {reason}", path.display())]
    Worktree { path: PathBuf, reason: String },
    /// A commit that git, or a hook of the user's, did not make. The files are written.
    #[error("not committed: {}; what was written stays, and the index is unchanged: {}", text::fit(reason, LONGEST), list(paths))]
    CommitRefused {
        paths: Vec<RepoPath>,
        /// What git said, on one line.
        reason: String,
    },
}

fn list(paths: &[RepoPath]) -> String {
    let shown: Vec<String> = paths.iter().take(SHOWN).map(ToString::to_string).collect();
    let more = paths.len().checked_sub(SHOWN).filter(|more| *more > 0).map(|more| format!(" and {more} more"));
    shown.join(", ") + &more.unwrap_or_default()
}

impl Explain for WorkError {
    fn explain(&self) -> Explained {
        match self {
            Self::NoIdentity => {
                Explained::wrong("no_identity").hint("`git config user.name \"Your Name\"`").hint("`git config user.email you@example.com`")
            }
            Self::Overlap { .. } => Explained::conflict("overlap").hint("commit or stash these files, then run the same command again"),
            Self::UnderWay { operation, .. } => Explained::conflict("under_way").hint(match operation {
                Operation::Bisect => "finish it, or end it with `git bisect reset`".to_owned(),
                _ => format!("finish it, or undo it with `git {operation} --abort`"),
            }),
            Self::Checkout { left, .. } if left.is_empty() => Explained::wrong("checkout")
                .hint("everything is as it was; make room or fix the permissions, then run the same command again"),
            Self::Checkout { left, .. } => {
                Explained::wrong("checkout").hint(format!("the branch did not move; put these back with `git restore`: {}", list(left)))
            }
            Self::NotAFastForward { .. } => {
                Explained::conflict("not_a_fast_forward").hint("run the same command again to merge with the new commits")
            }
            Self::Worktree { .. } => Explained::wrong("worktree"),
            Self::CommitRefused { .. } => Explained::wrong("commit_refused")
                .hint("do not repeat the command; when git can commit again, `git add` and `git commit` those files"),
        }
    }
}
