//! Typed records as documents: scanned in parallel, found by id, written so that nothing is lost.

mod cache;
mod collection;
mod digest;
mod folders;
mod history;
mod ids;
mod index;
pub mod journal;
mod journal_error;
mod merged;
mod names;
pub mod overlay;
pub mod queue;
mod record;
mod scan;
mod scratch;
mod snapshot;
mod step;
mod transaction;
mod trust;

#[cfg(test)]
pub use cache::kept;
pub use cache::{Candidate, Choose, Columns, Row};
pub use digest::Digest;
pub use history::{EDGE, ENDS, Named, Version};
pub use index::{Libraries, Library, Searchable};
pub use merged::{Collision, MergeCheck, MergeResult, check_merge, not_finished, record_folders};
pub use overlay::{Overlay, Scope};
pub use record::{Entry, Listed, Record, Source, Stored};
pub use scan::{Listing, Scan, newer_form, problems};
pub use snapshot::{FileEntry, Snapshot};
pub use step::{Change, Kind, Place};
pub use transaction::Transaction;
pub use trust::Trust;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::base::progress::{Event, Events};
use crate::base::{Env, Explain, Explained, Id, RepoPath, Result};
use crate::config::{Config, Layers};
use crate::document::EditError;
use crate::fs::FsError;
use crate::fs::lock::{self, Lock};

use journal::{Direction, Journal, Made};

/// How long a writer waits for another one.
const PATIENCE: Duration = Duration::from_secs(30);

/// The lock of who writes, among the live facts.
const LOCK: &str = "locks/store";

/// How often an edit is tried again when somebody who keeps no locks was faster.
const ATTEMPTS: u32 = 8;

/// A change of one record; it may be called again, on what somebody else wrote meanwhile.
type Edit<'a, R> = dyn FnMut(&mut Stored<R>, &mut Transaction<'_>) -> Result<()> + 'a;

/// The records of one work tree, and the live facts its clone shares.
#[derive(Debug, Clone)]
pub struct Store {
    root: PathBuf,
    live: PathBuf,
    layers: Arc<Layers>,
    /// Where git is looked for when a record is not here.
    env: Option<Env>,
    teller: Option<Teller>,
    made: Made,
}

/// Who is told what was found half done.
#[derive(Clone)]
struct Teller(Arc<dyn Events>);

impl std::fmt::Debug for Teller {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Teller")
    }
}

/// What can go wrong with records.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("there is no {noun} `{query}`")]
    NotFound { noun: &'static str, query: String },
    #[error("{noun} `{id}` is not in this work tree, it is {}", places.join(" and "))]
    Elsewhere {
        noun: &'static str,
        id: Id,
        /// `on main`, `in worktree review`.
        places: Vec<String>,
        hint: String,
    },
    #[error("`{query}` could be any of {}", candidates.join(", "))]
    Ambiguous {
        noun: &'static str,
        query: String,
        /// Each with its title, or with its path where that is needed to tell them apart.
        candidates: Vec<String>,
        /// What to type instead, for each.
        names: Vec<String>,
    },
    /// An edit that would not keep the rest of the file as it is.
    #[error("{path}: cannot change `{key}` without changing anything else: {reason}")]
    Edit { path: RepoPath, key: String, reason: String },
    /// What a mapping says would be lost.
    #[error("{path}:{line}: `{key}` has a mapping or a list within a list, which would be lost")]
    Structured {
        path: RepoPath,
        /// Counted from 1.
        line: u32,
        key: String,
    },
    /// Front matter that nobody could read again.
    #[error("{path}: {}", EditError::Size { bytes: *bytes })]
    Size { path: RepoPath, bytes: usize },
    /// A text with a character that no text file may hold.
    #[error("line {line} of {path} would hold a NUL character (U+0000), and nothing was written")]
    Nul {
        path: RepoPath,
        /// Counted from 1.
        line: u32,
    },
    #[error("found no id that is free in {} after {tries} tries: the random numbers of this machine repeat", folder.display())]
    NoFreeId { folder: PathBuf, tries: usize },
}

impl StoreError {
    /// Why `key` of a file was not changed.
    pub fn edit(path: &RepoPath, key: &str, error: &EditError) -> Self {
        let (path, key) = (path.clone(), key.to_owned());
        match *error {
            EditError::Structured { line, .. } => Self::Structured { path, line, key },
            EditError::Size { bytes } => Self::Size { path, bytes },
            _ => Self::Edit { path, key, reason: error.to_string() },
        }
    }
}

