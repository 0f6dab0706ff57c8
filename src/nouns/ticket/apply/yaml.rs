//! A plan as YAML or JSON: `schema: cmpm.plan/1`, `name`, and `tickets`, each with its `children`.

use crate::base::date::parse_moment;
use crate::base::glob::Globs;
use crate::base::text;
use crate::config::Config;
use crate::document::{Located, Shape};

use super::super::model::{self, Kind};
use super::plan::{Plan, Planned};

/// The version of the form that is read.
pub const SCHEMA: &str = "cmpm.plan/1";
/// Keys of a plan.
const PLAN_KEYS: [&str; 3] = ["schema", "name", "tickets"];
/// Keys of a ticket in a plan, `children` aside.
pub const TICKET_KEYS: [&str; 22] = [
    "ref",
    "id",
    "kind",
    "title",
    "status",
    "priority",
    "parent",
    "assignee",
    "agent",
    "labels",
    "depends_on",
    "blocks",
    "related",
    "duplicates",
    "discovered_from",
    "paths",
    "estimate",
    "due",
    "defer_until",
    "milestone",
    "description",
    "acceptance",
];
/// Keys that name other tickets.
pub const LINKS: [&str; 6] = ["parent", "depends_on", "blocks", "related", "duplicates", "discovered_from"];

/// Reads a plan into `plan`.
pub fn read(plan: &mut Plan, value: &Located, config: &Config) {
    let tickets = match &value.shape {
        Shape::List(items) => items,
        Shape::Map(entries) => {
            for (key, line, value) in entries {
                match (key.as_str(), scalar(value)) {
                    ("schema", Some(schema)) if schema == SCHEMA => {}
                    ("schema", _) => plan.wrong(*line, format!("`schema` must be {SCHEMA}: this version of cmpm reads no other")),
                    ("name", Some(name)) => plan.name = text::one_line(&name),
                    ("name", None) => plan.wrong(*line, "`name` must be a word"),
                    ("tickets", _) => {}
                    _ => unknown(plan, *line, key, &PLAN_KEYS),
                }
            }
            match entries.iter().find(|(key, ..)| key == "tickets").map(|(.., value)| &value.shape) {
                Some(Shape::List(items)) => items,
                _ => return plan.wrong(value.line, "a plan has a list `tickets`"),
            }
        }
        Shape::Null | Shape::Scalar(_) => return plan.wrong(value.line, "a plan has a list `tickets`"),
    };
    tickets.iter().for_each(|ticket| read_ticket(plan, ticket, None, config));
}

fn unknown(plan: &mut Plan, line: u32, key: &str, known: &[&str]) {
    let close = text::closest(key, known.iter().copied().chain(["children"]));
    let hint = close.map_or_else(|| format!("known are {}", known.join(", ")), |close| format!("is `{close}` meant?"));
    plan.wrong(line, format!("`{}` is not a key of a plan: {hint}", text::one_line(key)));
}

fn scalar(value: &Located) -> Option<String> {
    if let Shape::Scalar(text) = &value.shape { Some(text.trim().to_owned()) } else { None }
}

fn read_ticket(plan: &mut Plan, value: &Located, around: Option<usize>, config: &Config) {
    let Shape::Map(entries) = &value.shape else {
        return match scalar(value) {
            // A line alone is a title.
            Some(title) => {
                let mut planned = Planned { around, line: value.line, ..Planned::default() };
                planned.draft.title = title;
                plan.add(planned);
            }
            None => plan.wrong(value.line, "a ticket is a title, or a mapping with one"),
        };
    };
    let mut planned = Planned { around, line: value.line, ..Planned::default() };
    for (key, line, value) in entries.iter().filter(|(key, ..)| key != "children") {
        if value.shape == Shape::Null {
            continue;
        }
        match set(&mut planned, key, value, config) {
            Ok(()) => planned.given.push(key.clone()),
            Err(Wrong::Unknown) => unknown(plan, *line, key, &TICKET_KEYS),
            Err(Wrong::Value(message)) => plan.wrong(*line, message),
        }
    }
    let index = plan.add(planned);
    match entries.iter().find(|(key, ..)| key == "children").map(|(_, line, value)| (line, &value.shape)) {
        Some((_, Shape::List(items))) => items.iter().for_each(|item| read_ticket(plan, item, Some(index), config)),
        Some((_, Shape::Null)) | None => {}
        Some((line, _)) => plan.wrong(*line, "`children` is a list of tickets"),
    }
}

