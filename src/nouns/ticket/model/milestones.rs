//! Which milestones a ticket belongs to: the one it names, and those of the tickets that it is a part of.

use std::collections::HashMap;

use crate::store::Listed;

use super::Ticket;
use super::relations::{Names, fold, graph_of};

/// The milestones of tickets by their ids, each as a ticket writes it.
pub type Milestones = HashMap<String, Vec<String>>;

/// The milestones of all tickets that have any.
pub fn milestones_of(tickets: &[Listed<Ticket>]) -> Milestones {
    let mut found = Milestones::new();
    let named = |stored: &&Listed<Ticket>| stored.record.milestone.is_some();
    if !tickets.iter().any(|stored| named(&stored)) {
        return found;
    }
    let names = Names::new(tickets);
    let graph = graph_of(tickets, &names);
    for stored in tickets.iter().filter(named) {
        let Some(milestone) = stored.record.milestone.as_ref() else { continue };
        let mut stack = vec![stored.record.id.as_str()];
        while let Some(id) = stack.pop() {
            let known: &mut Vec<String> = found.entry(id.to_owned()).or_default();
            if known.iter().all(|known| fold(known) != fold(milestone)) {
                known.push(milestone.clone());
                stack.extend(graph.children(id));
            }
        }
    }
    found
}
