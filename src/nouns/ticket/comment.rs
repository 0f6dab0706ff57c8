//! `cmpm ticket comment`

use clap::Args;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::{Exit, Explain, Id, RepoPath, Result};
use crate::context::Context;
use crate::document::{Document, Value, render_new};
use crate::report::{Metadata, Report, Screen, Tone, Verb};
use crate::store::{Snapshot, Store, Transaction};
use crate::words::{Kind, Takes};

use super::model::Ticket;
use super::place::first_root;

/// Add a comment to a ticket
///
/// Each comment is a file of its own, so that two people never edit the same lines. `-` reads standard input.
/// `comment add` is the same, `comment list` shows what was said.
/// Example: `cmpm issue comment ISS-7k3 "tried it on Linux, works"`
#[derive(Debug, Args, Deserialize, JsonSchema)]
pub struct Comment {
    /// The kind the ticket must be of
    #[arg(skip)]
    pub kind: Option<Kind>,
    /// Ticket to comment on
    #[arg(add = Takes::Ticket)]
    id: String,
    /// The text; `-` reads it from standard input
    #[arg(allow_hyphen_values = true)]
    text: String,
    /// Commit the new file
    #[arg(long)]
    #[serde(default)]
    commit: bool,
}

/// A new comment.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Commented {
    id: Id,
    path: RepoPath,
}

/// A comment as it was written.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Remark {
    /// Who wrote it.
    pub author: Option<String>,
    /// When, as written.
    pub created: Option<String>,
    /// The text.
    pub text: String,
    /// Its file.
    pub path: RepoPath,
}

/// What can be wrong with a comment.
#[derive(Debug, thiserror::Error)]
enum CommentError {
    #[error("the comment is empty")]
    Empty,
}

impl Explain for CommentError {
    fn exit(&self) -> Exit {
        Exit::Wrong
    }
    fn code(&self) -> &'static str {
        "usage"
    }
    fn hints(&self) -> Vec<String> {
        vec!["for example `cmpm issue comment ISS-7k3 \"tried it on Linux, works\"`; `-` reads standard input".into()]
    }
}

impl Verb for Comment {
    type Report = Commented;
    const METADATA: Metadata = Metadata::WRITES;

    fn run(self, context: &Context) -> Result<Commented> {
        let store = context.store()?;
        let stored = store.require::<Ticket>(&context.name_of(&self.id))?;
        stored.record.require_kind(self.kind)?;
        let text = if self.text == "-" { context.read_input()? } else { self.text };
        let ready = context.ready_to_commit(self.commit)?;
        let mut transaction = store.transaction("ticket comment");
        let path = add_comment(context, &mut transaction, &stored.record.id, &text)?;
        let written = transaction.commit()?;
        if let Some(ready) = ready {
            ready.commit_paths(&written, &format!("comment on {}", stored.record.id))?;
        }
        Ok(Commented { id: stored.record.id, path })
    }
}

/// Adds a comment file to a transaction and says where it will be.
pub fn add_comment(context: &Context, transaction: &mut Transaction<'_>, ticket: &Id, text: &str) -> Result<RepoPath> {
    if text.trim().is_empty() {
        return Err(CommentError::Empty.into());
    }
    let store = context.store()?;
    let now = context.clock.now();
    let author = context.repository()?.identity().map(|person| person.name).unwrap_or_else(|_| "unknown".into());
    let unique = store.reserve_id("CMT", &context.random)?;
    let name = format!("{}-{}.md", now.compact(), unique.as_str().trim_start_matches("CMT-"));
    let path = comments_folder(store, ticket).join(&name);
    let fields =
        [("ticket", Value::from(ticket.as_str())), ("author", Value::from(author.as_str())), ("created", Value::from(now.to_string()))];
    transaction.create(&path, render_new(&fields, &format!("{}\n", text.trim_end())).into_bytes());
    Ok(path)
}

/// Where new comments on a ticket go.
pub fn comments_folder(store: &Store, ticket: &Id) -> RepoPath {
    first_root(store).join("comments").join(ticket.as_str())
}

/// The comments on a ticket in order of time; also those that ai-trackdown wrote beside its issues.
pub fn comments_of(store: &Store, snapshot: &Snapshot<'_>, ticket: &Id) -> Vec<Remark> {
    let mut findings = Vec::new();
    let mut remarks = Vec::new();
    for folder in &store.config().paths.tasks {
        for place in ["comments", "issues/comments"] {
            let below = folder.join(place).join(ticket.as_str());
            for entry in snapshot.markdown_files(&below, &mut findings) {
                let Ok(Some(bytes)) = snapshot.read_entry(&entry) else { continue };
                let document = Document::parse(bytes);
                let first = |keys: [&str; 2]| keys.iter().find_map(|key| document.text(key));
                remarks.push(Remark {
                    author: document.text("author"),
                    created: first(["created", "createdAt"]),
                    text: document.body().trim().to_owned(),
                    path: entry.path,
                });
            }
        }
    }
    remarks.sort_by(|a, b| (&a.created, &a.path).cmp(&(&b.created, &b.path)));
    remarks
}

impl Report for Commented {
    const SCHEMA: &'static str = "cmpm.ticket.comment/1";

    fn render(&self, screen: &Screen) -> String {
        let id = screen.paint(Tone::Key, self.id.as_str());
        format!("Commented on {id}\n{}\n", screen.paint(Tone::Quiet, &self.path.to_string()))
    }
}
