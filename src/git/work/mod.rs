//! Work trees and their indexes: made, looked at without trust, backed up, landed in, taken away.

pub mod backup;
pub mod error;
pub mod ignored;
pub mod index;
pub mod land;
pub mod operation;
pub mod private;
pub mod ready;
pub mod scratch;
pub mod snapshot;
pub mod staged;
pub mod status;
pub mod submodule;
pub mod traps;
pub mod trash;
pub mod unmerged;
pub mod worktree;
