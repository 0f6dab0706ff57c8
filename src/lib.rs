//! cmpm: the project manager of people and coding agents that lives in a git repository.
//!
//! One idea: **a verb is a function from typed `Args` to a typed `Report`.** Nobody below `ui` prints, nobody but `git`
//! sees gix, nobody but `Context` knows the world (time, randomness, environment, place). Data flows one way:
//! `cli → nouns → engine, store → git, fs`.

pub mod base;
pub mod document;
pub mod engine;
pub mod fs;
pub mod git;
pub mod process;
