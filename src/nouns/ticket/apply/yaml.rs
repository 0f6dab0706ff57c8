//! A plan as YAML or JSON: `schema: cmpm.plan/1`, `name`, and `tickets`, each with its `children`.

use crate::base::date::parse_moment;
use crate::base::glob::Globs;
use crate::base::text;
use crate::config::Config;
use crate::document::{Located, Shape};
use crate::words::{Holds, Kind, Priority, Property};

use super::super::model;
use super::plan::{Plan, Planned};

/// The version of the form that is read.
pub const SCHEMA: &str = "cmpm.plan/1";
const PLAN_KEYS: [&str; 3] = ["schema", "name", "tickets"];
/// Keys of a ticket in a plan, `children` aside.
pub fn ticket_keys() -> impl Iterator<Item = &'static str> {
    let written = Property::written().map(|(property, _)| property.name());
    ["ref", "id", "kind", "title", "status"].into_iter().chain(written).chain(["description", "acceptance"])
}

/// Reads a plan into `plan`.
pub fn read(plan: &mut Plan, value: &Located, config: &Config) {
    let tickets = match &value.shape {
        Shape::List(items) => items,
        Shape::Map(entries) => {
            entries.iter().for_each(|(key, line, value)| read_key(plan, key, *line, value));
            match entries.iter().find(|(key, ..)| key == "tickets").map(|(.., value)| &value.shape) {
                Some(Shape::List(items)) => items,
                _ => return plan.wrong(value.line, "a plan has a list `tickets`"),
            }
        }
        Shape::Null | Shape::Scalar(_) => return plan.wrong(value.line, "a plan has a list `tickets`"),
    };
    tickets.iter().for_each(|ticket| read_ticket(plan, ticket, None, config));
}

/// Reads a key beside the tickets.
fn read_key(plan: &mut Plan, key: &str, line: u32, value: &Located) {
    match (key, scalar(value)) {
        ("schema", Some(schema)) if schema == SCHEMA => {}
        ("schema", _) => plan.wrong(line, format!("`schema` must be {SCHEMA}: this version of cmpm reads no other")),
        ("name", Some(name)) => plan.name = text::one_line(&name),
        ("name", None) => plan.wrong(line, "`name` must be a word"),
        ("tickets", _) => {}
        _ => unknown(plan, line, key, &mut PLAN_KEYS.into_iter()),
    }
}

fn unknown(plan: &mut Plan, line: u32, key: &str, known: &mut dyn Iterator<Item = &'static str>) {
    let known: Vec<&str> = known.collect();
    let close = text::closest(key, known.iter().copied().chain(["children"]));
    let hint = close.map_or_else(|| format!("known are {}", known.join(", ")), |close| format!("did you mean `{close}`?"));
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
            Err(Wrong::Unknown) => unknown(plan, *line, key, &mut ticket_keys()),
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

pub fn set(planned: &mut Planned, key: &str, value: &Located, config: &Config) -> Result<(), Wrong> {
    if let Some(property) = Property::of_name(key).filter(|property| property.row().flag.is_some()) {
        return set_property(planned, property, value);
    }
    let wrong = |message: String| Err(Wrong::Value(message));
    if key == "acceptance" {
        let items = texts(value).ok_or_else(|| Wrong::Value(format!("`{key}` is a list of words")))?;
        planned.acceptance = items.into_iter().map(|(text, _)| (false, text)).collect();
        return Ok(());
    }
    if !ticket_keys().any(|known| known == key) {
        return Err(Wrong::Unknown);
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
        "status" if model::category(&line, config).is_none() => return wrong(format!("`{line}` is not a status of this project")),
        "status" => draft.status = line,
        _ => draft.title = line,
    }
    Ok(())
}

fn set_property(planned: &mut Planned, property: Property, value: &Located) -> Result<(), Wrong> {
    let (key, wrong) = (property.name(), |message: String| Err(Wrong::Value(message)));
    let items = match &value.shape {
        Shape::Scalar(text) if !property.is_list() => vec![(text::one_line(text), value.line)],
        _ if !property.is_list() => return wrong(format!("`{key}` is one word or line")),
        _ => texts(value).ok_or_else(|| Wrong::Value(format!("`{key}` is a list of words")))?,
    };
    match (property.row().holds, items.first()) {
        (Holds::Tickets { .. }, _) => {
            planned.links.extend(items.into_iter().map(|(text, line)| (property, text, line)));
            return Ok(());
        }
        (Holds::Priority, Some((word, _))) if Priority::ALL.iter().all(|priority| priority.as_str() != word) => {
            return wrong(format!("`{word}` is not a priority: {}", Priority::words()));
        }
        (Holds::Date, Some((word, _))) if parse_moment(word).is_none() => {
            return wrong(format!("`{word}` is not a date; write it like 2026-12-24"));
        }
        _ => {}
    }
    let words: Vec<String> = items.into_iter().map(|(text, _)| text).collect();
    if property.row().holds == Holds::Globs {
        Globs::check(&words).map_err(|error| Wrong::Value(error.to_string()))?;
    }
    planned.draft.set(property, words);
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
