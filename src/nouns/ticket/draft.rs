//! A ticket on its way to a file: what importers, exporters and plans have in common, and the form that JSON lines have.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use crate::base::text;
use crate::document::{Document, Node, Value, render_new};
use crate::store::Stored;

use super::comment_file::Comment;
use super::dialect::{keys, texts_of};
use super::model::{Kind, Ticket};

/// A ticket as JSON has it: one object with the keys of the file, `body` for its text, and its comments.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Draft {
    /// The id it has had; a new one is made where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// epic, issue, task or pr.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<Kind>,
    /// One line.
    pub title: String,
    /// The status word.
    pub status: String,
    /// How urgent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<String>,
    /// The ticket it is a part of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// Who works on it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assignee: Option<String>,
    /// The agent it is meant for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// When it should be finished.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due: Option<String>,
    /// Not before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub defer_until: Option<String>,
    /// The milestone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub milestone: Option<String>,
    /// When it was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created: Option<String>,
    /// Who wrote it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// Labels and tags.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<String>,
    /// Tickets that must be finished before.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub depends_on: Vec<String>,
    /// Tickets that wait for this one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub blocks: Vec<String>,
    /// Tickets that belong together.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub related: Vec<String>,
    /// Tickets that say the same.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub duplicates: Vec<String>,
    /// Tickets during whose work it was found.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub discovered_from: Vec<String>,
    /// Globs of files it expects to touch.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub paths: Vec<String>,
    /// Other ids it answers to.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    /// Where it is in other trackers: `system`, `id`, and perhaps `url` and `hash`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub external: Vec<Json>,
    /// What it is about, in Markdown.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub body: String,
    /// What was said about it, oldest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub comments: Vec<Comment>,
    /// Every other key.
    #[serde(flatten)]
    pub more: Map<String, Json>,
}

/// Properties with one value, and all keys under which files have them.
const SINGLE: [&[&str]; 9] =
    [keys::TITLE, keys::STATUS, keys::PRIORITY, keys::ASSIGNEE, keys::AGENT, keys::DUE, keys::DEFER_UNTIL, keys::MILESTONE, keys::CREATED];
/// Properties with several values.
const LISTS: [&[&str]; 8] =
    [keys::LABELS, keys::DEPENDS_ON, keys::BLOCKS, keys::RELATED, keys::PATHS, keys::ALIASES, keys::DUPLICATES, keys::DISCOVERED_FROM];
/// Keys that say the id; the one that does is not repeated.
const IDS: [&str; 5] = ["id", "epic_id", "issue_id", "task_id", "pr_id"];
/// Keys that can say the parent, in the order in which they count.
pub const PARENTS: [&str; 7] = ["parent", "parent_task", "issue_id", "issue", "epic_id", "epic", "project_id"];
/// Keys that a ticket has of its own in JSON.
const NATIVE: [&str; 25] = [
    "id",
    "kind",
    "title",
    "status",
    "priority",
    "parent",
    "assignee",
    "agent",
    "due",
    "defer_until",
    "milestone",
    "created",
    "author",
    "labels",
    "depends_on",
    "blocks",
    "related",
    "duplicates",
    "discovered_from",
    "paths",
    "aliases",
    "external",
    "body",
    "comments",
    "more",
];
/// Under this key stands what cmpm has no key for.
pub const IMPORTED: &str = "imported";

impl Draft {
    /// What a file says; its comments are read elsewhere.
    #[must_use]
    pub fn of(stored: &Stored<Ticket>) -> Self {
        let (ticket, document) = (&stored.record, &stored.document);
        Self {
            id: Some(ticket.id.to_string()),
            kind: Some(ticket.kind),
            title: ticket.title.clone(),
            status: ticket.status.clone(),
            priority: ticket.priority.clone(),
            parent: ticket.parent.clone(),
            assignee: ticket.assignee.clone(),
            agent: ticket.agent.clone(),
            due: ticket.due.clone(),
            defer_until: ticket.defer_until.clone(),
            milestone: ticket.milestone.clone(),
            created: ticket.created.clone(),
            author: document.text("author"),
            labels: ticket.labels.clone(),
            depends_on: ticket.depends_on.clone(),
            blocks: ticket.blocks.clone(),
            related: ticket.related.clone(),
            duplicates: ticket.duplicates.clone(),
            discovered_from: ticket.discovered_from.clone(),
            paths: ticket.paths.clone(),
            aliases: ticket.aliases.clone(),
            external: external_of(document),
            body: body_of(document),
            comments: Vec::new(),
            more: rest_of(ticket, document),
        }
    }

