//! What must happen before what. Each node starts and finishes; a part starts after the whole and the whole finishes after its
//! parts. So a part that waits for its own whole is a cycle like any other, and one algorithm finds them all.

use std::collections::{HashMap, HashSet, VecDeque};

use super::Graph;

/// For each event the events that must come before it. Node `n` starts as event `2n` and finishes as event `2n + 1`.
pub type Edges = Vec<Vec<usize>>;

impl<'a> Graph<'a> {
    /// The cycles in which nodes wait for each other, each once, as a path: every id waits for the next, the last for the first.
    ///
    /// Where cycles share nodes, the shortest through the first of these stands for all; the others appear when it is broken.
    pub fn cycles(&self) -> Vec<Vec<&'a str>> {
        let edges = self.events();
        let mut known = HashSet::new();
        let mut cycles: Vec<Vec<usize>> = Vec::new();
        for component in components(&edges) {
            let nodes = nodes_of(&shortest_cycle(&edges, &component));
            let mut members = nodes.clone();
            members.sort_unstable();
            if !nodes.is_empty() && known.insert(members) {
                cycles.push(nodes);
            }
        }
        cycles.sort();
        cycles.iter().map(|cycle| cycle.iter().map(|node| self.id(*node)).collect()).collect()
    }

    pub(super) fn events(&self) -> Edges {
        let mut edges = Vec::with_capacity(self.links.len() * 2);
        for (node, links) in self.links.iter().enumerate() {
            // A whole that waits for its parts only finishes after them, which it does anyway.
            let blockers = links.waits_for.iter().filter(|blocker| !self.is_part(**blocker, node));
            edges.push(links.parent.iter().map(|parent| parent * 2).chain(blockers.map(|blocker| blocker * 2 + 1)).collect());
            edges.push([node * 2].into_iter().chain(links.children.iter().map(|child| child * 2 + 1)).collect());
        }
        edges
    }
}

pub(super) fn of(edges: &Edges, event: usize) -> &[usize] {
    edges.get(event).map_or(&[], Vec::as_slice)
}

/// Sets the flag of `event`; whether it was not set before.
fn mark(flags: &mut [bool], event: usize) -> bool {
    flags.get_mut(event).is_some_and(|flag| !std::mem::replace(flag, true))
}

pub(super) fn reversed(edges: &Edges) -> Edges {
    let mut reversed = vec![Vec::new(); edges.len()];
    for (event, targets) in edges.iter().enumerate() {
        for target in targets {
            reversed.get_mut(*target).into_iter().for_each(|list: &mut Vec<usize>| list.push(event));
        }
    }
    reversed
}

/// The strongly connected components that hold a cycle, by Kosaraju's two walks, without recursion.
pub fn components(edges: &Edges) -> Vec<HashSet<usize>> {
    let backwards = reversed(edges);
    let mut seen = vec![false; edges.len()];
    let mut components = Vec::new();
    for root in left_order(edges).into_iter().rev() {
        let mut members = HashSet::new();
        let mut stack = vec![root];
        while let Some(event) = stack.pop() {
            if mark(&mut seen, event) {
                members.insert(event);
                stack.extend(of(&backwards, event));
            }
        }
        if members.len() > 1 || (members.contains(&root) && of(edges, root).contains(&root)) {
            components.push(members);
        }
    }
    components
}

/// All events in the order in which a depth-first walk leaves them.
pub(super) fn left_order(edges: &Edges) -> Vec<usize> {
    let mut seen = vec![false; edges.len()];
    let mut order = Vec::with_capacity(edges.len());
    for root in 0..edges.len() {
        let mut path = if mark(&mut seen, root) { vec![(root, of(edges, root).iter())] } else { Vec::new() };
        while let Some((event, targets)) = path.last_mut() {
            match targets.next() {
                Some(target) if mark(&mut seen, *target) => path.push((*target, of(edges, *target).iter())),
                Some(_) => {}
                None => {
                    order.push(*event);
                    path.pop();
                }
            }
        }
    }
    order
}

/// The shortest cycle through the component's first event.
fn shortest_cycle(edges: &Edges, component: &HashSet<usize>) -> Vec<usize> {
    let Some(first) = component.iter().min().copied() else { return Vec::new() };
    way_back(edges, first, &|event| component.contains(&event)).unwrap_or_default()
}

/// A shortest path from `start` back to itself over events that are `allowed`, without its end.
pub(super) fn way_back(edges: &Edges, start: usize, allowed: &dyn Fn(usize) -> bool) -> Option<Vec<usize>> {
    let mut came_from: HashMap<usize, usize> = HashMap::new();
    let mut queue = VecDeque::from([start]);
    while let Some(event) = queue.pop_front() {
        for target in of(edges, event).iter().filter(|target| allowed(**target)) {
            if *target == start {
                let mut path: Vec<usize> = std::iter::successors(Some(event), |event| came_from.get(event).copied()).collect();
                path.reverse();
                return Some(path);
            }
            came_from.entry(*target).or_insert_with(|| {
                queue.push_back(*target);
                event
            });
        }
    }
    None
}

/// The nodes of a cycle of events, neighbours of one node joined.
pub(super) fn nodes_of(events: &[usize]) -> Vec<usize> {
    let mut nodes: Vec<usize> = events.iter().map(|event| event / 2).collect();
    nodes.dedup();
    if nodes.len() > 1 && nodes.first() == nodes.last() {
        nodes.pop();
    }
    nodes
}
