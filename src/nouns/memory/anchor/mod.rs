//! Whether the places in the code that a memory is about are still what they were.

pub mod anchored;
pub mod piece;

use std::cell::OnceCell;
use std::path::Path;

use crate::base::RepoPath;
use crate::fs::read;
use crate::git::{Oid, Repository};
use schemars::JsonSchema;
use serde::Serialize;

use super::anchor::piece::{changed_lines, differing_lines, piece_of, still_holds};
use super::model::{Anchor, Memory};

/// How many renames are followed.
const RENAMES: usize = 8;

/// What happened to an anchor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Freshness {
    /// The place is what it was.
    Fresh,
    /// It has changed since.
    Drifted,
    /// It is gone.
    Orphaned,
}

/// An anchor and what happened to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Checked {
    /// The file, as the memory says.
    pub path: String,
    /// What in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// What happened to it.
    pub state: Freshness,
    /// The file's name now, if it has another one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub moved_to: Option<String>,
    /// What has changed: `+2 -1 lines`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub change: Option<String>,
    /// The last commit that touched it, with its subject.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
}

/// Checks anchors against the commit that is checked out.
pub struct Checker<'a> {
    repository: Option<&'a Repository>,
    /// The work tree, where what is not committed counts too.
    root: Option<&'a Path>,
    /// Looked up when the first memory with anchors is checked.
    head: OnceCell<Option<Oid>>,
}

impl<'a> Checker<'a> {
    /// Against the commit that is checked out; without a repository or commit every anchor is fresh.
    pub fn new(repository: Option<&'a Repository>) -> Self {
        Self { repository, root: repository.and_then(Repository::work_dir), head: OnceCell::new() }
    }

    /// Against another commit, and nothing else.
    pub fn at(repository: &'a Repository, commit: Oid) -> Self {
        Self { repository: Some(repository), root: None, head: OnceCell::from(Some(commit)) }
    }

    /// What happened to each anchor of a memory.
    pub fn check(&self, memory: &Memory) -> Vec<Checked> {
        let Some(repository) = self.repository.filter(|_| !memory.anchors.is_empty()) else { return Vec::new() };
        let Some(head) = *self.head.get_or_init(|| repository.head().ok()?.oid()) else { return Vec::new() };
        let now = Now { repository, root: self.root, head };
        memory.anchors.iter().map(|anchor| now.check(anchor)).collect()
    }
}

/// What the anchors of a memory come to: gone only if all of them are.
pub fn freshness(checked: &[Checked]) -> Freshness {
    let states = || checked.iter().map(|anchor| anchor.state);
    match (states().min(), states().max()) {
        (None | Some(Freshness::Fresh), None | Some(Freshness::Fresh)) => Freshness::Fresh,
        (Some(Freshness::Orphaned), _) => Freshness::Orphaned,
        _ => Freshness::Drifted,
    }
}

struct Now<'a> {
    repository: &'a Repository,
    root: Option<&'a Path>,
    head: Oid,
}

