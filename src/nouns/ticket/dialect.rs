//! Whose keys a ticket file is written in. Every dialect is read, and edited in its own keys where it stands.
//!
//! Facts: ai-trackdown v1 has `issue_id` and its like, v2 has `id` and `created_at`; cmpm's own form has `kind`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::{Finding, Id, RepoPath, Severity};
use crate::config::Category;
use crate::document::Document;
use crate::store::{Listed, Record, Store};

use super::acceptance::Criteria;
use super::model::{self, Kind, Ticket};
use super::properties::other_keys;

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
}

impl Dialect {
    /// The word this dialect has for a category.
    #[must_use]
    pub fn word(self, category: Category) -> &'static str {
        match (self, category) {
            (Self::Native, Category::Done) => "done",
            (_, Category::Done) => "completed",
            (Self::TrackdownV2, Category::Todo) => "open",
            (_, Category::Todo) => "planning",
            (_, Category::Active) => "active",
            (_, Category::Cancelled) => "cancelled",
        }
    }

    fn of(document: &Document) -> Self {
        if document.field("kind").is_some() {
            Self::Native
        } else if Kind::ALL.iter().any(|kind| document.field(own_id_key(*kind)).is_some()) {
            Self::TrackdownV1
        } else if ["type", "created_at", "metadata"].iter().any(|key| document.field(key).is_some()) {
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
    /// The status word.
    pub const STATUS: &[&str] = &["status"];
    /// How urgent.
    pub const PRIORITY: &[&str] = &["priority"];
    /// Who works on it.
    pub const ASSIGNEE: &[&str] = &["assignee", "assignees", "owner"];
    /// The agent it is meant for.
    pub const AGENT: &[&str] = &["agent"];
    /// Labels and tags.
    pub const LABELS: &[&str] = &["labels", "tags"];
    /// Tickets that must be finished before.
    pub const DEPENDS_ON: &[&str] = &["depends_on", "dependencies", "blocked_by"];
    /// Tickets that wait for this one.
    pub const BLOCKS: &[&str] = &["blocks"];
    /// Tickets that belong together.
    pub const RELATED: &[&str] = &["related", "related_issues", "related_tasks", "related_prs"];
    /// Globs of files.
    pub const PATHS: &[&str] = &["paths"];
    /// When it should be finished.
    pub const DUE: &[&str] = &["due", "due_date", "target_date"];
    /// Not before.
    pub const DEFER_UNTIL: &[&str] = &["defer_until"];
    /// The milestone.
    pub const MILESTONE: &[&str] = &["milestone"];
    /// When it was written.
    pub const CREATED: &[&str] = &["created", "created_date", "created_at"];
    /// Other ids.
    pub const ALIASES: &[&str] = &["aliases"];
    /// Tickets that say the same.
    pub const DUPLICATES: &[&str] = &["duplicates", "duplicate_of"];
    /// Tickets at whose work this one was found.
    pub const DISCOVERED_FROM: &[&str] = &["discovered_from"];
    /// How much work it is.
    pub const ESTIMATE: &[&str] = &["estimate", "story_points", "estimated_hours", "effort_estimate"];
}

/// What ai-trackdown calls otherwise than cmpm: our key, the one of v1, the one of v2.
const NAMES: [(&str, &str, &str); 4] = [
    ("labels", "tags", "labels"),
    ("depends_on", "dependencies", "dependencies"),
    ("due", "due_date", "due_date"),
    ("assignee", "assignee", "assignees"),
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
    if let Some(present) = keys.iter().find(|key| document.field(key).is_some()) {
        return present;
    }
    let own = keys.first().copied().unwrap_or_default();
    let names = NAMES.into_iter().find(|(native, _, _)| *native == own).unwrap_or((own, own, own));
    match Dialect::of(document) {
        Dialect::Native => names.0,
        Dialect::TrackdownV1 => names.1,
        Dialect::TrackdownV2 => names.2,
    }
}

/// The key under which a ticket of `kind` names its parent, a ticket of kind `parent`: the one that does already where
/// it fits, else the one the file's dialect has for it, else `parent`, which goes before all others.
#[must_use]
pub fn parent_key(document: &Document, kind: Kind, parent: Kind) -> &'static str {
    let keys = parent_keys(kind);
    let fits = |key: &str| match key {
        "epic_id" | "epic" => parent == Kind::Epic,
        "issue_id" | "issue" => parent == Kind::Issue,
        "parent_task" => parent == Kind::Task,
        other => other == "parent",
    };
    let in_force = keys.iter().copied().find(|key| document.text(key).is_some());
    let empty = || keys.iter().copied().find(|key| fits(key) && document.field(key).is_some());
    let of_v1 = || keys.iter().copied().find(|key| *key != "parent" && fits(key)).filter(|_| Dialect::of(document) == Dialect::TrackdownV1);
    let found = if in_force.is_some() { in_force.filter(|key| fits(key)) } else { empty().or_else(of_v1) };
    found.unwrap_or("parent")
}

