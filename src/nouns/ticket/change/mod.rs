//! A change of status, with the reason as a comment: what `complete` and `reopen` share; and one change of many tickets.

pub mod claiming;
pub mod details;
pub mod links;
pub mod typed;
pub mod which;

use std::cell::OnceCell;

use crate::base::{RepoPath, Result};
use crate::config::{Category, Config};
use crate::context::Context;
use crate::document::{Document, EditError, Value};
use crate::store::{Record, StoreError, Stored, Transaction};
use crate::words::Property;

use super::file::comment::add_comment;
use super::file::moving::{Moving, move_files};
use super::file::place;
use super::model::dialect::{Dialect, key_in};
use super::model::{self, Ticket, TicketError};
use which::{Several, Which};

pub struct StatusChange<'a> {
    pub which: &'a Several,
    /// Why; it becomes a comment.
    pub reason: Option<&'a str>,
    /// Whether what was written is committed.
    pub commit: bool,
    /// What was spent on it, under the keys of the ticket tool.
    pub spent: Vec<(&'static str, Value)>,
    /// The word to write, if the ticket's rules allow it.
    pub word: fn(&Ticket) -> Result<&'static str, TicketError>,
}

/// Writes a status word; where a file has two keys for it, what the ticket is afterwards is this word. A pull request that
/// says what happened to it says that too.
pub fn set_status(stored: &mut Stored<Ticket>, word: &str) -> Result<(), StoreError> {
    let key = key_in(&stored.document, Property::Status);
    let written = write_status(&mut stored.document, word);
    written.map_err(|error| StoreError::edit(&stored.path, key, &error))?;
    word.clone_into(&mut stored.record.status);
    Ok(())
}

/// The same in a document.
pub fn write_status(document: &mut Document, word: &str) -> Result<(), EditError> {
    for _ in 0..2 {
        let key = key_in(document, Property::Status);
        let is_said = document.text(key).as_deref() == Some(word);
        document.edit(key, word)?;
        if is_said {
            break;
        }
    }
    let known = document.text(PR_STATUS).filter(|_| Dialect::of(document) == Dialect::TrackdownV1);
    match known.and_then(|known| pr_word(word, &known)) {
        Some(outcome) => document.set(PR_STATUS, outcome),
        None => Ok(()),
    }
}

/// Where ai-trackdown v1 keeps what happened to a pull request.
const PR_STATUS: &str = "pr_status";

/// The word there for a new status; `None` if the one that stands there is right.
fn pr_word(status: &str, known: &str) -> Option<&'static str> {
    let is_over = matches!(known, "merged" | "closed");
    match model::category(status, &Config::default())? {
        Category::Done => (!is_over).then_some("merged"),
        Category::Cancelled => (!is_over).then_some("closed"),
        Category::Todo | Category::Active => is_over.then_some("open"),
    }
}

/// Writes the new status and the comment of each ticket, all or none; the tickets as they are afterwards. One that was put away, and is
/// running again, comes back to where it was.
pub fn change_status(context: &Context, change: &StatusChange<'_>, verb: &str) -> Result<Vec<Ticket>> {
    let store = context.store()?;
    let selection = Selection { which: change.which, commit: change.commit, verb };
    let changed = change_named(context, &selection, &mut |stored, transaction| {
        set_status(stored, (change.word)(&stored.record)?)?;
        for (key, value) in &change.spent {
            stored.set(key, value)?;
        }
        if let Some(reason) = change.reason {
            add_comment(context, transaction, &stored.record.id, reason)?;
        }
        // What is finished stays where it was put away.
        let is_closed = model::category(&stored.record.status, context.config()?).is_some_and(Category::is_closed);
        let back = || place::restored(&place::root_of(store, &stored.path), &stored.path, stored.record.kind);
        Ok(if is_closed { None } else { back() })
    })?;
    Ok(changed.tickets.into_iter().map(|stored| stored.record).collect())
}

