//! Words that every room uses. Imports nothing of ours.

pub mod bytes;
pub mod case;
pub mod clock;
pub mod date;
pub mod env;
pub mod error;
pub mod finding;
pub mod glob;
pub mod id;
pub mod json;
pub mod path;
pub mod progress;
pub mod random;
pub mod rule;
#[cfg(test)]
pub mod testing;
pub mod text;

pub use case::AnyCase;
pub use clock::{Clock, Timestamp};
pub use env::Env;
pub use error::{Exit, Explain, Failure, Result};
pub use finding::{Finding, Severity};
pub use id::Id;
pub use path::RepoPath;
pub use rule::Rule;
