//! cmpm: the project manager of people and coding agents that lives in a git repository.
//!
//! One idea: **a verb is a function from typed `Args` to a typed `Report`.** Nobody below `ui` prints, nobody but `git`
//! sees gix, nobody but `Context` knows the world (time, randomness, environment, place). Data flows one way:
//! `cli → nouns → engine, store → git, fs`.
//!
//! A room uses lower ones only: docs/architecture.md has their rows, and `tests/architecture.rs` enforces them.
//! The rooms that are public are so for benches and fuzz targets only; the interface of this crate is the program.

#[macro_use]
mod base;
mod claims;
mod cli;
mod config;
mod context;
#[doc(hidden)]
pub mod document;
#[doc(hidden)]
pub mod engine;
mod exchange;
mod fs;
#[doc(hidden)]
pub mod git;
mod nouns;
#[doc(hidden)]
pub mod process;
mod report;
mod run;
mod store;
mod ui;
mod words;

pub use cli::run;