/// What is done with one ticket of several; the place it goes to, if that is another.
type EditOne<'a> = dyn FnMut(&mut Stored<Ticket>, &mut Transaction<'_>) -> Result<Option<RepoPath>> + 'a;

/// The tickets of one command, in the way it names them.
pub struct Many<'a> {
    /// Who is named twice counts once.
    pub which: &'a Several,
    /// Whether what was written is committed.
    pub commit: bool,
    /// Begun before they were chosen.
    pub transaction: Transaction<'a>,
}

/// Tickets that were changed, as they are afterwards.
pub struct Changed {
    pub tickets: Vec<Stored<Ticket>>,
    /// Every file that was written.
    pub written: Vec<RepoPath>,
}

/// What a command does with the tickets that it names.
pub struct Selection<'a> {
    pub which: &'a Several,
    /// Whether what was written is committed.
    pub commit: bool,
    pub verb: &'a str,
}

/// Changes the tickets that were named, all or none. Who changes only one waits for nobody.
pub fn change_named(context: &Context, selection: &Selection<'_>, edit: &mut EditOne<'_>) -> Result<Changed> {
    let Selection { which, commit, verb } = *selection;
    let store = context.store()?;
    let [id] = which.ids.as_slice() else {
        let transaction = store.begin(&format!("ticket {verb}"))?;
        return change_many(context, Many { which, commit, transaction }, verb, edit);
    };
    let ready = context.ready_to_commit(commit)?;
    let only = Which { kind: which.kind, id: id.clone() };
    let (stored, written) = only.update(context, &format!("ticket {verb}"), |stored, transaction| {
        let before = stored.document.bytes().to_vec();
        if let Some(to) = edit(stored, transaction)? {
            let document = std::mem::replace(&mut stored.document, Ticket::document(before.clone()));
            // What was edited goes there; the file here is taken away, and is not written a second time.
            move_files(store, transaction, vec![Moving { from: stored.path.clone(), to, before, document }])?;
        }
        Ok(())
    })?;
    ready.commit_paths(&written, &format!("{verb} {}: {}", stored.record.id, stored.record.title))?;
    Ok(Changed { tickets: vec![stored], written })
}

/// Changes several tickets, all or none; the tickets as they are afterwards.
pub fn change_many(context: &Context, many: Many<'_>, verb: &str, edit: &mut EditOne<'_>) -> Result<Changed> {
    let Many { which, commit, mut transaction } = many;
    let ready = context.ready_to_commit(commit)?;
    let store = context.store()?;
    let (mut changed, mut moving): (Vec<Stored<Ticket>>, Vec<Moving>) = (Vec::new(), Vec::new());
    let snapshot = store.work_tree();
    // Only who is not named by a whole id is looked for among all.
    let all = OnceCell::new();
    let look = |name: &str| store.open(&snapshot, store.find_in(all.get_or_init(|| store.list::<Ticket>(&snapshot)), name)?);
    for id in &which.ids {
        let name = context.name_of(id);
        let mut stored = store.find_by_name::<Ticket>(&name).map_or_else(|| look(&name), Ok)?;
        if changed.iter().any(|known| known.path == stored.path) {
            continue;
        }
        stored.record.require_kind(which.kind)?;
        let before = stored.document.bytes().to_vec();
        match edit(&mut stored, &mut transaction)? {
            Some(to) => moving.push(Moving { from: stored.path.clone(), to, before, document: stored.document.clone() }),
            None => transaction.replace(&stored.path, before, stored.document.bytes().to_vec()),
        }
        changed.push(stored);
    }
    move_files(store, &mut transaction, moving)?;
    let written = transaction.commit()?;
    let ids: Vec<String> = changed.iter().map(|stored| stored.record.id.to_string()).collect();
    ready.commit_paths(&written, &format!("{verb} {}", ids.join(", ")))?;
    Ok(Changed { tickets: changed, written })
}
