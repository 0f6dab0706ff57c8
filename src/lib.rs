//! cmpm: the project manager of people and coding agents that lives in a git repository.
//!
//! One idea: **a verb is a function from typed `Args` to a typed `Report`.** Nobody below `ui` prints, nobody but `git`
//! sees gix, nobody but `Context` knows the world (time, randomness, environment, place). Data flows one way:
//! `cli → nouns → run, store → engine, git → fs`.
//!
//! A room uses lower ones only: docs/architecture.md has their rows, and `tests/architecture.rs` enforces them.
//! The interface of this crate is the program.

#[macro_use]
mod base;
mod claims;
mod cli;
mod config;
mod context;
mod document;
mod engine;
mod exchange;
mod fs;
mod git;
mod nouns;
mod process;
mod report;
mod run;
mod store;
mod ui;
mod words;

pub use cli::run;

/// For fuzz targets and tests of formats.
#[doc(hidden)]
pub mod formats {
    pub use crate::document::{Document, Value, markdown};
    pub use crate::engine::merge::{Kind, Three, merge};
}
