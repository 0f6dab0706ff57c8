//! How far a node reaches: who waits for it through others, whether it waits for itself, what a whole amounts to.

use std::collections::HashMap;
use std::ops::AddAssign;

use rayon::prelude::*;

use super::Graph;
use super::events::{Edges, left_order, nodes_of, of, reversed, way_back};

/// So many nodes are followed at once, one bit each.
const AT_ONCE: usize = 64;

impl<'a> Graph<'a> {
    /// How many unfinished nodes wait for each of `ids`, directly, through others, or because their whole does.
    /// Cost: O(V + E) for 64 of them, and nothing for those that nobody waits for.
    pub fn waiting_for(&self, ids: &[&str]) -> Vec<usize> {
        let mut counts = vec![0; ids.len()];
        if self.links.iter().all(|links| links.waits_for.is_empty()) {
            return counts;
        }
        let mut after = reversed(&self.events());
        // What is finished holds nobody up.
        let finished = self.nodes.iter().enumerate().filter(|(_, node)| node.finished);
        finished.for_each(|(node, _)| after.get_mut(node * 2 + 1).into_iter().for_each(Vec::clear));
        let mut order = left_order(&after);
        let wanted = self.wanted(&after, &order);
        order.reverse();
        let roots: Vec<(usize, usize)> = ids
            .iter()
            .enumerate()
            .filter_map(|(place, id)| Some((place, *self.index.get(id)?)))
            .filter(|(_, node)| wanted.get(node * 2 + 1).copied().unwrap_or(false))
            .collect();
        let found: Vec<Vec<usize>> = roots.par_chunks(AT_ONCE).map(|roots| self.count(roots, &spread(roots, (&after, &order)))).collect();
        for ((place, _), found) in roots.iter().zip(found.concat()) {
            counts.get_mut(*place).into_iter().for_each(|count| *count = found);
        }
        counts
    }

    /// In how many unfinished nodes' masks each of the roots is, themselves left out.
    fn count(&self, roots: &[(usize, usize)], masks: &[u64]) -> Vec<usize> {
        let mut counts = vec![0; roots.len()];
        for (node, _) in self.nodes.iter().enumerate().filter(|(_, node)| !node.finished) {
            let mut mask = masks.get(node * 2).copied().unwrap_or(0);
            while mask != 0 {
                let bit = usize::try_from(mask.trailing_zeros()).unwrap_or(AT_ONCE);
                mask &= mask - 1;
                let is_other = roots.get(bit).is_some_and(|(_, root)| *root != node);
                counts.get_mut(bit).filter(|_| is_other).into_iter().for_each(|count| *count += 1);
            }
        }
        counts
    }

    /// A shortest cycle in which `id` waits for itself, as a path that begins with it.
    pub fn cycle_through(&self, id: &str) -> Option<Vec<&'a str>> {
        let node = self.index.get(id).copied()?;
        let edges = self.events();
        let cycles = [node * 2, node * 2 + 1].into_iter().filter_map(|event| way_back(&edges, event, &|_| true));
        let nodes = nodes_of(&cycles.min_by_key(Vec::len)?);
        Some(nodes.into_iter().map(|node| self.id(node)).collect())
    }

    /// What each node that has parts amounts to: the sum of what `leaf` says of all that is below it and has no parts.
    pub fn sums<T: Copy + Default + AddAssign>(&self, leaf: &dyn Fn(&'a str) -> T) -> HashMap<&'a str, T> {
        let own = |(node, links): (&super::Node<'a>, &super::Links)| if links.children.is_empty() { leaf(node.id) } else { T::default() };
        let mut sums: Vec<T> = self.nodes.iter().zip(&self.links).map(own).collect();
        for node in self.walk.iter().rev().copied() {
            let Some(sum) = sums.get(node).copied() else { continue };
            let parent = self.parent(node).and_then(|parent| sums.get_mut(parent));
            parent.into_iter().for_each(|whole| *whole += sum);
        }
        let wholes = self.links.iter().enumerate().filter(|(_, links)| !links.children.is_empty() && links.span.is_some());
        wholes.filter_map(|(node, _)| Some((self.id(node), sums.get(node).copied()?))).collect()
    }

    /// For each event, whether some unfinished node waits for it.
    fn wanted(&self, after: &Edges, left: &[usize]) -> Vec<bool> {
        let mut wanted = vec![false; after.len()];
        let is_start = |event: usize| event.is_multiple_of(2) && self.nodes.get(event / 2).is_some_and(|node| !node.finished);
        let mut changed = true;
        // Once is enough where there are no cycles.
        while changed {
            changed = false;
            for event in left.iter().copied() {
                let is = of(after, event).iter().any(|next| is_start(*next) || wanted.get(*next).copied().unwrap_or(false));
                let slot = wanted.get_mut(event).filter(|slot| is && !**slot);
                changed |= slot.is_some_and(|slot| std::mem::replace(slot, true) != is);
            }
        }
        wanted
    }
}

/// For each event, which of `roots` must be finished before it.
fn spread(roots: &[(usize, usize)], (after, order): (&Edges, &[usize])) -> Vec<u64> {
    let mut masks = vec![0_u64; after.len()];
    for (bit, (_, root)) in roots.iter().enumerate() {
        masks.get_mut(root * 2 + 1).into_iter().for_each(|mask| *mask |= 1 << bit);
    }
    let mut changed = true;
    // Once is enough where there are no cycles, and once more to see that.
    while changed {
        changed = false;
        for event in order {
            let Some(mask) = masks.get(*event).copied().filter(|mask| *mask != 0) else { continue };
            for next in of(after, *event) {
                let Some(slot) = masks.get_mut(*next).filter(|slot| **slot | mask != **slot) else { continue };
                *slot |= mask;
                changed = true;
            }
        }
    }
    masks
}
