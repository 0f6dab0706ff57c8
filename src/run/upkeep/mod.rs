//! Order among runs: the folder of their worktrees, what is taken away, what a crash left.

pub mod error;
pub mod folder;
pub mod landed;
pub mod remnant;
pub mod tidy;
