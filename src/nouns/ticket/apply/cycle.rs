//! Whether a plan would make tickets wait for themselves, or be parts of themselves, together with what is here.

use std::collections::{HashMap, HashSet};

use crate::store::{Scan, Stored};

use super::super::model::Ticket;
use super::plan::Plan;
use super::settle::Target;

type Edges = HashMap<String, Vec<String>>;

/// The line of a ticket of the plan that is part of a cycle, and the cycle in words.
pub fn find_cycle(plan: &Plan, names: &[Vec<Target>], found: &[Option<&Stored<Ticket>>], scan: &Scan<Ticket>) -> Option<(u32, String)> {
    let name = |index: usize| match found.get(index).copied().flatten() {
        Some(stored) => stored.record.id.as_str().to_lowercase(),
        None => plan.tickets.get(index).map(|planned| planned.reference.to_lowercase()).unwrap_or_default(),
    };
    let (mut needs, mut parents): (Edges, Edges) = (HashMap::new(), HashMap::new());
    for stored in &scan.records {
        let ticket = &stored.record;
        let id = ticket.id.as_str().to_lowercase();
        parents.entry(id.clone()).or_default().extend(ticket.parent.iter().map(|parent| parent.to_lowercase()));
        needs.entry(id.clone()).or_default().extend(ticket.depends_on.iter().map(|needed| needed.to_lowercase()));
        ticket.blocks.iter().for_each(|blocked| needs.entry(blocked.to_lowercase()).or_default().push(id.clone()));
    }
    for (index, planned) in plan.tickets.iter().enumerate() {
        let own = name(index);
        if let Some(around) = planned.around {
            parents.insert(own.clone(), vec![name(around)]);
        }
        for ((key, ..), target) in planned.links.iter().zip(names.get(index).into_iter().flatten()) {
            let other = match target {
                Target::Planned(place) => name(*place),
                Target::Here(id) => id.as_str().to_lowercase(),
            };
            match *key {
                "parent" => drop(parents.insert(own.clone(), vec![other])),
                "depends_on" => needs.entry(own.clone()).or_default().push(other),
                "blocks" => needs.entry(other).or_default().push(own.clone()),
                _ => {}
            }
        }
    }
    plan.tickets.iter().enumerate().find_map(|(index, planned)| {
        let told = |edges: &Edges, what: &str| {
            cycle_from(edges, &name(index)).map(|cycle| (planned.line, format!("{what}: {}", cycle.join(" → "))))
        };
        told(&needs, "these would wait for each other").or_else(|| told(&parents, "these would be parts of each other"))
    })
}

/// The way from `start` back to itself.
fn cycle_from(edges: &Edges, start: &str) -> Option<Vec<String>> {
    let mut seen: HashSet<&str> = HashSet::new();
    let mut way: Vec<(&str, usize)> = vec![(start, 0)];
    while let Some((node, next)) = way.last_mut() {
        let Some(target) = edges.get(*node).and_then(|targets| targets.get(*next)) else {
            way.pop();
            continue;
        };
        *next += 1;
        if target == start {
            return Some(way.iter().map(|(node, _)| (*node).to_owned()).chain([start.to_owned()]).collect());
        }
        if seen.insert(target) {
            way.push((target, 0));
        }
    }
    None
}
