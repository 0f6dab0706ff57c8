//! Which tickets a verb looks at: conditions over every key that tickets have, saved ones among them.

use crate::base::date::{parse_moment, written_out};
use crate::base::{Explain, Explained, Timestamp};
use crate::config::Config;
use crate::engine::filter::{Comparison, Condition, FilterError};
use crate::report::prelude::*;
use crate::store::{Listed, Listing, Stored};
use crate::words::{Holds, Priority, Property};

use super::super::file::values::ValueError;
use super::super::model;
use super::super::model::due::is_overdue;
use super::super::model::milestones::{Milestones, milestones_of};
use super::super::model::properties::{RANK, all_texts, known_keys, values};
use super::super::model::{Ticket, TicketError};

// No doc comment on the struct: clap would take it for the help of the verb that it is a part of.
#[derive(Debug, Default, Clone, Args)]
pub struct Filter {
    /// Only this status, or this category: todo, active, done, cancelled
    #[arg(long, short, visible_alias = "state", value_name = "STATUS", add = Takes::Status)]
    status: Option<String>,
    /// Only this priority
    #[arg(long, short, value_name = "PRIORITY", add = Takes::Priority)]
    priority: Option<String>,
    /// Only tickets with this label
    #[arg(long, short, visible_aliases = ["labels", "tags"], alias = "tag", value_name = "LABEL", add = Takes::Label)]
    label: Option<String>,
    /// Only tickets of this person or agent; `me` is you, `none` is nobody
    #[arg(long, value_name = "NAME", add = Takes::Person)]
    assignee: Option<String>,
    /// Only parts of this ticket
    #[arg(long, visible_aliases = ["epic", "issue"], value_name = "ID", add = Takes::Ticket)]
    parent: Option<String>,
    /// Only tickets that match this condition, such as `status=active and label=docs and due<+2w`; `~` means contains,
    /// `assignee=me` you, `assignee=` or `assignee=none` nobody
    #[arg(long = "where", value_name = "CONDITION")]
    condition: Option<String>,
    /// Only tickets that match the condition of this name under `filters:` in the settings
    #[arg(long, value_name = "NAME", add = Takes::Filter)]
    filter: Option<String>,
    /// Only tickets due before this date, such as 2026-12-24, tomorrow, +2w or fri
    #[arg(long, value_name = "DATE")]
    due_before: Option<String>,
    /// Only open tickets that are past their due date
    #[arg(long)]
    overdue: bool,
    /// Only tickets of this milestone, with all their parts
    #[arg(long, value_name = "NAME", add = Takes::Milestone)]
    milestone: Option<String>,
}

#[derive(Debug, thiserror::Error)]
pub enum SavedFilterError {
    #[error("there is no filter `{name}` in the settings")]
    Unknown { name: String, known: Vec<String> },
    #[error("the filter `{name}` of the settings: {error}")]
    Saved { name: String, error: FilterError },
}

impl Explain for SavedFilterError {
    fn explain(&self) -> Explained {
        match self {
            Self::Unknown { known, .. } if known.is_empty() => Explained::wrong("not_found")
                .hint("write one in .cmpm/config.yaml, such as `filters: {mine: assignee=me and status=active}`"),
            Self::Unknown { known, .. } => Explained::wrong("not_found").hint(format!("there are {}", known.join(", "))),
            Self::Saved { error, .. } => Explained::wrong("bad_condition").hint(error.marked()).hint("correct it under `filters:`"),
        }
    }
}

/// A filter that was understood.
#[derive(Debug)]
pub struct Predicate {
    /// With the whole id of the parent.
    filter: Filter,
    conditions: Vec<Condition>,
    /// Every name by which the one who is asked for may go.
    assignee: Option<Vec<String>>,
    /// The milestones of each ticket, if one is asked for.
    milestones: Milestones,
    due_before: Option<Timestamp>,
    now: Timestamp,
}

