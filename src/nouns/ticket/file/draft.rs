//! A ticket on its way to a file: what importers, exporters and plans have in common, and the form that JSON lines have.

use std::ops::{Deref, DerefMut};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};

use crate::base::text;
use crate::document::{Document, Node, Value, render_new};
use crate::store::Stored;
use crate::words::{ID_KEYS, Kind, Order, Properties, Property};

use super::super::model::Ticket;
use super::super::model::dialect::key_in_force;
use super::super::model::said::{has_room, is_said};
use super::comment::Comment;

/// A ticket as JSON has it: one object with the keys of the file, `body` for its text, and its comments.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Draft {
    /// The id it has had; a new one is made where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// epic, issue, task or pr.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<Kind>,
    #[serde(flatten, serialize_with = "Properties::serialize_given")]
    pub properties: Properties,
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

/// Keys that a ticket has of its own in JSON, as in the columns of a table.
pub fn native_keys() -> impl Iterator<Item = &'static str> {
    let properties = Property::ALL.iter().map(|property| property.name());
    ["id", "kind"].into_iter().chain(properties).chain(["external", "body", "comments", "more"])
}

/// Under this key stands what cmpm has no key for.
pub const IMPORTED: &str = "imported";

impl Draft {
    /// What a file says; its comments are read elsewhere.
    pub fn of(stored: &Stored<Ticket>) -> Self {
        let (ticket, document) = (&stored.record, &stored.document);
        let mut properties = ticket.properties.clone();
        let is_read_only = |property: &Property| property.row().written.len() < property.row().keys.len();
        for &property in Property::ALL.iter().filter(|property| is_read_only(property)) {
            // A key such as `story_points` says in what work is counted, so it goes along as it stands.
            if key_in_force(document, property).is_some_and(|key| !property.row().written.contains(&key)) {
                properties.set(property, Vec::new());
            }
        }
        Self {
            id: Some(ticket.id.to_string()),
            kind: Some(ticket.kind),
            properties,
            external: external_of(document),
            body: body_of(document),
            comments: Vec::new(),
            more: rest_of(ticket, document),
        }
    }

    /// What JSON says. What does not fit its key is kept under `imported`, and named.
    pub fn read(mut object: Map<String, Json>) -> Result<(Self, Vec<String>), serde_json::Error> {
        let mut odd: Vec<(&str, Json)> = Vec::new();
        object.retain(|key, value| !value.is_null() || native_keys().all(|native| native != key));
        if let Some(id) = object.get_mut("id").filter(|id| id.is_number()) {
            *id = id.to_string().into();
        }
        for &property in Property::ALL {
            let Some(value) = object.shift_remove(property.name()) else { continue };
            let node = Value::from(value.clone()).to_node();
            let read: Option<Json> =
                if property.is_list() { Some(node.texts().into()) } else { node.texts().into_iter().next().map(Json::from) };
            read.into_iter().for_each(|read| drop(object.insert(property.name().to_owned(), read)));
            odd.extend((!has_room(property, &node)).then_some((property.name(), value)));
        }
        for key in ["external", "body", "comments"] {
            let fits = |value: &Json| match key {
                "external" => value.is_array(),
                "body" => value.is_string(),
                _ => Vec::<Comment>::deserialize(value).is_ok(),
            };
            if let Some(value) = object.shift_remove(key) {
                if fits(&value) { drop(object.insert(key.to_owned(), value)) } else { odd.push((key, value)) }
            }
        }
        let mut draft: Self = serde_json::from_value(Json::Object(object))?;
        let lost = odd.iter().map(|(key, _)| format!("`{key}` in a form that cmpm does not have; it is kept under `imported`")).collect();
        odd.into_iter().for_each(|(key, value)| draft.keep(key, value));
        Ok((draft, lost))
    }

    /// The keys of the file it becomes, in their order.
    pub fn fields(&self, id: &str) -> Vec<(String, Value)> {
        let kind = self.kind.unwrap_or(Kind::Issue);
        let mut fields: Vec<(String, Value)> = vec![
            ("id".into(), id.into()),
            ("kind".into(), kind.as_str().into()),
            ("title".into(), self.heading().into()),
            ("status".into(), self.status.as_str().into()),
        ];
        for (property, texts) in self.given().filter(|(property, _)| !matches!(property, Property::Title | Property::Status)) {
            fields.extend(value_of(property, texts).map(|value| (property.name().to_owned(), value)));
        }
        if !self.external.is_empty() {
            fields.push(("external".into(), self.external.clone().into()));
        }
        fields.extend(self.more.iter().map(|(key, value)| (key.clone(), value.clone().into())));
        fields
    }

