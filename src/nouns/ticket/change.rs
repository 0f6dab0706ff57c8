//! A change of status, with the reason as a comment: what `complete` and `reopen` share; and one change of many tickets.

use crate::base::Result;
use crate::context::Context;
use crate::document::Value;
use crate::store::{Record, Store, StoreError, Stored, Transaction};

use super::comment::add_comment;
use super::dialect::{key_in, keys};
use super::model::{Kind, Ticket, TicketError};
use super::place;

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
    /// What was spent on it, under the keys of the ticket tool.
    pub spent: Vec<(&'static str, Value)>,
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

/// Brings the file of a ticket that was put away, and is at work again, back to where it was.
fn take_back(store: &Store, stored: &mut Stored<Ticket>, (before, transaction): (Vec<u8>, &mut Transaction<'_>)) {
    let Some(to) = place::restored(&place::root_of(store, &stored.path), &stored.path, stored.record.kind) else { return };
    let edited = std::mem::replace(&mut stored.document, Ticket::document(before.clone()));
    // What was edited goes there; the file here is taken away, and is not written a second time.
    place::move_file(transaction, (&stored.path, &to), (before, &edited));
}

/// Writes the new status and the comment, both or none; the ticket as it is afterwards.
///
/// # Errors
/// What the rules say, or why a file cannot be written.
pub fn change_status(context: &Context, change: &StatusChange<'_>, verb: &str) -> Result<Ticket> {
    let ready = context.ready_to_commit(change.commit)?;
    let (stored, written) = context.store()?.update::<Ticket>(&context.name_of(change.id), |stored, transaction| {
        stored.record.require_kind(change.kind)?;
        let before = stored.document.bytes().to_vec();
        set_status(stored, (change.word)(&stored.record)?)?;
        for (key, value) in &change.spent {
            stored.set(key, value)?;
        }
        take_back(context.store()?, stored, (before, transaction));
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

/// What is done with one ticket of several.
type EditOne<'a> = dyn FnMut(&mut Stored<Ticket>, &mut Transaction<'_>) -> Result<()> + 'a;

/// The tickets of one command, in the way it names them.
pub struct Many<'a> {
    /// As typed; who is named twice counts once.
    pub ids: &'a [String],
    /// The kind they must be of.
    pub kind: Option<Kind>,
    /// Whether what was written is committed.
    pub commit: bool,
    /// Begun before they were chosen.
    pub transaction: Transaction<'a>,
}

/// Changes several tickets, all or none; the tickets as they are afterwards.
///
/// # Errors
/// What `edit` says of one of them, or why a file cannot be written.
pub fn change_many(context: &Context, many: Many<'_>, verb: &str, edit: &mut EditOne<'_>) -> Result<Vec<Ticket>> {
    let Many { ids, kind, commit, mut transaction } = many;
    let ready = context.ready_to_commit(commit)?;
    let store = context.store()?;
    let mut changed: Vec<Stored<Ticket>> = Vec::new();
    let snapshot = store.work_tree();
    let scan = store.list::<Ticket>(&snapshot);
    for id in ids {
        let found = scan.find(&context.name_of(id))?;
        if changed.iter().any(|known| known.path == found.path) {
            continue;
        }
        let mut stored = store.open(&snapshot, found)?;
        stored.record.require_kind(kind)?;
        let before = stored.document.bytes().to_vec();
        edit(&mut stored, &mut transaction)?;
        transaction.replace(&stored.path, before, stored.document.bytes().to_vec());
        changed.push(stored);
    }
    let written = transaction.commit()?;
    if let Some(ready) = ready {
        let ids: Vec<String> = changed.iter().map(|stored| stored.record.id.to_string()).collect();
        ready.commit_paths(&written, &format!("{verb} {}", ids.join(", ")))?;
    }
    Ok(changed.into_iter().map(|stored| stored.record).collect())
}
