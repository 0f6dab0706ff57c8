//! A ticket file of another tool in cmpm's own form: its keys, its words, and everything else it says as it was.

use crate::base::date::parse_moment;
use crate::base::{Id, Rule, text};
use crate::config::Config;
use crate::document::{Document, Field, Node, Value, render_new};
use crate::store::Stored;
use crate::words::{Holds, ID_KEYS, Kind, Priority, Property, Status};

use super::super::file::draft::value_of;
use super::super::file::read::status_in_prose;
use super::super::model;
use super::super::model::Ticket;
use super::super::model::dialect::{Dialect, key_in, parent_of};
use super::super::model::said::is_said;
use super::carried::{Dropped, carry, left_out};

/// What a file becomes.
pub struct Native {
    /// The whole file, at its old place: links are as they were.
    pub document: Document,
    /// What is left out.
    pub dropped: Vec<Dropped>,
}

/// Who the ticket is afterwards.
pub struct Become<'a> {
    pub id: &'a Id,
    /// What else it answers to.
    pub aliases: Vec<String>,
    /// A reference to another ticket as it must be afterwards; `None` if it names no ticket.
    pub refer: &'a mut dyn FnMut(&str, Option<Kind>) -> Option<String>,
    /// The settings, for the project's own status words.
    pub config: &'a Config,
}

/// Whether a file is in cmpm's own form.
pub fn is_native(document: &Document) -> bool {
    ["id", "kind", "title", "status"].iter().all(|key| document.text(key).is_some()) && !document.is_headed()
}

/// Whether a file must be fixed by a person first: what is written again would not hold what stands there.
pub fn is_damaged(document: &Document) -> bool {
    document.problems().iter().any(|problem| [Rule::NotUtf8, Rule::ConflictMarkers].contains(&problem.rule))
}

/// A file of another tool in cmpm's own form.
pub fn to_native(stored: &Stored<Ticket>, mut to: Become<'_>) -> Native {
    let (ticket, old) = (&stored.record, &stored.document);
    let mut fields = head(ticket, old, &to);
    let parent = ticket.kind.parent_keys().find(|key| old.text(key).is_some()).filter(|_| ticket.parent.is_some());
    if let (Some(key), Some(parent)) = (parent, ticket.parent.as_ref()) {
        // What names no ticket stays where it is.
        let meant = (to.refer)(parent, parent_of(key));
        fields.push((if meant.is_some() { "parent" } else { key }, Value::from(meant.unwrap_or_else(|| parent.clone()))));
    }
    rest(ticket, old, &mut fields, &mut to);
    let mut dropped = Vec::new();
    let mut drop = |key: &str, reason: &str| dropped.extend(old.field(key).map(|field| Dropped::field(&stored.path, field, reason)));
    if text::find_control(&ticket.title).is_some_and(|c| !c.is_whitespace()) {
        drop("title", "it has characters that show nothing and do something; they are left out");
    }
    let content = old.text("content").unwrap_or_default();
    let prose = prose(ticket, old, to.config);
    let body = body(old, (&content, &prose), &mut drop);
    let mut document = Document::parse(render_new(&fields, &body).into_bytes());
    let is_described = keep_description(old, &mut document);
    if old.text("file_path").is_some() {
        drop("file_path", "it names a place on another machine");
    }
    let is_said = |field: &Field| match field.key.as_str() {
        _ if field.is_repeated() => false,
        key if prose.contains(&key) || parent == Some(key) => true,
        "content" => says_nothing(&field.node) || (!content.is_empty() && is_same_text(&content, &body)),
        "description" => says_nothing(&field.node) || is_described,
        "file_path" => says_nothing(&field.node) || field.node.as_text().is_some(),
        _ => is_told(ticket, old, field, to.config),
    };
    let lost = carry(&mut document, old, &is_said);
    dropped.extend(left_out(&stored.path, (old, &document), &lost));
    for field in old.fields().iter().filter(|field| !is_said(field)) {
        if document.field(&field.key).is_some_and(|kept| kept.node == field.node) {
            follow(&mut document, &field.key, ticket, &mut to);
        }
    }
    add_aliases(&mut document, &to.aliases);
    Native { document, dropped }
}

fn says_nothing(node: &Node) -> bool {
    *node == Node::Null || node.as_text() == Some("")
}

