//! What files were in the commits that places have in common.

use std::collections::HashMap;

use crate::base::RepoPath;
use crate::git::{Mode, Oid, Repository};
use crate::store::Digest;

/// From so many questions on a listing of all files is cheaper than to look for each.
const FEW: usize = 16;

/// The files of some commits, looked up as they are asked for.
pub(super) struct Bases<'a> {
    repository: &'a Repository,
    folders: Vec<RepoPath>,
    commits: HashMap<Oid, Files>,
}

#[derive(Default)]
struct Files {
    asked: usize,
    listing: Option<HashMap<RepoPath, Oid>>,
    digests: HashMap<RepoPath, Option<Digest>>,
}

impl<'a> Bases<'a> {
    pub(super) fn new(repository: &'a Repository, folders: Vec<RepoPath>) -> Self {
        Self { repository, folders, commits: HashMap::new() }
    }

    /// What a file came to in a commit; `None` if it was not there, or that is unknown.
    pub(super) fn digest(&mut self, commit: Option<Oid>, path: &RepoPath) -> Option<Digest> {
        let commit = commit?;
        let files = self.commits.entry(commit).or_default();
        if let Some(known) = files.digests.get(path) {
            return *known;
        }
        let blob = files.find(self.repository, (commit, &self.folders), path);
        let digest = blob.and_then(|blob| self.repository.read_blob(blob).ok()).map(|bytes| Digest::of(&bytes));
        files.digests.insert(path.clone(), digest);
        digest
    }
}

impl Files {
    fn find(&mut self, repository: &Repository, (commit, folders): (Oid, &[RepoPath]), path: &RepoPath) -> Option<Oid> {
        self.asked += 1;
        if self.asked > FEW && self.listing.is_none() {
            let all = folders.iter().flat_map(|folder| repository.files_below(commit, folder).unwrap_or_default());
            self.listing = Some(all.map(|entry| (entry.path, entry.oid)).collect());
        }
        match &self.listing {
            Some(listing) => listing.get(path).copied(),
            None => {
                let entry = repository.find_entry(commit, path).ok().flatten();
                entry.filter(|entry| matches!(entry.mode, Mode::File | Mode::Executable)).map(|entry| entry.oid)
            }
        }
    }
}
