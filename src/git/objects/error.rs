//! What can go wrong with the objects of a repository.

use crate::base::{Explain, Explained, RepoPath};
use crate::git::Oid;

#[derive(Debug, thiserror::Error)]
pub enum ObjectError {
    #[error("object {oid} is not in this clone")]
    Missing { oid: Oid },
    /// A path that git does not allow in a tree, or that clashes with another.
    #[error("`{path}` cannot be stored in git")]
    BadPath { path: RepoPath },
}

impl Explain for ObjectError {
    fn explain(&self) -> Explained {
        match self {
            Self::Missing { .. } => Explained::wrong("missing_object")
                .hint("if this clone is shallow: `git fetch --unshallow`; if it is partial: `git fetch --refetch --no-filter`"),
            Self::BadPath { .. } => Explained::wrong("bad_path"),
        }
    }
}
