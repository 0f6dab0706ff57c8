//! What a reference names: a commit, or whatever else git lets it be.

use super::super::{GitError, Oid, Repository};

/// An object that a reference names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Named {
    Commit,
    /// An annotated tag: what it stands for, and its text with the names in it.
    Tag {
        target: Oid,
        message: String,
    },
    Tree,
    Blob,
}

impl Repository {
    /// What an object is; `None` if it is not in this clone.
    pub fn find_named(&self, oid: Oid) -> Result<Option<Named>, GitError> {
        let gix = self.gix();
        let Some(object) = gix.try_find_object(oid.gix()).map_err(GitError::library("read an object"))? else { return Ok(None) };
        Ok(Some(match object.kind {
            gix::object::Kind::Commit => Named::Commit,
            gix::object::Kind::Tree => Named::Tree,
            gix::object::Kind::Blob => Named::Blob,
            gix::object::Kind::Tag => {
                let tag = object.try_into_tag().map_err(GitError::library("read a tag"))?;
                let tag = tag.decode().map_err(GitError::library("read a tag"))?;
                Named::Tag { target: tag.target().into(), message: tag.message.to_string() }
            }
        }))
    }
}
