//! Which tickets can be started, and why the others cannot. Pure: tickets, claims and the time in, a judgement out.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::fmt;

use rayon::prelude::*;
use schemars::JsonSchema;
use serde::Serialize;

use super::due::end_of;
use super::relations::{Names, graph_of};
use super::{Ticket, is_undecided};
use crate::base::date::parse_moment;
use crate::base::{AnyCase, Finding, Id, Rule, Severity, TOGETHER, Timestamp};
use crate::claims::Claim;
use crate::config::{Category, Config};
use crate::store::Listed;
use crate::words::{Kind, Priority, Property};

/// Why a ticket cannot be started.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Reason {
    /// It has parts, so start those.
    Container {
        /// How many there are.
        parts: usize,
    },
    /// Another ticket must be finished before.
    Blocked {
        /// The other ticket.
        by: String,
        /// The ticket above this one that says so, if not this one itself.
        #[serde(skip_serializing_if = "Option::is_none")]
        through: Option<String>,
    },
    /// Somebody works on it.
    Claimed {
        /// The run, if one does.
        #[serde(skip_serializing_if = "Option::is_none")]
        run: Option<Id>,
        /// Who, for people.
        by: String,
        /// Whether that is a run that waits for a person.
        #[serde(skip)]
        in_review: bool,
    },
    /// Somebody began it already.
    Begun {
        /// Its status, as written.
        status: String,
    },
    /// It was started or finished in another worktree or on another branch.
    Elsewhere {
        /// Its status there.
        status: String,
        /// Where that is, such as `on main`.
        place: String,
    },
    /// Its status says that nobody decided yet that it will be done.
    Undecided {
        /// Its status, as written.
        status: String,
    },
    /// It is a pull request: there is nothing to begin, it waits for somebody's judgement.
    Review,
    /// Nobody should begin yet.
    Deferred {
        /// Until when, as written.
        until: String,
    },
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Container { parts: 0 } => f.write_str("has no parts yet"),
            Self::Container { .. } => f.write_str("has parts, so start those"),
            Self::Blocked { by, through: None } => write!(f, "waits for {by}"),
            Self::Blocked { by, through: Some(above) } => write!(f, "waits for {by}, as {above} does"),
            Self::Begun { status } => write!(f, "is already {status}"),
            Self::Undecided { status } => write!(f, "is {status}, not decided yet"),
            Self::Claimed { by, in_review: true, .. } => write!(f, "{by} waits for review"),
            Self::Claimed { by, .. } => write!(f, "{by} is working on it"),
            Self::Elsewhere { status, place } => write!(f, "is {status} {place}"),
            Self::Review => f.write_str("waits for review"),
            Self::Deferred { until } => write!(f, "not before {until}"),
        }
    }
}

/// The tickets nobody began, the most urgent first.
#[derive(Debug)]
pub struct Judgement<'a> {
    /// Those that can be started.
    pub ready: Vec<&'a Listed<Ticket>>,
    /// Those that cannot, with every reason.
    pub waiting: Vec<(&'a Listed<Ticket>, Vec<Reason>)>,
    /// How many unfinished tickets wait for each of those that can, directly or through others; by id.
    pub wanted_by: HashMap<&'a str, usize>,
    /// What was wrong with dates and references.
    pub findings: Vec<Finding>,
}

/// Finds the key, of several that mean the same, under which a ticket's file says a text, and its line.
pub type Locate<'a> = dyn Fn(&Listed<Ticket>, Property, &str) -> (&'static str, u32) + 'a;

/// What a judgement depends on besides tickets and claims.
pub struct Circumstances<'a> {
    pub now: Timestamp,
    pub config: &'a Config,
    pub locate: &'a Locate<'a>,
}

