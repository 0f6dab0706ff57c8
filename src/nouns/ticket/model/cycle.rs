//! No write may make work wait in a cycle: then none of it could ever begin.

use std::collections::HashSet;

use crate::base::{Explain, Explained, Finding, RepoPath, Result};
use crate::document::Document;
use crate::store::{Entry, Listed, Record, Snapshot, Source, Store, Transaction};
use crate::words::{Order, Property};

use super::Ticket;
use super::relations::{Names, fold, graph_of};

/// At most this many steps of a cycle are shown, and places of so many.
const SHOWN: usize = 8;

#[derive(Debug, thiserror::Error)]
#[error("dependency cycle: {way}{places}")]
pub struct CycleError {
    way: String,
    places: String,
}

impl Explain for CycleError {
    fn explain(&self) -> Explained {
        Explained::wrong("cycle").hint("nothing was written; leave one of these references out, or use `related` where nobody has to wait")
    }
}

/// Refuses to commit `transaction` if one of `changed`, files as it will write them, would then wait in a cycle. Looked at
/// under the store's lock, so that two writers cannot close a cycle together.
pub fn forbid_cycles(transaction: &mut Transaction<'_>, changed: Vec<(RepoPath, Document)>) {
    if !changed.is_empty() {
        transaction.require(Box::new(move |store: &Store| require_no_cycle(store, &changed)));
    }
}

/// Whether what stands under a key of a ticket, in any dialect, can close a cycle.
pub fn makes_wait(key: &str) -> bool {
    Property::of_key(key).and_then(Property::order).is_some_and(|order| order != Order::Free)
}

fn require_no_cycle(store: &Store, changed: &[(RepoPath, Document)]) -> Result<()> {
    let read = |(path, document): &(RepoPath, Document)| {
        let entry = Entry { path, document, config: store.config() };
        let record = Ticket::read(&entry, &mut Vec::<Finding>::new()).ok()?;
        Some(Listed { record, path: path.clone(), document: (), source: Source::WorkTree })
    };
    let new: Vec<Listed<Ticket>> = changed.iter().filter_map(read).collect();
    let paths: HashSet<&RepoPath> = new.iter().map(|stored| &stored.path).collect();
    let is_new = |path: &RepoPath| paths.contains(path);
    let mut tickets = store.list::<Ticket>(&store.work_tree()).records;
    tickets.retain(|stored| !is_new(&stored.path));
    tickets.extend(new.iter().cloned());
    let names = Names::new(&tickets);
    let graph = graph_of(&tickets, &names);
    // One look at all of it is cheaper than one through each of many.
    if new.len() > 1 && graph.cycles().is_empty() {
        return Ok(());
    }
    let Some(cycle) = new.iter().find_map(|stored| graph.cycle_through(names.whole(stored.record.id.as_str()))) else { return Ok(()) };
    let steps = cycle.iter().zip(cycle.iter().cycle().skip(1));
    let old: Vec<Listed<Ticket>> = tickets.iter().filter(|stored| !is_new(&stored.path)).cloned().collect();
    let mut found: Vec<String> =
        steps.filter_map(|(from, to)| Step { from, to }.find(store, &store.work_tree(), &old)).map(|step| step.to_string()).collect();
    found.dedup();
    let (shown, more) = (found.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", "), found.len() > SHOWN);
    let places = if found.is_empty() { String::new() } else { format!("; see {shown}{}", if more { ", …" } else { "" }) };
    Err(CycleError { way: way(&cycle), places }.into())
}

/// `ISS-1 → ISS-2 → ISS-1`, with the middle left out where it is long.
pub fn way(cycle: &[&str]) -> String {
    let mut steps: Vec<&str> = cycle.iter().chain(cycle.first()).copied().collect();
    if steps.len() > 2 * SHOWN {
        steps.splice(SHOWN..steps.len() - SHOWN, ["…"]);
    }
    steps.join(" → ")
}

/// One step of a cycle: `from` waits for `to`.
pub struct Step<'a> {
    /// Who waits.
    pub from: &'a str,
    /// For whom.
    pub to: &'a str,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepPlace {
    pub path: RepoPath,
    pub key: String,
    pub line: u32,
}

impl std::fmt::Display for StepPlace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{} (`{}`)", self.path, self.line, self.key)
    }
}

impl Step<'_> {
    /// Where it is written among `tickets`: by who waits, or by whom it waits for, or because one is a part of the other.
    pub fn find(&self, store: &Store, snapshot: &Snapshot<'_>, tickets: &[Listed<Ticket>]) -> Option<StepPlace> {
        let open = |stored: &Listed<Ticket>| store.open(snapshot, stored).ok().map(|stored| stored.document);
        let back = Step { from: self.to, to: self.from };
        self.find_under(Property::DependsOn, tickets, &open).or_else(|| back.find_under(Property::Blocks, tickets, &open))
    }

    /// Where the file of `from` names `to` under `property`, or as what it is a part of.
    fn find_under(&self, property: Property, tickets: &[Listed<Ticket>], open: &Open<'_>) -> Option<StepPlace> {
        let called = names_of(tickets, self.to);
        let mut mine = tickets.iter().filter(|stored| fold(stored.record.id.as_str()) == fold(self.from));
        mine.find_map(|stored| {
            let document = open(stored)?;
            let says = |key: &str| document.texts(key).iter().any(|text| called.contains(&fold(text)));
            let key = property.row().keys.iter().copied().chain(stored.record.kind.parent_keys()).find(|key| says(key))?;
            let line = document.field(key).map_or(1, |field| field.line);
            Some(StepPlace { path: stored.path.clone(), key: key.to_owned(), line })
        })
    }
}

type Open<'a> = dyn Fn(&Listed<Ticket>) -> Option<Document> + 'a;

fn names_of(tickets: &[Listed<Ticket>], id: &str) -> HashSet<String> {
    let own = tickets.iter().filter(|stored| fold(stored.record.id.as_str()) == fold(id));
    own.flat_map(|stored| stored.record.aliases.iter().map(|alias| fold(alias))).chain([fold(id)]).collect()
}
