//! `cmpm ticket log`

use std::collections::BTreeSet;

use crate::base::Timestamp;
use crate::base::date::parse_moment;
use crate::document::{Document, Node};
use crate::git::{Oid, Repository, Touch, TouchedFile};
use crate::report::prelude::*;
use crate::store::{EDGE, ENDS, Entry, Named, Record, Store, StoreError, Version};

use super::change::which::Which;
use super::file::comment::comments_of;
use super::model::Ticket;
use super::view::filter::past_moment;

/// So much of a value is shown however narrow the terminal is.
const LEAST: usize = 8;

/// Stands for the text below the keys.
const BODY: &str = "body";

/// Show a ticket's history
///
/// Who changed which key from what to what, and when, through renames of its file; newest first, comments between. Each commit is
/// compared with its own parents, and a merge shows only what it has from none of them. Also of a ticket whose file was removed.
/// Example: `cmpm ticket log ISS-7k3`
#[derive(Debug, Args)]
pub struct Log {
    #[command(flatten)]
    pub which: Which,
    /// Only what happened since then, such as `2026-03-01`, `yesterday` or `-2w`
    #[arg(long, value_name = "DATE", allow_hyphen_values = true)]
    since: Option<String>,
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
    /// added, changed, renamed, removed, merged, uncommitted or commented; `edge` where a shallow clone has no more.
    what: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    commit: Option<String>,
    /// The first line of the commit's message, or the text of the comment.
    #[serde(skip_serializing_if = "String::is_empty")]
    subject: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    changes: Vec<KeyChange>,
    /// What a merge took from one of its sides though they had changed it differently.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    decisions: Vec<Decision>,
    /// The file before, if it was renamed.
    #[serde(skip_serializing_if = "Option::is_none")]
    renamed_from: Option<RepoPath>,
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

/// A key that the sides of a merge changed differently, and that has the value of one of them.
#[derive(Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Decision {
    /// The key; `body` for the text below the keys.
    key: String,
    /// The values on the sides, in the order of the merge's parents; null where it was not there.
    sides: Vec<Option<String>>,
    /// Whose value was taken, counted from 1: 1 is the branch that was merged into.
    taken: usize,
}

impl Verb for Log {
    type Report = Logged;
    const METADATA: Metadata = Metadata::READS;

    fn run(self, context: &Context) -> Result<Logged> {
        let since = self.since.as_deref().map(|date| past_moment(date, context.clock.now())).transpose()?;
        let mut logged = self.whole(context)?;
        logged.events.retain(|event| event.when.is_none_or(|when| since.is_none_or(|since| when >= since)));
        Ok(logged)
    }
}

impl Log {
    /// All that happened.
    fn whole(&self, context: &Context) -> Result<Logged> {
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
        let head: Vec<Oid> = repository.head()?.oid().into_iter().collect();
        let history = store.history::<Ticket>(repository, &head, (&stored.path, Some(&stored.record.id)))?;
        let mut events = events(repository, history.versions)?;
        let committed = read(repository, history.committed.as_ref())?;
        let changes = changes(committed.as_ref(), &stored.document);
        if !changes.is_empty() {
            events.insert(0, Event { changes, ..Event::new("uncommitted", stored.path.clone()) });
        }
        add_comments(store, &stored.record.id, &mut events);
        Ok(Logged { id: Some(stored.record.id), title: stored.record.properties.title, path: stored.path, events })
    }
}

/// The history of a file that is not there any more.
fn removed(store: &Store, repository: &Repository, name: &str) -> Result<Logged> {
    for touch in repository.touches(&[], &store.config().paths.tasks)? {
        let is_it = |file: &&TouchedFile| file.after.is_none() && is_called(&file.path, name);
        let Some((path, Some(blob))) = touch.files.iter().find(is_it).map(|file| (&file.path, file.before.iter().flatten().next())) else {
            continue;
        };
        let document = Ticket::document(repository.read_blob(*blob)?);
        let record = Ticket::read(&Entry { path, document: &document, config: store.config() }, &mut Vec::new()).ok();
        let from: Vec<Oid> = repository.head()?.oid().into_iter().chain([touch.commit]).collect();
        let history = store.history::<Ticket>(repository, &from, (path, record.as_ref().map(Record::id)))?;
        // It may have been renamed since that commit removed its name.
        let path = history.versions.first().map_or_else(|| path.clone(), Version::path);
        let (id, title) = record.map(|record| (record.id, record.properties.title)).unzip();
        return Ok(Logged { id, title: title.unwrap_or_default(), path, events: events(repository, history.versions)? });
    }
    Err(StoreError::NotFound { noun: "ticket", query: name.to_owned() }.into())
}

/// Whether a file's name begins with an id, or with the beginning of one that was typed.
fn is_called(path: &RepoPath, name: &str) -> bool {
    let file = path.name();
    let id = Id::parse(file.trim_end_matches(".md"));
    Ticket::is_member(path) && (path.lossy() == name || id.is_some_and(|id| id.starts_with(name)))
}

