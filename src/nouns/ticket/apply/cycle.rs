//! Whether a plan would make tickets wait in a cycle, together with what is here: told before anything is written, by the
//! line of the plan.

use std::collections::HashMap;

use crate::engine::graph::{Graph, Node};
use crate::store::{Listed, Scan, Stored};
use crate::words::Order;

use super::super::model::Ticket;
use super::super::model::relations::{Names, fold};
use super::plan::{Plan, Planned};
use super::settle::Target;

/// The line of a ticket of the plan that is part of a cycle, and the cycle in words.
pub fn find_cycle(plan: &Plan, targets: &[Vec<Target>], found: &[Option<&Stored<Ticket>>], scan: &Scan<Ticket>) -> Option<(u32, String)> {
    let listed: Vec<Listed<Ticket>> = scan.records.iter().map(Stored::to_listed).collect();
    let names = Names::new(&listed);
    let called = |(planned, found): (&Planned, &Option<&Stored<Ticket>>)| match found {
        Some(stored) => stored.record.id.to_string(),
        // A ticket here may be called as the plan calls one of its own.
        None if names.find(&planned.reference).is_some() => format!("{} of the plan", planned.reference),
        None => planned.reference.clone(),
    };
    let own: Vec<String> = plan.tickets.iter().zip(found).map(called).collect();
    let mut nodes: HashMap<String, Node<'_>> = HashMap::new();
    for Listed { record: ticket, .. } in &listed {
        let node = node_of(&mut nodes, names.whole(ticket.id.as_str()));
        node.parent = node.parent.or(ticket.parent.as_deref().map(|parent| names.whole(parent)));
        node.depends_on.extend(ticket.depends_on.iter().map(|name| names.whole(name)));
        node.blocks.extend(ticket.blocks.iter().map(|name| names.whole(name)));
    }
    for ((planned, targets), id) in plan.tickets.iter().zip(targets).zip(&own) {
        let node = node_of(&mut nodes, id);
        node.parent = planned.around.and_then(|around| own.get(around)).map(String::as_str).or(node.parent);
        for ((property, ..), target) in planned.links.iter().zip(targets) {
            let other = match target {
                Target::Planned(place) => own.get(*place).map(String::as_str).unwrap_or_default(),
                Target::Here(id) => names.whole(id.as_str()),
            };
            match property.order() {
                Some(Order::Part) => node.parent = Some(other),
                Some(Order::After) => node.depends_on.push(other),
                Some(Order::Before) => node.blocks.push(other),
                Some(Order::Free) | None => {}
            }
        }
    }
    let graph = Graph::new(nodes.into_values().collect());
    if graph.cycles().is_empty() {
        return None;
    }
    let linked = plan.tickets.iter().zip(&own).filter(|(planned, _)| planned.around.is_some() || !planned.links.is_empty());
    let mut cycles = linked.filter_map(|(planned, id)| Some((planned.line, graph.cycle_through(id)?)));
    cycles.next().map(|(line, cycle)| (line, format!("dependency cycle: {}", super::super::model::cycle::way(&cycle))))
}

fn node_of<'a, 'b>(nodes: &'b mut HashMap<String, Node<'a>>, id: &'a str) -> &'b mut Node<'a> {
    nodes.entry(fold(id)).or_insert_with(|| Node { id, ..Node::default() })
}
