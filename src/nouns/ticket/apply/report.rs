//! What came of a plan, as a small tree.

use crate::report::prelude::*;
use crate::words::Kind;

use super::plan::Plan;
use super::settle::Change;

/// What came of a plan.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ApplyReport {
    /// Its name.
    plan: String,
    dry_run: bool,
    created: usize,
    changed: usize,
    unchanged: usize,
    /// Its tickets, parents before their parts.
    tickets: Vec<AppliedTicket>,
}

/// A ticket of a plan.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AppliedTicket {
    /// Its name in the plan.
    #[serde(rename = "ref")]
    reference: String,
    /// Its id; of a dry run only where it is there already.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<Id>,
    kind: Kind,
    title: String,
    outcome: Outcome,
    /// The keys that changed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    keys: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<RepoPath>,
    /// How deep it is in the tree.
    depth: usize,
}

/// What happened to a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Outcome {
    Created,
    Changed,
    Unchanged,
}

impl ApplyReport {
    pub fn of(plan: Plan, changes: Vec<Change>, dry_run: bool) -> WithFindings<Self> {
        let mut depths: Vec<usize> = Vec::with_capacity(plan.tickets.len());
        for planned in &plan.tickets {
            depths.push(planned.around.and_then(|around| depths.get(around)).map_or(0, |depth| depth + 1));
        }
        let tickets: Vec<AppliedTicket> = plan
            .tickets
            .iter()
            .zip(changes)
            .zip(depths)
            .map(|((planned, change), depth)| {
                let (id, outcome, keys, path) = match change {
                    Change::Create(new) => {
                        (Some(new.id).filter(|_| !dry_run), Outcome::Created, Vec::new(), Some(new.path).filter(|_| !dry_run))
                    }
                    Change::Renew(renewed) => (Some(renewed.id), Outcome::Changed, renewed.keys, Some(renewed.path)),
                    Change::Same(id) => (Some(id), Outcome::Unchanged, Vec::new(), None),
                };
                let kind = planned.draft.kind.unwrap_or(Kind::Issue);
                AppliedTicket {
                    reference: planned.reference.clone(),
                    id,
                    kind,
                    title: planned.draft.title.clone(),
                    outcome,
                    keys,
                    path,
                    depth,
                }
            })
            .collect();
        let count = |outcome: Outcome| tickets.iter().filter(|ticket| ticket.outcome == outcome).count();
        let (created, changed, unchanged) = (count(Outcome::Created), count(Outcome::Changed), count(Outcome::Unchanged));
        Self { plan: plan.name, dry_run, created, changed, unchanged, tickets }.with(plan.remarks)
    }
}

impl Report for ApplyReport {
    const SCHEMA: &'static str = "cmpm.ticket.apply/1";

    fn render(&self, screen: &Screen) -> String {
        let word = if self.dry_run { "Would apply" } else { "Applied" };
        let plan = text::one_line(&self.plan);
        let mut out = format!("{word} {plan}: {} created, {} changed, {} unchanged\n", self.created, self.changed, self.unchanged);
        for ticket in &self.tickets {
            let (mark, tone) = match ticket.outcome {
                Outcome::Created => ("+", Tone::Good),
                Outcome::Changed => ("~", Tone::Careful),
                Outcome::Unchanged => ("=", Tone::Quiet),
            };
            let name = ticket.id.as_ref().map_or_else(|| format!("{} {}", ticket.kind.as_str(), ticket.reference), ToString::to_string);
            let keys = if ticket.keys.is_empty() { String::new() } else { format!(" ({})", ticket.keys.join(", ")) };
            let indent = "  ".repeat(ticket.depth);
            let _ = writeln!(
                out,
                "{indent}{} {}  {}{keys}",
                screen.paint(tone, mark),
                screen.paint(Tone::Key, &text::one_line(&name)),
                text::one_line(&ticket.title)
            );
        }
        out
    }
}
