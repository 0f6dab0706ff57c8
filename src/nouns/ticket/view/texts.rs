//! What of a ticket and of a comment is searched, and what a condition may ask.

use std::borrow::Cow;

use crate::base::{RepoPath, Timestamp};
use crate::engine::search::Field;
use crate::store::{Searchable, Stored};

use super::super::file::comment::CommentFile;
use super::super::model::Ticket;
use super::super::model::due::comparable;
use super::super::model::properties::values;

impl Searchable for Ticket {
    fn texts(stored: &Stored<Self>) -> Vec<(Cow<'_, str>, Field)> {
        let ticket = &stored.record;
        let title = std::iter::once((ticket.title.as_str().into(), Field::Title));
        let labels = ticket.labels.iter().map(|label| (label.as_str().into(), Field::Tags));
        let paths = ticket.paths.iter().map(|path| (path.as_str().into(), Field::Details));
        title.chain(labels).chain(paths).chain([(stored.document.body().trim().into(), Field::Body)]).collect()
    }

    fn title(&self) -> String {
        self.title.clone()
    }

    fn values<'a>(&'a self, path: &'a RepoPath, now: Timestamp) -> impl Fn(&str) -> Vec<String> + 'a {
        move |key| values((self, path), key, now)
    }
}

impl Searchable for CommentFile {
    fn texts(stored: &Stored<Self>) -> Vec<(Cow<'_, str>, Field)> {
        vec![(stored.record.title().into(), Field::Title), (stored.document.body().trim().into(), Field::Body)]
    }

    fn name(&self) -> String {
        self.ticket.clone()
    }

    fn title(&self) -> String {
        format!("comment by {}", self.author.as_deref().unwrap_or_default()).trim().to_owned()
    }

    fn values<'a>(&'a self, _: &'a RepoPath, _: Timestamp) -> impl Fn(&str) -> Vec<String> + 'a {
        |key| match key {
            "id" | "ticket" => vec![self.ticket.clone()],
            "author" => self.author.iter().cloned().collect(),
            "created" => self.created.iter().map(|created| comparable(created)).collect(),
            _ => Vec::new(),
        }
    }
}
