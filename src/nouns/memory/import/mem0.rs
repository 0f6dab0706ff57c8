//! mem0: what `get_all` and the platform's list give, and what `mem0 import` takes.

use serde_json::{Map, Value as Json};

use crate::base::{Rule, Severity};
use crate::exchange::json::{take_text, texts};
use crate::exchange::{Source, SourceFile, digest};

use super::super::file::draft::Draft;
use super::super::model::Provenance;
use super::item::{Item, Parcel, kept};

/// Keys that hold the text, in the order in which they are looked for.
const TEXTS: [&str; 4] = ["memory", "text", "content", "data"];
/// What mem0 computes from the rest, and would compute again.
const DERIVED: [&str; 9] =
    ["hash", "score", "score_breakdown", "text_lemmatized", "textLemmatized", "embedding", "vector", "lifecycle_state", "synthesized"];

pub fn read(source: &Source) -> Parcel {
    let mut parcel = Parcel::default();
    for file in &source.files {
        match objects(&file.text) {
            Ok(objects) => objects.into_iter().for_each(|object| take(&mut parcel, file, object)),
            Err(reason) => parcel.findings.push(file.finding(Rule::NotJson, Severity::Error, reason)),
        }
    }
    parcel
}

/// The objects of a dump: an array, a page of results, one object, or one a line.
pub fn objects(text: &str) -> Result<Vec<Json>, String> {
    let whole: Json = match serde_json::from_str(text) {
        Ok(whole) => whole,
        Err(error) => {
            let lines = text.lines().filter(|line| !line.trim().is_empty());
            return lines.map(|line| serde_json::from_str(line).map_err(|_| format!("not JSON: {error}"))).collect();
        }
    };
    Ok(match whole {
        Json::Array(items) => items,
        Json::Object(mut object) => match ["results", "memories"].iter().find_map(|key| object.remove(*key)) {
            Some(Json::Array(items)) => items,
            Some(other) => vec![other],
            None => vec![Json::Object(object)],
        },
        other => vec![other],
    })
}

fn take(parcel: &mut Parcel, file: &SourceFile, object: Json) {
    let raw = object.to_string();
    let Json::Object(mut object) = object else {
        parcel.findings.push(file.finding(Rule::NotAMemory, Severity::Warning, "an entry that is not an object was left out"));
        return;
    };
    let Some(text) = TEXTS.iter().find_map(|key| take_text(&mut object, key)) else {
        parcel.findings.push(file.finding(Rule::NotAMemory, Severity::Warning, "an entry without a text was left out"));
        return;
    };
    for key in DERIVED {
        if object.remove(key).is_some() {
            parcel.lose(&format!("`{key}` is not kept: mem0 computes it"), &file.place);
        }
    }
    let external = take_text(&mut object, "id").unwrap_or_else(|| digest(&text));
    let replaced_by = take_text(&mut object, "replaced_by");
    let draft = draft_of(object, text);
    parcel.items.push(Item { external, replaced_by, ..Item::of_part(file, &raw, draft) });
}

fn draft_of(mut object: Map<String, Json>, text: String) -> Draft {
    let mut metadata = match object.remove("metadata") {
        Some(Json::Object(metadata)) => metadata,
        Some(Json::Null) | None => Map::new(),
        Some(other) => Map::from_iter([("metadata".to_owned(), other)]),
    };
    if let Some(Ok(own)) = metadata.get("cmpm").map(|own| serde_json::from_value::<Draft>(own.clone())) {
        return Draft { text, ..own };
    }
    let mut tags = texts(object.remove("categories"));
    tags.extend(texts(metadata.remove("tags")));
    let draft = Draft {
        category: take_text(&mut metadata, "category"),
        title: take_text(&mut metadata, "title"),
        tags,
        text,
        valid_until: take_text(&mut object, "expiration_date").map(|date| date.chars().take(10).collect()),
        created: take_text(&mut object, "created_at"),
        source: Provenance { agent: object.get("agent_id").and_then(Json::as_str).map(str::to_owned), ..Provenance::default() },
        ..Draft::default()
    };
    object.retain(|_, value| !value.is_null());
    if !metadata.is_empty() {
        object.insert("metadata".to_owned(), Json::Object(metadata));
    }
    Draft { more: kept("mem0", object), ..draft }
}