fn events(repository: &Repository, versions: Vec<Version>) -> Result<Vec<Event>> {
    let mut events = Vec::with_capacity(versions.len());
    for version in versions {
        let Own { changes, decisions } = Own::of(repository, &version)?;
        let what = match version.what() {
            // Whoever merged and had nothing to decide changed nothing.
            "changed" if changes.is_empty() && version.before.len() > 1 && decisions.is_empty() => continue,
            "changed" if changes.is_empty() && version.before.len() > 1 => "merged",
            what => what,
        };
        let before = version.before.iter().flatten().next().map(|named| named.path.clone());
        let renamed_from = before.filter(|_| what == "renamed");
        let event = Event { changes, decisions, renamed_from, ..Event::new(what, version.path()) };
        let Touch { commit, when, author, subject, .. } = version.touch;
        // Whoever made the commit where the clone ends may have done nothing to the ticket.
        let (author, subject) = if what == EDGE { (None, String::new()) } else { (Some(author), subject) };
        events.push(Event { when: Some(when), author, commit: Some(commit.to_string()), subject, ..event });
    }
    Ok(events)
}

fn read(repository: &Repository, named: Option<&Named>) -> Result<Option<Document>> {
    Ok(named.map(|named| repository.read_blob(named.blob)).transpose()?.map(Ticket::document))
}

/// What a commit did that its parents do not explain.
struct Own {
    changes: Vec<KeyChange>,
    decisions: Vec<Decision>,
}

impl Own {
    /// Compared with the first of its parents that has the ticket.
    fn of(repository: &Repository, version: &Version) -> Result<Self> {
        let before = version.before.iter().flatten().map(|named| read(repository, Some(named)));
        let before: Vec<Document> = before.filter_map(Result::transpose).collect::<Result<_>>()?;
        let after = read(repository, version.after.as_ref())?.unwrap_or_else(|| Document::parse(Vec::new()));
        let mut own = Self { changes: changes(before.first(), &after), decisions: Vec::new() };
        if version.what() == EDGE {
            own.changes.clear();
        } else if before.len() > 1 {
            let base = read(repository, version.base.as_ref())?.unwrap_or_else(|| Document::parse(Vec::new()));
            let merge = Merge { base: &base, sides: &before, after: &after };
            // Without what the sides began with nobody can say which of them changed a key.
            own.decisions = merge.keys().into_iter().filter(|_| version.has_base).filter_map(|key| merge.decision(key)).collect();
            own.changes.retain(|change| !merge.is_of_side(&change.key) && !merge.is_clean(&change.key));
        }
        Ok(own)
    }
}

/// A ticket in a merge, on its sides, and in what they began with.
struct Merge<'a> {
    base: &'a Document,
    sides: &'a [Document],
    after: &'a Document,
}

impl<'a> Merge<'a> {
    fn keys(&self) -> Vec<&'a str> {
        names(self.sides.iter().chain([self.after]))
    }

    fn is_of_side(&self, key: &str) -> bool {
        self.sides.iter().any(|side| value(side, key) == value(self.after, key))
    }

    /// Whether a value is what comes of those of the sides: of lists and texts, all that they have in common and what each of them added.
    fn is_clean(&self, key: &str) -> bool {
        let [base, after] = [self.base, self.after].map(|document| items(document, key));
        let sides: Vec<BTreeSet<String>> = self.sides.iter().map(|side| items(side, key)).collect();
        let merged = |item: &&String| !base.contains(*item) || sides.iter().all(|side| side.contains(*item));
        let merged: BTreeSet<&String> = sides.iter().flatten().filter(merged).collect();
        merged == after.iter().collect()
    }

    /// Whose value was taken, where it was not clear what to take.
    fn decision(&self, key: &str) -> Option<Decision> {
        let (base, after) = (value(self.base, key), value(self.after, key));
        let sides: Vec<Option<String>> = self.sides.iter().map(|side| value(side, key)).collect();
        let is_other = |side: &Option<String>| *side != base && *side != after;
        let taken = sides.iter().position(|side| *side == after)? + 1;
        let is_decision = after != base && sides.iter().any(is_other) && !self.is_clean(key);
        is_decision.then(|| Decision { key: key.to_owned(), sides, taken })
    }
}

/// What a value consists of: the items of a list, the lines of a text.
fn items(document: &Document, key: &str) -> BTreeSet<String> {
    match document.field(key).map(|field| &field.node) {
        Some(Node::List(_)) => document.texts(key).into_iter().collect(),
        _ => value(document, key).iter().flat_map(|text| text.lines()).map(|line| line.trim_end().to_owned()).collect(),
    }
}

/// The keys whose values differ, in the order of the files.
fn changes(older: Option<&Document>, newer: &Document) -> Vec<KeyChange> {
    let empty = Document::parse(Vec::new());
    let older = older.unwrap_or(&empty);
    let change = |key: &str| KeyChange { key: key.to_owned(), from: value(older, key), to: value(newer, key) };
    names([older, newer]).into_iter().map(change).filter(|change| change.from != change.to).collect()
}

