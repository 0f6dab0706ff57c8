//! Everything that speaks git: the only room that names gix and the only one besides `process` that starts a program (git).
//!
//! gix answers what it can; the git program does the rest (`command.rs` lists what and why). Own types and `GitError` go out.

mod bundle;
mod command;
mod config;
mod control;
mod durable;
mod error;
mod head;
mod health;
mod hook;
mod identity;
mod objects;
mod oid;
mod refs;
mod repo;
mod shared_refs;
mod work;

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

pub use command::{OLDEST as OLDEST_GIT, ProgramError, installed_version};
pub use config::{Origin, value_in};
pub use control::{ControlDigest, Difference as ControlDifference, How};
pub use error::GitError;
pub use head::Head;
pub use objects::blame::{Blame, BlamedLine};
pub use objects::commit::{Commit, CommitSpec, Person};
pub use objects::diff::{Change, ChangeKind, DiffText, FileStat};
pub use objects::error::ObjectError;
pub use objects::folder_diff::FileChange;
pub use objects::history::{Touch, TouchedFile};
pub use objects::lines::{ChangedLines, changed_lines};
pub use objects::log::LogRange;
pub use objects::merge::{MergeOutcome, Sides, merge_file};
pub use objects::tag::Named;
pub use objects::trailers::{parse_trailers, with_trailers};
pub use objects::tree::{Mode, TreeEdit, TreeEntry};
pub use oid::Oid;
pub use refs::{Expected, RefError, RefUpdate, is_branch_name};
pub use repo::{Repository, is_of_another_clone};
pub use work::error::WorkError;
pub use work::operation::Operation;
pub use work::private::{AGENT_REPOSITORY, AgentRepository, AgentRepositorySpec};
pub use work::ready::ReadyToCommit;
pub use work::snapshot::{OddityKind, TrustedIndex};
pub use work::staged::Staged;
pub use work::submodule::Submodule;
pub use work::trash::{Bounds, Held};
pub use work::unmerged::Unmerged;
pub use work::worktree::{Checkout, Worktree};
