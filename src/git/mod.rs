//! Everything that speaks git: the only room that names gix and the only one besides `process` that starts a program (git).
//!
//! gix answers what it can; the git program does the rest (`command.rs` lists what and why). Own types and `GitError` go out.

mod backup;
mod command;
mod commit;
mod config;
mod control;
mod diff;
mod durable;
mod error;
mod folder_diff;
mod head;
mod health;
mod history;
mod hook;
mod identity;
mod index;
mod land;
mod log;
mod merge;
mod oid;
mod operation;
mod private;
mod ready;
mod refs;
mod repo;
mod scratch;
mod shared_refs;
mod snapshot;
mod staged;
mod status;
mod trailers;
mod traps;
mod tree;
mod worktree;

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

pub use backup::{BackedUp, Removed};
pub use command::OLDEST as OLDEST_GIT;
pub use commit::{Commit, CommitSpec, Person};
pub use config::{HooksFolder, Origin, value_in};
pub use control::ControlDigest;
pub use diff::{Change, ChangeKind, DiffText, FileStat};
pub use error::GitError;
pub use folder_diff::FileChange;
pub use head::Head;
pub use history::FileVersion;
pub use log::LogRange;
pub use merge::{MergeOutcome, Sides, merge_file};
pub use oid::Oid;
pub use operation::Operation;
pub use private::{AgentRepository, AgentRepositorySpec};
pub use ready::ReadyToCommit;
pub use refs::{Expected, RefUpdate, is_branch_name};
pub use repo::Repository;
pub use snapshot::{Oddity, OddityKind, Snapshot, TrustedIndex};
pub use staged::Staged;
pub use status::StatusEntry;
pub use trailers::{parse_trailers, with_trailers};
pub use tree::{Mode, TreeEdit, TreeEntry};
pub use worktree::Worktree;
