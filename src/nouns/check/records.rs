//! Tickets and memory: front matter, ids, and what they say of each other. Only looked at where such a file changed.

use std::collections::BTreeSet;

use crate::base::{Finding, RepoPath, Result, Severity};
use crate::context::Context;
use crate::nouns::agent::load_agents;
use crate::nouns::memory::Memory;
use crate::nouns::ticket::{Ticket, find_odd_values};
use crate::store::{Entry, Listed, Listing, Record, Snapshot, Store};

use super::exempt::{Key, key};
use super::references::{Place, References};
use super::scope::{Changed, Scope};

/// What is wrong with the records that changed, and what their changes broke in others.
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
    let is_touched = |folders: &[RepoPath]| touched.iter().any(|path| below(folders, path));
    // A new ticket breaks no memory; one that goes away or gets another id may.
    let may_unname = |folders: &[RepoPath]| {
        let replaced = scope.changed.iter().filter(|file| file.old.is_some()).map(|file| &file.path);
        replaced.chain(&scope.removed).any(|path| below(folders, path))
    };
    let look =
        Look { store, changed: &scope.paths(), tickets: is_touched(&tickets), memories: is_touched(&memories) || may_unname(&tickets) };
    if !look.tickets && !look.memories {
        return Ok(Vec::new());
    }
    let mut found = look.at(&scope.snapshot);
    let lost = lost_tickets(context, scope, &found.tickets)?;
    for finding in found.files.iter_mut().filter(|finding| lost.contains(&finding.path)) {
        finding.severity = Severity::Error;
    }
    let is_changed = |finding: &Finding| look.changed.contains(&finding.path);
    found.files.retain(is_changed);
    // What a change broke in other files is reported there; what was broken there before is not its doing.
    let (mut own, elsewhere): (Vec<_>, Vec<_>) = found.references.into_iter().partition(is_changed);
    if let Some(commit) = scope.before.filter(|_| !elsewhere.is_empty()) {
        let before = look.at(&Snapshot::Tree(context.repository()?, commit)).references;
        let before: BTreeSet<Key> = before.iter().map(key).collect();
        own.extend(elsewhere.into_iter().filter(|finding| !before.contains(&key(finding))));
    }
    found.files.append(&mut own);
    Ok(found.files)
}

/// Files that were tickets and are not among the `tickets` any more: whoever broke one did not mean to.
fn lost_tickets(context: &Context, scope: &Scope<'_>, tickets: &BTreeSet<RepoPath>) -> Result<BTreeSet<RepoPath>> {
    let (repository, config) = (context.repository()?, context.store()?.config());
    let folders = Ticket::folders(config);
    let may_be = |path: &RepoPath| Ticket::is_member(path) && folders.iter().any(|folder| path.is_below(folder));
    let mut lost = BTreeSet::new();
    for Changed { path, old, .. } in scope.changed.iter().filter(|file| may_be(&file.path) && !tickets.contains(&file.path)) {
        let Some(old) = *old else { continue };
        let document = Ticket::document(repository.read_blob(old)?);
        if Ticket::read(&Entry { path, document: &document, config }, &mut Vec::new()).is_ok() {
            lost.insert(path.clone());
        }
    }
    Ok(lost)
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
    /// The changed files that are tickets.
    tickets: BTreeSet<RepoPath>,
}

impl Look<'_> {
    fn at(&self, snapshot: &Snapshot<'_>) -> Found {
        let memories = if self.memories { self.store.list::<Memory>(snapshot) } else { nothing() };
        let names_ticket = |stored: &Listed<Memory>| stored.record.source.ticket.is_some() && self.changed.contains(&stored.path);
        let wants_tickets = self.tickets || memories.records.iter().any(names_ticket);
        let tickets = if wants_tickets { self.store.list::<Ticket>(snapshot) } else { nothing() };
        let references = References::new(Place { store: self.store, snapshot }, &tickets.records, &memories.records).findings();
        let changed: Vec<&Listed<Ticket>> = tickets.records.iter().filter(|stored| self.changed.contains(&stored.path)).collect();
        let agents = if changed.iter().any(|stored| stored.record.agent.is_some()) { load_agents(snapshot).0 } else { Vec::new() };
        let odd: Vec<Finding> = changed.iter().flat_map(|stored| find_odd_values(self.store, snapshot, stored, &agents)).collect();
        let mut files = tickets.findings;
        files.extend(odd);
        files.extend(memories.findings);
        Found { files, references, tickets: changed.iter().map(|stored| stored.path.clone()).collect() }
    }
}

fn nothing<R>() -> Listing<R> {
    Listing { records: Vec::new(), findings: Vec::new() }
}
