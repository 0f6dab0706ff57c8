//! What tickets and memories say of each other: names of records that do not exist, and work that waits in a cycle.

use std::collections::HashMap;

use crate::base::{Finding, Rule, Severity};
use crate::document::{self, Document};
use crate::nouns::memory::{Memory, cycle_findings};
use crate::nouns::ticket::{Names, Step, StepPlace, Ticket, graph_of, key_naming, way};
use crate::store::{Listed, Record, Snapshot, Store};
use crate::words::{Order, Property};

/// All records, and the id that each id and alias stands for, whatever its case.
pub(super) struct References<'a> {
    place: Place<'a>,
    tickets: &'a [Listed<Ticket>],
    memories: &'a [Listed<Memory>],
    ticket_names: HashMap<String, &'a str>,
    memory_names: HashMap<String, &'a str>,
}

/// Where the files are: they are only opened to say on which line something is wrong.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) store: &'a Store,
    pub(super) snapshot: &'a Snapshot<'a>,
}

/// Names under one key of a file.
struct Named<'a> {
    key: Key,
    names: &'a [String],
    severity: Severity,
}

/// Which key of a file, in whatever dialect that is written.
#[derive(Clone, Copy)]
enum Key {
    /// The one of a property.
    Property(Property),
    Name(&'static str),
}

impl<'a> References<'a> {
    pub(super) fn new(place: Place<'a>, tickets: &'a [Listed<Ticket>], memories: &'a [Listed<Memory>]) -> Self {
        Self { place, ticket_names: names(tickets), memory_names: names(memories), tickets, memories }
    }

    /// Broken references and cycles.
    pub(super) fn findings(&self) -> Vec<Finding> {
        let mut findings: Vec<Finding> = self.tickets.iter().flat_map(|stored| self.of_ticket(stored)).collect();
        findings.extend(self.memories.iter().flat_map(|stored| self.of_memory(stored)));
        findings.extend(self.cycles());
        findings.extend(cycle_findings((self.place.store, self.place.snapshot), self.memories));
        findings
    }

    fn of_ticket(&self, stored: &Listed<Ticket>) -> Vec<Finding> {
        let ticket = &stored.record;
        // What is over waits for nothing any more.
        let severity = if ticket.category.is_closed() { Severity::Warning } else { Severity::Error };
        let named = ticket.given().filter_map(|(property, names)| {
            let severity = if property.order()? == Order::Free { Severity::Warning } else { severity };
            Some(Named { key: Key::Property(property), names, severity })
        });
        named.flat_map(|named| self.broken(stored, &named, &self.ticket_names)).collect()
    }

    fn of_memory(&self, stored: &Listed<Memory>) -> Vec<Finding> {
        let memory = &stored.record;
        let severity = Severity::Warning;
        let mut findings =
            self.broken(stored, &Named { key: Key::Name("supersedes"), names: &memory.supersedes, severity }, &self.memory_names);
        let ticket = Named { key: Key::Name("source"), names: memory.source.ticket.as_slice(), severity };
        findings.extend(self.broken(stored, &ticket, &self.ticket_names));
        findings
    }

    fn broken<R: Record>(&self, stored: &Listed<R>, named: &Named<'_>, known: &HashMap<String, &str>) -> Vec<Finding> {
        let is_unknown = |name: &&String| !name.trim().is_empty() && !known.contains_key(&fold(name));
        let unknown: Vec<&String> = named.names.iter().filter(is_unknown).collect();
        if unknown.is_empty() {
            return Vec::new();
        }
        let document = self.place.open(stored);
        let finding = |name: &String| {
            let (key, line) = named.key.find(&document, name);
            let message = format!("`{key}` refers to `{name}`, which does not exist");
            let finding = Finding::new(Rule::BrokenReference, named.severity, stored.path.clone(), message).at(line);
            finding.hint("write the full id of an existing record, or remove it")
        };
        unknown.into_iter().map(finding).collect()
    }

    /// Work that waits in a cycle.
    fn cycles(&self) -> Vec<Finding> {
        let cycles = graph_of(self.tickets, &Names::new(self.tickets)).cycles();
        cycles.iter().flat_map(|cycle| self.cycle(cycle)).collect()
    }

    /// A cycle, at each place where a step of it is written: any of them can break it.
    fn cycle(&self, cycle: &[&str]) -> Vec<Finding> {
        let steps = cycle.iter().zip(cycle.iter().cycle().skip(1));
        let places = steps.filter_map(|(from, to)| Step { from, to }.find(self.place.store, self.place.snapshot, self.tickets));
        let finding = |StepPlace { path, key, line }: StepPlace| {
            let message = format!("`{key}` is part of a dependency cycle: {}", way(cycle));
            Finding::new(Rule::Cycle, Severity::Error, path, message).at(line).hint("remove one of these references")
        };
        places.map(finding).collect()
    }
}

fn names<R: Record>(records: &[Listed<R>]) -> HashMap<String, &str> {
    let mut names = HashMap::new();
    for stored in records {
        names.extend(stored.record.aliases().iter().map(|alias| (fold(alias), stored.record.id().as_str())));
    }
    names.extend(records.iter().map(|stored| (fold(stored.record.id().as_str()), stored.record.id().as_str())));
    names
}

impl Place<'_> {
    fn open<R: Record>(&self, listed: &Listed<R>) -> Document {
        self.store.open(self.snapshot, listed).map_or_else(|_| Document::parse(Vec::new()), |stored| stored.document)
    }
}

impl Key {
    /// Its name in a file that names `other` under it, and its line.
    fn find(self, document: &Document, other: &str) -> (String, u32) {
        let says = |node: &document::Node| node.as_text() == Some(other);
        let field = match self {
            // Each dialect has several.
            Self::Property(Property::Parent) => document.fields().iter().find(|field| says(&field.node)),
            Self::Property(property) => document.field(key_naming(document, (property, other))),
            Self::Name(name) => document.field(name),
        };
        let name = match self {
            Self::Property(Property::Parent) => Property::Parent.name(),
            Self::Property(property) => key_naming(document, (property, other)),
            Self::Name(name) => name,
        };
        field.map_or_else(|| (name.to_owned(), 1), |field| (field.key.clone(), field.line))
    }
}

fn fold(text: &str) -> String {
    text.trim().to_ascii_lowercase()
}
