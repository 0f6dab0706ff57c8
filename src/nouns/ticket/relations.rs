//! What tickets say of each other, by their ids: aliases and letters of either case are resolved here, once.

use std::collections::{BTreeMap, HashMap};

use crate::engine::graph::{Graph, Node};
use crate::store::Listed;

use super::model::Ticket;

/// The id that each id and alias stands for, whatever its case. An id wins over the same text as an alias.
pub struct Names<'a>(HashMap<String, &'a str>);

impl<'a> Names<'a> {
    /// The names of `tickets`.
    #[must_use]
    pub fn new(tickets: &'a [Listed<Ticket>]) -> Self {
        let mut names = HashMap::with_capacity(tickets.len());
        let ids = || tickets.iter().map(|stored| &stored.record);
        names.extend(ids().flat_map(|ticket| ticket.aliases.iter().map(|alias| (fold(alias), ticket.id.as_str()))));
        names.extend(ids().map(|ticket| (fold(ticket.id.as_str()), ticket.id.as_str())));
        Self(names)
    }

    /// The id of the ticket that is called so.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&'a str> {
        self.0.get(&fold(name)).copied()
    }

    /// The same, or the name itself where no ticket is called so.
    #[must_use]
    pub fn whole(&self, name: &'a str) -> &'a str {
        self.find(name).unwrap_or(name)
    }
}

/// A name as names are compared.
#[must_use]
pub fn fold(text: &str) -> String {
    text.trim().to_ascii_lowercase()
}

/// Who waits for whom and who is a part of what. Files with one id are one node that waits for what any of them waits for, and
/// is finished when all of them are.
#[must_use]
pub fn graph_of<'a>(tickets: &'a [Listed<Ticket>], names: &Names<'a>) -> Graph<'a> {
    let all = |texts: &'a [String]| texts.iter().map(|text| names.whole(text));
    let mut nodes: BTreeMap<&str, Node<'a>> = BTreeMap::new();
    for Listed { record: ticket, .. } in tickets {
        let id = names.whole(ticket.id.as_str());
        let node = nodes.entry(id).or_insert_with(|| Node { id, finished: true, ..Node::default() });
        node.finished &= ticket.category.is_closed();
        node.parent = node.parent.or(ticket.parent.as_deref().map(|parent| names.whole(parent)));
        node.depends_on.extend(all(&ticket.depends_on));
        node.blocks.extend(all(&ticket.blocks));
    }
    Graph::new(nodes.into_values().collect())
}
