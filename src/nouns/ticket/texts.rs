//! What of a ticket is searched.

use std::borrow::Cow;

use crate::engine::search::Field;
use crate::store::{Searchable, Stored};

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