    /// The keys of the file it becomes, in their order.
    #[must_use]
    pub fn fields(&self, id: &str) -> Vec<(String, Value)> {
        let kind = self.kind.unwrap_or(Kind::Issue);
        let mut fields: Vec<(String, Value)> = vec![
            ("id".into(), id.into()),
            ("kind".into(), kind.as_str().into()),
            ("title".into(), self.heading().into()),
            ("status".into(), self.status.as_str().into()),
        ];
        let texts = [
            ("priority", &self.priority),
            ("parent", &self.parent),
            ("assignee", &self.assignee),
            ("agent", &self.agent),
            ("due", &self.due),
            ("defer_until", &self.defer_until),
            ("milestone", &self.milestone),
            ("created", &self.created),
            ("author", &self.author),
        ];
        fields.extend(
            texts.into_iter().filter_map(|(key, text)| Some((key.to_owned(), text.as_deref().filter(|text| !text.is_empty())?.into()))),
        );
        let lists = self.lists().into_iter().filter(|(_, list)| !list.is_empty());
        fields.extend(lists.map(|(key, list)| (key.to_owned(), Value::texts(list))));
        if !self.external.is_empty() {
            fields.push(("external".into(), self.external.clone().into()));
        }
        fields.extend(self.more.iter().map(|(key, value)| (key.clone(), value.clone().into())));
        fields
    }