impl Explain for StoreError {
    fn explain(&self) -> Explained {
        match self {
            Self::NotFound { noun, .. } => Explained::wrong("not_found").hint(format!("`cmpm {noun} list` shows what there is")),
            Self::Elsewhere { hint, .. } => Explained::wrong("elsewhere").hint(hint),
            Self::Ambiguous { .. } => Explained::wrong("ambiguous").hint("give more of the id, or the file's path"),
            Self::Edit { .. } => Explained::wrong("edit_refused").hint("nothing was written; edit the file by hand"),
            Self::Structured { key, .. } => Explained::wrong("edit_refused")
                .hint(format!("write it as texts in an editor, such as `{key}: [one, two]`, and try again; nothing was written")),
            Self::Size { .. } => Explained::wrong("too_long").hint("put long texts into the description; nothing was written"),
            Self::NoFreeId { .. } => {
                Explained::wrong("no_free_id").hint("nothing was written; unset CMPM_SEED if it is set, and try again")
            }
            Self::Nul { .. } => Explained::wrong("nul_character").hint("remove it from the text"),
        }
    }
}

/// Finishes or sets aside the operation that a crash left half done in a clone, and sweeps; what happened to it. Needs no settings.
pub fn recover(live: &Path) -> Result<Option<journal::Entry>> {
    let _lock = lock::acquire(&live.join(LOCK), PATIENCE)?;
    Journal::new(live).recover()
}

/// Whether somebody writes records of a clone right now.
pub fn is_being_written(live: &Path) -> bool {
    lock::is_held(&live.join(LOCK))
}

impl Store {
    /// The store of the work tree at `root`, whose clone keeps live facts in `common/cmpm`.
    pub fn new(root: &Path, common: &Path, layers: Arc<Layers>) -> Self {
        Self { root: root.to_owned(), live: common.join("cmpm"), layers, env: None, teller: None, made: Made::default() }
    }

    /// The same, telling when it finds something half done.
    pub fn with_events(self, events: Arc<dyn Events>) -> Self {
        Self { teller: Some(Teller(events)), ..self }
    }

    /// The same, written in by this command.
    pub fn made(self, made: Made) -> Self {
        Self { made, ..self }
    }

    /// The same, able to say where else a record is that is not here.
    pub fn with_env(self, env: Env) -> Self {
        Self { env: Some(env), ..self }
    }

    pub fn config(&self) -> &Config {
        &self.layers.config
    }

    /// The root of the work tree.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where this clone keeps live facts (claims, jobs, locks); never committed.
    pub fn live(&self) -> &Path {
        &self.live
    }

