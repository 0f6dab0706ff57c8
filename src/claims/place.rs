//! Which remote is meant: one is known again under another name, and what a decided run held is free.

use super::claim::Shared;
use crate::base::{Id, RepoPath};
use crate::git::{GitError, Repository};

/// Where the pages of runs are.
pub const RUNS: RepoPath = RepoPath::of(".cmpm/runs");

/// Where the page of a run belongs.
pub fn page_path(run: &Id) -> RepoPath {
    RUNS.join(&format!("{run}.md"))
}

/// By which a remote is known again: its address may hold a login, so it is not written down itself.
pub(super) fn address(repository: &Repository, remote: &str) -> Option<String> {
    let address = repository.config_value(&format!("remote.{remote}.url"))?;
    blake3::hash(address.as_bytes()).to_hex().get(..16).map(str::to_owned)
}

/// The name that the remote of a claim has by now: the one at the same address, else the one of that name, else that of the settings.
pub(super) fn name_now(repository: &Repository, shared: &Shared, settings: Option<&str>) -> Result<String, GitError> {
    let all = repository.remotes_in("");
    let preferred = [Some(shared.remote.as_str()), settings].into_iter().flatten().filter(|name| all.iter().any(|known| known == name));
    let preferred: Vec<String> = preferred.map(str::to_owned).collect();
    let is_same = |name: &&String| shared.address.is_some() && address(repository, name) == shared.address;
    let found = preferred.iter().chain(&all).find(is_same).or_else(|| preferred.first());
    found.cloned().map_or_else(|| repository.require_remote(&shared.remote).map(|()| shared.remote.clone()), Ok)
}
