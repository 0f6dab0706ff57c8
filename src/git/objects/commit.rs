//! Making and reading commits.

use gix::objs::CommitRef;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::{GitError, ObjectError, Oid, Repository, parse_trailers};
use crate::base::Timestamp;

/// A name and an address.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Person {
    /// The name for people.
    pub name: String,
    /// The mail address.
    pub email: String,
}

/// A commit to be made. The committer is the user.
#[derive(Debug, Clone)]
pub struct CommitSpec<'a> {
    pub tree: Oid,
    /// Its parents, the first being the branch it lands on.
    pub parents: &'a [Oid],
    /// Subject, blank line, body, trailers.
    pub message: &'a str,
    /// Who did the work; the user if absent.
    pub author: Option<Person>,
}

/// A commit as it was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Commit {
    /// Its name.
    pub oid: Oid,
    /// Its content.
    pub tree: Oid,
    /// Its parents.
    pub parents: Vec<Oid>,
    /// Who did the work.
    pub author: Person,
    /// Who committed it.
    pub committer: Person,
    /// When it was committed.
    pub time: Timestamp,
    /// The whole message; what is not UTF-8 is replaced.
    pub message: String,
}

impl Commit {
    /// The message's first line.
    pub fn subject(&self) -> &str {
        self.message.trim_start().lines().next().unwrap_or_default()
    }

    /// The message's trailers in order.
    pub fn trailers(&self) -> Vec<(String, String)> {
        parse_trailers(&self.message)
    }
}

impl Repository {
    /// Writes a commit; no reference moves and no work tree changes.
    pub fn commit(&self, spec: &CommitSpec<'_>, when: Timestamp) -> Result<Oid, GitError> {
        let committer = self.identity()?;
        let author = spec.author.as_ref().unwrap_or(&committer).signature(when);
        let mut message = spec.message.trim_end().to_owned();
        message.push('\n');
        let commit = gix::objs::Commit {
            tree: spec.tree.gix(),
            parents: spec.parents.iter().map(|parent| parent.gix()).collect(),
            author,
            committer: committer.signature(when),
            encoding: None,
            message: message.into(),
            extra_headers: Vec::new(),
        };
        let gix = self.gix();
        let oid = gix.write_object(&commit).map_err(GitError::library("write a commit"))?.detach();
        Ok(self.remember(oid))
    }

    pub fn read_commit(&self, oid: Oid) -> Result<Commit, GitError> {
        let gix = self.gix();
        let object = self.find_object(&gix, oid)?;
        let commit = object.try_into_commit().map_err(GitError::library("read a commit"))?;
        parse_commit(oid, &commit.decode().map_err(GitError::library("read a commit"))?)
    }

    /// An object, or a clear word about it not being here.
    pub(in crate::git) fn find_object<'gix>(&self, gix: &'gix gix::Repository, oid: Oid) -> Result<gix::Object<'gix>, GitError> {
        let found = gix.try_find_object(oid.gix()).map_err(GitError::library("read an object"))?;
        found.ok_or(ObjectError::Missing { oid }.into())
    }
}

pub(in crate::git) fn parse_commit(oid: Oid, commit: &CommitRef<'_>) -> Result<Commit, GitError> {
    let committer = commit.committer().map_err(GitError::library("read a commit"))?;
    let author = commit.author().map_err(GitError::library("read a commit"))?;
    Ok(Commit {
        oid,
        tree: commit.tree().into(),
        parents: commit.parents().map(Oid::from).collect(),
        author: person(&author),
        committer: person(&committer),
        time: Timestamp::from_seconds(committer.seconds()),
        message: commit.message.to_string(),
    })
}

fn person(signature: &gix::actor::SignatureRef<'_>) -> Person {
    Person { name: signature.name.to_string(), email: signature.email.to_string() }
}