impl Filter {
    /// Reads the conditions, over the keys that cmpm knows and those that the tickets of `scan` have.
    pub fn predicate(&self, context: &Context, scan: &Listing<Ticket>) -> Result<Predicate> {
        if let Some(word) = &self.status {
            require_status(word, scan, context.config()?)?;
        }
        let now = context.clock.now();
        let parent = self.parent.as_ref().map(|query| whole_parent(&context.name_of(query), scan)).transpose()?;
        let mut conditions = Vec::new();
        if self.condition.is_some() || self.filter.is_some() {
            let known = known_keys(&scan.records);
            let known: Vec<&str> = known.iter().map(String::as_str).collect();
            conditions.extend(self.condition.as_ref().map(|text| Condition::parse(text, &known)).transpose()?);
            conditions.extend(self.saved(context, &known)?);
        }
        let asks =
            |what: &dyn Fn(&str, &str) -> bool| conditions.iter().flat_map(Condition::comparisons).any(|(key, _, value)| what(key, value));
        let asks_for_milestone = self.milestone.is_some() || asks(&|key, _| Property::of_key(key) == Some(Property::Milestone));
        let milestones = if asks_for_milestone { milestones_of(&scan.records) } else { Milestones::new() };
        let asks_for_me = self.assignee.as_deref().is_some_and(is_me) || asks(&|key, value| is_assignee(key) && is_me(value));
        let me = if asks_for_me { names_of_me(context) } else { Vec::new() };
        let ready = |condition| prepared(meant(condition, &me, now));
        let conditions: Vec<Condition> = conditions.into_iter().map(ready).collect::<Result<_, ValueError>>()?;
        let assignee = self.assignee.as_ref().map(|name| match name.trim() {
            name if is_me(name) => me,
            name if is_nobody(name) => Vec::new(),
            name => vec![name.to_owned()],
        });
        let due_before = self.due_before.as_deref().map(|date| moment(date, now)).transpose()?;
        Ok(Predicate { filter: Self { parent, ..self.clone() }, conditions, assignee, milestones, due_before, now })
    }

    fn saved(&self, context: &Context, known: &[&str]) -> Result<Option<Condition>> {
        let Some(name) = &self.filter else { return Ok(None) };
        let filters = &context.config()?.filters;
        let Some(text) = filters.get(name) else {
            return Err(SavedFilterError::Unknown { name: text::one_line(name), known: filters.keys().cloned().collect() }.into());
        };
        let condition = Condition::parse(text, known).map_err(|error| SavedFilterError::Saved { name: name.clone(), error })?;
        Ok(Some(condition))
    }
}

/// Refuses a word that means nothing, here or anywhere.
fn require_status(word: &str, scan: &Listing<Ticket>, config: &Config) -> Result<(), TicketError> {
    let written = || scan.records.iter().any(|stored| stored.record.has_status(word));
    if model::category(word, config).is_some() || written() { Ok(()) } else { Err(TicketError::unknown_status(word, config)) }
}

/// The id that tickets name as their parent: as typed where one does (the parent's own file may be gone), else whose beginning was typed.
fn whole_parent(query: &str, scan: &Listing<Ticket>) -> Result<String> {
    let is_named = |stored: &Listed<Ticket>| is(stored.record.parent.as_ref(), query);
    if scan.records.iter().any(is_named) { Ok(query.to_owned()) } else { Ok(scan.find(query)?.record.id.to_string()) }
}

/// Whether a value is the one that is wanted, in whatever letters.
fn is(found: Option<&String>, wanted: &str) -> bool {
    found.is_some_and(|found| found.trim().eq_ignore_ascii_case(wanted.trim()))
}

/// The moment that a date or words such as `yesterday` name.
pub fn moment(date: &str, now: Timestamp) -> Result<Timestamp, ValueError> {
    parse_moment(&written_out(date, now)).ok_or_else(|| ValueError::Date { text: text::one_line(date) })
}

/// The same of something that has happened.
pub fn past_moment(date: &str, now: Timestamp) -> Result<Timestamp, ValueError> {
    let moment = moment(date, now)?;
    if moment > now { Err(ValueError::Future { text: text::one_line(date) }) } else { Ok(moment) }
}

/// A condition as the values of tickets can be compared with it: a moment without fractions of a second, a priority by its rank.
/// Nothing is before or after what is no date (the beginning of one, `2026-12`, is), nor above or below what is no priority.
fn prepared(condition: Condition) -> Result<Condition, ValueError> {
    let all = |parts: Vec<Condition>| parts.into_iter().map(prepared).collect::<Result<_, _>>();
    Ok(match condition {
        Condition::All(parts) => Condition::All(all(parts)?),
        Condition::Any(parts) => Condition::Any(all(parts)?),
        Condition::Not(part) => Condition::Not(Box::new(prepared(*part)?)),
        Condition::Compare { key, comparison, value } => prepared_comparison(key, comparison, value)?,
    })
}

fn prepared_comparison(key: String, comparison: Comparison, value: String) -> Result<Condition, ValueError> {
    let is_ordered = !matches!(comparison, Comparison::Equal | Comparison::Different | Comparison::Contains);
    let (key, value) = match Property::of_key(&key).map(|property| property.row().holds) {
        Some(Holds::Date) => (key, prepared_date(value, is_ordered)?),
        Some(Holds::Priority) if is_ordered => {
            let rank = Priority::of_file(&value).map(Priority::rank);
            (RANK.to_owned(), rank.ok_or_else(|| ValueError::Priority { text: text::one_line(&value) })?.to_string())
        }
        _ => (key, value),
    };
    Ok(Condition::Compare { key, comparison, value })
}

