//! What can go wrong with a run, and what to do then.

use std::path::PathBuf;

use crate::base::{Exit, Explain, Id, RepoPath};

use super::job::status::{Outcome, State};

/// What can go wrong with a run.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// Nothing has this id.
    #[error("there is no run `{query}` in this clone")]
    NotFound {
        /// What was asked for.
        query: String,
    },
    /// More than one run fits.
    #[error("`{query}` could be any of {}", candidates.join(", "))]
    Ambiguous {
        /// What was asked for.
        query: String,
        /// The runs.
        candidates: Vec<String>,
    },
    /// A file of the job directory cannot be read.
    #[error("{} is damaged: {reason}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// Another process works on the run at this moment.
    #[error("another process is working on {run}")]
    Busy { run: Id },
    /// All places are taken.
    #[error("all {count} slots for runs are taken")]
    NoSlot {
        /// How many there are.
        count: u32,
    },
    /// A file cannot land where its folder is something else.
    #[error("{path} cannot be merged, because {obstacle} is not a folder there")]
    Obstacle {
        /// The file.
        path: RepoPath,
        /// The link, file or submodule in its way.
        obstacle: RepoPath,
    },
    /// The user gave up.
    #[error("interrupted")]
    Interrupted,
    /// An adapter file is wrong.
    #[error("the runner {source_name} cannot be used: {reason}")]
    Adapter {
        /// The file.
        source_name: String,
        /// Why.
        reason: String,
    },
    /// The run is in a state in which this cannot be done.
    #[error("{run} {}, so it cannot be {wanted}", state.phrase())]
    WrongState {
        run: Id,
        state: State,
        /// What was wanted: `approved`, `resumed`.
        wanted: &'static str,
    },
    /// Only work that passed can be approved.
    #[error("{run} ended with {}: {reason}", outcome.as_str())]
    NotPassed {
        run: Id,
        /// How it ended.
        outcome: Outcome,
        /// Why.
        reason: String,
    },
    /// The work does not fit the target as it is now.
    #[error("{run} conflicts with `{target}` in {}", paths.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))]
    MergeConflict {
        run: Id,
        /// The branch.
        target: String,
        /// The files.
        paths: Vec<RepoPath>,
    },
    /// The merge would drop a record or a reference that nobody removed.
    #[error("{run} is not merged into `{target}`: {path}:{line}: {what}", line = .line.unwrap_or(1))]
    MergeLoses {
        run: Id,
        /// The branch.
        target: String,
        /// Where it is said.
        path: RepoPath,
        /// On which line.
        line: Option<u32>,
        /// What is lost.
        what: String,
    },
    /// Gates failed on the merge result.
    #[error("on the merge of {run} into `{target}`, {gate} failed: {detail}")]
    MergeGateFailed {
        run: Id,
        /// The branch.
        target: String,
        gate: String,
        /// The end of its output.
        detail: String,
    },
    /// The target does not hold what the work is built on.
    #[error("{run} started from `{from}`, and not all of that is in `{target}`")]
    OtherBase {
        run: Id,
        /// Where it should land.
        target: String,
        /// Where it began.
        from: String,
    },
    /// The target's rules forbid the merge.
    #[error("{run} may not be merged into `{target}`: {reason}")]
    Forbidden {
        run: Id,
        /// The branch.
        target: String,
        /// Why not.
        reason: String,
    },
    /// The target kept moving.
    #[error("`{target}` changed again while merging")]
    TargetMoves {
        /// The branch.
        target: String,
    },
    /// The target is not a branch.
    #[error("there is no branch `{target}` to merge into")]
    NoTarget {
        /// The branch.
        target: String,
    },
    /// Files that the merge would write hold uncommitted changes.
    #[error("`{target}` is checked out in {}, and uncommitted changes there overlap with {}", folder.display(), paths.join(", "))]
    Overlap {
        /// The branch.
        target: String,
        /// Where it is checked out.
        folder: PathBuf,
        /// The files.
        paths: Vec<String>,
    },
    /// The run's work is no longer where it was reviewed.
    #[error("the branch `{branch}` was changed after {run} was checked")]
    BranchChanged { run: Id, branch: String },
    /// A page template that does not fit.
    #[error("the page of {run} cannot be made: {reason}")]
    Template {
        run: Id,
        /// Why.
        reason: String,
    },
    /// Gates that nobody approved.
    #[error("the gate `{gate}` was not approved on this machine")]
    Untrusted { gate: String },
    /// Worktrees of runs cannot be made in this folder.
    #[error("`paths.worktrees` is {folder}, but that {reason}")]
    BadFolder {
        folder: RepoPath,
        /// Why not, as the rest of a sentence.
        reason: String,
    },
    /// The agent has tried as often as it may.
    #[error("{run} cannot be resumed: {agent} may try only {}", times(*limit))]
    AttemptsUsed {
        run: Id,
        agent: String,
        /// How often.
        limit: u32,
        /// Whom to turn to.
        next: Vec<String>,
    },
    /// There is no backup to restore from.
    #[error("there is no backup of {run}")]
    NoBackup { run: Id },
}

fn times(count: u32) -> String {
    if count == 1 { "once".to_owned() } else { format!("{count} times") }
}

