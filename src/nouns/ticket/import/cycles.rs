//! A source in which work waits in a cycle: the link that closes it is left out, a dependency before a parent. The others are taken, in the order of the
//! source, so that the next import decides the same.

use std::collections::HashMap;

use crate::engine::graph::{Graph, Node};
use crate::store::Scan;

use super::super::file::draft::Draft;
use super::super::model::Ticket;
use super::super::model::cycle::way;
use super::super::model::relations::fold;
use super::item::Item;

/// A link that is left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The item that says it, by its place among the items.
    pub item: usize,
    /// Under which key.
    pub key: &'static str,
    /// The ticket it names, by its name there.
    pub name: String,
    pub way: String,
}

/// Takes the links out of `items` that close a cycle among them and what is here. `ids` are those the items have here.
pub fn open(items: &mut [Item], ids: &[&str], scan: &Scan<Ticket>) -> Vec<Refused> {
    let mut all = Vec::new();
    if items.iter().all(|item| !item.draft.waits()) {
        return all;
    }
    loop {
        let closing = Links::new(items, ids, scan).closing();
        if closing.is_empty() {
            return all;
        }
        for (statement, way) in closing {
            let Statement { item, key, other } = statement;
            let taken = items.get_mut(item).is_some_and(|item| take_out(&mut item.draft, key, &other));
            let target = ids.iter().position(|id| fold(id) == fold(&other)).and_then(|index| items.get(index));
            let name = target.map_or(other, |target| target.name.clone());
            all.extend(taken.then_some(Refused { item, key, name, way }));
        }
    }
}

/// That an item names another ticket.
struct Statement {
    item: usize,
    key: &'static str,
    other: String,
}

/// What items and other tickets say of each other.
struct Links<'a> {
    items: &'a [Item],
    /// The whole id for each name, in lower case.
    names: HashMap<String, &'a str>,
    /// The items by their ids, in lower case.
    by_id: HashMap<String, usize>,
    /// What the tickets here say of others, but for those that are items.
    here: Vec<&'a Ticket>,
    ids: &'a [&'a str],
}

impl<'a> Links<'a> {
    fn new(items: &'a [Item], ids: &'a [&'a str], scan: &'a Scan<Ticket>) -> Self {
        let mut names: HashMap<String, &str> = HashMap::new();
        let records = || scan.records.iter().map(|stored| &stored.record);
        names.extend(records().flat_map(|ticket| ticket.aliases.iter().map(|alias| (fold(alias), ticket.id.as_str()))));
        for (item, id) in items.iter().zip(ids) {
            names.extend(item.names.iter().chain([&item.name]).chain(&item.draft.aliases).map(|name| (fold(name), *id)));
        }
        names.extend(records().map(|ticket| (fold(ticket.id.as_str()), ticket.id.as_str())));
        names.extend(ids.iter().map(|id| (fold(id), *id)));
        let by_id: HashMap<String, usize> = ids.iter().enumerate().map(|(index, id)| (fold(id), index)).collect();
        let here = records().filter(|ticket| !by_id.contains_key(&fold(ticket.id.as_str()))).collect();
        Self { items, names, by_id, here, ids }
    }

    fn whole(&self, name: &'a str) -> &'a str {
        self.names.get(&fold(name)).copied().unwrap_or(name)
    }

    fn graph(&self) -> Graph<'a> {
        // In the order of the source: the ids that it gets are others each time.
        let mut nodes: Vec<Node<'a>> = Vec::with_capacity(self.here.len() + self.items.len());
        let mut places: HashMap<&str, usize> = HashMap::with_capacity(nodes.capacity());
        let own = self.here.iter().map(|ticket| (ticket.id.as_str(), &ticket.parent, &ticket.depends_on, &ticket.blocks));
        let new = self.items.iter().zip(self.ids).map(|(item, id)| (*id, &item.draft.parent, &item.draft.depends_on, &item.draft.blocks));
        for (id, parent, depends_on, blocks) in own.chain(new) {
            let id = self.whole(id);
            let place = *places.entry(id).or_insert_with(|| {
                nodes.push(Node { id, ..Node::default() });
                nodes.len() - 1
            });
            let Some(node) = nodes.get_mut(place) else { continue };
            node.parent = node.parent.or(parent.as_deref().map(|parent| self.whole(parent)));
            node.depends_on.extend(depends_on.iter().map(|name| self.whole(name)));
            node.blocks.extend(blocks.iter().map(|name| self.whole(name)));
        }
        Graph::new(nodes)
    }

    /// The link of each cycle that closes it, and the cycle.
    fn closing(&self) -> Vec<(Statement, String)> {
        let cycles = self.graph().cycles();
        cycles.iter().flat_map(|cycle| self.last(cycle).into_iter().map(|statement| (statement, way(cycle)))).collect()
    }

    /// The step of a cycle that the source says last, in all the ways in which it says it.
    fn last(&self, cycle: &[&str]) -> Vec<Statement> {
        let steps = cycle.iter().zip(cycle.iter().cycle().skip(1)).map(|(from, to)| self.said(from, to));
        let first = |said: &Vec<Statement>| said.iter().map(|statement| statement.item).min();
        // A dependency rather than the place a ticket has.
        let when = |said: &Vec<Statement>| (said.iter().all(|statement| statement.key != PARENT), first(said));
        steps.filter(|said| !said.is_empty()).max_by_key(when).unwrap_or_default()
    }

    /// Where items say that `from` waits for `to`.
    fn said(&self, from: &str, to: &str) -> Vec<Statement> {
        let (waiting, awaited) = (self.by_id.get(&fold(from)).copied(), self.by_id.get(&fold(to)).copied());
        let named = |item: Option<usize>, key: &'static str, other: &str| {
            let (item, draft) = item.and_then(|item| Some((item, &self.items.get(item)?.draft)))?;
            let list: &[String] = match key {
                PARENT => draft.parent.as_slice(),
                DEPENDS_ON => &draft.depends_on,
                _ => &draft.blocks,
            };
            let found = list.iter().find(|name| fold(self.whole(name)) == fold(other))?;
            Some(Statement { item, key, other: found.clone() })
        };
        let depends: Vec<Statement> = named(waiting, DEPENDS_ON, to).into_iter().chain(named(awaited, BLOCKS, from)).collect();
        let is_part = || named(waiting, PARENT, to).or_else(|| named(awaited, PARENT, from));
        if depends.is_empty() { is_part().into_iter().collect() } else { depends }
    }
}

const PARENT: &str = "parent";
const DEPENDS_ON: &str = "depends_on";
const BLOCKS: &str = "blocks";

fn take_out(draft: &mut Draft, key: &str, other: &str) -> bool {
    if key == PARENT {
        return draft.parent.take_if(|parent| *parent == other).is_some();
    }
    let list = if key == DEPENDS_ON { &mut draft.depends_on } else { &mut draft.blocks };
    let before = list.len();
    list.retain(|name| name != other);
    list.len() < before
}
