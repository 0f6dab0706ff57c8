//! What tickets say of each other, by their ids: aliases and letters of either case are resolved here, once.

use std::collections::HashMap;

use crate::base::AnyCase;
use crate::engine::graph::{Graph, Node};
use crate::store::Listed;

use super::Ticket;

/// The id that each id and alias stands for, whatever its case. An id wins over the same text as an alias.
pub struct Names<'a>(HashMap<AnyCase<'a>, &'a str>);

impl<'a> Names<'a> {
    /// The names of `tickets`.
    pub fn new(tickets: &'a [Listed<Ticket>]) -> Self {
        let mut names = HashMap::with_capacity(tickets.len());
        let ids = || tickets.iter().map(|stored| &stored.record);
        names.extend(ids().flat_map(|ticket| ticket.aliases.iter().map(|alias| (AnyCase(alias.trim()), ticket.id.as_str()))));
        names.extend(ids().map(|ticket| (AnyCase(ticket.id.as_str()), ticket.id.as_str())));
        Self(names)
    }

    /// The id of the ticket that is called so.
    pub fn find(&self, name: &str) -> Option<&'a str> {
        self.0.get(&AnyCase(name.trim())).copied()
    }

    /// The same, or the name itself where no ticket is called so.
    pub fn whole(&self, name: &'a str) -> &'a str {
        self.find(name).unwrap_or(name)
    }
}

/// A name as names are compared.
pub fn fold(text: &str) -> String {
    text.trim().to_ascii_lowercase()
}

/// Who waits for whom and who is a part of what. Files with one id are one node that waits for what any of them waits for, and
/// is finished when all of them are.
pub fn graph_of<'a>(tickets: &'a [Listed<Ticket>], names: &Names<'a>) -> Graph<'a> {
    let all = |texts: &'a [String]| texts.iter().map(|text| names.whole(text)).collect();
    let node = |Listed { record: ticket, .. }: &'a Listed<Ticket>| Node {
        id: names.whole(ticket.id.as_str()),
        parent: ticket.parent.as_deref().map(|parent| names.whole(parent)),
        blocks: all(&ticket.blocks),
        depends_on: all(&ticket.depends_on),
        finished: ticket.category.is_closed(),
    };
    let mut nodes: Vec<Node<'a>> = tickets.iter().map(node).collect();
    nodes.sort_by_key(|node| node.id);
    nodes.dedup_by(|other, node| {
        let same = other.id == node.id;
        if same {
            node.finished &= other.finished;
            node.parent = node.parent.or(other.parent);
            node.depends_on.append(&mut other.depends_on);
            node.blocks.append(&mut other.blocks);
        }
        same
    });
    Graph::new(nodes)
}
