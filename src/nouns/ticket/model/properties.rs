//! What a ticket can be asked for: every property by each of its keys, facts about it, and keys that cmpm has no meaning for.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::{RepoPath, Timestamp};
use crate::document::{Document, Field, Node};
use crate::store::Stored;
use crate::words::{Holds, ID_KEYS, Priority, Property};

use super::Ticket;
use super::due::{comparable, is_overdue};

/// What a ticket can be asked for besides its properties.
const FACTS: [&str; 7] = ["id", "kind", "category", "path", "criteria", "overdue", "dialect"];
/// How urgent a ticket is as a number, for comparisons alone: nobody can type this key.
pub const RANK: &str = "rank of priority";
/// Longer texts under unknown keys are prose: nobody asks for them by comparison.
const LONGEST: usize = 200;

/// What a file says under keys that have no meaning here, and where it names several though one has a meaning.
pub fn other_keys(document: &Document) -> BTreeMap<String, Vec<String>> {
    let is_known = |key: &str| ID_KEYS.contains(&key) || matches!(key, "kind" | "type") || Property::of_key(key).is_some();
    let is_more = |field: &Field| Property::of_key(&field.key).is_some_and(|property| !property.is_list()) && field.node.texts().len() > 1;
    let can_be_asked = |key: &str| !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    let mut other = BTreeMap::new();
    let mut keep = |key: String, node: &Node| {
        let texts: Vec<String> = node.texts().into_iter().filter(|text| text.len() <= LONGEST).collect();
        if !texts.is_empty() {
            other.entry(key).or_insert(texts);
        }
    };
    for field in document.fields().iter().filter(|field| can_be_asked(&field.key) && (!is_known(&field.key) || is_more(field))) {
        match &field.node {
            Node::Map(entries) => {
                let below = entries.iter().filter(|(key, _)| can_be_asked(key));
                below.for_each(|(key, node)| keep(format!("{}.{key}", field.key), node));
            }
            node => keep(field.key.clone(), node),
        }
    }
    other
}

/// Every key that one of `tickets` can be asked for.
pub fn known_keys<D>(tickets: &[Stored<Ticket, D>]) -> BTreeSet<String> {
    let others = tickets.iter().flat_map(|stored| stored.record.other.keys().cloned());
    let own = FACTS.iter().chain(Property::ALL.iter().flat_map(|property| asked_by(*property))).map(|key| (*key).to_owned());
    own.chain(others).collect()
}

/// The keys by which a property is asked for. Which of the others names the parent depends on the kind of ticket.
fn asked_by(property: Property) -> &'static [&'static str] {
    match property {
        Property::Parent => &["parent"],
        other => other.row().keys,
    }
}

/// The same, each once, as people read them.
pub fn told(ticket: &Ticket, property: Property) -> String {
    let mut texts: Vec<&str> = all_texts(ticket, property).map(String::as_str).collect();
    let mut seen = BTreeSet::new();
    texts.retain(|text| seen.insert(*text));
    texts.join(", ")
}

/// What a file says of a property, though it should be one value.
pub fn all_texts(ticket: &Ticket, property: Property) -> impl Iterator<Item = &String> {
    let more = property.row().keys.iter().filter(move |_| !property.is_list()).filter_map(|key| ticket.other.get(*key)).flatten();
    ticket.texts(property).iter().chain(more)
}

pub fn values((ticket, path): (&Ticket, &RepoPath), key: &str, now: Timestamp) -> Vec<String> {
    match key {
        "id" => vec![ticket.id.to_string()],
        "kind" => vec![ticket.kind.as_str().to_owned()],
        "category" => vec![ticket.category.as_str().to_owned()],
        "path" => vec![path.lossy().into_owned()],
        "criteria" => ticket.criteria.iter().map(ToString::to_string).collect(),
        "overdue" => if is_overdue(ticket, now) { ["yes", "true"] } else { ["no", "false"] }.map(str::to_owned).to_vec(),
        "dialect" => serde_json::to_value(ticket.dialect).ok().and_then(|word| Some(vec![word.as_str()?.to_owned()])).unwrap_or_default(),
        RANK => ticket.priority.as_deref().and_then(Priority::of_file).map(|known| known.rank().to_string()).into_iter().collect(),
        key => match Property::of_key(key) {
            // `status=active` means what `--status active` means.
            Some(Property::Status) => vec![ticket.status.clone(), ticket.category.as_str().to_owned()],
            Some(property) if property.row().holds == Holds::Date => ticket.texts(property).iter().map(|text| comparable(text)).collect(),
            Some(property) => all_texts(ticket, property).cloned().collect(),
            None => ticket.other.get(key).cloned().unwrap_or_default(),
        },
    }
}
