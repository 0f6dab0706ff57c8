//! What is still open around a ticket that somebody takes for finished.

use std::collections::HashSet;

use schemars::JsonSchema;
use serde::Serialize;

use crate::store::Listed;

use super::Ticket;
use super::acceptance::Criteria;
use super::relations::{Names, graph_of};

/// How many tickets one line names.
const NAMED: usize = 5;

/// What is still open around a finished ticket.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct LooseEnds {
    /// Its acceptance criteria, where not all of them are met.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub criteria: Option<Criteria>,
    /// Its unfinished parts, by their ids.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<String>,
    /// The unfinished tickets that it depends on, itself or through what it is a part of.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub blockers: Vec<String>,
}

impl LooseEnds {
    /// What is open around `ticket` among all tickets.
    pub fn of(ticket: &Ticket, tickets: &[Listed<Ticket>]) -> Self {
        let names = Names::new(tickets);
        let graph = graph_of(tickets, &names);
        let id = names.whole(ticket.id.as_str());
        let open: HashSet<&str> =
            tickets.iter().filter(|other| !other.record.category.is_closed()).map(|other| names.whole(other.record.id.as_str())).collect();
        Self {
            criteria: ticket.criteria.filter(|criteria| criteria.done < criteria.total),
            parts: graph.children(id).into_iter().filter(|part| open.contains(part)).map(str::to_owned).collect(),
            blockers: graph.blockers(id).into_iter().map(|blocker| blocker.id.to_owned()).collect(),
        }
    }

    /// All of it in one line; `None` if nothing is open.
    pub fn line(&self) -> Option<String> {
        let named = |ids: &[String]| match ids.get(..NAMED) {
            Some(first) if ids.len() > NAMED => format!("{} and {} more", first.join(", "), ids.len() - NAMED),
            _ => ids.join(", "),
        };
        let criteria = self.criteria.map(|open| format!("{} of {} acceptance criteria", open.total - open.done, open.total));
        let parts = (!self.parts.is_empty()).then(|| format!("its parts {}", named(&self.parts)));
        let blockers = (!self.blockers.is_empty()).then(|| format!("{}, which it depends on", named(&self.blockers)));
        let all: Vec<String> = [criteria, parts, blockers].into_iter().flatten().collect();
        (!all.is_empty()).then(|| format!("still open: {}", all.join("; ")))
    }
}