impl Now<'_> {
    fn check(&self, anchor: &Anchor) -> Checked {
        let mut found = Checked {
            path: anchor.path.clone(),
            place: anchor.symbol.clone().or_else(|| anchor.lines.clone()),
            state: Freshness::Orphaned,
            moved_to: None,
            change: None,
            commit: None,
        };
        let Some(path) = RepoPath::parse(&anchor.path) else { return found };
        let (now, oid) = match self.follow(&path) {
            Ok(entry) => entry,
            Err(last) => {
                found.state = if self.is_there(&path) { Freshness::Fresh } else { Freshness::Orphaned };
                found.commit = self.last_commit(&last);
                return found;
            }
        };
        found.moved_to = (now != path).then(|| now.to_string());
        (found.state, found.change) = self.compare(anchor, &now, oid);
        if found.state != Freshness::Fresh {
            found.commit = self.last_commit(&now);
        }
        found
    }

    /// Compares what an anchor was with what its file is now.
    fn compare(&self, anchor: &Anchor, path: &RepoPath, oid: Oid) -> (Freshness, Option<String>) {
        let fresh = (Freshness::Fresh, None);
        let Some(blob) = anchor.blob.as_deref().filter(|blob| **blob != oid.to_string()) else {
            let Some(symbol) = anchor.symbol.as_ref().filter(|_| anchor.blob.is_none()) else { return fresh };
            let now = self.repository.read_blob(oid).unwrap_or_default();
            let there = piece_of(&String::from_utf8_lossy(&now), Some(symbol), None).is_some();
            return if there { fresh } else { (Freshness::Orphaned, None) };
        };
        let old = blob.parse::<Oid>().ok().and_then(|blob| self.repository.read_blob(blob).ok());
        let (Some(old), Ok(now)) = (old, self.repository.read_blob(oid)) else {
            return (Freshness::Drifted, None);
        };
        let on_disk = self.root.and_then(|root| read::find(&path.below(root)).ok().flatten());
        if on_disk.as_ref() == Some(&old) {
            return fresh;
        }
        let (old, now) = (String::from_utf8_lossy(&old), String::from_utf8_lossy(&now));
        let place = (anchor.symbol.as_deref(), anchor.lines.as_deref());
        let Some(before) = piece_of(&old, place.0, place.1) else { return fresh };
        if still_holds(&before, &now, place) {
            return fresh;
        }
        match piece_of(&now, place.0, None) {
            None => (Freshness::Orphaned, None),
            Some(after) => {
                let (more, less) = match place.1.filter(|_| place.0.is_none()) {
                    Some(lines) => changed_lines(&old, &now, lines),
                    None => differing_lines(&before, &after),
                };
                (Freshness::Drifted, Some(format!("+{more} -{less} lines")))
            }
        }
    }

    /// Where a file is, under the name it has now; the last name it had if it is gone.
    fn follow(&self, path: &RepoPath) -> Result<(RepoPath, Oid), RepoPath> {
        let mut path = path.clone();
        for _ in 0..RENAMES {
            if let Some(entry) = self.repository.find_entry(self.head, &path).ok().flatten() {
                return Ok((path, entry.oid));
            }
            match self.renamed(&path) {
                Some(new) => path = new,
                None => break,
            }
        }
        Err(path)
    }

    /// The name that the commit gave a file that took the old one away.
    fn renamed(&self, path: &RepoPath) -> Option<RepoPath> {
        let commit = self.repository.last_commit_touching(path, self.head).ok()??;
        let changes = self.repository.diff_trees(*commit.parents.first()?, commit.oid).ok()?;
        Some(changes.into_iter().find(|change| change.old_path.as_ref() == Some(path))?.path)
    }

    /// Whether a file that no commit has is there.
    fn is_there(&self, path: &RepoPath) -> bool {
        self.root.is_some_and(|root| read::exists(&path.below(root)))
    }

    fn last_commit(&self, path: &RepoPath) -> Option<String> {
        let commit = self.repository.last_commit_touching(path, self.head).ok()??;
        Some(format!("{} {}", commit.oid.short(), commit.subject()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_memory_is_gone_only_if_all_its_places_are() {
        let checked = |states: &[Freshness]| -> Vec<Checked> {
            let one =
                |state: &Freshness| Checked { path: String::new(), place: None, state: *state, moved_to: None, change: None, commit: None };
            states.iter().map(one).collect()
        };
        use Freshness::{Drifted, Fresh, Orphaned};
        for (states, wanted) in [
            (&[][..], Fresh),
            (&[Fresh, Fresh], Fresh),
            (&[Fresh, Drifted], Drifted),
            (&[Fresh, Orphaned], Drifted),
            (&[Drifted, Orphaned], Drifted),
            (&[Orphaned, Orphaned], Orphaned),
        ] {
            assert_eq!(freshness(&checked(states)), wanted, "{states:?}");
        }
    }
}
