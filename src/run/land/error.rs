//! What keeps the work of a run from landing: the state of things before the merge, and the merge itself.

use std::path::PathBuf;

use super::super::job::status::Outcome;
use crate::base::{Explain, Explained, Id, RepoPath};
use crate::git::Oid;

/// Why work may not land where it should.
#[derive(Debug, thiserror::Error)]
pub enum LandError {
    #[error("{run} ended with {}: {reason}", outcome.as_str())]
    NotPassed { run: Id, outcome: Outcome, reason: String },
    /// A person is to work on it first.
    #[error("{run} {reason}")]
    ByHand { run: Id, reason: String },
    /// The run's work is no longer where it was reviewed.
    #[error("the branch `{branch}` was changed after {run} was checked")]
    BranchChanged { run: Id, branch: String },
    /// The target does not hold what the work is built on.
    #[error("{run} started from `{from}`, and not all of that is in `{target}`")]
    OtherBase { run: Id, target: String, from: String },
    /// The target's rules forbid the merge.
    #[error("{run} may not be merged into `{target}`: {reason}")]
    Forbidden { run: Id, target: String, reason: String },
    #[error("{run} was reverted already, in commit {}", commit.short())]
    Reverted { run: Id, commit: Oid },
    /// It was merged elsewhere, or that merge is gone.
    #[error("the commit {} with which {run} landed is not in `{target}`", landed.short())]
    NotThere { run: Id, target: String, landed: Oid },
    /// What was changed since is in the same places.
    #[error("{run} cannot be reverted: what came later changed the same places of {}", paths.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))]
    RevertConflict { run: Id, landed: Oid, paths: Vec<RepoPath> },
    /// Only these were wanted.
    #[error("{run} changes nothing that `{glob}` names; it changes {}", files.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))]
    NoSuchFile { run: Id, glob: String, files: Vec<RepoPath> },
    #[error("`{target}` changed again while merging")]
    TargetMoves { target: String },
    /// Somebody still tries the same ticket.
    #[error("{run} is one of several on its ticket, and {other} is still at work")]
    GroupAtWork { run: Id, other: Id },
    #[error("there is no branch `{target}` to merge into")]
    NoTarget { target: String },
}

impl Explain for LandError {
    fn explain(&self) -> Explained {
        match self {
            Self::NotPassed { run, .. } => Explained::refused("not_passed")
                .hint(format!("`cmpm delegate review {run}` shows why; then `revise`, `resume` or `reject` it")),
            Self::ByHand { run, .. } => {
                Explained::refused("not_passed").hint(format!("edit its worktree, then `cmpm delegate resume {run}` checks it"))
            }
            Self::BranchChanged { run, .. } => Explained::conflict("branch_changed")
                .hint(format!("`cmpm delegate resume {run}` lets the agent go on from there and checks it again")),
            Self::OtherBase { run, from, .. } => Explained::conflict("other_base").hint(format!(
                "nothing was touched; merge `{from}` there first, or `cmpm delegate reject {run}` and start again from the target"
            )),
            Self::Forbidden { run, .. } => Explained::refused("denied").hint(format!(
                "nothing was touched; `cmpm delegate reject {run}` keeps the work, or a person widens the role on the target"
            )),
            Self::Reverted { run, .. } => Explained::wrong("already_reverted").hint(format!("`cmpm delegate restore {run}` brings its files back")),
            Self::NotThere { .. } => Explained::wrong("not_there").hint("name the branch that has it with `--from`"),
            Self::RevertConflict { landed, .. } => Explained::conflict("revert_conflict").hint(format!(
                "nothing was touched; `git revert {}` begins it in your work tree, where you resolve the conflicts (`-m 1` if it is a merge)",
                landed.short()
            )),
            Self::NoSuchFile { .. } => Explained::wrong("no_such_file").hint("nothing was merged; `--only` takes paths, folders and globs of changed files"),
            Self::TargetMoves { .. } => Explained::conflict("target_moved").hint("run the same command again"),
            Self::GroupAtWork { run, other } => Explained::conflict("group_at_work").hint(format!(
                "wait for it, or `cmpm delegate cancel {other}` first; then `cmpm delegate compare {run}` shows them side by side"
            )),
            Self::NoTarget { .. } => Explained::wrong("no_target").hint("name a branch with `--into`"),
        }
    }
}

/// Why a merge is not made.
#[derive(Debug, thiserror::Error)]
pub enum MergeError {
    #[error("{run} conflicts with `{target}` in {}", paths.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))]
    Conflict { run: Id, target: String, paths: Vec<RepoPath> },
    /// The merge would drop a record or a reference that nobody removed.
    #[error("{run} is not merged into `{target}`: {path}:{line}: {what}", line = .line.unwrap_or(1))]
    Loses { run: Id, target: String, path: RepoPath, line: Option<u32>, what: String },
    #[error("on the merge of {run} into `{target}`, {gate} failed: {detail}")]
    GateFailed {
        run: Id,
        target: String,
        gate: String,
        /// The end of its output.
        detail: String,
    },
    #[error("the gate `{gate}` was not approved on this machine")]
    UntrustedGate { gate: String },
    /// Files that the merge would write hold uncommitted changes.
    #[error("`{target}` is checked out in {}, and uncommitted changes there overlap with {}", folder.display(), paths.join(", "))]
    Overlap { target: String, folder: PathBuf, paths: Vec<String> },
    /// A file cannot land where its folder is a link, a file or a submodule.
    #[error("{path} cannot be merged, because {obstacle} is not a folder there")]
    Obstacle { path: RepoPath, obstacle: RepoPath },
}

impl Explain for MergeError {
    fn explain(&self) -> Explained {
        match self {
            Self::Conflict { run, .. } => Explained::conflict("merge_conflict").hint(format!(
                "nothing was touched; `cmpm delegate revise {run}` merges the target into the run and has its agent resolve the conflicts; with `--by-hand` you resolve them yourself"
            )),
            Self::Loses { run, .. } => Explained::conflict("merge_loses").hint(format!(
                "nothing was merged; merge the branch by hand and keep both, or `cmpm delegate reject {run}` keeps the work"
            )),
            Self::GateFailed { run, .. } => Explained::no("gate_failed")
                .hint(format!("nothing was merged; fix the target, or `cmpm delegate revise {run}` brings the run onto it and checks it there")),
            Self::UntrustedGate { .. } => {
                Explained::refused("untrusted").hint("`cmpm trust` shows it; `cmpm trust --yes` approves exactly that text on this machine")
            }
            Self::Overlap { .. } => {
                Explained::conflict("overlap").hint("nothing was touched; commit or stash those files, then approve again")
            }
            Self::Obstacle { obstacle, .. } => Explained::conflict("in_the_way")
                .hint(format!("nothing was touched; make {obstacle} a folder in a commit, then decide again")),
        }
    }
}