/// Whether all that stands under a key is in the fields of cmpm's own form.
fn is_told(ticket: &Ticket, old: &Document, field: &Field, config: &Config) -> bool {
    let (key, node) = (field.key.as_str(), &field.node);
    let in_force = key_in(old, Property::Status);
    let one = node.items().len() <= 1 && node.texts().len() == 1;
    match key {
        "kind" => says_nothing(node) || node.as_text().and_then(Kind::parse) == Some(ticket.kind),
        "status" | "state" if key == in_force => says_nothing(node) || one,
        "status" => says_nothing(node) || node.as_text().and_then(|word| model::plain_category(word, config)) == Some(ticket.category),
        "state" => false,
        "priority" => says_nothing(node) || is_plain_priority(ticket, old),
        key if key == "id" || key == ticket.kind.id_key() => says_nothing(node) || node.as_text() == Some(ticket.id.as_str()),
        key => Property::of_key(key).is_some_and(|property| !stays(property, old)) && is_said(key, node, old),
    }
}

/// Whether a property stays as the file has it: where its own key says more than we would write there. An estimate says its unit
/// by its key, and of authors there may be several.
fn stays(property: Property, old: &Document) -> bool {
    let key = property.name();
    matches!(property, Property::Estimate | Property::Author) || old.field(key).is_some_and(|field| !is_said(key, &field.node, old))
}

/// Gives the tickets that a key of a file names the ids that they have now.
pub fn follow(document: &mut Document, key: &str, ticket: &Ticket, to: &mut Become<'_>) {
    let names_tickets = ID_KEYS.contains(&key) || Property::of_key(key).is_some_and(|property| property.order().is_some());
    let Some(node) = document.field(key).filter(|_| names_tickets).map(|field| field.node.clone()) else { return };
    let mut now = |node: Node| match node {
        Node::Scalar(text) if key == ticket.kind.id_key() && ticket.id.is(&text) => Node::Scalar(to.id.to_string()),
        Node::Scalar(text) => Node::Scalar((to.refer)(&text, parent_of(key)).unwrap_or(text)),
        other => other,
    };
    let node = match node {
        Node::List(items) => Node::List(items.into_iter().map(now).collect()),
        other => now(other),
    };
    // Where it cannot be changed safely, the old ids go on working.
    let _ = document.set(key, Value::from(node));
}

/// Adds what a ticket answers to, in addition to whatever stands there.
pub fn add_aliases(document: &mut Document, aliases: &[String]) {
    let key = Property::Aliases.name();
    let node = document.field(key).map(|field| field.node.clone()).unwrap_or_default();
    let known = node.texts();
    let mut items = match node {
        Node::Null => Vec::new(),
        Node::List(items) => items,
        other => vec![other],
    };
    let new: Vec<Node> = aliases.iter().filter(|alias| !known.contains(alias)).cloned().map(Node::Scalar).collect();
    if !new.is_empty() {
        items.extend(new);
        let _ = document.set(key, Value::from(Node::List(items)));
    }
}

fn head(ticket: &Ticket, old: &Document, to: &Become<'_>) -> Vec<(&'static str, Value)> {
    let mut fields = vec![
        ("id", Value::from(to.id.as_str())),
        ("kind", Value::from(ticket.kind.as_str())),
        ("title", Value::from(text::one_line(&ticket.title))),
        ("status", Value::from(status(ticket, to.config))),
    ];
    let words = ticket.priority.as_ref().filter(|_| old.is_headed() || is_plain_priority(ticket, old));
    fields.extend(words.map(|words| ("priority", Value::from(priority(words)))));
    fields
}

/// What a ticket's own form says of the status.
fn status(ticket: &Ticket, config: &Config) -> String {
    if ticket.dialect != Dialect::Headed || model::category(&ticket.status, config).is_some() {
        return native_status(&ticket.status, config);
    }
    status_in_prose(&ticket.status, config)
        .map_or_else(|| Dialect::Native.word(ticket.category).to_owned(), |word| native_status(word, config))
}

/// cmpm's word for a status where another tool's says nothing more; else the word as it is.
pub fn native_status(word: &str, config: &Config) -> String {
    let own = Status::parse(&word.to_ascii_lowercase()).is_some();
    let native = model::plain_category(word, config).filter(|_| !own).map(|category| Dialect::Native.word(category));
    let same = native.filter(|native| model::category(native, config) == model::category(word, config));
    same.map_or_else(|| text::one_line(word), str::to_owned)
}

