//! Tickets and memory: front matter, ids, and what they say of each other. Only looked at where such a file changed.

use std::collections::BTreeSet;

use crate::base::{Finding, RepoPath, Result};
use crate::context::Context;
use crate::nouns::memory::Memory;
use crate::nouns::ticket::Ticket;
use crate::store::{Listed, Listing, Record, Snapshot, Store};

use super::exempt::{Key, key};
use super::references::{Place, References};
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
    let below = |folders: &[RepoPath], path: &RepoPath| folders.iter().any(|folder| path.is_below(folder));
    let (tickets, memories) = (Ticket::folders(store.config()), Memory::folders(store.config()));
    let is_record = |path: &RepoPath| below(&tickets, path) || below(&memories, path);
    let removes = scope.removed.iter().any(is_record);
    let changed = scope.paths();
    let look = Look {
        store,
        changed: &changed,
        tickets: removes || touched.iter().any(|path| below(&tickets, path)),
        memories: removes || touched.iter().any(|path| below(&memories, path)),
    };
    if !look.tickets && !look.memories {
        return Ok(Vec::new());
    }
    let mut found = look.at(&scope.snapshot);
    found.files.retain(|finding| changed.contains(&finding.path));
    // A ticket that goes away breaks what others say of it; what was broken before is not this change's doing.
    let before = match scope.before {
        Some(commit) if removes => known(&look.at(&Snapshot::Tree(context.repository()?, commit))),
        _ => found.references.iter().map(key).collect(),
    };
    found.references.retain(|finding| changed.contains(&finding.path) || !before.contains(&key(finding)));
    found.files.append(&mut found.references);
    Ok(found.files)
}

/// What has to be read: only the kinds of records that the change can have made wrong.
struct Look<'a> {
    store: &'a Store,
    changed: &'a BTreeSet<&'a RepoPath>,
    tickets: bool,
    memories: bool,
}

/// What is wrong with the records of one state.
struct Found {
    files: Vec<Finding>,
    references: Vec<Finding>,
}

impl Look<'_> {
    fn at(&self, snapshot: &Snapshot<'_>) -> Found {
        let memories = if self.memories { self.store.list::<Memory>(snapshot) } else { nothing() };
        let names_ticket = |stored: &Listed<Memory>| stored.record.source.ticket.is_some() && self.changed.contains(&stored.path);
        let wants_tickets = self.tickets || memories.records.iter().any(names_ticket);
        let tickets = if wants_tickets { self.store.list::<Ticket>(snapshot) } else { nothing() };
        let references = References::new(Place { store: self.store, snapshot }, &tickets.records, &memories.records).findings();
        let mut files = tickets.findings;
        files.extend(memories.findings);
        Found { files, references }
    }
}

fn nothing<R>() -> Listing<R> {
    Listing { records: Vec::new(), findings: Vec::new() }
}

fn known(found: &Found) -> BTreeSet<Key> {
    found.references.iter().map(key).collect()
}