    /// Whether it says that somebody waits.
    pub fn waits(&self) -> bool {
        self.given().any(|(property, _)| property.order().is_some_and(|order| order != Order::Free))
    }

    /// The whole file.
    pub fn render(&self, id: &str) -> String {
        let fields = self.fields(id);
        let fields: Vec<(&str, Value)> = fields.iter().map(|(key, value)| (key.as_str(), value.clone())).collect();
        render_new(&fields, &self.body)
    }

    /// The line that stands for it; a title is never empty.
    pub fn heading(&self) -> String {
        if !self.title.trim().is_empty() && !self.title.contains(char::is_control) {
            return self.title.clone();
        }
        let first = self.body.lines().map(|line| text::one_line(line.trim_start_matches(['#', ' ']))).find(|line| !line.is_empty());
        let title = text::one_line(&self.title);
        if title.is_empty() { first.map_or_else(|| "Untitled".to_owned(), |line| text::fit(&line, 80)) } else { title }
    }

    /// Keeps a value that cmpm has no key for; several of one key as a list.
    pub fn keep(&mut self, key: &str, value: Json) {
        keep(&mut self.more, key, value);
    }

    /// The value that was kept under a key.
    pub fn kept(&self, key: &str) -> Option<&Json> {
        self.more.get(IMPORTED)?.get(key)
    }
}

impl Deref for Draft {
    type Target = Properties;
    fn deref(&self) -> &Properties {
        &self.properties
    }
}

impl DerefMut for Draft {
    fn deref_mut(&mut self) -> &mut Properties {
        &mut self.properties
    }
}

/// The value of the key of a property; `None` where there is nothing to write.
pub fn value_of(property: Property, texts: &[String]) -> Option<Value> {
    if property.is_list() {
        return Some(Value::texts(texts)).filter(|_| !texts.is_empty());
    }
    texts.first().filter(|text| !text.is_empty()).map(|text| text.as_str().into())
}

/// A body without the empty lines around it.
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
        Some(Node::List(items)) => items.iter().map(|item| json!(item)).collect(),
        Some(Node::Null) | None => Vec::new(),
        Some(other) => vec![json!(other)],
    }
}

/// What stands under the keys that are kept.
pub fn keep_fields(document: &Document, keeps: impl Fn(&str, &Node) -> bool) -> Map<String, Json> {
    let mut more = Map::new();
    for field in document.fields().iter().filter(|field| keeps(&field.key, &field.node)) {
        more.entry(field.key.clone()).or_insert_with(|| json!(field.node));
    }
    more
}

/// What no property of the ticket says. What stands under one of our keys in a form that is not ours goes under `imported`,
/// because it would come back as something else.
fn rest_of(ticket: &Ticket, document: &Document) -> Map<String, Json> {
    let own_id = ID_KEYS.into_iter().find(|key| document.text(key).is_some_and(|id| ticket.id.is(&id)));
    let parents = Property::Parent.row().keys;
    let parent = parents.iter().copied().find(|key| ticket.parent.is_some() && document.text(key) == *ticket.parent);
    let more = keep_fields(document, |key, node| {
        let nothing = node == &Node::Null || node.as_text() == Some("");
        match key {
            "external" => false,
            "kind" | "type" => node.as_text().and_then(Kind::parse) != Some(ticket.kind),
            _ if Some(key) == own_id || Some(key) == parent => false,
            _ if parents.contains(&key) && nothing => false,
            _ => !is_said(key, node, document),
        }
    });
    // Prose such as `EPIC-001 (its title)` would be taken for an id.
    let is_odd = |key: &str| native_keys().any(|native| native == key) || (document.is_headed() && parents.contains(&key));
    let (odd, mut more): (Map<_, _>, Map<_, _>) = more.into_iter().partition(|(key, _)| is_odd(key));
    odd.into_iter().for_each(|(key, value)| keep(&mut more, &key, value));
    more
}

/// Puts a value under [`IMPORTED`]; several of one key as a list.
pub fn keep(more: &mut Map<String, Json>, key: &str, value: Json) {
    let imported = more.entry(IMPORTED).or_insert_with(|| json!({}));
    if !imported.is_object() {
        *imported = json!({ IMPORTED: imported.take() });
    }
    let list = |value: Json| if let Json::Array(items) = value { items } else { vec![value] };
    let Json::Object(entries) = imported else { return };
    match entries.get_mut(key) {
        Some(known) => *known = Json::Array([list(known.take()), list(value)].concat()),
        None => drop(entries.insert(key.to_owned(), value)),
    }
}
