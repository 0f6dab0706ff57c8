//! A piece of work that memories are looked up for: what it is about, what it is a part of, and the files it touches.

use crate::nouns::ticket::Ticket;
use crate::store::{Listing, Stored};

/// How many bytes of a ticket's text are searched for.
const TICKET_TEXT: usize = 4000;
/// More tickets above each other than this are a mistake.
const ANCESTORS: usize = 16;

#[derive(Debug, Clone, Default)]
pub struct Work {
    /// What it is about, in words.
    pub about: String,
    /// The titles of the tickets above it.
    pub around: String,
    /// Files it touches, as paths or globs.
    pub paths: Vec<String>,
}

impl Work {
    /// Adds a ticket, and the tickets above it as `listing` has them.
    pub fn add(&mut self, ticket: &Stored<Ticket>, listing: &Listing<Ticket>) {
        let body = head(ticket.document.body(), TICKET_TEXT);
        self.about = format!("{}\n{}\n{body}", self.about, ticket.record.title);
        self.paths.extend(ticket.record.paths.iter().cloned());
        let mut parent = ticket.record.parent.as_ref();
        for _ in 0..ANCESTORS {
            let Some(above) = parent.and_then(|parent| listing.find(parent).ok()) else { break };
            self.around = format!("{}\n{}", self.around, above.record.title);
            parent = above.record.parent.as_ref();
        }
    }
}

/// The beginning of a text, in whole characters.
pub fn head(text: &str, bytes: usize) -> &str {
    let end = (0..=bytes.min(text.len())).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    text.get(..end).unwrap_or_default()
}
