//! A ticket that was imported before and changed there: key by key, against what the last import wrote.

use serde_json::Value as Json;

use crate::document::{Document, EditError, Value};
use crate::store::Stored;

use super::super::change::write_status;
use super::super::file::draft::Draft;
use super::super::model::Ticket;
use super::base::{BODY, Base, COMMENTS, fields};

/// What happens to a ticket.
pub struct Renewal {
    /// The keys that take the value from there.
    pub keys: Vec<String>,
    /// The keys that changed on both sides.
    pub clashes: Vec<String>,
    /// The file afterwards.
    pub document: Document,
    /// Whether there are other comments than before.
    pub comments: bool,
}

/// Takes over what changed there and was not edited here.
pub fn renew(stored: &Stored<Ticket>, draft: &Draft, base: &Base, system: &str) -> Result<Renewal, EditError> {
    let (there, here) = (Base::of(draft), Base::of_file(&stored.document));
    let mut renewal = Renewal { keys: Vec::new(), clashes: Vec::new(), document: stored.document.clone(), comments: false };
    let mut after = base.clone();
    let mut keys: Vec<&String> = base.keys().chain(there.keys()).filter(|key| key.as_str() != COMMENTS).collect();
    keys.sort();
    keys.dedup();
    for key in keys {
        let (old, new, own) = (base.find(key), there.find(key), here.find(key));
        if new == old {
            continue;
        }
        if own != new && own != old {
            renewal.clashes.push(key.clone());
            continue;
        }
        if own != new {
            write(&mut renewal.document, key, draft)?;
            renewal.keys.push(key.clone());
        }
        after.set(key, new.map(str::to_owned));
    }
    if there.find(COMMENTS) != base.find(COMMENTS) {
        renewal.comments = true;
        after.set(COMMENTS, there.find(COMMENTS).map(str::to_owned));
    }
    if after != *base {
        let external = Draft::of(stored).external.into_iter().map(|entry| with_hash(entry, system, &after));
        renewal.document.set("external", Value::from(external.collect::<Vec<_>>()))?;
    }
    Ok(renewal)
}

fn write(document: &mut Document, key: &str, draft: &Draft) -> Result<(), EditError> {
    if key == BODY {
        return document.replace_body(&format!("\n{}\n", draft.body));
    }
    if key == "status" {
        return write_status(document, &draft.status);
    }
    match fields(draft).into_iter().find(|(name, _)| name == key) {
        Some((_, value)) => document.set(key, value).map(drop),
        None => document.remove(key).map(drop),
    }
}

fn with_hash(mut entry: Json, system: &str, base: &Base) -> Json {
    if entry.get("system").and_then(Json::as_str) == Some(system)
        && let Json::Object(object) = &mut entry
    {
        object.insert("hash".to_owned(), base.render().into());
    }
    entry
}