fn prepared_date(value: String, is_ordered: bool) -> Result<String, ValueError> {
    let is_whole = || ["", "-01", "-01-01"].iter().any(|rest| parse_moment(&format!("{value}{rest}")).is_some());
    match parse_moment(&value) {
        Some(moment) if value.contains('.') && value.contains(':') => Ok(moment.to_string()),
        _ if is_ordered && !is_whole() => Err(ValueError::Date { text: text::one_line(&value) }),
        _ => Ok(value),
    }
}

/// What the person at the keyboard is called in tickets.
fn names_of_me(context: &Context) -> Vec<String> {
    let mut names = vec!["me".to_owned()];
    if let Some(person) = context.repository().ok().and_then(|repository| repository.identity().ok()) {
        names.extend(person.email.split_once('@').map(|(user, _)| user.to_owned()));
        names.extend([person.name, person.email]);
    }
    let at: Vec<String> = names.iter().map(|name| format!("@{name}")).collect();
    names.extend(at);
    names
}

/// Whom a name given for a ticket means: `me` is who types, `none` nobody.
pub fn person_meant(context: &Context, name: &str) -> Result<String> {
    match name {
        name if is_me(name) => Ok(context.repository()?.identity()?.name),
        name if name.eq_ignore_ascii_case("none") => Ok(String::new()),
        name => Ok(name.to_owned()),
    }
}

/// The same condition, with everyone I am in the place of `me`, nothing in that of nobody, and days in that of words for them.
fn meant(condition: Condition, me: &[String], now: Timestamp) -> Condition {
    condition.map(&|key, comparison, value| match value.as_str() {
        name if is_assignee(&key) && is_me(name) => {
            let same = |name: &String| Condition::Compare { key: key.clone(), comparison: Comparison::Equal, value: name.clone() };
            let any = Condition::Any(me.iter().map(same).collect());
            if comparison == Comparison::Different { Condition::Not(Box::new(any)) } else { any }
        }
        name if is_assignee(&key) && is_nobody(name) => Condition::Compare { key, comparison, value: String::new() },
        day if is_date(&key) => Condition::Compare { comparison, value: written_out(day, now), key },
        _ => Condition::Compare { key, comparison, value },
    })
}

fn is_date(key: &str) -> bool {
    Property::of_key(key).is_some_and(|property| property.row().holds == Holds::Date)
}

fn is_assignee(key: &str) -> bool {
    Property::of_key(key) == Some(Property::Assignee)
}

fn is_me(name: &str) -> bool {
    matches!(name.trim().to_ascii_lowercase().as_str(), "me" | "@me")
}

fn is_nobody(name: &str) -> bool {
    matches!(name.trim().to_ascii_lowercase().as_str(), "" | "none")
}

impl Predicate {
    /// Whether it speaks of what is finished, so that finished tickets are asked for as well.
    pub fn speaks_of_status(&self) -> bool {
        let mut compared = self.conditions.iter().flat_map(Condition::comparisons);
        self.filter.status.is_some() || compared.any(|(key, ..)| key == "status" || key == "category")
    }

    pub fn lets_through<D>(&self, stored: &Stored<Ticket, D>) -> bool {
        let (ticket, Filter { status, priority, label, parent, milestone, overdue, .. }) = (&stored.record, &self.filter);
        let early = |limit: Timestamp| ticket.due.as_deref().and_then(parse_moment).is_some_and(|due| due < limit);
        let same = |wanted: &Option<String>, found: &Option<String>| wanted.as_ref().is_none_or(|wanted| is(found.as_ref(), wanted));
        let milestones = || self.milestones.get(ticket.id.as_str()).map_or(&[][..], Vec::as_slice);
        let values = |key: &str| match Property::of_key(key) {
            Some(Property::Milestone) => milestones().to_vec(),
            _ => values((ticket, &stored.path), key, self.now),
        };
        status.as_ref().is_none_or(|status| ticket.has_status(status))
            && same(priority, &ticket.priority)
            && self.assignee.as_ref().is_none_or(|names| is_assigned(ticket, names))
            && same(parent, &ticket.parent)
            && milestone.as_ref().is_none_or(|name| milestones().iter().any(|found| is(Some(found), name)))
            && label.as_ref().is_none_or(|label| ticket.labels.iter().any(|found| is(Some(found), label)))
            && self.due_before.is_none_or(early)
            && (!overdue || is_overdue(ticket, self.now))
            && self.conditions.iter().all(|condition| condition.holds(&values))
    }
}

/// Whether a ticket is one of these people's; of no people, whether it is nobody's.
fn is_assigned(ticket: &Ticket, names: &[String]) -> bool {
    let mut found = all_texts(ticket, Property::Assignee).filter(|found| !found.trim().is_empty()).peekable();
    if names.is_empty() { found.peek().is_none() } else { found.any(|found| names.iter().any(|name| is(Some(found), name))) }
}

#[cfg(test)]
#[path = "filter_tests.rs"]
mod tests;
