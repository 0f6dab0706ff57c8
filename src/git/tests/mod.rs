//! Tests of the git room against real repositories, with git itself as the oracle.

mod commit;
mod diff;
mod land;
mod log;
mod merge;
mod refs;
mod repo;
mod snapshot;
mod staged;
mod status;
mod tamper;
mod trailers;
mod tree;
mod worktree;
