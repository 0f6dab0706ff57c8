//! A change of status, with the reason as a comment: what `complete` and `reopen` share.

use crate::base::Result;
use crate::context::Context;
use crate::document::Value;
use crate::store::{StoreError, Stored};

use super::comment::add_comment;
use super::dialect::{key_in, keys};
use super::model::{Kind, Ticket, TicketError};

/// What shall change.
pub struct StatusChange<'a> {
    /// The ticket, as typed.
    pub id: &'a str,
    /// The kind it must be of.
    pub kind: Option<Kind>,
    /// Why; it becomes a comment.
    pub reason: Option<&'a str>,
    /// Whether what was written is committed.
    pub commit: bool,
    /// The word to write, if the ticket's rules allow it.
    pub word: fn(&Ticket) -> Result<&'static str, TicketError>,
}

/// Writes a status word; where a file has two keys for it, what the ticket is afterwards is this word.
///
/// # Errors
/// If the file cannot be edited safely.
pub fn set_status(stored: &mut Stored<Ticket>, word: &str) -> Result<(), StoreError> {
    for _ in 0..2 {
        let key = key_in(&stored.document, keys::STATUS);
        if stored.document.text(key).as_deref() == Some(word) {
            break;
        }
        stored.set(key, &Value::from(word))?;
    }
    stored.record.status = word.to_owned();
    Ok(())
}

/// Writes the new status and the comment, both or none; the ticket as it is afterwards.
///
/// # Errors
/// What the rules say, or why a file cannot be written.
pub fn change_status(context: &Context, change: &StatusChange<'_>, verb: &str) -> Result<Ticket> {
    let ready = context.ready_to_commit(change.commit)?;
    let (stored, written) = context.store()?.update::<Ticket>(&context.name_of(change.id), |stored, transaction| {
        stored.record.require_kind(change.kind)?;
        let word = (change.word)(&stored.record)?;
        set_status(stored, word)?;
        match change.reason {
            Some(reason) => add_comment(context, transaction, &stored.record.id, reason).map(|_| ()),
            None => Ok(()),
        }
    })?;
    let ticket = stored.record;
    if let Some(ready) = ready {
        ready.commit_paths(&written, &format!("{verb} {}: {}", ticket.id, ticket.title))?;
    }
    Ok(ticket)
}
