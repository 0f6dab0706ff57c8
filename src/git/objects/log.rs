//! Walking history.

use gix::revision::walk::Sorting;
use gix::traverse::commit::simple::CommitTimeOrder;

use super::super::{Commit, GitError, Oid, Repository};
use super::commit::parse_commit;
use crate::base::RepoPath;

/// Which commits to list.
#[derive(Debug, Clone, Default)]
pub struct LogRange {
    /// Start here and go back.
    pub from: Vec<Oid>,
    /// Leave out what can be reached from these.
    pub hide: Vec<Oid>,
    /// Only follow first parents: what landed on the branch.
    pub first_parent: bool,
    /// At most this many; 0 means all.
    pub limit: usize,
}

impl Repository {
    /// The commits of a range, newest first.
    pub fn commits(&self, range: &LogRange) -> Result<Vec<Commit>, GitError> {
        let gix = self.gix();
        let tips = range.from.iter().map(|oid| oid.gix());
        let mut walk = gix.rev_walk(tips).with_hidden(range.hide.iter().map(|oid| oid.gix()));
        walk = walk.sorting(Sorting::ByCommitTime(CommitTimeOrder::NewestFirst));
        if range.first_parent {
            walk = walk.first_parent_only();
        }
        let limit = if range.limit == 0 { usize::MAX } else { range.limit };
        let mut commits = Vec::new();
        for info in walk.all().map_err(GitError::library("walk history"))?.take(limit) {
            let info = info.map_err(GitError::library("walk history"))?;
            let object = info.object().map_err(GitError::library("read a commit"))?;
            commits.push(parse_commit(info.id.into(), &object.decode().map_err(GitError::library("read a commit"))?)?);
        }
        Ok(commits)
    }

    /// The last commit at or before `from` that changed `path` (a file or folder); `None` if none did.
    ///
    /// As `git log -1 -- <path>`: at a merge that took one side unchanged, that side is followed.
    pub fn last_commit_touching(&self, path: &RepoPath, from: Oid) -> Result<Option<Commit>, GitError> {
        let mut oid = from;
        let mut here = self.find_entry(oid, path)?.map(|entry| (entry.mode, entry.oid));
        loop {
            let commit = self.read_commit(oid)?;
            let mut same = None;
            for parent in self.known_parents(&commit)? {
                let there = self.find_entry(parent, path)?.map(|entry| (entry.mode, entry.oid));
                if there == here {
                    same = Some(parent);
                    break;
                }
            }
            match same {
                Some(parent) => oid = parent,
                None if here.is_none() && commit.parents.is_empty() => return Ok(None),
                None => return Ok(Some(commit)),
            }
            here = self.find_entry(oid, path)?.map(|entry| (entry.mode, entry.oid));
        }
    }

    /// The parents that this clone has: at the edge of a shallow one they are missing.
    fn known_parents(&self, commit: &Commit) -> Result<Vec<Oid>, GitError> {
        Ok(if self.edge()?.contains(&commit.oid) { Vec::new() } else { commit.parents.clone() })
    }

    /// The commits whose parents git takes for missing, whether they are or not (`.git/shallow`).
    pub fn edge(&self) -> Result<Vec<Oid>, GitError> {
        let edge = self.gix().shallow_commits().map_err(GitError::library("read the edge of the shallow clone"))?;
        Ok(edge.map(|edge| edge.iter().map(|oid| Oid::from(*oid)).collect()).unwrap_or_default())
    }
}