/// Judges every ticket of the category todo.
pub fn judge<'a>(tickets: &'a [Listed<Ticket>], claims: &[Claim], about: &Circumstances<'_>) -> Judgement<'a> {
    let names = Names::new(tickets);
    let graph = graph_of(tickets, &names);
    let claimed: HashMap<AnyCase<'_>, &Claim> = claims.iter().map(|claim| (AnyCase(claim.ticket.as_str()), claim)).collect();
    let (config, now) = (about.config, about.now);
    let reasons = |stored: &'a Listed<Ticket>| {
        let id = names.whole(stored.record.id.as_str());
        let mut reasons: Vec<Reason> = container(&stored.record, graph.children(id).len()).into_iter().collect();
        reasons.extend(
            graph
                .blockers(id)
                .into_iter()
                .map(|blocker| Reason::Blocked { by: blocker.id.to_owned(), through: blocker.through.map(str::to_owned) }),
        );
        reasons.extend(claimed.get(&AnyCase(id)).map(|claim| Reason::Claimed { run: claim.run.clone(), by: claim.by(), in_review: false }));
        let status = &stored.record.status;
        reasons.extend(is_undecided(status, config).then(|| Reason::Undecided { status: status.clone() }));
        reasons.extend(deferred(&stored.record, now));
        reasons.extend((stored.record.kind == Kind::Pr).then_some(Reason::Review));
        (stored, reasons)
    };
    let is_todo = |stored: &&Listed<Ticket>| stored.record.category == Category::Todo;
    let judged: Vec<_> = tickets.par_iter().with_min_len(TOGETHER).filter(is_todo).map(reasons).collect();
    let (ready, mut waiting): (Vec<_>, Vec<_>) = judged.into_iter().partition(|(_, reasons)| reasons.is_empty());
    let mut ready: Vec<&Listed<Ticket>> = ready.into_iter().map(|(stored, _)| stored).collect();
    let ids: Vec<&str> = ready.iter().map(|stored| names.whole(stored.record.id.as_str())).collect();
    let wanted_by: HashMap<&str, usize> = ids.iter().copied().zip(graph.waiting_for(&ids)).collect();
    ready.sort_by_cached_key(|stored| rank(&stored.record, wanted_by.get(stored.record.id.as_str()).copied().unwrap_or(0)));
    waiting.sort_by_cached_key(|(stored, _)| rank(&stored.record, 0));
    Judgement { ready, waiting, wanted_by, findings: findings(tickets, &names, about.locate) }
}

fn container(ticket: &Ticket, parts: usize) -> Option<Reason> {
    // An epic is made of issues even before the first one is written.
    (parts > 0 || ticket.kind == Kind::Epic).then_some(Reason::Container { parts })
}

/// A date that cannot be read defers too: nobody should be offered work that may be too early.
fn deferred(ticket: &Ticket, now: Timestamp) -> Option<Reason> {
    let until = ticket.defer_until.as_ref()?;
    let early = parse_moment(until).is_none_or(|moment| now < moment);
    early.then(|| Reason::Deferred { until: until.clone() })
}

/// The most urgent first, then what is due first, then what most wait for, then the oldest, then by id.
pub fn rank(ticket: &Ticket, wanted_by: usize) -> (u8, i64, Reverse<usize>, i64, Id) {
    let moment = |found: Option<Timestamp>| found.map_or(i64::MAX, Timestamp::seconds);
    let due = moment(ticket.due.as_deref().and_then(end_of));
    let created = moment(ticket.created.as_deref().and_then(parse_moment));
    (urgency(ticket), due, Reverse(wanted_by), created, ticket.id.clone())
}

/// How urgent a ticket is, from 0 on.
pub fn urgency(ticket: &Ticket) -> u8 {
    ticket.priority.as_deref().and_then(Priority::of_file).unwrap_or(Priority::Medium) as u8
}

/// References of open tickets to what is not there, and dates that cannot be read.
fn findings(tickets: &[Listed<Ticket>], names: &Names<'_>, locate: &Locate<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for stored in tickets.iter().filter(|stored| !stored.record.category.is_closed()) {
        let ticket = &stored.record;
        for property in [Property::DependsOn, Property::Blocks] {
            for reference in ticket.texts(property).iter().filter(|reference| names.find(reference).is_none()) {
                let (key, line) = locate(stored, property, reference);
                let message = format!("`{key}` refers to `{reference}`, which is not a ticket here, so it is ignored");
                let finding = Finding::new(Rule::UnknownTicket, Severity::Warning, stored.path.clone(), message);
                findings.push(finding.at(line).hint("write the full id of a ticket, or remove it"));
            }
        }
        if let Some(until) = ticket.defer_until.as_ref().filter(|until| parse_moment(until).is_none()) {
            let message = format!("`{until}` is not a date, so the ticket is never offered");
            let finding = Finding::new(Rule::BadDate, Severity::Warning, stored.path.clone(), message);
            findings.push(finding.at(locate(stored, Property::DeferUntil, until).1).hint("write it like 2026-12-24"));
        }
    }
    findings
}

#[cfg(test)]
#[path = "readiness_tests.rs"]
mod tests;