/// All keys of some files, in their order, and the text below them.
fn names<'a>(documents: impl IntoIterator<Item = &'a Document>) -> Vec<&'a str> {
    let mut names: Vec<&str> = Vec::new();
    for field in documents.into_iter().flat_map(Document::fields) {
        if !names.contains(&field.key.as_str()) {
            names.push(&field.key);
        }
    }
    names.retain(|name| *name != BODY);
    names.push(BODY);
    names
}

/// What a key says, as it is shown; nothing where it is not there.
fn value(document: &Document, key: &str) -> Option<String> {
    if key != BODY {
        return document.field(key).map(|field| shown(&field.node));
    }
    let text = if document.is_headed() { document.body_without_headers(&[]) } else { document.body().to_owned() };
    Some(text.trim().to_owned()).filter(|body| !body.is_empty())
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
        let event = Event { when, author, subject, ..Event::new("commented", path) };
        let at = events.iter().position(|other| other.when.is_some() && other.when <= when).unwrap_or(events.len());
        events.insert(at, event);
    }
}

impl Report for Logged {
    const SCHEMA: &'static str = "cmpm.ticket.log/1";

    fn render(&self, screen: &Screen) -> String {
        let name = self.id.as_ref().map_or_else(|| self.path.to_string(), ToString::to_string);
        let mut out = format!("{} {}\n", screen.paint(Tone::Key, &text::one_line(&name)), text::one_line(&self.title));
        // A pipe has no width.
        let room = if screen.width == 0 { usize::MAX } else { screen.width };
        let dates: Vec<String> = self.events.iter().filter_map(|event| event.when).map(Timestamp::date).collect();
        let is_alone = |date: &String| dates.iter().filter(|other| *other == date).count() < 2;
        let moment = |when: Timestamp| Some(when.date()).filter(is_alone).unwrap_or_else(|| when.minute());
        let whens: Vec<String> = self.events.iter().map(|event| event.when.map_or_else(|| "now".to_owned(), moment)).collect();
        let broad = whens.iter().map(String::len).max().unwrap_or_default();
        for (event, when) in self.events.iter().zip(&whens) {
            let commit = event.commit.as_deref().map_or("", |commit| commit.get(..7).unwrap_or(commit));
            let author = text::one_line(event.author.as_deref().unwrap_or_default());
            let subject = text::one_line(event.subject.lines().next().unwrap_or_default());
            let rest = [author, subject].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(": ");
            let line = format!("{when:<broad$}  {commit:<7}  {:<11}  {rest}", if event.what == EDGE { ENDS } else { event.what });
            let _ = writeln!(out, "{}", screen.paint(Tone::Title, &text::fit(line.trim_end(), room)));
            for line in event.lines(room.saturating_sub(2)) {
                let _ = writeln!(out, "  {line}");
            }
        }
        out
    }
}

impl Event {
    fn new(what: &'static str, path: RepoPath) -> Self {
        let (changes, decisions) = (Vec::new(), Vec::new());
        Self { when: None, author: None, what, commit: None, subject: String::new(), changes, decisions, renamed_from: None, path }
    }

    fn lines(&self, room: usize) -> Vec<String> {
        let path = |path: &RepoPath| Some(path.to_string());
        let renamed = self.renamed_from.as_ref().map(|from| KeyChange { key: "file".to_owned(), from: path(from), to: path(&self.path) });
        // A new ticket has nothing before: its keys are in `show --at`.
        let changes = self.changes.iter().filter(|_| self.what != "added" && self.what != "removed");
        let lines = renamed.iter().chain(changes).map(|change| change.line(room));
        lines.chain(self.decisions.iter().map(|decision| text::fit(&decision.line(), room))).collect()
    }
}

impl Decision {
    /// `merged: priority: low | high → low (this side)`
    fn line(&self) -> String {
        let side = if self.taken == 1 { "this side" } else { "the other side" };
        let key = text::one_line(&self.key);
        if self.key == BODY {
            return format!("merged: {key}: as on {side}");
        }
        let sides: Vec<String> = self.sides.iter().map(whole).collect();
        format!("merged: {key}: {} → {} ({side})", sides.join(" | "), sides.get(self.taken - 1).map_or("-", String::as_str))
    }
}

/// A value in one line.
fn whole(text: &Option<String>) -> String {
    text.as_deref().filter(|text| !text.is_empty()).map_or_else(|| "-".to_owned(), text::one_line)
}

impl KeyChange {
    fn line(&self, room: usize) -> String {
        let key = text::one_line(&self.key);
        if self.key == BODY {
            let lines =
                |text: &Option<String>| text.as_deref().map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>()).unwrap_or_default();
            let (from, to) = (lines(&self.from), lines(&self.to));
            let only = |one: &[String], other: &[String]| one.iter().filter(|line| !other.contains(line)).count();
            return format!("{key}: {} new, {} gone", text::plural(only(&to, &from), "line"), only(&from, &to));
        }
        let (from, to) = (whole(&self.from), whole(&self.to));
        // What the other value does not need is this one's.
        let room = room.saturating_sub(text::width(&key) + ": ".len() + " → ".chars().count());
        let share = |other: &str| (room / 2).max(room.saturating_sub(text::width(other))).max(LEAST);
        format!("{key}: {} → {}", text::fit(&from, share(&to)), text::fit(&to, share(&from)))
    }
}
