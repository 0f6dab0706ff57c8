//! Memories of the other worktrees of this clone, and of other projects.

use std::collections::HashSet;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Serialize;

use crate::base::Result;
use crate::context::Context;
use crate::git::Repository;
use crate::store::{Snapshot, Stored};

use super::super::model::Memory;

/// Another worktree, or another project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Elsewhere {
    /// The project's name, if it is another one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// Its folder.
    pub worktree: String,
    /// The branch that is checked out there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
}

impl Elsewhere {
    /// Where it is, for people.
    pub fn phrase(&self) -> String {
        match &self.project {
            Some(project) => format!("in {project}"),
            None => format!("on {}", self.branch.as_ref().unwrap_or(&self.worktree)),
        }
    }
}

/// Memories that other worktrees have and this one has not, or has with another text; each text once.
pub fn memories(context: &Context, own: &[Stored<Memory>]) -> Result<Vec<(Stored<Memory>, Elsewhere)>> {
    let store = context.store()?;
    let text = |stored: &Stored<Memory>| (stored.record.id.clone(), blake3::hash(stored.document.bytes()));
    let mut seen: HashSet<_> = own.iter().map(text).collect();
    let mut found = Vec::new();
    for (path, branch) in siblings(context)? {
        let records = store.scan::<Memory>(&Snapshot::WorkTree(&path)).records;
        let elsewhere = Elsewhere { project: None, worktree: path.display().to_string(), branch };
        found.extend(records.into_iter().filter(|stored| seen.insert(text(stored))).map(|stored| (stored, elsewhere.clone())));
    }
    Ok(found)
}

/// The other worktrees that are there with their branches, the main one first.
pub fn siblings(context: &Context) -> Result<Vec<(PathBuf, Option<String>)>> {
    let (repository, root) = (context.repository()?, context.root()?);
    let linked = repository.list_worktrees()?;
    let known: Vec<PathBuf> = linked.iter().map(|worktree| worktree.path.clone()).collect();
    let main = repository.main_work_dir().filter(|path| !known.contains(path));
    let branch_in = |path: &PathBuf| Some(Repository::discover(path, &context.env).ok()?.head().ok()?.branch()?.to_owned());
    let all = main.into_iter().map(|path| (path.clone(), branch_in(&path)));
    let linked = linked.into_iter().filter(|worktree| !worktree.gone).map(|worktree| (worktree.path, worktree.branch));
    Ok(all.chain(linked).filter(|(path, _)| path != root).collect())
}
