//! Whose keys a ticket file is written in. Every dialect is read, and edited in its own keys where it stands.
//!
//! Facts: ai-trackdown v1 has `issue_id` and its like, v2 has `id` and `created_at`, its schema page has `createdAt`; before
//! all of them data stood in the body. cmpm's own form has `kind`.

use std::collections::HashSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config::{Category, Config};
use crate::document::Document;
use crate::store::{Listed, Store};
use crate::words::{Kind, PARENT_KEYS, Property};

use super::super::model;
use super::Ticket;

/// Whose keys a file is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Dialect {
    /// cmpm's own.
    Native,
    /// ai-trackdown-tools: `issue_id`, `created_date`.
    TrackdownV1,
    /// ai-trackdown-pytools and its like: `id`, `created_at` or `type`.
    TrackdownV2,
    /// The schema page of ai-trackdown: `id`, `epicId`, `createdAt`.
    TrackdownCamel,
    /// No front matter: `**Status:** open` below the title, or `## Status`.
    Headed,
}

impl Dialect {
    pub const ALL: [Self; 5] = [Self::Native, Self::TrackdownV1, Self::TrackdownV2, Self::TrackdownCamel, Self::Headed];

    /// The word this dialect has for a category.
    pub fn word(self, category: Category) -> &'static str {
        match (self, category) {
            (Self::Native, Category::Done) => "done",
            (Self::Headed, Category::Done) => "closed",
            (_, Category::Done) => "completed",
            (Self::TrackdownV2 | Self::Headed, Category::Todo) => "open",
            (_, Category::Todo) => "planning",
            (Self::TrackdownV2, Category::Active) => "in_progress",
            (Self::TrackdownCamel | Self::Headed, Category::Active) => "in-progress",
            (_, Category::Active) => "active",
            (_, Category::Cancelled) => "cancelled",
        }
    }

    /// Whose keys a document has.
    pub fn of(document: &Document) -> Self {
        let has = |keys: &[&str]| keys.iter().any(|key| document.field(key).is_some());
        if document.is_headed() {
            Self::Headed
        } else if has(&["kind"]) {
            Self::Native
        } else if Kind::ALL.iter().any(|kind| document.field(kind.id_key()).is_some()) {
            Self::TrackdownV1
        } else if has(&["createdAt", "updatedAt", "epicId", "issueId"]) {
            Self::TrackdownCamel
        } else if has(&["type", "created_at", "metadata"]) {
            Self::TrackdownV2
        } else {
            Self::Native
        }
    }
}

/// The key under which a ticket's file says a text of a property, and its line. Reads the file once more.
pub fn locate(store: &Store, listed: &Listed<Ticket>, said: (Property, &str)) -> (&'static str, u32) {
    let Ok(stored) = store.open(&store.work_tree(), listed) else { return (said.0.name(), 1) };
    let key = key_naming(&stored.document, said);
    (key, stored.document.field(key).map_or(1, |field| field.line))
}

/// The key, of several that a file may have for a property, under which it says a text.
pub fn key_naming(document: &Document, (property, text): (Property, &str)) -> &'static str {
    let says = |key: &&&str| document.texts(key).iter().any(|found| found == text);
    property.row().keys.iter().find(says).copied().unwrap_or_else(|| key_in(document, property))
}

/// The key under which a property is in a file, or would be written: then the file's own dialect is kept.
pub fn key_in(document: &Document, property: Property) -> &'static str {
    if property == Property::Status {
        // Where ai-trackdown wrote a `state` too, it says more, unless the status is a last one.
        let is_closed = |word: String| model::category(&word, &Config::default()).is_some_and(Category::is_closed);
        let by_state = document.text("state").is_some() && !document.text("status").is_some_and(is_closed);
        return if by_state { "state" } else { "status" };
    }
    if let Some(present) = property.row().written.iter().find(|key| document.field(key).is_some()) {
        return present;
    }
    let own = property.name();
    let [v1, v2, page] = property.row().dialects.unwrap_or([own; 3]);
    match Dialect::of(document) {
        Dialect::Native => own,
        Dialect::TrackdownV1 | Dialect::Headed => v1,
        Dialect::TrackdownV2 => v2,
        Dialect::TrackdownCamel => page,
    }
}

/// The key under which a ticket of `kind` names its parent, a ticket of kind `parent`: the one that does already where
/// it fits, else the one the file's dialect has for it, else `parent`, which goes before all others.
pub fn parent_key(document: &Document, kind: Kind, parent: Kind) -> &'static str {
    let fits = |key: &str| key == "parent" || parent_of(key) == Some(parent);
    let mut keys = kind.parent_keys();
    let in_force = keys.find(|key| document.text(key).is_some());
    let empty = || kind.parent_keys().find(|key| fits(key) && document.field(key).is_some());
    let own = |dialect| match dialect {
        Dialect::TrackdownV1 => kind.parent_keys().find(|key| *key != "parent" && fits(key)),
        Dialect::TrackdownCamel => ["epicId", "issueId"].into_iter().find(|key| fits(key)),
        Dialect::Headed => ["epic", "issue"].into_iter().find(|key| fits(key)),
        Dialect::Native | Dialect::TrackdownV2 => None,
    };
    let found = if in_force.is_some() { in_force.filter(|key| fits(key)) } else { empty().or_else(|| own(Dialect::of(document))) };
    found.unwrap_or("parent")
}

/// The kind of ticket that a key names as parent, where it names one kind alone.
pub fn parent_of(key: &str) -> Option<Kind> {
    PARENT_KEYS.iter().find(|known| known.name == key)?.parent
}

/// The key whose value counts, where a property has one value: the first that says anything.
pub fn key_in_force(document: &Document, property: Property) -> Option<&'static str> {
    let says = |key: &&str| !document.texts(key).is_empty();
    match property {
        Property::Status => Some(key_in(document, property)).filter(says),
        other => other.row().keys.iter().copied().find(says),
    }
}

/// The texts that a property has, under whatever keys, each once.
pub fn texts_of(document: &Document, property: Property) -> Vec<String> {
    let mut seen = HashSet::new();
    property.row().keys.iter().flat_map(|key| document.texts(key)).filter(|text| seen.insert(text.clone())).collect()
}
