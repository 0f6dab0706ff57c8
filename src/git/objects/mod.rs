//! What is in the object database: commits, trees, what differs between them, and what happened to a file.

pub mod blame;
pub mod commit;
pub mod contained;
pub mod diff;
pub mod error;
pub mod folder_diff;
pub mod history;
pub mod lines;
pub mod log;
pub mod merge;
pub mod tag;
pub mod trailers;
pub mod tree;