/// The other properties that cmpm knows, lists first.
fn rest(ticket: &Ticket, old: &Document, fields: &mut Vec<(&'static str, Value)>, to: &mut Become<'_>) {
    use Property::{Aliases, Created, Parent, Priority, Status, Title};
    let (lists, singles): (Vec<Property>, Vec<Property>) = Property::ALL.iter().partition(|property| property.is_list());
    let here = |property: &Property| !matches!(property, Title | Status | Priority | Parent) && !stays(*property, old);
    for property in lists.into_iter().chain(singles).filter(here) {
        let texts = ticket.texts(property);
        let texts = match property.row().holds {
            Holds::Tickets { .. } => texts.iter().map(|id| (to.refer)(id, None).unwrap_or_else(|| id.clone())).collect(),
            _ if property == Aliases => to.aliases.clone(),
            _ if property == Created => {
                texts.iter().map(|written| parse_moment(written).map_or_else(|| written.clone(), |moment| moment.to_string())).collect()
            }
            _ => texts.to_vec(),
        };
        fields.extend(value_of(property, &texts).map(|value| (property.name(), value)));
    }
}

/// Keys of a body whose lines stay, because what cmpm makes of them is less: a word of prose, or nothing.
fn prose<'a>(ticket: &Ticket, old: &'a Document, config: &Config) -> Vec<&'a str> {
    let parents = || ticket.kind.parent_keys();
    let is_parent = |key: &str| parents().find(|key| old.text(key).is_some()) == Some(key);
    let in_force = key_in(old, Property::Status);
    let stays = |field: &&Field| match field.key.as_str() {
        key if field.node == Node::Null => old.header_text(key).is_some_and(|text| !text.is_empty()),
        key if key == in_force => model::category(&ticket.status, config).is_none(),
        "priority" => !is_plain_priority(ticket, old),
        key if ticket.parent.is_none() => parents().any(|parent| parent == key),
        key => is_parent(key) && field.node.as_text() != ticket.parent.as_deref(),
    };
    old.fields().iter().filter(|_| old.is_headed()).filter(stays).map(|field| field.key.as_str()).collect()
}

/// Whether the priority is a word for one, and nothing else.
fn is_plain_priority(ticket: &Ticket, old: &Document) -> bool {
    let is_word = |words: &String| Priority::of_file(words).is_some() && priority(words) == *words;
    ticket.priority.as_ref().is_some_and(is_word) && old.field("priority").is_some_and(|field| is_said("priority", &field.node, old))
}

/// The word among what a file says of its priority.
fn priority(words: &str) -> String {
    let known = |word: &&str| Priority::ALL.iter().any(|priority| priority.as_str() == *word);
    words.split(|c: char| !c.is_alphanumeric()).find(known).map_or_else(|| text::one_line(words), str::to_owned)
}

fn body(old: &Document, (content, prose): (&str, &[&str]), drop: &mut dyn FnMut(&str, &str)) -> String {
    let written = if old.is_headed() { old.body_without_headers(prose) } else { old.body().to_owned() };
    let written = written.trim_start_matches('\u{feff}').replace("\r\n", "\n");
    if content.is_empty() {
        return written;
    }
    if written.trim().is_empty() {
        drop("content", "it became the body, which was empty");
        return content.to_owned();
    }
    if is_same_text(content, &written) {
        drop("content", "it repeats the body");
    }
    written
}

/// Whether two texts say the same, whatever their line breaks.
fn is_same_text(one: &str, other: &str) -> bool {
    one.split_whitespace().eq(other.split_whitespace())
}

/// The description in the front matter goes into the body, where cmpm has it, unless it stands there. Whether it is there now.
fn keep_description(old: &Document, document: &mut Document) -> bool {
    let Some(description) = old.text("description") else { return false };
    let squeeze = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    squeeze(document.body()).contains(&squeeze(&description)) || document.append_section("Description", &description).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::{Category, StatusWord};

    #[test]
    fn a_word_keeps_its_category_and_what_it_says_beyond() {
        let config = Config::default();
        for (word, known) in StatusWord::all() {
            let native = native_status(word, &config);
            assert_eq!(model::category(&native, &config), Some(known.status.category()), "{word}");
            assert!(known.is_plain || native == word, "{word} became {native}");
        }
    }

    #[test]
    fn a_word_whose_meaning_the_project_sets_is_not_replaced() {
        let mut config = Config::default();
        config.statuses.insert("open".into(), Category::Active);
        config.statuses.insert("planning".into(), Category::Done);
        assert_eq!(["open", "todo", "in progress"].map(|word| native_status(word, &config)), ["open", "todo", "active"]);
    }
}
