//! What a ticket can be asked for: every property by each of its keys, facts about it, and keys that cmpm has no meaning for.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::{RepoPath, Timestamp};
use crate::document::{Document, Node};
use crate::store::Stored;

use super::dialect::keys;
use super::due::{comparable, is_overdue};
use super::model::Ticket;

/// Every property that is a key of a file, by the name cmpm has for it, with all its keys.
const PROPERTIES: [&[&str]; 18] = [
    keys::TITLE,
    keys::STATUS,
    keys::PRIORITY,
    keys::ASSIGNEE,
    keys::AGENT,
    keys::LABELS,
    keys::DEPENDS_ON,
    keys::BLOCKS,
    keys::RELATED,
    keys::PATHS,
    keys::DUE,
    keys::DEFER_UNTIL,
    keys::MILESTONE,
    keys::CREATED,
    keys::ALIASES,
    keys::DUPLICATES,
    keys::DISCOVERED_FROM,
    keys::ESTIMATE,
];
/// What a ticket can be asked for beside its properties.
const FACTS: [&str; 7] = ["id", "kind", "category", "parent", "path", "criteria", "overdue"];
/// Keys that say what a ticket is and where it belongs, in whatever dialect.
const IDENTITY: [&str; 12] =
    ["id", "kind", "type", "epic_id", "issue_id", "task_id", "pr_id", "parent", "project_id", "epic", "issue", "parent_task"];
/// Longer texts behind unknown keys are prose: nobody asks for them by comparison.
const LONGEST: usize = 200;

/// What a file says under keys that have no meaning here.
#[must_use]
pub fn other_keys(document: &Document) -> BTreeMap<String, Vec<String>> {
    let is_known = |key: &str| IDENTITY.contains(&key) || PROPERTIES.iter().any(|keys| keys.contains(&key));
    let can_be_asked = |key: &str| !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    let mut other = BTreeMap::new();
    let mut keep = |key: String, node: &Node| {
        let texts: Vec<String> = node.texts().into_iter().filter(|text| text.len() <= LONGEST).collect();
        if !texts.is_empty() {
            other.entry(key).or_insert(texts);
        }
    };
    for field in document.fields().iter().filter(|field| can_be_asked(&field.key) && !is_known(&field.key)) {
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
#[must_use]
pub fn known_keys<D>(tickets: &[Stored<Ticket, D>]) -> BTreeSet<String> {
    let others = tickets.iter().flat_map(|stored| stored.record.other.keys().cloned());
    let own = FACTS.iter().chain(PROPERTIES.iter().copied().flatten()).map(|key| (*key).to_owned());
    own.chain(others).collect()
}

/// What is behind a key.
#[must_use]
pub fn values((ticket, path): (&Ticket, &RepoPath), key: &str, now: Timestamp) -> Vec<String> {
    let one = |text: &Option<String>| text.iter().cloned().collect::<Vec<_>>();
    let date = |text: &Option<String>| text.iter().map(|text| comparable(text)).collect::<Vec<_>>();
    let property = PROPERTIES.iter().find(|keys| keys.contains(&key)).and_then(|keys| keys.first()).copied().unwrap_or(key);
    match property {
        "id" => vec![ticket.id.to_string()],
        "kind" => vec![ticket.kind.as_str().to_owned()],
        "category" => vec![ticket.category.as_str().to_owned()],
        "parent" => one(&ticket.parent),
        "path" => vec![path.lossy().into_owned()],
        "criteria" => ticket.criteria.iter().map(ToString::to_string).collect(),
        "overdue" => if is_overdue(ticket, now) { ["yes", "true"] } else { ["no", "false"] }.map(str::to_owned).to_vec(),
        "title" => vec![ticket.title.clone()],
        // `status=active` means what `--status active` means.
        "status" => vec![ticket.status.clone(), ticket.category.as_str().to_owned()],
        "priority" => one(&ticket.priority),
        "assignee" => one(&ticket.assignee),
        "agent" => one(&ticket.agent),
        "labels" => ticket.labels.clone(),
        "depends_on" => ticket.depends_on.clone(),
        "blocks" => ticket.blocks.clone(),
        "related" => ticket.related.clone(),
        "paths" => ticket.paths.clone(),
        "due" => date(&ticket.due),
        "defer_until" => date(&ticket.defer_until),
        "milestone" => one(&ticket.milestone),
        "created" => date(&ticket.created),
        "aliases" => ticket.aliases.clone(),
        "duplicates" => ticket.duplicates.clone(),
        "discovered_from" => ticket.discovered_from.clone(),
        "estimate" => one(&ticket.estimate),
        other => ticket.other.get(other).cloned().unwrap_or_default(),
    }
}