    /// The lists of a ticket by their keys, in the order of a file.
    #[must_use]
    pub fn lists(&self) -> [(&'static str, &Vec<String>); 8] {
        [
            ("labels", &self.labels),
            ("depends_on", &self.depends_on),
            ("blocks", &self.blocks),
            ("related", &self.related),
            ("duplicates", &self.duplicates),
            ("discovered_from", &self.discovered_from),
            ("paths", &self.paths),
            ("aliases", &self.aliases),
        ]
    }

    /// The lists that name other tickets.
    pub fn links_mut(&mut self) -> [(&'static str, &mut Vec<String>); 5] {
        [
            ("depends_on", &mut self.depends_on),
            ("blocks", &mut self.blocks),
            ("related", &mut self.related),
            ("duplicates", &mut self.duplicates),
            ("discovered_from", &mut self.discovered_from),
        ]
    }

    /// Whether it says that somebody waits.
    #[must_use]
    pub fn waits(&self) -> bool {
        self.parent.is_some() || !self.depends_on.is_empty() || !self.blocks.is_empty()
    }

    /// The whole file.
    #[must_use]
    pub fn render(&self, id: &str) -> String {
        let fields = self.fields(id);
        let fields: Vec<(&str, Value)> = fields.iter().map(|(key, value)| (key.as_str(), value.clone())).collect();
        render_new(&fields, &self.body)
    }

    /// The line that stands for it; a title is never empty.
    #[must_use]
    pub fn heading(&self) -> String {
        if !self.title.trim().is_empty() && !self.title.contains(char::is_control) {
            return self.title.clone();
        }
        let first = self.body.lines().map(|line| text::one_line(line.trim_start_matches(['#', ' ']))).find(|line| !line.is_empty());
        let title = text::one_line(&self.title);
        if title.is_empty() { first.map_or_else(|| "Untitled".to_owned(), |line| text::fit(&line, 80)) } else { title }
    }

    /// Keeps a value that cmpm has no key for.
    pub fn keep(&mut self, key: &str, value: Json) {
        let imported = self.more.entry(IMPORTED).or_insert_with(|| Json::Object(Map::new()));
        if let Json::Object(entries) = imported {
            entries.insert(key.to_owned(), value);
        }
    }

    /// The value that was kept under a key.
    #[must_use]
    pub fn kept(&self, key: &str) -> Option<&Json> {
        self.more.get(IMPORTED)?.get(key)
    }
}

/// A body without the empty lines around it.
#[must_use]
pub fn plain_body(body: &str) -> String {
    body.trim_start_matches(['\n', '\r']).trim_end().to_owned()
}

/// The text without the lines that are keys.
fn body_of(document: &Document) -> String {
    if document.is_headed() { plain_body(&document.body_without_headers(&[])) } else { plain_body(document.body()) }
}

fn external_of(document: &Document) -> Vec<Json> {
    let node = document.field("external").map(|field| field.node.clone());
    match node {
        Some(Node::List(items)) => items.iter().map(to_json).collect(),
        Some(Node::Null) | None => Vec::new(),
        Some(other) => vec![to_json(&other)],
    }
}

fn to_json(node: &Node) -> Json {
    serde_json::to_value(node).unwrap_or_default()
}

/// What stands under the keys that are kept.
pub fn keep_fields(document: &Document, keeps: impl Fn(&str, &Node) -> bool) -> Map<String, Json> {
    let mut more = Map::new();
    for field in document.fields().iter().filter(|field| keeps(&field.key, &field.node)) {
        more.entry(field.key.clone()).or_insert_with(|| to_json(&field.node));
    }
    more
}

/// What no property of the ticket says. What stands under one of our keys in a form that is not ours goes under `imported`,
/// because it would come back as something else.
fn rest_of(ticket: &Ticket, document: &Document) -> Map<String, Json> {
    let own_id = IDS.into_iter().find(|key| document.text(key).is_some_and(|id| ticket.id.is(&id)));
    let parent = PARENTS.into_iter().find(|key| ticket.parent.is_some() && document.text(key) == ticket.parent);
    let more = keep_fields(document, |key, node| {
        let nothing = node == &Node::Null || node.as_text() == Some("");
        match key {
            "external" => false,
            "author" => !(nothing || node.as_text().is_some()),
            "kind" | "type" => node.as_text().and_then(Kind::parse) != Some(ticket.kind),
            _ if Some(key) == own_id || Some(key) == parent => false,
            _ if PARENTS.contains(&key) && nothing => false,
            _ => !is_said(key, node, document),
        }
    });
    // Prose such as `EPIC-001 (its title)` would be taken for an id.
    let is_odd = |key: &str| NATIVE.contains(&key) || (document.is_headed() && PARENTS.contains(&key));
    let (odd, mut more): (Map<_, _>, Map<_, _>) = more.into_iter().partition(|(key, _)| is_odd(key));
    if !odd.is_empty() {
        let mut imported = more
            .shift_remove(IMPORTED)
            .and_then(|value| if let Json::Object(entries) = value { Some(entries) } else { None })
            .unwrap_or_default();
        for (key, value) in odd {
            imported.entry(key).or_insert(value);
        }
        more.insert(IMPORTED.to_owned(), Json::Object(imported));
    }
    more
}

/// Whether the value of a key is all there in a property of the ticket.
fn is_said(key: &str, node: &Node, document: &Document) -> bool {
    if let Some(keys) = SINGLE.iter().find(|keys| keys.contains(&key)) {
        let in_force = keys.iter().copied().find(|key| document.text(key).is_some() || !document.texts(key).is_empty());
        let one = !matches!(node, Node::Map(_)) && node.texts().len() <= 1 && node.items().len() <= 1;
        return one && (in_force == Some(key) || node.texts().is_empty());
    }
    let Some(keys) = LISTS.iter().find(|keys| keys.contains(&key)) else { return false };
    let plain = |node: &Node| matches!(node, Node::Scalar(_) | Node::Null);
    let flat = plain(node) || (matches!(node, Node::List(_)) && node.items().iter().all(plain));
    flat && node.texts().iter().all(|text| texts_of(document, keys).contains(text))
}