impl Explain for RunError {
    fn exit(&self) -> Exit {
        match self {
            Self::Busy { .. }
            | Self::NoSlot { .. }
            | Self::MergeConflict { .. }
            | Self::MergeLoses { .. }
            | Self::TargetMoves { .. }
            | Self::Overlap { .. }
            | Self::Obstacle { .. }
            | Self::OtherBase { .. }
            | Self::BranchChanged { .. } => Exit::Conflict,
            // Somebody else decided first.
            Self::WrongState { state, .. } if state.is_closed() => Exit::Conflict,
            Self::Interrupted => Exit::Interrupted,
            Self::MergeGateFailed { .. } => Exit::No,
            Self::NotPassed { .. } | Self::Forbidden { .. } | Self::Untrusted { .. } | Self::AttemptsUsed { .. } => Exit::Refused,
            _ => Exit::Wrong,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotFound { .. } => "not_found",
            Self::Ambiguous { .. } => "ambiguous",
            Self::Damaged { .. } => "damaged",
            Self::Busy { .. } => "busy",
            Self::NoSlot { .. } => "no_slot",
            Self::Interrupted => "interrupted",
            Self::Adapter { .. } => "bad_runner",
            Self::WrongState { .. } => "wrong_state",
            Self::NotPassed { .. } => "not_passed",
            Self::MergeConflict { .. } => "merge_conflict",
            Self::MergeLoses { .. } => "merge_loses",
            Self::MergeGateFailed { .. } => "gate_failed",
            Self::TargetMoves { .. } => "target_moved",
            Self::OtherBase { .. } => "other_base",
            Self::Forbidden { .. } => "denied",
            Self::NoTarget { .. } => "no_target",
            Self::Overlap { .. } => "overlap",
            Self::Obstacle { .. } => "in_the_way",
            Self::BranchChanged { .. } => "branch_changed",
            Self::Template { .. } => "template",
            Self::Untrusted { .. } => "untrusted",
            Self::NoBackup { .. } => "no_backup",
            Self::BadFolder { .. } => "bad_folder",
            Self::AttemptsUsed { .. } => "attempts_used",
        }
    }

    fn hints(&self) -> Vec<String> {
        let hint = match self {
            Self::NotFound { .. } | Self::Ambiguous { .. } => "`cmpm delegate list --all` shows every run".to_owned(),
            Self::Damaged { .. } => "the work is safe under refs/cmpm/backup; `cmpm delegate restore` brings it back".to_owned(),
            Self::Busy { run } => format!("`cmpm delegate show {run}` says how far it is"),
            Self::TargetMoves { .. } => "run the same command again".to_owned(),
            Self::NoSlot { .. } => "leave out `--no-wait`, or raise `delegate.max_parallel`".to_owned(),
            Self::Interrupted => "`cmpm delegate resume` goes on where it stopped".to_owned(),
            Self::Adapter { .. } => "docs/runners.md explains every key".to_owned(),
            Self::WrongState { run, .. } => format!("`cmpm delegate show {run}` says what can be done"),
            Self::NotPassed { run, .. } => format!("`cmpm delegate review {run}` shows why; then `resume` or `reject` it"),
            Self::MergeConflict { run, .. } => {
                format!("nothing was touched; `cmpm delegate reject {run}` keeps the work and frees the ticket for a run on the new target")
            }
            Self::MergeLoses { run, .. } => {
                format!("nothing was merged; merge the branch by hand and keep both, or `cmpm delegate reject {run}` keeps the work")
            }
            Self::MergeGateFailed { run, .. } => {
                format!("nothing was merged; mend the target, or `cmpm delegate reject {run}` and let a new run start from it")
            }
            Self::OtherBase { run, from, .. } => {
                format!("nothing was touched; merge `{from}` there first, or `cmpm delegate reject {run}` and begin anew on the target")
            }
            Self::Forbidden { run, .. } => {
                format!("nothing was touched; `cmpm delegate reject {run}` keeps the work, or a person widens the role on the target")
            }
            Self::NoTarget { .. } => "name a branch with `--into`".to_owned(),
            Self::Obstacle { obstacle, .. } => format!("nothing was touched; make {obstacle} a folder in a commit, then decide again"),
            Self::Overlap { .. } => "nothing was touched; commit or stash those files, then approve again".to_owned(),
            Self::BranchChanged { run, .. } => format!("`cmpm delegate resume {run}` lets the agent go on from there and checks it again"),
            Self::Template { .. } => "this is a bug of cmpm; please report it".to_owned(),
            Self::Untrusted { .. } => "`cmpm trust` shows it; `cmpm trust --yes` approves exactly that text on this machine".to_owned(),
            Self::AttemptsUsed { run, next, .. } => {
                let turn = if next.is_empty() { String::new() } else { format!("its file says to turn to {}; ", next.join(", ")) };
                format!("{turn}`cmpm delegate reject {run}` keeps the work and frees the ticket")
            }
            Self::BadFolder { folder, .. } => format!(
                "name a folder in .cmpm/config.yaml that holds nothing else; if {folder} is only for worktrees, put a .gitignore with `*` into it"
            ),
            Self::NoBackup { .. } => "`git for-each-ref refs/cmpm` lists what is kept".to_owned(),
        };
        vec![hint]
    }
}
