//! `cmpm ticket comments`

use crate::report::prelude::*;
use crate::store::{Snapshot, Store};

use super::change::which::Which;
use super::file::comment::{Comment, comments_of};

/// Show the comments on a ticket
///
/// In order of time; `comment list` is the same.
/// Example: `cmpm issue comments ISS-7k3`
#[derive(Debug, Args)]
pub struct Comments {
    #[command(flatten)]
    pub which: Which,
}

/// The comments on a ticket.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Said {
    id: Id,
    comments: Vec<CommentRow>,
}

/// A comment as it was written.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct CommentRow {
    /// Who wrote it.
    pub author: Option<String>,
    /// When, as written.
    pub created: Option<String>,
    /// The text.
    pub text: String,
    /// Its file.
    path: RepoPath,
}

/// What was said about a ticket, in order of time.
pub fn comment_rows(store: &Store, snapshot: &Snapshot<'_>, ticket: &Id) -> Vec<CommentRow> {
    let row = |(path, Comment { author, created, text, .. })| CommentRow { author, created, text: text.trim().to_owned(), path };
    comments_of(store, snapshot, ticket).into_iter().map(row).collect()
}

impl Verb for Comments {
    type Report = Said;
    const METADATA: Metadata = Metadata::READS;

    fn run(self, context: &Context) -> Result<Said> {
        let (store, ticket) = (context.store()?, self.which.require(context)?.record);
        Ok(Said { comments: comment_rows(store, &store.work_tree(), &ticket.id), id: ticket.id })
    }
}

/// Comments as people read them, each under who wrote it and when.
pub fn render_comments(comments: &[CommentRow], screen: &Screen) -> String {
    let mut out = String::new();
    for comment in comments {
        let author = comment.author.as_deref().unwrap_or("somebody");
        let when = comment.created.as_deref().unwrap_or("some time");
        let head = text::one_line(&format!("{author}, {when}"));
        let _ = writeln!(out, "\n{}\n{}", screen.paint(Tone::Title, &head), text::printable(&comment.text));
    }
    out
}

impl Report for Said {
    const SCHEMA: &'static str = "cmpm.ticket.comments/1";

    fn render(&self, screen: &Screen) -> String {
        if self.comments.is_empty() {
            return format!("Nothing was said about {} yet.\n", screen.paint(Tone::Key, self.id.as_str()));
        }
        render_comments(&self.comments, screen).trim_start_matches('\n').to_owned()
    }
}
