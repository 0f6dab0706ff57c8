//! The program as its users see it: the real binary on real git repositories.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    reason = "a test may fail, and looks at files with its own eyes"
)]

mod adapters;
mod adoption;
mod agent;
mod board;
mod cache;
mod check;
mod claims;
mod commit;
mod completions;
mod concurrency;
mod config;
mod delegate;
mod demo;
mod dictionary;
mod doctor;
mod exchange;
mod forms;
mod from_commit;
mod globals;
mod grammar;
mod graph;
mod guide;
mod hook;
mod init;
mod interrupted;
mod memory;
mod merge;
mod migrate;
mod overlay;
mod readme;
mod search;
mod session;
mod support;
mod terminal;
mod ticket;
mod undo;
mod views;
