//! What of a source is here already: by its name in the other tracker, by its id, or by an alias.

use std::collections::HashMap;

use serde_json::Value as Json;

use crate::base::text;
use crate::store::{Scan, Stored};

use super::super::file::draft::Draft;
use super::super::model::Ticket;
use super::base::Base;
use super::format::Format;
use super::item::Item;

/// Every ticket here, by every name.
pub struct Known<'a> {
    records: &'a [Stored<Ticket>],
    externals: HashMap<(String, String), usize>,
    ids: HashMap<String, Vec<usize>>,
    aliases: HashMap<String, usize>,
}

impl<'a> Known<'a> {
    /// Reads the names off all tickets.
    pub fn new(scan: &'a Scan<Ticket>) -> Self {
        let mut known = Self { records: &scan.records, externals: HashMap::new(), ids: HashMap::new(), aliases: HashMap::new() };
        for (index, stored) in scan.records.iter().enumerate() {
            known.ids.entry(stored.record.id.as_str().to_lowercase()).or_default().push(index);
            for alias in &stored.record.aliases {
                known.aliases.entry(alias.to_lowercase()).or_insert(index);
            }
            if stored.document.field("external").is_some() {
                for (system, id) in Draft::of(stored).external.iter().filter_map(place_of) {
                    known.externals.entry((system, id.to_lowercase())).or_insert(index);
                }
            }
        }
        known
    }

    pub fn find(&self, item: &Item, format: Format) -> Option<&'a Stored<Ticket>> {
        let names = || std::iter::once(&item.name).chain(&item.names).map(|name| name.to_lowercase());
        let external = || names().find_map(|name| self.externals.get(&(format.as_str().to_owned(), name)));
        let of_id = |id: &str| self.ids.get(&id.to_lowercase())?.first();
        let own = || of_id(item.own.as_ref()?);
        // A tree that is adopted where it stands, or was moved into cmpm's form, has its ids here.
        let same = || match format {
            // Of two tickets with one id the one with the same title.
            Format::Cmpm => self.ids.get(&item.draft.id.as_ref()?.to_lowercase()).and_then(|indices| {
                let title = item.draft.heading();
                let is_it = |index: &&usize| self.records.get(**index).is_some_and(|stored| text::one_line(&stored.record.title) == title);
                indices.iter().find(is_it).or_else(|| indices.first().filter(|_| item.draft.id.as_ref() == Some(&item.name)))
            }),
            Format::AiTrackdown => names().find_map(|name| of_id(&name).or_else(|| self.aliases.get(&name))),
            _ => None,
        };
        external().or_else(own).or_else(same).and_then(|index| self.records.get(*index))
    }

    /// The id here of what a source calls `name`.
    pub fn resolve(&self, name: &str, format: Format) -> Option<&'a str> {
        let name = name.to_lowercase();
        let external = || self.externals.get(&(format.as_str().to_owned(), name.clone()));
        let index =
            external().or_else(|| self.ids.get(&name)?.first()).or_else(|| self.aliases.get(&name).filter(|_| format == Format::Cmpm))?;
        self.records.get(*index).map(|stored| stored.record.id.as_str())
    }
}

fn place_of(entry: &Json) -> Option<(String, String)> {
    let text = |key: &str| entry.get(key).and_then(Json::as_str).map(str::to_owned);
    Some((text("system")?, text("id")?))
}

/// What the last import from `system` wrote into a ticket; nothing if there was none.
pub fn base_of(stored: &Stored<Ticket>, system: &str) -> Base {
    let text = |entry: &Json, key: &str| entry.get(key).and_then(Json::as_str).map(str::to_owned);
    let external = Draft::of(stored).external;
    let entry = external.iter().find(|entry| text(entry, "system").as_deref() == Some(system));
    entry.and_then(|entry| text(entry, "hash")).map(|hash| Base::parse(&hash)).unwrap_or_default()
}
