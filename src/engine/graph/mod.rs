//! Work that waits for other work: parents, blockers, what is ready, what waits in a cycle, in which order to go. All in O(V + E).

mod events;
mod reach;

pub use events::components;

use std::collections::{HashMap, HashSet};

/// A piece of work and what it says of others.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Node<'a> {
    /// Its id. Of two nodes with one id, the first is the one that others mean.
    pub id: &'a str,
    /// What it is a part of.
    pub parent: Option<&'a str>,
    /// What waits for it.
    pub blocks: Vec<&'a str>,
    /// What it waits for.
    pub depends_on: Vec<&'a str>,
    /// Whether nobody waits for it any more.
    pub finished: bool,
}

/// Something unfinished that a node waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Blocker<'a> {
    /// What it waits for.
    pub id: &'a str,
    /// The ancestor that says so; `None` if the node or the blocker itself does.
    pub through: Option<&'a str>,
}

/// Nodes with the edges between them.
#[derive(Debug, Clone)]
pub struct Graph<'a> {
    nodes: Vec<Node<'a>>,
    index: HashMap<&'a str, usize>,
    links: Vec<Links>,
    /// All nodes, every parent before its parts (those under a cycle of parents in any order).
    walk: Vec<usize>,
}

/// The edges of one node, as numbers of nodes in ascending order.
#[derive(Debug, Clone, Default)]
struct Links {
    parent: Option<usize>,
    children: Vec<usize>,
    waits_for: Vec<usize>,
    /// The numbers at which a walk through all trees enters and leaves the node; `None` if parents form a cycle above it.
    span: Option<(usize, usize)>,
}

impl<'a> Graph<'a> {
    /// A graph of `nodes`. Edges to unknown ids count for nothing; [`Graph::dangling`] lists them.
    pub fn new(nodes: Vec<Node<'a>>) -> Self {
        let mut index = HashMap::with_capacity(nodes.len());
        for (number, node) in nodes.iter().enumerate() {
            index.entry(node.id).or_insert(number);
        }
        let mut graph = Self { links: vec![Links::default(); nodes.len()], walk: Vec::with_capacity(nodes.len()), nodes, index };
        graph.connect();
        graph.number();
        graph
    }

    /// What `id` waits for and what is not finished: its own blockers, then those of its ancestors, from the nearest on.
    ///
    /// A node that waits for its own parts passes that on to none of them.
    pub fn blockers(&self, id: &str) -> Vec<Blocker<'a>> {
        let Some(node) = self.index.get(id).copied() else { return Vec::new() };
        let mut blockers: Vec<Blocker<'a>> = Vec::new();
        let mut known = HashSet::new();
        for holder in self.lineage(node) {
            let through = (holder != node).then(|| self.id(holder));
            for blocker in self.unfinished_blockers(holder) {
                let counts = holder == node || !self.is_part(blocker, holder);
                if counts && known.insert(blocker) {
                    blockers.push(Blocker { id: self.id(blocker), through });
                }
            }
        }
        blockers
    }

    /// The parts of `id`.
    pub fn children(&self, id: &str) -> Vec<&'a str> {
        let links = self.index.get(id).and_then(|node| self.links.get(*node));
        links.map_or(Vec::new(), |links| links.children.iter().map(|child| self.id(*child)).collect())
    }

    fn connect(&mut self) {
        for (number, node) in self.nodes.iter().enumerate() {
            let known = |ids: &[&str]| -> Vec<usize> { ids.iter().filter_map(|id| self.index.get(id).copied()).collect() };
            let parent = node.parent.and_then(|id| self.index.get(id).copied());
            if let Some(links) = parent.and_then(|parent| self.links.get_mut(parent)) {
                links.children.push(number);
            }
            if let Some(links) = self.links.get_mut(number) {
                links.parent = parent;
                links.waits_for.extend(known(&node.depends_on));
            }
            for waiting in known(&node.blocks) {
                self.links.get_mut(waiting).into_iter().for_each(|links| links.waits_for.push(number));
            }
        }
        for links in &mut self.links {
            links.waits_for.sort_unstable();
            links.waits_for.dedup();
        }
    }

    /// Walks all trees, so that "is a part of" becomes a comparison of numbers.
    fn number(&mut self) {
        let roots = self.links.iter().enumerate().filter(|(_, links)| links.parent.is_none()).map(|(root, _)| root);
        let mut stack: Vec<(usize, bool)> = roots.rev().map(|root| (root, true)).collect();
        let mut clock = 0;
        while let Some((node, enters)) = stack.pop() {
            let Some(links) = self.links.get_mut(node) else { continue };
            if enters {
                links.span = Some((clock, clock));
                self.walk.push(node);
                stack.push((node, false));
                stack.extend(links.children.iter().rev().map(|child| (*child, true)));
            } else {
                links.span = links.span.map(|(enter, _)| (enter, clock));
            }
            clock += 1;
        }
        let circular = self.links.iter().enumerate().filter(|(_, links)| links.span.is_none());
        self.walk.extend(circular.map(|(node, _)| node));
    }

    fn id(&self, node: usize) -> &'a str {
        self.nodes.get(node).map_or("", |node| node.id)
    }

    fn span(&self, node: usize) -> Option<(usize, usize)> {
        self.links.get(node)?.span
    }

    /// The parent, unless parents form a cycle above the node.
    fn parent(&self, node: usize) -> Option<usize> {
        self.links.get(node).filter(|links| links.span.is_some())?.parent
    }

    /// The node, its parent, its parent's parent, …
    fn lineage(&self, node: usize) -> impl Iterator<Item = usize> {
        std::iter::successors(Some(node), |node| self.parent(*node))
    }

    /// Whether `node` is a part of `whole`, or a part of a part, and so on.
    fn is_part(&self, node: usize, whole: usize) -> bool {
        let (Some(inner), Some(outer)) = (self.span(node), self.span(whole)) else { return false };
        outer.0 < inner.0 && inner.1 < outer.1
    }

    fn unfinished_blockers(&self, node: usize) -> impl Iterator<Item = usize> {
        let waits_for = self.links.get(node).map_or(&[][..], |links| &links.waits_for);
        waits_for.iter().copied().filter(|blocker| self.nodes.get(*blocker).is_some_and(|node| !node.finished))
    }
}

#[cfg(test)]
mod tests;
