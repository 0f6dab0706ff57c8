//! Tickets and memory: front matter, ids, and what they say of each other. Only looked at where such a file changed.

use std::collections::BTreeSet;

use crate::base::{Finding, RepoPath, Result};
use crate::context::Context;
use crate::nouns::agent::load_agents;
use crate::nouns::memory::Memory;
use crate::nouns::ticket::{Ticket, find_odd_values};
use crate::store::{Record, Snapshot, Store};

use super::references::References;
use super::scope::Scope;

/// What is wrong with the records that changed, and what their changes broke in others.
///
/// # Errors
/// If the settings cannot be read.
pub(super) fn find(context: &Context, scope: &Scope<'_>) -> Result<Vec<Finding>> {
    let is_markdown = |path: &RepoPath| path.name().ends_with("md");
    let touched: Vec<&RepoPath> =
        scope.changed.iter().map(|file| &file.path).chain(&scope.removed).filter(|path| is_markdown(path)).collect();
    if touched.is_empty() {
        return Ok(Vec::new());
    }
    let store = context.store()?;
    let folders: Vec<RepoPath> = Ticket::folders(store.config()).into_iter().chain(Memory::folders(store.config())).collect();
    let is_record = |path: &RepoPath| folders.iter().any(|folder| path.is_below(folder));
    if !touched.iter().any(|path| is_record(path)) {
        return Ok(Vec::new());
    }
    let changed = scope.paths();
    let mut found = Found::of(store, &scope.snapshot);
    found.files.retain(|finding| changed.contains(&finding.path));
    // A ticket that goes away breaks what others say of it; what was broken before is not this change's doing.
    let before = match scope.before {
        Some(commit) if scope.removed.iter().any(is_record) => known(&Found::of(store, &Snapshot::Tree(context.repository()?, commit))),
        _ => found.references.iter().map(key).collect(),
    };
    found.references.retain(|finding| changed.contains(&finding.path) || !before.contains(&key(finding)));
    found.files.append(&mut found.references);
    Ok(found.files)
}

/// What is wrong with the records of one state.
struct Found {
    files: Vec<Finding>,
    references: Vec<Finding>,
}

impl Found {
    fn of(store: &Store, snapshot: &Snapshot<'_>) -> Self {
        let (tickets, memories) = (store.scan::<Ticket>(snapshot), store.scan::<Memory>(snapshot));
        let references = References::new(&tickets.records, &memories.records).findings();
        let agents = if tickets.records.iter().any(|stored| stored.record.agent.is_some()) { load_agents(snapshot).0 } else { Vec::new() };
        let odd: Vec<Finding> = tickets.records.iter().flat_map(|stored| find_odd_values(stored, &agents)).collect();
        let mut files = tickets.findings;
        files.extend(odd);
        files.extend(memories.findings);
        Self { files, references }
    }
}

type Key = (RepoPath, String, String);

fn key(finding: &Finding) -> Key {
    (finding.path.clone(), finding.rule.clone(), finding.message.clone())
}

fn known(found: &Found) -> BTreeSet<Key> {
    found.references.iter().map(key).collect()
}
