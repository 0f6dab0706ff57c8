//! The flags by which tickets name each other, and what they write.

use clap::Args;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::base::{Id, Result};
use crate::report::Takes;
use crate::store::{Listed, Listing, Store, StoreError};

use super::dialect::keys;
use super::model::{Ticket, TicketError};
use super::relations::Names;

/// Every key under which a ticket names others, but for its parent.
pub const RELATIONS: [&[&str]; 5] = [keys::DEPENDS_ON, keys::BLOCKS, keys::RELATED, keys::DUPLICATES, keys::DISCOVERED_FROM];

/// Whole ids by the keys they belong under.
pub type Named = Vec<(&'static [&'static str], Vec<String>)>;

// No doc comment on the struct: clap would take it for the help of the verb that it is a part of.
#[derive(Debug, Default, Clone, Args, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Links {
    /// A ticket that waits for this one; may be given again
    #[arg(long, value_name = "ID", add = Takes::Ticket)]
    blocks: Vec<String>,
    /// A ticket that belongs with this one; nobody waits for the other; may be given again
    #[arg(long, value_name = "ID", add = Takes::Ticket)]
    related: Vec<String>,
    /// A ticket that says the same; may be given again
    #[arg(long, value_name = "ID", add = Takes::Ticket)]
    duplicates: Vec<String>,
    /// The ticket at whose work this one was found; may be given again
    #[arg(long, value_name = "ID", add = Takes::Ticket)]
    discovered_from: Vec<String>,
}

impl Links {
    fn all(&self) -> [(&'static [&'static str], &Vec<String>); 4] {
        [
            (keys::BLOCKS, &self.blocks),
            (keys::RELATED, &self.related),
            (keys::DUPLICATES, &self.duplicates),
            (keys::DISCOVERED_FROM, &self.discovered_from),
        ]
    }

    /// Whether no ticket is named.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.all().iter().all(|(_, names)| names.is_empty())
    }

    /// The whole ids of the tickets that are named, by the keys they belong under.
    ///
    /// # Errors
    /// A name that fits none or several, or the ticket `own` itself.
    pub fn named(&self, scan: (&Store, &Listing<Ticket>), own: Option<&Id>) -> Result<Named> {
        let mut named = Named::new();
        for (keys, names) in self.all().into_iter().filter(|(_, names)| !names.is_empty()) {
            let ids = names.iter().map(|name| whole(scan, name, (own, relation(keys))));
            named.push((keys, ids.collect::<Result<_>>()?));
        }
        Ok(named)
    }
}

fn relation(keys: &[&'static str]) -> &'static str {
    match keys.first().copied() {
        Some("blocks") => "blocker",
        Some("duplicates") => "duplicate",
        Some("discovered_from") => "origin",
        _ => "relative",
    }
}

/// The ticket that is named; if it is only elsewhere, the error says where.
///
/// # Errors
/// `NotFound`, `Elsewhere` or `Ambiguous`.
pub fn find_here<'a>(store: &Store, scan: &'a Listing<Ticket>, query: &str) -> Result<&'a Listed<Ticket>> {
    scan.find(query).map_err(|error| match error {
        StoreError::NotFound { .. } => store.require::<Ticket>(query).err().unwrap_or_else(|| error.into()),
        other => other.into(),
    })
}

fn whole((store, scan): (&Store, &Listing<Ticket>), name: &str, (own, relation): (Option<&Id>, &'static str)) -> Result<String> {
    let found = &find_here(store, scan, name)?.record.id;
    if own == Some(found) {
        return Err(TicketError::Itself { id: found.clone(), relation }.into());
    }
    Ok(found.to_string())
}

/// The texts among `written` that mean one of `unwanted`: by its id, by an alias, by the beginning that was typed, or as typed.
#[must_use]
pub fn meant(scan: &Listing<Ticket>, written: &[String], unwanted: &[String]) -> Vec<String> {
    let names = Names::new(&scan.records);
    let ids: Vec<&str> = unwanted.iter().filter_map(|name| scan.find(name).ok()).map(|stored| stored.record.id.as_str()).collect();
    let is_meant = |text: &&String| {
        unwanted.iter().any(|name| name.eq_ignore_ascii_case(text)) || names.find(text).is_some_and(|id| ids.contains(&id))
    };
    written.iter().filter(is_meant).cloned().collect()
}
