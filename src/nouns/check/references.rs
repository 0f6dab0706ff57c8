//! What tickets and memories say of each other: names of records that are nowhere, and work that waits in a circle.

use std::collections::{BTreeMap, HashMap};

use crate::base::{Finding, Severity};
use crate::document::{self, Document};
use crate::engine::graph::{Graph, Node};
use crate::nouns::memory::Memory;
use crate::nouns::ticket::{Ticket, key_in, keys};
use crate::store::{Record, Stored};

/// All records, and the id that each id and alias stands for, whatever its case.
pub(super) struct References<'a> {
    tickets: &'a [Stored<Ticket>],
    memories: &'a [Stored<Memory>],
    ticket_names: HashMap<String, &'a str>,
    memory_names: HashMap<String, &'a str>,
}

/// Names under one key of a file.
struct Named<'a> {
    key: &'a str,
    names: &'a [String],
    severity: Severity,
}

impl<'a> References<'a> {
    pub(super) fn new(tickets: &'a [Stored<Ticket>], memories: &'a [Stored<Memory>]) -> Self {
        Self { ticket_names: names(tickets), memory_names: names(memories), tickets, memories }
    }

    /// Broken references and circles.
    pub(super) fn findings(&self) -> Vec<Finding> {
        let mut findings: Vec<Finding> = self.tickets.iter().flat_map(|stored| self.of_ticket(stored)).collect();
        findings.extend(self.memories.iter().flat_map(|stored| self.of_memory(stored)));
        findings.extend(self.circles());
        findings
    }

    fn of_ticket(&self, stored: &Stored<Ticket>) -> Vec<Finding> {
        let ticket = &stored.record;
        // What is over waits for nothing any more.
        let severity = if ticket.category.is_closed() { Severity::Warning } else { Severity::Error };
        let key = |keys| key_in(&stored.document, keys);
        let named = [
            Named { key: parent_key(stored), names: ticket.parent.as_slice(), severity },
            Named { key: key(keys::DEPENDS_ON), names: &ticket.depends_on, severity },
            Named { key: key(keys::BLOCKS), names: &ticket.blocks, severity },
            Named { key: key(keys::RELATED), names: &ticket.related, severity: Severity::Warning },
        ];
        named.iter().flat_map(|named| broken(stored, named, &self.ticket_names)).collect()
    }

    fn of_memory(&self, stored: &Stored<Memory>) -> Vec<Finding> {
        let memory = &stored.record;
        let severity = Severity::Warning;
        let mut findings = broken(stored, &Named { key: "supersedes", names: &memory.supersedes, severity }, &self.memory_names);
        let ticket = Named { key: "source", names: memory.source.ticket.as_slice(), severity };
        findings.extend(broken(stored, &ticket, &self.ticket_names));
        findings
    }

    /// Work that waits in a circle.
    fn circles(&self) -> Vec<Finding> {
        let canonical = |text: &'a str| self.ticket_names.get(&fold(text)).copied().unwrap_or(text);
        let mut nodes: BTreeMap<&str, Node<'_>> = BTreeMap::new();
        for Stored { record: ticket, .. } in self.tickets {
            let id = canonical(ticket.id.as_str());
            let node = nodes.entry(id).or_insert_with(|| Node { id, ..Node::default() });
            node.parent = node.parent.or(ticket.parent.as_deref().map(canonical));
            node.depends_on.extend(ticket.depends_on.iter().map(|text| canonical(text)));
            node.blocks.extend(ticket.blocks.iter().map(|text| canonical(text)));
        }
        let cycles = Graph::new(nodes.into_values().collect()).cycles();
        cycles.iter().flat_map(|cycle| self.circle(cycle)).collect()
    }

    /// A circle, at each file that is part of it: any of them can break it.
    fn circle(&self, cycle: &[&str]) -> Vec<Finding> {
        let way = cycle.iter().chain(cycle.first()).copied().collect::<Vec<_>>().join(" → ");
        let members = self.tickets.iter().filter(|stored| cycle.iter().any(|id| stored.record.id.is(id)));
        let finding = |stored: &Stored<Ticket>| {
            let message = format!("waits in a circle, so none of it can begin: {way}");
            let keys = [keys::DEPENDS_ON, keys::BLOCKS].map(|keys| key_in(&stored.document, keys));
            let line = keys.iter().find_map(|key| stored.document.field(key)).map_or(1, |field| field.line);
            let finding = Finding::new("cycle", Severity::Error, stored.path.clone(), message).at(line);
            finding.hint("take one of these references out")
        };
        members.map(finding).collect()
    }
}

fn names<R: Record>(records: &[Stored<R>]) -> HashMap<String, &str> {
    let mut names = HashMap::new();
    for stored in records {
        names.extend(stored.record.aliases().iter().map(|alias| (fold(alias), stored.record.id().as_str())));
    }
    names.extend(records.iter().map(|stored| (fold(stored.record.id().as_str()), stored.record.id().as_str())));
    names
}

fn broken<R: Record>(stored: &Stored<R>, named: &Named<'_>, known: &HashMap<String, &str>) -> Vec<Finding> {
    let unknown = named.names.iter().filter(|name| !name.trim().is_empty() && !known.contains_key(&fold(name)));
    let finding = |name: &String| {
        let message = format!("`{}` names `{name}`, which is nowhere here", named.key);
        let finding = Finding::new("broken-reference", named.severity, stored.path.clone(), message).at(line(&stored.document, named.key));
        finding.hint("write the whole id of a record that is there, or take it out")
    };
    unknown.map(finding).collect()
}

/// The key that says what a ticket is a part of; each dialect has several.
fn parent_key(stored: &Stored<Ticket>) -> &str {
    let says_it = |node: &document::Node| stored.record.parent.is_some() && node.as_text() == stored.record.parent.as_deref();
    stored.document.fields().iter().find(|field| says_it(&field.node)).map_or("parent", |field| &field.key)
}

fn line(document: &Document, key: &str) -> u32 {
    document.field(key).map_or(1, |field| field.line)
}

fn fold(text: &str) -> String {
    text.trim().to_ascii_lowercase()
}