    /// The files as they are on disk.
    pub fn work_tree(&self) -> Snapshot<'_> {
        Snapshot::WorkTree(&self.root)
    }

    /// The one record that `query` names: by id, alias, unique beginning of an id, or path. Cost: of a whole id after which exactly
    /// one file is called, that file; else a look at each file.
    pub fn require<R: Record + Clone>(&self, query: &str) -> Result<Stored<R>> {
        if let Some(stored) = self.find_by_name(query) {
            return Ok(stored);
        }
        let snapshot = self.work_tree();
        self.open(&snapshot, self.find_in(&self.list::<R>(&snapshot), query)?)
    }

    /// The one of the records here that `query` names; of one that is only elsewhere the error says where.
    pub fn find_in<'a, R: Record + Clone>(&self, here: &'a Listing<R>, query: &str) -> Result<&'a Listed<R>, StoreError> {
        here.find(query).map_err(|error| match error {
            StoreError::NotFound { .. } => self.not_here::<R>(query),
            error => error,
        })
    }

    /// Changes one record, with whatever else `edit` adds to the same transaction. `edit` is called with the current state,
    /// again if somebody else wrote meanwhile; it may give the record another path, to which the file moves then. Writes only if
    /// something changes, and says which files were written.
    pub fn update<R: Record + Clone>(
        &self,
        operation: &str,
        query: &str,
        mut edit: impl FnMut(&mut Stored<R>, &mut Transaction<'_>) -> Result<()>,
    ) -> Result<(Stored<R>, Vec<RepoPath>)> {
        // First without the lock: most writers have no rival. Who lost once reads and writes in one go, so that only
        // somebody who keeps no locks, such as an editor, can still come between.
        let mut outcome = self.try_update(query, &mut edit, self.transaction(operation));
        for _ in 0..ATTEMPTS {
            match outcome {
                Err(failure) if matches!(failure.downcast_ref(), Some(FsError::Changed { .. })) => {
                    outcome = self.try_update(query, &mut edit, self.begin(operation)?);
                }
                _ => break,
            }
        }
        outcome
    }

    fn try_update<R: Record + Clone>(
        &self,
        query: &str,
        edit: &mut Edit<'_, R>,
        mut transaction: Transaction<'_>,
    ) -> Result<(Stored<R>, Vec<RepoPath>)> {
        let mut stored = self.require::<R>(query)?;
        let (path, before) = (stored.path.clone(), stored.document.bytes().to_vec());
        edit(&mut stored, &mut transaction)?;
        let after = stored.document.bytes().to_vec();
        if stored.path == path {
            transaction.replace(&path, before, after);
        } else {
            transaction.create(&stored.path, after);
            transaction.add(Change::remove(Place::from(&path), before, 0));
        }
        Ok((stored, transaction.commit()?))
    }

    /// Collects writes that happen together or not at all.
    pub fn transaction(&self, operation: &str) -> Transaction<'_> {
        Transaction::new(self, operation, None)
    }

    /// The same for a dry run: committing it fails where a real one would, and writes nothing.
    pub fn rehearsal(&self, operation: &str) -> Transaction<'_> {
        self.transaction(operation).rehearsed()
    }

    /// The same for who plans from what is there: from now until it is committed or dropped nobody else writes, and what a crash
    /// left half done is finished. Read after this; read what is slow to read before.
    pub fn begin(&self, operation: &str) -> Result<Transaction<'_>> {
        Ok(Transaction::new(self, operation, Some(self.lock_whole()?)))
    }

    /// A new id that nobody in this clone has.
    pub fn reserve_id(&self, prefix: &str, random: &crate::base::random::Random) -> Result<Id> {
        ids::reserve(&self.live.join("ids"), prefix, random)
    }

    /// The log of this clone.
    pub(super) fn journal(&self) -> Journal {
        Journal::new(&self.live).made(self.made.clone())
    }

    /// What was written in this work tree, newest first.
    pub fn steps(&self) -> Result<Vec<journal::Entry>> {
        let journal = self.journal();
        // Half done is also what somebody is just doing.
        let _lock = journal.find_unfinished()?.map(|_| self.lock()).transpose()?;
        journal.all(&self.root)
    }

    /// Takes steps back, or does again what was undone; `choose` says which, and in what order. Nobody writes meanwhile, and if
    /// somebody else changed a file of one of them, nothing is touched.
    pub fn turn(
        &self,
        direction: Direction,
        choose: impl FnOnce(Vec<journal::Entry>) -> Result<Vec<journal::Entry>>,
    ) -> Result<Vec<journal::Entry>> {
        let _lock = self.lock()?;
        let mut chosen = choose(self.journal().all(&self.root)?)?;
        self.journal().turn_all(&mut chosen, direction)?;
        Ok(chosen)
    }

    /// Refuses what `turn` would refuse.
    pub fn require_unchanged(&self, steps: &[journal::Entry], direction: Direction) -> Result<()> {
        self.journal().require_unchanged(steps, direction)
    }

    /// What an operation wrote in the work tree, and what is still as it left it.
    pub fn left_by<'a>(&self, entry: &'a journal::Entry) -> Result<Vec<journal::Left<'a>>> {
        self.journal().left_by(entry)
    }

    /// The lock, with nothing half done below it.
    fn lock_whole(&self) -> Result<Lock> {
        let lock = self.lock()?;
        let found = self.journal().recover()?;
        if let (Some(entry), Some(Teller(events))) = (found, &self.teller) {
            events.emit(Event::Note { message: entry.note() });
        }
        Ok(lock)
    }

    fn lock(&self) -> Result<Lock> {
        Ok(lock::acquire(&self.live.join(LOCK), PATIENCE)?)
    }
}

#[cfg(test)]
#[path = "update_tests.rs"]
mod tests;
