//! A ticket file of another tool in cmpm's own form: its keys, its words, and everything else it says as it was.

use crate::base::date::parse_moment;
use crate::base::{Id, RepoPath, Rule, text};
use crate::config::Config;
use crate::document::{Document, Value, render_new};
use crate::store::Stored;
use crate::words::{Holds, Kind, Priority, Property, Status};

use super::dialect::{Dialect, key_in, parent_of};
use super::draft::value_of;
use super::model::{self, Ticket};

/// Something of a file that is not in it any more, and why.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
pub struct Dropped {
    /// The file.
    pub path: RepoPath,
    /// What was in it.
    pub key: String,
    /// Why it is not carried over.
    pub reason: String,
}

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
    /// A reference to another ticket as it must be afterwards.
    pub refer: &'a mut dyn FnMut(&str, Option<Kind>) -> String,
    /// The settings, for the project's own status words.
    pub config: &'a Config,
}

/// Whether a file is in cmpm's own form.
pub fn is_native(document: &Document) -> bool {
    ["id", "kind", "title", "status"].iter().all(|key| document.text(key).is_some()) && !document.is_headed()
}

/// Whether a file must be mended by a person first: what is written anew would not hold what stands there.
pub fn is_damaged(document: &Document) -> bool {
    document.problems().iter().any(|problem| [Rule::NotUtf8, Rule::ConflictMarkers].contains(&problem.rule))
}

/// A file of another tool in cmpm's own form.
pub fn to_native(stored: &Stored<Ticket>, mut to: Become<'_>) -> Native {
    let (ticket, old) = (&stored.record, &stored.document);
    let mut taken: Vec<&str> =
        vec!["id", ticket.kind.id_key(), "kind", "title", "status", "priority", "content", "file_path", "description"];
    let mut fields = head(ticket, &to);
    let parent = ticket.kind.parent_keys().find(|key| old.text(key).is_some());
    if let (Some(key), Some(parent)) = (parent, &ticket.parent) {
        taken.push(key);
        fields.push(("parent", Value::from((to.refer)(parent, parent_of(key)))));
    }
    taken.extend(rest(ticket, old, &mut fields, &mut to));
    let mut dropped = Vec::new();
    let mut drop =
        |key: &str, reason: &str| dropped.push(Dropped { path: stored.path.clone(), key: key.to_owned(), reason: reason.to_owned() });
    let content = old.text("content").unwrap_or_default();
    let body = body(old, (&content, &prose(ticket, to.config)), &mut drop);
    let mut document = Document::parse(render_new(&fields, &body).into_bytes());
    if !content.is_empty() && !is_same_text(&content, &body) {
        taken.retain(|key| *key != "content");
    }
    keep_description(old, &mut document, &mut taken);
    if old.field("file_path").is_some() {
        drop("file_path", "it names a place on another machine");
    }
    for key in old.fields().iter().map(|field| field.key.as_str()).filter(|key| !taken.contains(key)) {
        if keep(&mut document, old, key).is_none() {
            drop(key, "it cannot be written as front matter; it is in the history");
        }
    }
    Native { document, dropped }
}

fn head(ticket: &Ticket, to: &Become<'_>) -> Vec<(&'static str, Value)> {
    let mut fields = vec![
        ("id", Value::from(to.id.as_str())),
        ("kind", Value::from(ticket.kind.as_str())),
        ("title", Value::from(text::one_line(&ticket.title))),
        ("status", Value::from(status(ticket, to.config))),
    ];
    fields.extend(ticket.priority.as_ref().map(|words| ("priority", Value::from(priority(words)))));
    fields
}

/// The word of this project for the status; where another tool's word says more than its category, that word.
fn status(ticket: &Ticket, config: &Config) -> String {
    let own = config.statuses.keys().any(|word| word.eq_ignore_ascii_case(&ticket.status));
    let built_in = Status::parse(&ticket.status.to_ascii_lowercase()).is_some();
    let is_known = model::category(&ticket.status, config).is_some() || ticket.dialect == Dialect::Headed;
    let says_more = ticket.status.starts_with("ready_for_");
    let keeps = own || built_in || says_more || !is_known;
    if keeps { text::one_line(&ticket.status) } else { Dialect::Native.word(ticket.category).to_owned() }
}

/// The other keys that cmpm knows, lists first; the keys of the old file that they came from.
fn rest(ticket: &Ticket, old: &Document, fields: &mut Vec<(&'static str, Value)>, to: &mut Become<'_>) -> Vec<&'static str> {
    use Property::{Aliases, Author, Created, Estimate, Parent, Priority, Status, Title};
    let mut taken: Vec<&'static str> = Vec::new();
    let (lists, singles): (Vec<Property>, Vec<Property>) = Property::ALL.iter().partition(|property| property.is_list());
    // The head is written already; an estimate says its unit by its key, and of authors there may be several.
    let here = |property: &Property| !matches!(property, Title | Status | Priority | Parent | Estimate | Author);
    for property in lists.into_iter().chain(singles).filter(here) {
        let texts = ticket.texts(property);
        let texts = match property.row().holds {
            Holds::Tickets { .. } => texts.iter().map(|id| (to.refer)(id, None)).collect(),
            _ if property == Aliases => to.aliases.clone(),
            _ if property == Created => {
                texts.iter().map(|written| parse_moment(written).map_or_else(|| written.clone(), |moment| moment.to_string())).collect()
            }
            _ => texts.to_vec(),
        };
        let key = key_in(old, property);
        // Where one is meant and several are named, the file keeps them all in its own way.
        let several = !property.is_list() && old.texts(key).len() > 1;
        if several && key == property.name() {
            continue;
        }
        fields.extend(value_of(property, &texts).map(|value| (property.name(), value)));
        match property.is_list() {
            true => taken.extend(property.row().keys),
            // The keys that do not count stay as they are.
            false => taken.extend((!several).then_some(key)),
        }
    }
    // A second word for the status is kept, unless it was the one that counts.
    taken.extend((key_in(old, Status) == "state").then_some("state"));
    taken
}

/// Keys of a body whose values are prose: what cmpm makes of them is a word, so the lines stay too.
fn prose(ticket: &Ticket, config: &Config) -> Vec<&'static str> {
    let status = model::category(&ticket.status, config).is_none().then_some("status");
    let priority = ticket.priority.as_ref().is_some_and(|words| priority(words) != *words).then_some("priority");
    status.into_iter().chain(priority).collect()
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
        drop("content", "it is the body now, which was empty");
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

/// The description in the front matter goes into the body, where cmpm has it, unless it stands there.
fn keep_description(old: &Document, document: &mut Document, taken: &mut Vec<&str>) {
    let Some(description) = old.text("description") else { return };
    let squeeze = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let is_there = squeeze(document.body()).contains(&squeeze(&description));
    if !is_there && document.append_section("Description", &description).is_err() {
        taken.retain(|key| *key != "description");
    }
}

/// Takes a key over in the very lines that stand there, or at least with its value.
fn keep(document: &mut Document, old: &Document, key: &str) -> Option<()> {
    if !old.is_headed() && document.copy_field(key, old).is_ok() {
        return Some(());
    }
    let value = Value::from(old.field(key)?.node.clone());
    document.set(key, &value).ok()
}
