//! `cmpm ticket log`

use crate::base::Timestamp;
use crate::base::date::parse_moment;
use crate::document::{Document, Node};
use crate::git::{FileVersion, Repository};
use crate::report::prelude::*;
use crate::store::{Record, Store, StoreError};

use super::change::which::Which;
use super::file::comment::comments_of;
use super::model::Ticket;

/// How much of a value is shown to people, in columns.
const COLUMNS: usize = 60;

/// Show a ticket's history
///
/// Who changed which key from what to what, and when, through renames of its file; newest first, comments between. Also of a
/// ticket whose file was removed.
/// Example: `cmpm ticket log ISS-7k3`
#[derive(Debug, Args)]
pub struct Log {
    #[command(flatten)]
    pub which: Which,
}

/// What happened to a ticket.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Logged {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<Id>,
    title: String,
    path: RepoPath,
    /// Newest first.
    events: Vec<Event>,
}

/// Something that happened to a ticket.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Event {
    /// When; absent for what is not committed.
    #[serde(skip_serializing_if = "Option::is_none")]
    when: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    author: Option<String>,
    /// added, changed, renamed, removed, uncommitted or commented.
    what: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    commit: Option<String>,
    /// The first line of the commit's message, or of the comment.
    #[serde(skip_serializing_if = "String::is_empty")]
    subject: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    changes: Vec<KeyChange>,
    /// The file then.
    path: RepoPath,
}

/// A key that has another value.
#[derive(Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct KeyChange {
    /// The key; `body` for the text below the keys.
    key: String,
    /// Before; absent where it was not there.
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<String>,
    /// After; absent where it is gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<String>,
}

impl Verb for Log {
    type Report = Logged;
    const METADATA: Metadata = Metadata::READS;

    fn run(self, context: &Context) -> Result<Logged> {
        let (store, repository) = (context.store()?, context.repository()?);
        let name = self.which.name(context);
        let stored = match store.require::<Ticket>(&name) {
            Ok(stored) => stored,
            Err(failure) if matches!(failure.downcast_ref(), Some(StoreError::NotFound { .. })) => {
                return removed(store, repository, &name);
            }
            Err(failure) => return Err(failure),
        };
        self.which.check(&stored.record)?;
        let versions = repository.file_history(&stored.path)?;
        let mut events = events(repository, &versions)?;
        let committed = match repository.head()?.oid() {
            Some(head) => repository.find_blob(head, &stored.path)?,
            None => None,
        };
        let changes = changes(committed.map(Ticket::document).as_ref(), &stored.document);
        if !changes.is_empty() {
            let path = stored.path.clone();
            events.insert(0, Event { when: None, author: None, what: "uncommitted", commit: None, subject: String::new(), changes, path });
        }
        add_comments(store, &stored.record.id, &mut events);
        Ok(Logged { id: Some(stored.record.id), title: stored.record.properties.title, path: stored.path, events })
    }
}

/// The history of a file that is not there any more.
fn removed(store: &Store, repository: &Repository, name: &str) -> Result<Logged> {
    for folder in &store.config().paths.tasks {
        let gone = repository.removed_files(folder)?.into_iter().find(|version| is_called(&version.path, name));
        if let Some(gone) = gone {
            let events = events(repository, &repository.file_history(&gone.path)?)?;
            let title = events
                .iter()
                .flat_map(|event| &event.changes)
                .find(|change| change.key == "title")
                .and_then(|change| change.to.clone().or_else(|| change.from.clone()));
            return Ok(Logged { id: None, title: title.unwrap_or_default(), path: gone.path, events });
        }
    }
    Err(StoreError::NotFound { noun: "ticket", query: name.to_owned() }.into())
}

/// Whether a file's name begins with an id, or with the beginning of one that was typed.
fn is_called(path: &RepoPath, name: &str) -> bool {
    let file = path.name();
    let id = Id::parse(file.trim_end_matches(".md"));
    Ticket::is_member(path) && (path.lossy() == name || id.is_some_and(|id| id.starts_with(name)))
}

fn events(repository: &Repository, versions: &[FileVersion]) -> Result<Vec<Event>> {
    let mut documents: Vec<Option<Document>> = Vec::with_capacity(versions.len());
    for version in versions {
        let bytes = if version.kind == 'D' { None } else { repository.find_blob(version.commit, &version.path)? };
        documents.push(bytes.map(Ticket::document));
    }
    let empty = Document::parse(Vec::new());
    let event = |(index, version): (usize, &FileVersion)| {
        let (older, newer) = (documents.get(index + 1).and_then(Option::as_ref), documents.get(index).and_then(Option::as_ref));
        Event {
            when: Some(version.when),
            author: Some(version.author.clone()),
            what: version.what(),
            commit: Some(version.commit.to_string()),
            subject: version.subject.clone(),
            changes: changes(older, newer.unwrap_or(&empty)),
            path: version.path.clone(),
        }
    };
    Ok(versions.iter().enumerate().map(event).collect())
}