/// The keys under which a ticket of `kind` may name what it is a part of, the one that counts first.
#[must_use]
pub fn parent_keys(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Epic => &["parent", "project_id"],
        Kind::Issue => &["parent", "epic_id", "epic"],
        Kind::Task => &["parent", "parent_task", "issue_id", "issue", "epic_id", "epic"],
        Kind::Pr => &["parent", "issue_id", "issue", "epic_id", "epic"],
    }
}

fn own_id_key(kind: Kind) -> &'static str {
    match kind {
        Kind::Epic => "epic_id",
        Kind::Issue => "issue_id",
        Kind::Task => "task_id",
        Kind::Pr => "pr_id",
    }
}

impl Record for Ticket {
    const NOUN: &'static str = "ticket";

    fn folders(config: &crate::config::Config) -> Vec<RepoPath> {
        config.paths.tasks.clone()
    }

    fn is_member(path: &RepoPath) -> bool {
        // Comments and templates live in the same tree and are something else.
        !path.lossy().split('/').any(|part| part == "comments" || part == "templates")
    }

    fn read(entry: &crate::store::Entry<'_>, findings: &mut Vec<Finding>) -> Result<Self, Finding> {
        let (path, document) = (entry.path, entry.document);
        if document.fields().is_empty() {
            return Err(no_front(path));
        }
        let kind = kind_of(entry);
        let odd = document.text("kind").filter(|word| Kind::parse(word).is_none());
        findings.extend(odd.map(|word| unknown_kind(entry, &word)));
        let (id, line) = id_of(document, kind).ok_or_else(|| missing(path, "id", "ticket ids look like ISS-7k3m9x2p"))?;
        let id = Id::parse(&id).ok_or_else(|| {
            Finding::new("bad-id", Severity::Error, path.clone(), format!("`{id}` cannot be an id"))
                .at(line)
                .hint("one word of letters, digits, `-`, `_` and `.`")
        })?;
        let kind = kind.or_else(|| kind_of_id(&id)).ok_or_else(|| missing(path, "kind", "epic, issue, task or pr"))?;
        let text = |keys: &[&str]| keys.iter().find_map(|key| first_text(document, key));
        let texts = |keys: &[&str]| texts_of(document, keys);
        let title = text(keys::TITLE).ok_or_else(|| missing(path, "title", "one line that says what it is about"))?;
        let status = text(keys::STATUS).unwrap_or_else(|| "planning".to_owned());
        let category = model::category(&status, entry.config);
        findings.extend(category.is_none().then(|| unknown_status(path, document, &status)));
        findings.extend(own_whole(path, document, (&id, kind)));
        Ok(Self {
            parent: parent_keys(kind).iter().find_map(|key| document.text(key)).filter(|parent: &String| !id.is(parent)),
            id,
            kind,
            title,
            status,
            // Nobody should be offered work whose state is unclear.
            category: category.unwrap_or(Category::Active),
            priority: text(keys::PRIORITY).map(|word| word.to_lowercase()),
            labels: texts(keys::LABELS),
            assignee: text(keys::ASSIGNEE),
            agent: text(keys::AGENT),
            depends_on: texts(keys::DEPENDS_ON),
            blocks: texts(keys::BLOCKS),
            related: texts(keys::RELATED),
            paths: texts(keys::PATHS),
            due: text(keys::DUE),
            defer_until: text(keys::DEFER_UNTIL),
            milestone: text(keys::MILESTONE),
            created: text(keys::CREATED),
            aliases: texts(keys::ALIASES),
            duplicates: texts(keys::DUPLICATES),
            discovered_from: texts(keys::DISCOVERED_FROM),
            estimate: text(keys::ESTIMATE),
            criteria: Criteria::of(document.body()),
            other: other_keys(document),
            dialect: Dialect::of(document),
        })
    }

