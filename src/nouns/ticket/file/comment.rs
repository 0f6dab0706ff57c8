//! A comment on a ticket: a file of its own in a folder that is called as the ticket. Only here is known how such a file is read
//! and written, and where it lives.

use std::cell::LazyCell;
use std::collections::{BTreeSet, HashMap};

use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};

use crate::base::date::parse_moment;
use crate::base::{Explain, Explained, Finding, Id, RepoPath, Result, Timestamp};
use crate::config::Config;
use crate::context::Context;
use crate::document::{Document, Field, Node, Value, render_new};
use crate::store::{Entry, FileEntry, Record, Snapshot, Store, Stored, Transaction};
use crate::words::Property;

use super::super::model::Ticket;
use super::draft::{keep, plain_body};
use super::place::first_root;

/// The folder of all comments; below it a folder for each ticket.
pub(super) const FOLDER: &str = "comments";
/// Where that folder is below a folder of tickets: there, and where ai-trackdown has it.
const PLACES: [&str; 2] = [FOLDER, "issues/comments"];

/// What was said about a ticket.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Comment {
    /// When, as written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created: Option<String>,
    /// Who wrote it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// In Markdown.
    pub text: String,
    /// Every other key.
    #[serde(flatten)]
    pub more: Map<String, Json>,
}

impl Comment {
    /// What a file of a comment says.
    pub fn of(document: &Document) -> Self {
        let created = Property::Created.row().keys;
        // Other tools call it so.
        let time = created.iter().chain(&["date"]).copied().find(|key| document.text(key).is_some());
        let is_said = |field: &&Field| {
            let known = ["ticket", "issueId", "author"].contains(&field.key.as_str()) || time == Some(&field.key);
            known && !field.is_repeated() && (field.node == Node::Null || field.node.as_text().is_some())
        };
        let mut more = Map::new();
        for field in document.fields().iter().filter(|field| !is_said(field)) {
            // In JSON these keys mean something else.
            if ["created", "author", "text"].contains(&field.key.as_str()) || more.contains_key(&field.key) {
                keep(&mut more, &field.key, json!(field.node));
            } else {
                more.insert(field.key.clone(), json!(field.node));
            }
        }
        Self { created: time.and_then(|key| document.text(key)), author: document.text("author"), text: plain_body(document.body()), more }
    }

    /// The whole file.
    pub fn render(&self, ticket: &Id) -> String {
        let mut fields: Vec<(&str, Value)> = vec![("ticket", ticket.as_str().into())];
        let texts = [("author", &self.author), ("created", &self.created)];
        fields.extend(texts.into_iter().filter_map(|(key, text)| Some((key, text.as_deref()?.into()))));
        fields.extend(self.more.iter().map(|(key, value)| (key.as_str(), value.clone().into())));
        render_new(&fields, &self.text)
    }

    /// Stands for what was said by whom and when.
    pub fn digest(&self) -> String {
        let said = (&self.created, &self.author, self.text.trim());
        crate::exchange::digest(&serde_json::to_string(&said).unwrap_or_default())
    }

    /// What comments are sorted by wherever they come from: time first.
    pub fn order(&self) -> impl Ord + use<> {
        (self.created.clone(), self.author.clone(), self.text.clone())
    }
}

/// The folders with the comments of a project, each once.
pub fn comment_places(config: &Config) -> impl Iterator<Item = RepoPath> {
    let places = config.paths.tasks.iter().flat_map(|root| PLACES.map(|place| root.join(place)));
    places.collect::<BTreeSet<_>>().into_iter()
}

/// The same as they are there, where other tools write `Comments`.
fn places_in(store: &Store, snapshot: &Snapshot<'_>) -> BTreeSet<RepoPath> {
    let spelled = |place: RepoPath| {
        let folders = snapshot.folders_in(&place.parent());
        folders.into_iter().filter(move |folder| folder.lossy().eq_ignore_ascii_case(&place.lossy()))
    };
    comment_places(store.config()).flat_map(spelled).collect()
}

/// The folder with the comments on a ticket, below a folder of tickets.
pub fn comment_folder(root: &RepoPath, ticket: &str) -> RepoPath {
    root.join(FOLDER).join(ticket)
}

