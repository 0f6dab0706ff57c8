//! beads: the memories of an `issues.jsonl`, and the decisions among its issues. Other issues are tickets.

use serde_json::{Map, Value as Json};

use crate::base::{Id, Rule, Severity};
use crate::exchange::json::take_text;
use crate::exchange::{Source, SourceFile};

use super::super::file::draft::Draft;
use super::item::{Item, Parcel, kept};

pub fn read(source: &Source) -> Parcel {
    let mut parcel = Parcel::default();
    for file in &source.files {
        let mut found: Vec<(String, Item)> = Vec::new();
        for (index, line) in file.text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            let number = u32::try_from(index + 1).unwrap_or(u32::MAX);
            match serde_json::from_str::<Json>(line) {
                Ok(Json::Object(object)) => {
                    let entry = item(&mut parcel, file, (line, object));
                    found.extend(entry.map(|(when, item)| (when, item.at(number))));
                }
                _ => parcel.findings.push(file.finding(Rule::NotJson, Severity::Error, "not an object of JSON").at(number)),
            }
        }
        // Merges repeat lines: of two with the same id the newest counts, and that is the last one.
        found.sort_by(|a, b| a.0.cmp(&b.0));
        parcel.items.extend(found.into_iter().map(|(_, item)| item));
    }
    parcel
}

fn item(parcel: &mut Parcel, file: &SourceFile, (line, mut object): (&str, Map<String, Json>)) -> Option<(String, Item)> {
    let when = object.get("updated_at").and_then(Json::as_str).unwrap_or_default().to_owned();
    let kind = object.get("_type").and_then(Json::as_str).unwrap_or("issue").to_owned();
    if kind == "memory" {
        let key = take_text(&mut object, "key")?;
        let value = object.remove("value").unwrap_or_default();
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        object.remove("_type");
        let draft = Draft { title: Some(key.clone()), text, created: take_text(&mut object, "created_at"), ..Draft::default() };
        let draft = Draft { more: kept("beads", object), ..draft };
        return Some((when, Item { external: key, ..Item::of_part(file, line, draft) }));
    }
    let word = |key: &str| object.get(key).and_then(Json::as_str).unwrap_or_default();
    if word("status") == "tombstone" {
        return None;
    }
    if !matches!(word("issue_type"), "decision" | "dec" | "adr") {
        parcel.lose("an issue is not a memory; tickets are not imported here", &file.place);
        return None;
    }
    Some((when, decision(parcel, file, (line, object))?))
}

fn decision(parcel: &mut Parcel, file: &SourceFile, (line, mut object): (&str, Map<String, Json>)) -> Option<Item> {
    let external = take_text(&mut object, "id")?;
    let title = take_text(&mut object, "title");
    let mut text = take_text(&mut object, "description").unwrap_or_default();
    for (key, heading) in [("design", "Design"), ("acceptance_criteria", "Acceptance criteria"), ("notes", "Notes")] {
        if let Some(more) = take_text(&mut object, key) {
            text = format!("{text}\n\n## {heading}\n\n{}", more.trim());
        }
    }
    for key in ["comments", "dependencies"] {
        if object.remove(key).is_some_and(|value| value.as_array().is_some_and(|items| !items.is_empty())) {
            parcel.lose(&format!("`{key}` of a decision are not kept"), &file.place);
        }
    }
    let labels = match object.remove("labels") {
        Some(Json::Array(items)) => items.into_iter().filter_map(|item| item.as_str().map(str::to_owned)).collect(),
        _ => Vec::new(),
    };
    let text = if text.trim().is_empty() { title.clone().unwrap_or_default() } else { text.trim().to_owned() };
    let draft = Draft {
        title,
        text,
        tags: labels,
        category: Some("project".to_owned()),
        created: take_text(&mut object, "created_at"),
        author: take_text(&mut object, "created_by"),
        aliases: Id::parse(&external).map(|id| id.to_string()).into_iter().collect(),
        ..Draft::default()
    };
    object.retain(|_, value| !value.is_null());
    let draft = Draft { more: kept("beads", object), ..draft };
    Some(Item { external, ..Item::of_part(file, line, draft) })
}
