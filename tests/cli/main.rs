//! The program as its users see it: the real binary on real git repositories.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::disallowed_methods,
    reason = "a test may fail, and looks at files with its own eyes"
)]

mod adoption;
mod agent;
mod concurrency;
mod config;
mod delegate;
mod memory;
mod support;
mod ticket;