/// Of a comment's path the name of the ticket's folder, and what is below that, if it lies in one of these `places`.
pub fn split_path(path: &RepoPath, places: impl IntoIterator<Item = RepoPath>) -> Option<(String, String)> {
    let place = places.into_iter().filter(|place| path.is_below(place)).max_by_key(|place| place.as_bytes().len())?;
    let path = path.lossy();
    let (ticket, below) = path.get(place.lossy().len()..)?.trim_start_matches('/').split_once('/')?;
    Some((ticket.to_owned(), below.to_owned()))
}

/// Whose comments are in which folder: where ids differ in case only, each folder is the one's that is called just so.
#[derive(Debug, Default)]
pub struct Owners<'a>(HashMap<String, Vec<&'a str>>);

impl<'a> Owners<'a> {
    /// Among tickets with these ids.
    pub fn new(ids: impl IntoIterator<Item = &'a str>) -> Self {
        let mut owners = Self::default();
        for id in ids {
            owners.0.entry(id.to_ascii_lowercase()).or_default().push(id);
        }
        owners
    }

    /// Among the tickets that were read.
    pub fn among<D>(tickets: &'a [Stored<Ticket, D>]) -> Self {
        Self::new(tickets.iter().map(|stored| stored.record.id.as_str()))
    }

    /// The id of the ticket that a folder belongs to.
    pub fn of(&self, folder: &str) -> Option<&'a str> {
        let alike = self.0.get(&folder.to_ascii_lowercase())?;
        alike.iter().find(|id| **id == folder).or_else(|| alike.iter().min()).copied()
    }
}

/// The id of the ticket that a folder of comments belongs to.
pub fn ticket_of<'a, D>(tickets: &'a [Stored<Ticket, D>], folder: &str) -> Option<&'a str> {
    Owners::among(tickets).of(folder)
}

fn read(snapshot: &Snapshot<'_>, entry: &FileEntry) -> Option<Comment> {
    Some(Comment::of(&Document::parse(snapshot.read_entry(entry).ok().flatten()?)))
}

/// The comments on one ticket with their files, in order of time. Of other tickets only the names of their folders are seen.
pub fn comments_of(store: &Store, snapshot: &Snapshot<'_>, ticket: &Id) -> Vec<(RepoPath, Comment)> {
    let folders = places_in(store, snapshot).into_iter().flat_map(|place| snapshot.folders_in(&place));
    // Nearly always the folder is called as its ticket.
    let tickets = LazyCell::new(|| store.list::<Ticket>(snapshot).records);
    let is_owner = |name: &str| ticket_of(&tickets, name).is_none_or(|id| id == ticket.as_str());
    let own = folders.filter(|folder| ticket.is(&folder.name()) && (folder.name() == ticket.as_str() || is_owner(&folder.name())));
    let entries = own.flat_map(|folder| snapshot.markdown_files(&folder, &mut Vec::new()));
    let read = |entry: FileEntry| read(snapshot, &entry).map(|comment| (entry.path, comment));
    let mut comments: Vec<(RepoPath, Comment)> = entries.filter_map(read).collect();
    comments.sort_by(|(path, comment), (other, later)| (&comment.created, path).cmp(&(&later.created, other)));
    comments
}

/// Every comment, by the ticket's id; in order of time.
#[derive(Debug, Default)]
pub struct AllComments(HashMap<String, Vec<Comment>>);

impl AllComments {
    /// Reads them all: one walk, and the files spread over the cores.
    pub fn load(store: &Store, snapshot: &Snapshot<'_>, owners: &Owners<'_>) -> Self {
        let places = places_in(store, snapshot);
        let entries: Vec<FileEntry> = places.iter().flat_map(|place| snapshot.markdown_files(place, &mut Vec::new())).collect();
        let read = |entry: &FileEntry| {
            let (folder, _) = split_path(&entry.path, places.iter().cloned())?;
            Some((owners.of(&folder)?.to_owned(), read(snapshot, entry)?))
        };
        let comments: Vec<(String, Comment)> = entries.par_iter().filter_map(read).collect();
        let mut all = Self::default();
        for (ticket, comment) in comments {
            all.0.entry(ticket).or_default().push(comment);
        }
        all.0.values_mut().for_each(|comments| comments.sort_by_cached_key(Comment::order));
        all
    }

