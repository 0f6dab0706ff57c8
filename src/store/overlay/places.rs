//! Where versions of records can be: the work trees of this clone and its branches. Broken ones become findings.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;

use super::Scope;
use crate::base::{Failure, Finding, RepoPath, Result, Rule, Severity, text};
use crate::fs::read;
use crate::git::{Oid, Repository, Worktree};
use crate::store::{Snapshot, Store};

/// What kind of place it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PlaceKind {
    /// Files on disk.
    Worktree,
    /// A branch, as it was committed.
    Branch,
}

/// A place in which versions of records are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub kind: PlaceKind,
    /// The name of its folder, or of the branch.
    pub name: String,
    /// The root of a work tree.
    pub folder: Option<PathBuf>,
    /// Its commit, if it has one.
    pub commit: Option<Oid>,
    /// The branch whose work is there.
    pub(super) branch: Option<String>,
    /// Whether it is the integration branch, as it was committed.
    pub is_integration: bool,
}

impl Place {
    /// `on main`, `in worktree review`.
    pub fn whereabouts(&self) -> String {
        let name = text::one_line(&self.name);
        match self.kind {
            PlaceKind::Worktree => format!("in worktree {name}"),
            PlaceKind::Branch => format!("on {name}"),
        }
    }

    /// How to change something that is only there.
    pub(super) fn hint(&self) -> String {
        match &self.folder {
            Some(folder) => format!("run the command there: `cmpm -C {} …`", text::one_line(&folder.to_string_lossy())),
            None => format!(
                "it arrives here once `{}` is merged into this branch; records are written only in the current work tree",
                text::one_line(&self.name)
            ),
        }
    }

    /// The files there.
    pub fn snapshot<'a>(&'a self, repository: &'a Repository) -> Snapshot<'a> {
        match (&self.folder, self.commit) {
            (None, Some(commit)) => Snapshot::Tree(repository, commit),
            (folder, _) => Snapshot::WorkTree(folder.as_deref().unwrap_or(Path::new(""))),
        }
    }
}

/// The places next to the own work tree.
#[derive(Debug, Default)]
pub(super) struct Places {
    /// What is checked out here.
    pub here: Option<Oid>,
    /// Where the integration branch is.
    pub integration: Option<Oid>,
    pub worktrees: Vec<Arc<Place>>,
    pub branches: Vec<Arc<Place>>,
    pub findings: Vec<Finding>,
}

/// Finds the places; what cannot be read becomes a finding.
pub(super) fn find(store: &Store, repository: &Repository, scope: Scope) -> Places {
    let mut places = Places::default();
    if let Err(failure) = places.fill(store, repository, scope) {
        let message = format!("other worktrees and branches cannot be read: {failure}");
        places.findings.push(Finding::new(Rule::UnreadablePlace, Severity::Warning, git_path("HEAD"), message));
    }
    places
}

impl Places {
    fn fill(&mut self, store: &Store, repository: &Repository, scope: Scope) -> Result<()> {
        let head = repository.head()?;
        self.here = head.oid();
        let mut skipped = self.add_worktrees(store, repository)?;
        skipped.extend(head.branch().map(str::to_owned));
        let integration = integration(store, repository)?;
        let wanted = store.config().branches.integration.as_ref();
        if let Some(name) = wanted.filter(|_| integration.is_empty() && self.here.is_some()) {
            self.findings.push(no_such_branch(name));
        }
        for (name, commit) in integration {
            self.integration.get_or_insert(commit);
            self.add_branch(&name, commit, true);
        }
        if scope == Scope::Branches {
            for (name, commit) in repository.refs_below("refs/heads/")? {
                let name = name.strip_prefix("refs/heads/").unwrap_or(&name);
                if !skipped.iter().any(|skipped| skipped == name) {
                    self.add_branch(name, commit, false);
                }
            }
        }
        Ok(())
    }

    fn add_branch(&mut self, name: &str, commit: Oid, is_integration: bool) {
        let known = self.branches.iter().any(|place| place.name == name);
        if !known && Some(commit) != self.here {
            let branch = Some(name.strip_prefix("origin/").unwrap_or(name).to_owned());
            let place =
                Place { kind: PlaceKind::Branch, name: name.to_owned(), folder: None, commit: Some(commit), branch, is_integration };
            self.branches.push(Arc::new(place));
        }
    }