/// Why a key cannot be taken.
pub enum Wrong {
    /// Nothing knows it.
    Unknown,
    /// Not with this value.
    Value(String),
}

/// Sets a key of a ticket.
///
/// # Errors
/// If there is no such key, or the value cannot stand there.
pub fn set(planned: &mut Planned, key: &str, value: &Located, config: &Config) -> Result<(), Wrong> {
    if !TICKET_KEYS.contains(&key) {
        return Err(Wrong::Unknown);
    }
    let wrong = |message: String| Err(Wrong::Value(message));
    let lists = ["labels", "paths", "acceptance"].contains(&key) || LINKS.iter().any(|link| *link == key && key != "parent");
    if lists {
        let Some(items) = texts(value) else { return wrong(format!("`{key}` is a list of words")) };
        return set_list(planned, key, items);
    }
    let Shape::Scalar(text) = &value.shape else { return wrong(format!("`{key}` is one word or line")) };
    let line = text::one_line(text);
    let draft = &mut planned.draft;
    match key {
        "description" => text.trim().clone_into(&mut draft.body),
        "ref" if line.is_empty() || line.contains(char::is_whitespace) || line.contains('#') => {
            return wrong("`ref` is one word without `#`".to_owned());
        }
        "ref" => planned.reference = line,
        "id" => planned.id = Some(line),
        "kind" => match Kind::parse(&line) {
            Some(kind) => draft.kind = Some(kind),
            None => return wrong(format!("`{line}` is not a kind: epic, issue, task or pr")),
        },
        "title" => draft.title = line,
        "status" if model::category(&line, config).is_none() => return wrong(format!("`{line}` is not a status of this project")),
        "status" => draft.status = line,
        "priority" if !matches!(line.as_str(), "critical" | "high" | "medium" | "low") => {
            return wrong(format!("`{line}` is not a priority: critical, high, medium or low"));
        }
        "priority" => draft.priority = Some(line),
        "due" | "defer_until" if parse_moment(&line).is_none() => {
            return wrong(format!("`{line}` is not a date; write it like 2026-12-24"));
        }
        "due" => draft.due = Some(line),
        "defer_until" => draft.defer_until = Some(line),
        "assignee" => draft.assignee = Some(line),
        "agent" => draft.agent = Some(line),
        "milestone" => draft.milestone = Some(line),
        "parent" => planned.links.push(("parent", line, value.line)),
        _ => drop(draft.more.insert(key.to_owned(), line.into())),
    }
    Ok(())
}

fn set_list(planned: &mut Planned, key: &str, items: Vec<(String, u32)>) -> Result<(), Wrong> {
    let words = || items.iter().map(|(text, _)| text.clone()).collect::<Vec<_>>();
    match key {
        "labels" => planned.draft.labels = words(),
        "acceptance" => planned.acceptance = items.iter().map(|(text, _)| (false, text.clone())).collect(),
        "paths" => {
            Globs::check(&words()).map_err(|error| Wrong::Value(error.to_string()))?;
            planned.draft.paths = words();
        }
        _ => {
            let link = LINKS.iter().find(|link| **link == key).copied().unwrap_or("related");
            planned.links.extend(items.into_iter().map(|(text, line)| (link, text, line)));
        }
    }
    Ok(())
}

/// The words of a list, each with its line; a single word is a list of one.
fn texts(value: &Located) -> Option<Vec<(String, u32)>> {
    let word = |value: &Located| scalar(value).map(|text| (text::one_line(&text), value.line)).filter(|(text, _)| !text.is_empty());
    match &value.shape {
        Shape::List(items) => items.iter().map(word).collect(),
        _ => word(value).map(|word| vec![word]),
    }
}
