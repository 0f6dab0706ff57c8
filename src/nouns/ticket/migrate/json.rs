//! Tickets that an old tool kept as one JSON file each: a migration writes them as tickets, and leaves the files alone.

use std::collections::HashSet;

use serde_json::{Map, Value as Json};

use crate::base::{Finding, Id, RepoPath, Rule, Severity, text};
use crate::document::{Value, render_new};
use crate::fs::read;
use crate::store::{Store, Stored, Transaction};
use crate::words::{Kind, Status};

use super::super::file::place;
use super::super::model::Ticket;
use super::Migrated;
use super::native::native_status;

const FOLDER: RepoPath = RepoPath::of(".claude-pm/tickets");
/// What is taken as cmpm's own key, or as the body.
const TAKEN: [&str; 9] = ["id", "type", "kind", "title", "status", "priority", "description", "content", "body"];

/// Adds the tickets that are not there yet.
pub fn import(store: &Store, records: &[Stored<Ticket>], report: &mut Migrated, transaction: &mut Transaction<'_>) {
    let mut added = HashSet::new();
    for name in read::names(&FOLDER.below(store.root())).unwrap_or_default().iter().filter(|name| name.ends_with(".json")) {
        let path = FOLDER.join(name);
        let object = read::read(&path.below(store.root())).ok().and_then(|bytes| serde_json::from_slice::<Map<String, Json>>(&bytes).ok());
        let Some(ticket) = object.as_ref().and_then(|object| ticket(store, name, object)) else {
            let finding = Finding::new(Rule::NotATicket, Severity::Note, path, "not a JSON object with an id and a title");
            report.findings.push(finding.at(1));
            continue;
        };
        let is_there = |stored: &Stored<Ticket>| {
            stored.record.id.is(ticket.id.as_str()) || stored.record.aliases.iter().any(|alias| ticket.id.is(alias))
        };
        // Where two files have one id, the other one stays a file.
        if !records.iter().any(is_there) && added.insert(ticket.id.as_str().to_ascii_uppercase()) {
            transaction.create(&ticket.path, ticket.text.into_bytes());
            report.imported += 1;
            report.files += 1;
        }
    }
}

struct Written {
    id: Id,
    path: RepoPath,
    text: String,
}

fn ticket(store: &Store, name: &str, object: &Map<String, Json>) -> Option<Written> {
    let of = |key: &str| object.get(key).and_then(Json::as_str).map(str::trim).filter(|text| !text.is_empty());
    let own = Kind::ALL.into_iter().find(|kind| of(kind.id_key()).is_some() && of("id").is_none());
    let written = of("id").or_else(|| of(own?.id_key())).or_else(|| name.strip_suffix(".json"))?;
    let id = Id::parse(written)?;
    let prefix = written.split('-').next().unwrap_or_default();
    let by_prefix = Kind::ALL.into_iter().find(|kind| store.config().prefixes.of(*kind).eq_ignore_ascii_case(prefix));
    let kind = ["kind", "type"].iter().find_map(|key| Kind::parse(of(key)?)).or(own).or(by_prefix).unwrap_or(Kind::Issue);
    let title = text::one_line(of("title")?);
    let status = of("status").unwrap_or(Status::Planning.as_str());
    let status = native_status(status, store.config());
    let mut fields = vec![
        ("id", Value::from(id.as_str())),
        ("kind", Value::from(kind.as_str())),
        ("title", Value::from(title.as_str())),
        ("status", Value::from(status)),
    ];
    fields.extend(of("priority").map(|word| ("priority", Value::from(word.to_lowercase()))));
    let others = object.iter().filter(|(key, _)| !TAKEN.contains(&key.as_str()) && key.as_str() != own.map_or("", Kind::id_key));
    fields.extend(others.map(|(key, value)| (key.as_str(), Value::from(value.clone()))));
    let body = ["content", "body"].iter().find_map(|key| of(key)).map(str::to_owned);
    let body = body.or_else(|| of("description").map(|text| format!("## Description\n\n{text}\n"))).unwrap_or_default();
    let path = place::first_root(store).join(kind.folder()).join(&place::file_name(id.as_str(), &title));
    Some(Written { id, path, text: render_new(&fields, &body) })
}