    /// Adds the work trees next to this one; the branches of those that agents work in, which nobody believes about tickets.
    fn add_worktrees(&mut self, store: &Store, repository: &Repository) -> Result<Vec<String>> {
        let main = repository.main_work_dir();
        if repository.is_linked_worktree()
            && let Some(folder) = &main
        {
            let head = repository.main_head()?;
            self.add_worktree(folder, head.oid(), head.branch().map(str::to_owned));
        }
        let all = repository.list_worktrees()?;
        let runs = if all.is_empty() { HashSet::new() } else { of_runs(store)? };
        let mut of_agents = Vec::new();
        for worktree in all {
            if worktree.git_dir == repository.git_dir() || worktree.is_unfinished() {
                continue;
            }
            if runs.contains(&worktree.path) {
                of_agents.extend(worktree.branch);
            } else if let Some(reason) = why_broken(&worktree) {
                self.findings.push(broken(&worktree, reason));
            } else {
                self.add_worktree(&worktree.path, worktree.head, worktree.branch.clone());
            }
        }
        Ok(of_agents)
    }

    fn add_worktree(&mut self, folder: &Path, commit: Option<Oid>, branch: Option<String>) {
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let place = Place { kind: PlaceKind::Worktree, name, folder: Some(folder.to_owned()), commit, branch, is_integration: false };
        self.worktrees.push(Arc::new(place));
    }
}

/// The worktrees of runs, as each noted its own when it was asked for.
fn of_runs(store: &Store) -> Result<HashSet<PathBuf>> {
    let jobs = store.live().join("jobs");
    let noted = |name: &String| read::find_text(&jobs.join(name).join("worktree")).ok().flatten();
    Ok(read::names(&jobs)?.iter().filter_map(noted).map(|path| PathBuf::from(path.trim_end())).collect())
}

/// What a remote was last seen to have of the integration branch.
pub fn integration_on(store: &Store, repository: &Repository, remote: &str) -> Result<Option<Oid>> {
    let own = || Ok::<_, Failure>(repository.integration_branch()?.map(|(name, _)| name));
    let name = store.config().branches.integration.clone().map_or_else(own, |name| Ok(Some(name)))?;
    name.map_or(Ok(None), |name| Ok(repository.find_ref(&format!("refs/remotes/{remote}/{name}"))?))
}

/// The integration branch, and what is known of it at `origin`.
fn integration(store: &Store, repository: &Repository) -> Result<Vec<(String, Oid)>> {
    let wanted = store.config().branches.integration.clone();
    let found = match &wanted {
        Some(_) => None,
        None => repository.integration_branch()?,
    };
    let name = wanted.or_else(|| found.as_ref().map(|(name, _)| name.clone()));
    let Some(name) = name else { return Ok(Vec::new()) };
    let local = found.map(|(_, oid)| oid).or_else(|| repository.find_ref(&format!("refs/heads/{name}")).ok().flatten());
    let remote = repository.find_ref(&format!("refs/remotes/origin/{name}")).ok().flatten();
    let remote = remote.filter(|oid| Some(*oid) != local).map(|oid| (format!("origin/{name}"), oid));
    Ok(local.map(|oid| (name, oid)).into_iter().chain(remote).collect())
}

fn no_such_branch(name: &str) -> Finding {
    let path = const { RepoPath::of(".cmpm/config.yaml") };
    let message = format!("`branches.integration` names `{}`, which is not a branch here or on `origin`", text::one_line(name));
    Finding::new(Rule::UnknownBranch, Severity::Note, path, message).hint("correct the name, or fetch the branch")
}

fn why_broken(worktree: &Worktree) -> Option<&'static str> {
    if worktree.gone {
        // One on a disk that is missing is locked so that nobody forgets it; that is as it should be.
        return Some(if worktree.locked.is_some() { "is missing" } else { "is gone" });
    }
    if !read::exists(&worktree.path.join(".git")) {
        return Some("has lost its `.git` file");
    }
    worktree.head.is_none().then_some("has no commit checked out")
}

fn broken(worktree: &Worktree, reason: &str) -> Finding {
    let path = git_path(&format!("worktrees/{}", worktree.name));
    let message = format!("the worktree {} {reason}, so its records are not shown", worktree.path.display());
    let finding = Finding::new(Rule::BrokenWorktree, Severity::Note, path, message);
    let hint =
        if worktree.gone { "`git worktree list` shows it; `git worktree prune` removes it" } else { "`git worktree repair` may fix it" };
    finding.hint(hint)
}

fn git_path(name: &str) -> RepoPath {
    const { RepoPath::of(".git") }.join(name)
}
