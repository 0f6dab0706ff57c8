//! Where `HEAD` is.

use super::{GitError, Oid, Repository};

/// What is checked out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Head {
    /// A branch.
    Branch {
        /// Its short name: `main`, `feature/x`.
        name: String,
        /// Its commit.
        oid: Oid,
    },
    /// A commit without a branch.
    Detached {
        /// The commit.
        oid: Oid,
    },
    /// A branch that has no commit yet.
    Unborn {
        /// Its short name.
        name: String,
    },
}

impl Head {
    /// The commit, if there is one.
    #[must_use]
    pub fn oid(&self) -> Option<Oid> {
        match self {
            Self::Branch { oid, .. } | Self::Detached { oid } => Some(*oid),
            Self::Unborn { .. } => None,
        }
    }

    /// The branch's short name, if one is checked out.
    #[must_use]
    pub fn branch(&self) -> Option<&str> {
        match self {
            Self::Branch { name, .. } | Self::Unborn { name } => Some(name),
            Self::Detached { .. } => None,
        }
    }

    /// The commit.
    ///
    /// # Errors
    /// There is none yet.
    pub fn require_oid(&self) -> Result<Oid, GitError> {
        self.oid().ok_or_else(|| GitError::Unborn { branch: self.branch().unwrap_or("HEAD").to_owned() })
    }
}

impl Repository {
    /// What this worktree has checked out.
    ///
    /// # Errors
    /// `HEAD` cannot be read.
    pub fn head(&self) -> Result<Head, GitError> {
        head_of(&self.gix())
    }
}

pub(super) fn head_of(repository: &gix::Repository) -> Result<Head, GitError> {
    let mut head = repository.head().map_err(GitError::library("read HEAD"))?;
    let name = head.referent_name().map(|name| name.shorten().to_string());
    let oid = head.try_peel_to_id().map_err(GitError::library("read HEAD"))?.map(Oid::from);
    Ok(match (name, oid) {
        (Some(name), Some(oid)) => Head::Branch { name, oid },
        (Some(name), None) => Head::Unborn { name },
        (None, Some(oid)) => Head::Detached { oid },
        (None, None) => Head::Unborn { name: "HEAD".to_owned() },
    })
}
