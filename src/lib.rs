//! cmpm: the project manager of people and coding agents that lives in a git repository.
//!
//! One idea: **a verb is a function from typed `Args` to a typed `Report`.** Nobody below `ui` prints, nobody but `git`
//! sees gix, nobody but `Context` knows the world (time, randomness, environment, place). Data flows one way:
//! `cli → nouns → engine, store → git, fs`.

pub mod base;
pub mod cli;
pub mod config;
pub mod context;
pub mod document;
pub mod engine;
pub mod fs;
pub mod git;
pub mod nouns;
pub mod process;
pub mod report;
pub mod run;
pub mod store;
pub mod ui;

pub use cli::run as start;
