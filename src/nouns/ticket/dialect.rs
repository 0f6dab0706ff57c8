//! Whose keys a ticket file is written in. Every dialect is read, and edited in its own keys where it stands.
//!
//! Facts: ai-trackdown v1 has `issue_id` and its like, v2 has `id` and `created_at`, its schema page has `createdAt`; before
//! all of them data stood in the body. cmpm's own form has `kind`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config::{Category, Config};
use crate::document::Document;
use crate::store::{Listed, Store};

use super::model::{self, Kind, Ticket};

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
    /// The word this dialect has for a category.
    #[must_use]
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
    #[must_use]
    pub fn of(document: &Document) -> Self {
        let has = |keys: &[&str]| keys.iter().any(|key| document.field(key).is_some());
        if document.is_headed() {
            Self::Headed
        } else if has(&["kind"]) {
            Self::Native
        } else if Kind::ALL.iter().any(|kind| document.field(own_id_key(*kind)).is_some()) {
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

/// A property of a ticket, and every key it is written under; the first is cmpm's own.
pub mod keys {
    /// One line.
    pub const TITLE: &[&str] = &["title"];
    /// The status word. Where ai-trackdown wrote a `state` too, it says more, unless the status is a last one.
    pub const STATUS: &[&str] = &["status", "state"];
    /// How urgent.
    pub const PRIORITY: &[&str] = &["priority"];
    /// Who works on it.
    pub const ASSIGNEE: &[&str] = &["assignee", "assignees", "owner"];
    /// The agent it is meant for.
    pub const AGENT: &[&str] = &["agent"];
    /// Labels and tags.
    pub const LABELS: &[&str] = &["labels", "tags"];
    /// Tickets that must be finished before.
    pub const DEPENDS_ON: &[&str] = &["depends_on", "dependencies", "blocked_by", "blockedBy"];
    /// Tickets that wait for this one.
    pub const BLOCKS: &[&str] = &["blocks"];
    /// Tickets that belong together.
    pub const RELATED: &[&str] = &["related", "related_issues", "related_tasks", "related_prs", "relatedIssues"];
    /// Globs of files.
    pub const PATHS: &[&str] = &["paths"];
    /// When it should be finished.
    pub const DUE: &[&str] = &["due", "due_date", "dueDate", "target_date"];
    /// Not before.
    pub const DEFER_UNTIL: &[&str] = &["defer_until"];
    /// The milestone.
    pub const MILESTONE: &[&str] = &["milestone"];
    /// When it was written.
    pub const CREATED: &[&str] = &["created", "created_date", "created_at", "createdAt"];
    /// Other ids.
    pub const ALIASES: &[&str] = &["aliases"];
    /// Tickets that say the same.
    pub const DUPLICATES: &[&str] = &["duplicates", "duplicate_of"];
    /// Tickets at whose work this one was found.
    pub const DISCOVERED_FROM: &[&str] = &["discovered_from"];
    /// How much work it is.
    pub const ESTIMATE: &[&str] = &["estimate", "story_points", "estimated_hours", "effort_estimate"];
}

/// What ai-trackdown calls otherwise than cmpm: our key, and those of v1, v2 and the schema page.
const NAMES: [(&str, [&str; 3]); 4] = [
    ("labels", ["tags", "labels", "labels"]),
    ("depends_on", ["dependencies", "dependencies", "dependencies"]),
    ("due", ["due_date", "due_date", "dueDate"]),
    ("assignee", ["assignee", "assignees", "assignee"]),
];

/// The key under which a property stands in a ticket's file, and its line. Reads the file once more.
#[must_use]
pub fn locate(store: &Store, listed: &Listed<Ticket>, keys: &'static [&'static str]) -> (&'static str, u32) {
    let Ok(stored) = store.open(&store.work_tree(), listed) else { return (keys.first().copied().unwrap_or_default(), 1) };
    let key = key_in(&stored.document, keys);
    (key, stored.document.field(key).map_or(1, |field| field.line))
}

/// The key under which a property stands in a file, or would be written: then the file's own dialect is kept.
#[must_use]
pub fn key_in(document: &Document, keys: &'static [&'static str]) -> &'static str {
    if keys == keys::STATUS {
        let is_closed = |word: String| model::category(&word, &Config::default()).is_some_and(Category::is_closed);
        let by_state = document.text("state").is_some() && !document.text("status").is_some_and(is_closed);
        return if by_state { "state" } else { "status" };
    }
    if let Some(present) = keys.iter().find(|key| document.field(key).is_some()) {
        return present;
    }
    let own = keys.first().copied().unwrap_or_default();
    let [v1, v2, camel] = NAMES.into_iter().find(|(native, _)| *native == own).map_or([own; 3], |(_, names)| names);
    match Dialect::of(document) {
        Dialect::Native => own,
        Dialect::TrackdownV1 | Dialect::Headed => v1,
        Dialect::TrackdownV2 => v2,
        Dialect::TrackdownCamel => camel,
    }
}

/// The key under which a ticket of `kind` names its parent, a ticket of kind `parent`: the one that does already where
/// it fits, else the one the file's dialect has for it, else `parent`, which goes before all others.
#[must_use]
pub fn parent_key(document: &Document, kind: Kind, parent: Kind) -> &'static str {
    let keys = parent_keys(kind);
    let fits = |key: &str| match key {
        "epic_id" | "epic" | "epicId" => parent == Kind::Epic,
        "issue_id" | "issue" | "issueId" => parent == Kind::Issue,
        "parent_task" => parent == Kind::Task,
        other => other == "parent",
    };
    let in_force = keys.iter().copied().find(|key| document.text(key).is_some());
    let empty = || keys.iter().copied().find(|key| fits(key) && document.field(key).is_some());
    let own = |dialect| match dialect {
        Dialect::TrackdownV1 => keys.iter().copied().find(|key| *key != "parent" && fits(key)),
        Dialect::TrackdownCamel => ["epicId", "issueId"].into_iter().find(|key| fits(key)),
        Dialect::Headed => ["epic", "issue"].into_iter().find(|key| fits(key)),
        Dialect::Native | Dialect::TrackdownV2 => None,
    };
    let found = if in_force.is_some() { in_force.filter(|key| fits(key)) } else { empty().or_else(|| own(Dialect::of(document))) };
    found.unwrap_or("parent")
}

/// The keys under which a ticket of `kind` may name what it is a part of, the one that counts first.
#[must_use]
pub fn parent_keys(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Epic => &["parent", "project_id"],
        Kind::Issue => &["parent", "epic_id", "epicId", "epic"],
        Kind::Task => &["parent", "parent_task", "issue_id", "issueId", "issue", "epic_id", "epicId", "epic"],
        Kind::Pr => &["parent", "issue_id", "issueId", "issue", "epic_id", "epicId", "epic"],
    }
}

/// The key under which ai-trackdown keeps the id of a ticket of this kind.
#[must_use]
pub fn own_id_key(kind: Kind) -> &'static str {
    match kind {
        Kind::Epic => "epic_id",
        Kind::Issue => "issue_id",
        Kind::Task => "task_id",
        Kind::Pr => "pr_id",
    }
}

/// The texts under all of `keys`, each once.
#[must_use]
pub fn texts_of(document: &Document, keys: &[&str]) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for text in keys.iter().flat_map(|key| document.texts(key)) {
        if !found.contains(&text) {
            found.push(text);
        }
    }
    found
}
