//! What can go wrong with git, in words for people.

use std::path::PathBuf;

use super::command::OLDEST;
use super::{Oid, Operation};
use crate::base::{Exit, Explain, RepoPath};
use crate::fs::FsError;

/// What can go wrong with git.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    /// No repository here or above.
    #[error("{} is not in a git repository", path.display())]
    NotARepository {
        /// Where the search began.
        path: PathBuf,
    },
    /// A `.git` file points to a folder that is not there.
    #[error("{} points to {}, which is not a git folder", pointer.display(), target.display())]
    BrokenPointer {
        /// The `.git` file.
        pointer: PathBuf,
        /// Where it points to.
        target: PathBuf,
    },
    /// The repository belongs to another user.
    #[error("{} belongs to another user, so git does not trust it", path.display())]
    NotOwned {
        /// The work tree, or the git folder of a bare repository.
        path: PathBuf,
    },
    /// The repository stores its references as reftable.
    #[error("{} uses the reftable format, which cmpm cannot read", path.display())]
    Reftable {
        /// The git folder.
        path: PathBuf,
    },
    /// A verb that needs files was used in a bare repository.
    #[error("{} is a bare repository: it has no work tree", path.display())]
    NoWorkTree {
        /// The git folder.
        path: PathBuf,
    },
    /// There is no commit yet.
    #[error("branch `{branch}` has no commit yet")]
    Unborn {
        /// The branch that `HEAD` names.
        branch: String,
    },
    /// A revision that names nothing, or more than one thing.
    #[error("`{spec}` is not a commit: {reason}")]
    UnknownRevision {
        /// As it was written.
        spec: String,
        /// Why not.
        reason: String,
    },
    /// An object that should be in the repository is not.
    #[error("object {oid} is not in this clone")]
    MissingObject {
        /// The object.
        oid: Oid,
    },
    /// A reference has another value than expected, or another git holds its lock.
    #[error("`{name}` was moved by somebody else in the meantime")]
    RefMoved {
        /// The reference's full name.
        name: String,
    },
    /// A name that git does not allow for a reference.
    #[error("`{name}` is not a valid reference name")]
    BadRefName { name: String },
    /// A path that git does not allow in a tree, or that clashes with another.
    #[error("`{path}` cannot be stored in git")]
    BadPath { path: RepoPath },
    /// A name that no remote of this clone has.
    #[error("there is no remote `{name}`")]
    NoRemote {
        /// As it was typed.
        name: String,
    },
    /// git does not know who commits.
    #[error("git does not know who you are")]
    NoIdentity,
    /// Local changes overlap with what should be checked out.
    #[error("local changes overlap with the incoming ones: {}", list(paths))]
    Overlap {
        /// The files that would be overwritten.
        paths: Vec<RepoPath>,
    },
    /// A merge or the like that a person has not finished.
    #[error("a {operation} is in progress in {}", path.display())]
    UnderWay {
        /// What git is in the middle of.
        operation: Operation,
        /// The worktree.
        path: PathBuf,
    },
    /// git could not write the files of the checked-out branch; what it had written was undone.
    #[error("git could not write the files in {}: {reason}", path.display())]
    Checkout {
        /// The worktree.
        path: PathBuf,
        /// What git said, on one line.
        reason: String,
        /// The files that could not be put back.
        left: Vec<RepoPath>,
    },
    /// The checked-out branch cannot be moved forward to the commit.
    #[error("`{branch}` cannot be moved forward to {}: it has other commits", commit.short())]
    NotAFastForward {
        /// The checked-out branch.
        branch: String,
        /// Where it should go.
        commit: Oid,
    },
    /// A worktree cannot be made or removed.
    #[error("worktree {}: {reason}", path.display())]
    Worktree {
        /// The worktree's folder.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// The git program is not there.
    #[error("the program `git` was not found on PATH")]
    GitMissing,
    /// The git program is too old to merge.
    #[error("git {found} is too old to merge with: {}.{} or newer is needed", OLDEST.0, OLDEST.1)]
    GitTooOld {
        /// What `git --version` says.
        found: String,
    },
    /// The git program failed.
    #[error("`git {verb}` failed: {reason}")]
    Program {
        /// The subcommand.
        verb: String,
        /// What it said, on one line.
        reason: String,
    },
    /// A commit that git, or a hook of the user's, did not make. The files are written.
    #[error("written but not committed, and the index is unchanged: {}: {reason}", paths.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))]
    CommitRefused {
        /// The files.
        paths: Vec<RepoPath>,
        /// What git said, on one line.
        reason: String,
    },
    /// The git program took too long.
    #[error("`git {verb}` did not finish in time and was stopped")]
    TimeLimit {
        /// The subcommand.
        verb: String,
    },
    /// gix failed.
    #[error("cannot {task}: {reason}")]
    Library {
        /// What was tried.
        task: &'static str,
        /// Why it failed.
        reason: String,
    },
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

/// The messages of an error and its causes on one line, each once.
pub(super) fn reason(error: &gix::Error) -> String {
    let mut parts: Vec<String> = Vec::new();
    for cause in error.iter_errors() {
        let text = cause.to_string();
        if !text.is_empty() && !parts.iter().any(|part| part.contains(&text)) {
            parts.push(text);
        }
    }
    crate::base::text::one_line(&parts.join(": "))
}

fn list(paths: &[RepoPath]) -> String {
    let mut shown: Vec<String> = paths.iter().take(5).map(ToString::to_string).collect();
    if let Some(more) = paths.len().checked_sub(5).filter(|more| *more > 0) {
        shown.push(format!("{more} more"));
    }
    shown.join(", ")
}

impl Explain for GitError {
    fn exit(&self) -> Exit {
        match self {
            Self::RefMoved { .. } | Self::Overlap { .. } | Self::UnderWay { .. } | Self::NotAFastForward { .. } => Exit::Conflict,
            Self::TimeLimit { .. } => Exit::TimeLimit,
            Self::File(error) => error.exit(),
            _ => Exit::Wrong,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotARepository { .. } => "not_a_repository",
            Self::BrokenPointer { .. } => "broken_git_pointer",
            Self::NotOwned { .. } => "not_owned",
            Self::Reftable { .. } => "reftable",
            Self::NoWorkTree { .. } => "no_work_tree",
            Self::Unborn { .. } => "no_commit",
            Self::UnknownRevision { .. } => "unknown_revision",
            Self::MissingObject { .. } => "missing_object",
            Self::RefMoved { .. } => "ref_moved",
            Self::BadRefName { .. } => "bad_ref_name",
            Self::BadPath { .. } => "bad_path",
            Self::NoRemote { .. } => "no_remote",
            Self::NoIdentity => "no_identity",
            Self::Overlap { .. } => "overlap",
            Self::UnderWay { .. } => "under_way",
            Self::Checkout { .. } => "checkout",
            Self::NotAFastForward { .. } => "not_a_fast_forward",
            Self::Worktree { .. } => "worktree",
            Self::GitMissing => "git_missing",
            Self::GitTooOld { .. } => "git_too_old",
            Self::TimeLimit { .. } => "time_limit",
            Self::CommitRefused { .. } => "commit_refused",
            Self::Program { .. } | Self::Library { .. } => "git",
            Self::File(error) => error.code(),
        }
    }

    fn hints(&self) -> Vec<String> {
        let hint = match self {
            Self::NotARepository { .. } => "make one with `git init`, or change to a folder inside a repository".into(),
            Self::BrokenPointer { .. } => "if the repository was moved, run `git worktree repair` in it".into(),
            Self::NotOwned { path } => {
                format!("if you trust it: `git config --global --add safe.directory '{}'`", path.display())
            }
            Self::Reftable { .. } => "convert it with `git refs migrate --ref-format=files`".into(),
            Self::NoWorkTree { .. } => "run this in a worktree; make one with `git worktree add`".into(),
            Self::Unborn { .. } => "make the first commit with `git commit`".into(),
            Self::UnknownRevision { .. } => "list branches with `git branch --all`".into(),
            Self::MissingObject { .. } => {
                "if this clone is shallow: `git fetch --unshallow`; if it is partial: `git fetch --refetch --no-filter`".into()
            }
            Self::NoRemote { .. } => "`git remote` lists those there are".into(),
            Self::RefMoved { .. } => "run the same command again".into(),
            Self::NoIdentity => {
                return vec!["`git config user.name \"Your Name\"`".into(), "`git config user.email you@example.com`".into()];
            }
            Self::Overlap { .. } => "commit or stash these files, then run the same command again".into(),
            Self::UnderWay { operation: Operation::Bisect, .. } => "finish it, or end it with `git bisect reset`".into(),
            Self::UnderWay { operation, .. } => format!("finish it, or take it back with `git {operation} --abort`"),
            Self::Checkout { left, .. } if left.is_empty() => {
                "everything is as it was; make room or mend the permissions, then run the same command again".into()
            }
            Self::Checkout { left, .. } => format!("the branch did not move; put these back with `git restore`: {}", list(left)),
            Self::Program { reason, .. } if reason.contains(".lock'") => {
                "another git is at work there, or died in it: if none is, remove the lock file and run the same command again".into()
            }
            Self::Library { reason, .. } | Self::Program { reason, .. } if reason.contains("No space left on device") => {
                "the disk is full: nothing was lost; make some room and run the same command again".into()
            }
            Self::NotAFastForward { .. } => "run the same command again to merge with the new commits".into(),
            Self::GitMissing | Self::GitTooOld { .. } => format!("install git {}.{} or newer: <https://git-scm.com>", OLDEST.0, OLDEST.1),
            Self::TimeLimit { .. } => "look for named pipes, which git waits for: `find . -type p`".into(),
            Self::File(error) => return error.hints(),
            Self::CommitRefused { .. } => {
                "do not repeat the command; when git can commit again, `git add` and `git commit` those files".into()
            }
            Self::BadRefName { .. } | Self::BadPath { .. } | Self::Worktree { .. } | Self::Program { .. } | Self::Library { .. } => {
                return Vec::new();
            }
        };
        vec![hint]
    }
}
