//! Where `HEAD` is.

use std::path::Path;

use super::{GitError, Oid, RefError, Repository};
use crate::fs::read;

/// What is checked out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Head {
    Branch {
        /// Its short name: `main`, `feature/x`.
        name: String,
        oid: Oid,
    },
    /// A commit without a branch.
    Detached { oid: Oid },
    /// A branch that has no commit yet.
    Unborn { name: String },
}

impl Head {
    /// The commit, if there is one.
    pub fn oid(&self) -> Option<Oid> {
        match self {
            Self::Branch { oid, .. } | Self::Detached { oid } => Some(*oid),
            Self::Unborn { .. } => None,
        }
    }

    /// The branch's short name, if one is checked out.
    pub fn branch(&self) -> Option<&str> {
        match self {
            Self::Branch { name, .. } | Self::Unborn { name } => Some(name),
            Self::Detached { .. } => None,
        }
    }

    pub fn require_oid(&self) -> Result<Oid, GitError> {
        self.oid().ok_or_else(|| RefError::Unborn { branch: self.branch().unwrap_or("HEAD").to_owned() }.into())
    }
}

impl Repository {
    /// What this worktree has checked out.
    pub fn head(&self) -> Result<Head, GitError> {
        self.head_in(self.git_dir())
    }

    /// What the worktree with this git folder has checked out.
    pub(super) fn head_in(&self, git_dir: &Path) -> Result<Head, GitError> {
        let file = git_dir.join("HEAD");
        let text = String::from_utf8_lossy(&read::read(&file)?).trim_end().to_owned();
        let Some(name) = text.strip_prefix("ref:").map(str::trim_start) else {
            let oid = text.parse().map_err(|_| GitError::other("read HEAD", format!("`{text}` is neither a reference nor an object")))?;
            return Ok(Head::Detached { oid });
        };
        let short = name.strip_prefix("refs/heads/").unwrap_or(name).to_owned();
        Ok(match self.find_ref(name)? {
            Some(oid) => Head::Branch { name: short, oid },
            None => Head::Unborn { name: short },
        })
    }
}
