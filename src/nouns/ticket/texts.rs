//! What of a ticket and of a comment is searched.

use std::borrow::Cow;

use crate::engine::search::Field;
use crate::store::{Searchable, Stored};

use super::comment_file::CommentFile;
use super::model::Ticket;

impl Searchable for Ticket {
    fn texts(stored: &Stored<Self>) -> Vec<(Cow<'_, str>, Field)> {
        let ticket = &stored.record;
        let title = std::iter::once((ticket.title.as_str().into(), Field::Title));
        let labels = ticket.labels.iter().map(|label| (label.as_str().into(), Field::Tags));
        let paths = ticket.paths.iter().map(|path| (path.as_str().into(), Field::Details));
        title.chain(labels).chain(paths).chain([(stored.document.body().trim().into(), Field::Body)]).collect()
    }
}

impl Searchable for CommentFile {
    fn texts(stored: &Stored<Self>) -> Vec<(Cow<'_, str>, Field)> {
        vec![(stored.record.title().into(), Field::Title), (stored.document.body().trim().into(), Field::Body)]
    }
}