    pub fn of(&self, ticket: &Id) -> &[Comment] {
        self.0.get(ticket.as_str()).map_or(&[], Vec::as_slice)
    }
}

#[derive(Debug, thiserror::Error)]
#[error("the comment is empty")]
struct Empty;

impl Explain for Empty {
    fn explain(&self) -> Explained {
        Explained::wrong("usage").hint("for example `cmpm issue comment ISS-7k3 \"tried it on Linux, works\"`; `-` reads standard input")
    }
}

/// Adds a comment of who is at the keyboard to a transaction, and says where it will be.
pub fn add_comment(context: &Context, transaction: &mut Transaction<'_>, ticket: &Id, text: &str) -> Result<RepoPath> {
    if text.trim().is_empty() {
        return Err(Empty.into());
    }
    let store = context.store()?;
    let now = context.clock.now();
    let author = context.repository()?.identity().map(|person| person.name).unwrap_or_else(|_| "unknown".into());
    let unique = store.reserve_id("CMT", &context.random)?;
    let name = format!("{}-{}.md", now.compact(), unique.as_str().trim_start_matches("CMT-"));
    let path = comment_folder(&first_root(store), ticket.as_str()).join(&name);
    let text = text.trim_end().to_owned();
    let comment = Comment { created: Some(now.to_string()), author: Some(author), text, more: Map::new() };
    transaction.create(&path, comment.render(ticket).into_bytes());
    Ok(path)
}

/// The files of comments that were read elsewhere; the same comments always have the same names.
pub fn comment_files(store: &Store, ticket: &Id, comments: &[Comment]) -> Vec<(RepoPath, String)> {
    let folder = comment_folder(&first_root(store), ticket.as_str());
    let mut files: Vec<(RepoPath, String)> = Vec::with_capacity(comments.len());
    for comment in comments {
        let stem = stem(comment);
        let names = std::iter::once(format!("{stem}.md")).chain((2..).map(|number| format!("{stem}-{number}.md")));
        let free = names.map(|name| folder.join(&name)).find(|path| !files.iter().any(|(taken, _)| taken == path));
        files.extend(free.map(|path| (path, comment.render(ticket))));
    }
    files
}

fn stem(comment: &Comment) -> String {
    let when = comment.created.as_deref().and_then(parse_moment).map_or_else(|| "undated".to_owned(), Timestamp::compact);
    format!("{when}-{}", comment.digest().chars().take(8).collect::<String>())
}

/// Whether a file has the name that an import gives a comment which says just this.
pub fn is_named_by_text(path: &RepoPath, document: &Document) -> bool {
    CommentFile::is_member(path) && path.name().starts_with(&stem(&Comment::of(document)))
}

/// A comment among the records that are searched; what it says is read from its document.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CommentFile {
    id: Id,
    pub ticket: String,
    pub author: Option<String>,
    pub created: Option<String>,
}

impl Record for CommentFile {
    const NOUN: &'static str = "comment";

    fn folders(config: &Config) -> Vec<RepoPath> {
        comment_places(config).collect()
    }

    fn is_member(path: &RepoPath) -> bool {
        // A file outside every ticket's folder is not a comment.
        path.lossy().split('/').skip_while(|part| *part != FOLDER).nth(2).is_some()
    }

    fn read(Entry { path, document, config }: &Entry<'_>, _: &mut Vec<Finding>) -> Result<Self, Finding> {
        let Comment { author, created, .. } = Comment::of(document);
        let (folder, _) = split_path(path, comment_places(config)).unwrap_or_default();
        let written = document.text("ticket").filter(|ticket| ticket.eq_ignore_ascii_case(&folder));
        Ok(Self { id: Id::of_file(path), ticket: written.unwrap_or(folder), author, created })
    }

    fn id(&self) -> &Id {
        &self.id
    }

    fn aliases(&self) -> &[String] {
        &[]
    }
}