/// The keys whose values differ, in the order of the files.
fn changes(older: Option<&Document>, newer: &Document) -> Vec<KeyChange> {
    let empty = Document::parse(Vec::new());
    let older = older.unwrap_or(&empty);
    let mut names: Vec<&str> = Vec::new();
    for field in older.fields().iter().chain(newer.fields()) {
        if !names.contains(&field.key.as_str()) {
            names.push(&field.key);
        }
    }
    let value = |document: &Document, key: &str| document.field(key).map(|field| shown(&field.node));
    let mut changes: Vec<KeyChange> = names
        .into_iter()
        .map(|key| KeyChange { key: key.to_owned(), from: value(older, key), to: value(newer, key) })
        .filter(|change| change.from != change.to)
        .collect();
    let text = |document: &Document| if document.is_headed() { document.body_without_headers(&[]) } else { document.body().to_owned() };
    let body = |document: &Document| Some(text(document).trim().to_owned()).filter(|body| !body.is_empty());
    let (from, to) = (body(older), body(newer));
    if from != to {
        changes.push(KeyChange { key: "body".to_owned(), from, to });
    }
    changes
}

fn shown(node: &Node) -> String {
    match node {
        Node::Null => String::new(),
        Node::Scalar(text) => text.clone(),
        Node::List(_) if !node.texts().is_empty() && node.texts().len() == node.items().len() => node.texts().join(", "),
        other => serde_json::json!(other).to_string(),
    }
}

/// Puts the comments between the commits, by their own dates.
fn add_comments(store: &Store, ticket: &Id, events: &mut Vec<Event>) {
    for (path, comment) in comments_of(store, &store.work_tree(), ticket) {
        let when = comment.created.as_deref().and_then(parse_moment);
        let (author, subject) = (comment.author, comment.text.trim().to_owned());
        let event = Event { when, author, what: "commented", commit: None, subject, changes: Vec::new(), path };
        let at = events.iter().position(|other| other.when.is_some() && other.when <= when).unwrap_or(events.len());
        events.insert(at, event);
    }
}

impl Report for Logged {
    const SCHEMA: &'static str = "cmpm.ticket.log/1";

    fn render(&self, screen: &Screen) -> String {
        let name = self.id.as_ref().map_or_else(|| self.path.to_string(), ToString::to_string);
        let mut out = format!("{} {}\n", screen.paint(Tone::Key, &text::one_line(&name)), text::one_line(&self.title));
        for event in &self.events {
            let when = event.when.map_or_else(|| "now".to_owned(), Timestamp::date);
            let commit = event.commit.as_deref().map_or("", |commit| commit.get(..7).unwrap_or(commit));
            let author = text::one_line(event.author.as_deref().unwrap_or_default());
            let subject = text::fit(&text::one_line(&event.subject), COLUMNS);
            let rest = [author, subject].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(": ");
            let line = format!("{when:<10}  {commit:<7}  {:<11}  {rest}", event.what);
            let _ = writeln!(out, "{}", screen.paint(Tone::Title, line.trim_end()));
            // A new ticket has nothing before: its keys are in `show --at`.
            for change in event.changes.iter().filter(|_| event.what != "added" && event.what != "removed") {
                let _ = writeln!(out, "  {}", change.line());
            }
        }
        out
    }
}

impl KeyChange {
    fn line(&self) -> String {
        let key = text::one_line(&self.key);
        if self.key == "body" {
            let lines =
                |text: &Option<String>| text.as_deref().map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>()).unwrap_or_default();
            let (from, to) = (lines(&self.from), lines(&self.to));
            let only = |one: &[String], other: &[String]| one.iter().filter(|line| !other.contains(line)).count();
            return format!("{key}: {} new, {} gone", text::plural(only(&to, &from), "line"), only(&from, &to));
        }
        let short = |text: &Option<String>| {
            text.as_deref().filter(|text| !text.is_empty()).map_or_else(|| "-".to_owned(), |text| text::fit(&text::one_line(text), COLUMNS))
        };
        format!("{key}: {} → {}", short(&self.from), short(&self.to))
    }
}
