//! Memories that say they replace each other in a cycle, or themselves: by hand or by a merge, as no command writes such a thing.

use std::collections::HashMap;

use crate::base::{Finding, Rule, Severity};
use crate::engine::graph::components;
use crate::store::{Listed, Snapshot, Store, Stored};

use super::Memory;

/// The members of each cycle, as places in `records`, in order.
pub fn cycles<D>(records: &[Stored<Memory, D>]) -> Vec<Vec<usize>> {
    let mut places: HashMap<String, usize> = HashMap::new();
    for (place, stored) in records.iter().enumerate().filter(|(_, stored)| !stored.record.supersedes.is_empty()) {
        let names = std::iter::once(stored.record.id.as_str()).chain(stored.record.aliases.iter().map(String::as_str));
        for name in names {
            places.entry(name.to_lowercase()).or_insert(place);
        }
    }
    let named =
        |stored: &Stored<Memory, D>| stored.record.supersedes.iter().filter_map(|old| places.get(&old.to_lowercase()).copied()).collect();
    let edges: Vec<Vec<usize>> = records.iter().map(named).collect();
    let sorted = |members: std::collections::HashSet<usize>| {
        let mut members: Vec<usize> = members.into_iter().collect();
        members.sort_unstable();
        members
    };
    let mut cycles: Vec<Vec<usize>> = components(&edges).into_iter().map(sorted).collect();
    cycles.sort();
    cycles
}

/// A finding for each member, at the line that says so: any of them can break its cycle.
pub fn cycle_findings<D>((store, snapshot): (&Store, &Snapshot<'_>), records: &[Stored<Memory, D>]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for cycle in cycles(records) {
        let members: Vec<&Stored<Memory, D>> = cycle.iter().filter_map(|place| records.get(*place)).collect();
        let names: Vec<&str> = members.iter().map(|stored| stored.record.id.as_str()).collect();
        let message = match names.as_slice() {
            [only] => format!("{only} says that it replaces itself, which is ignored"),
            names => format!("{} replace each other in a cycle, so none of them counts as replaced", names.join(", ")),
        };
        findings.extend(members.iter().map(|stored| {
            let finding = Finding::new(Rule::SupersedesCycle, Severity::Error, stored.path.clone(), message.clone());
            finding.at(line_of((store, snapshot), stored)).hint("remove one of these references from `supersedes`")
        }));
    }
    findings
}

fn line_of<D>((store, snapshot): (&Store, &Snapshot<'_>), stored: &Stored<Memory, D>) -> u32 {
    let listed = Listed { record: stored.record.clone(), path: stored.path.clone(), document: (), source: stored.source.clone() };
    let opened = store.open(snapshot, &listed).ok();
    opened.and_then(|stored| stored.document.field("supersedes").map(|field| field.line)).unwrap_or(1)
}