    fn id(&self) -> &Id {
        &self.id
    }

    fn aliases(&self) -> &[String] {
        &self.aliases
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

fn first_text(document: &Document, key: &str) -> Option<String> {
    document.text(key).or_else(|| document.texts(key).into_iter().next())
}

/// The file's own word, else its folder, else its own id key.
fn kind_of(entry: &crate::store::Entry<'_>) -> Option<Kind> {
    let (path, document) = (entry.path, entry.document);
    let word = ["kind", "type"].iter().find_map(|key| Kind::parse(&document.text(key)?));
    // The folder of all tickets may itself be called `tasks`.
    let root = entry.config.paths.tasks.iter().filter(|root| path.is_below(root)).map(|root| root.lossy().split('/').count()).max();
    let folder = || {
        let parent = path.parent();
        let below: Vec<_> = parent.lossy().split('/').skip(root.unwrap_or(0)).map(str::to_owned).collect();
        below.iter().rev().find_map(|part| Kind::ALL.into_iter().find(|kind| kind.folder() == part))
    };
    // A task has `issue_id` too, so where the folder says nothing the smallest kind with an own id key is meant.
    let own_key = || {
        let smallest_first = [Kind::Pr, Kind::Task, Kind::Issue, Kind::Epic];
        smallest_first.into_iter().find(|kind| document.field(own_id_key(*kind)).is_some())
    };
    let by_place = word.or_else(|| folder().filter(|kind| document.field("id").is_some() || document.field(own_id_key(*kind)).is_some()));
    by_place.or_else(own_key)
}

fn kind_of_id(id: &Id) -> Option<Kind> {
    let prefix = id.as_str().split('-').next().unwrap_or_default();
    let long = |kind: Kind| kind.as_str().eq_ignore_ascii_case(prefix);
    Kind::ALL.into_iter().find(|kind| kind.prefix().eq_ignore_ascii_case(prefix) || long(*kind))
}

fn id_of(document: &Document, kind: Option<Kind>) -> Option<(String, u32)> {
    let keys = [Some("id"), kind.map(own_id_key)];
    keys.into_iter().flatten().find_map(|key| Some((document.text(key)?, document.field(key)?.line)))
}

fn no_front(path: &RepoPath) -> Finding {
    let finding = Finding::new("not-a-ticket", Severity::Note, path.clone(), "no front matter, so it is not read as a ticket").at(1);
    finding.hint("give it `id:`, `kind:` and `title:` between `---` lines, or move it elsewhere")
}

fn missing(path: &RepoPath, key: &str, hint: &str) -> Finding {
    Finding::new("missing-key", Severity::Error, path.clone(), format!("the front matter has no `{key}`"))
        .at(1)
        .hint(format!("add `{key}:` ({hint})"))
}

/// A ticket that names itself as what it is a part of.
fn own_whole(path: &RepoPath, document: &Document, (id, kind): (&Id, Kind)) -> Option<Finding> {
    let key = parent_keys(kind).iter().find(|key| document.text(key).is_some_and(|text| id.is(&text)))?;
    let message = format!("`{key}` names the ticket itself, so it counts as not written");
    let finding = Finding::new("cycle", Severity::Error, path.clone(), message).at(document.field(key).map_or(1, |field| field.line));
    Some(finding.hint("name another ticket, or take it out"))
}

fn unknown_kind(entry: &crate::store::Entry<'_>, word: &str) -> Finding {
    let line = entry.document.field("kind").map_or(1, |field| field.line);
    Finding::new("unknown-kind", Severity::Warning, entry.path.clone(), format!("`{word}` is not a kind of ticket"))
        .at(line)
        .hint("write epic, issue, task or pr; until then its folder or its id decides")
}

fn unknown_status(path: &RepoPath, document: &Document, status: &str) -> Finding {
    let line = document.field("status").map_or(1, |field| field.line);
    Finding::new("unknown-status", Severity::Warning, path.clone(), format!("`{status}` is not a status this project knows"))
        .at(line)
        .hint("add it under `statuses:` in .cmpm/config.yaml")
}
