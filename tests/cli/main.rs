//! The program as its users see it: the real binary on real git repositories.
#![expect(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, reason = "a test may fail, and looks at files with its own eyes")]

mod agent;
mod check;
mod memory;
mod support;
mod ticket;
