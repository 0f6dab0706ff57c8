//! Typed records as documents: scanned in parallel, found by id, written so that nothing is lost.

mod collection;
mod ids;
pub mod journal;
mod record;
mod scan;
mod snapshot;
mod transaction;
mod trust;

pub use record::{Entry, Record, Source, Stored};
pub use scan::Scan;
pub use snapshot::Snapshot;
pub use transaction::Transaction;
pub use trust::Trust;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::base::{Exit, Explain, Id, RepoPath, Result};
use crate::config::{Config, Layers};
use crate::fs::lock::{self, Lock};

/// How long a writer waits for another one.
const PATIENCE: Duration = Duration::from_secs(30);

/// The records of one work tree, and the live facts its clone shares.
#[derive(Debug, Clone)]
pub struct Store {
    root: PathBuf,
    live: PathBuf,
    layers: Arc<Layers>,
}

/// What can go wrong with records.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Nothing has this id.
    #[error("there is no {noun} `{query}`")]
    NotFound {
        /// The kind of record.
        noun: &'static str,
        /// What was asked for.
        query: String,
    },
    /// More than one record fits.
    #[error("`{query}` could be any of {}", candidates.join(", "))]
    Ambiguous {
        /// The kind of record.
        noun: &'static str,
        /// What was asked for.
        query: String,
        /// Each with its path.
        candidates: Vec<String>,
    },
    /// An edit that would not keep the rest of the file as it is.
    #[error("{path}: cannot change `{key}` and leave everything else as it is: {reason}")]
    Edit {
        /// The file.
        path: RepoPath,
        /// The key.
        key: String,
        /// Why not.
        reason: String,
    },
    /// Other writers were faster, every time.
    #[error("{path} keeps changing under our hands")]
    Contended {
        /// The file.
        path: RepoPath,
    },
}

impl Explain for StoreError {
    fn exit(&self) -> Exit {
        match self {
            Self::Contended { .. } => Exit::Conflict,
            _ => Exit::Wrong,
        }
    }
    fn code(&self) -> &'static str {
        match self {
            Self::NotFound { .. } => "not_found",
            Self::Ambiguous { .. } => "ambiguous",
            Self::Edit { .. } => "edit_refused",
            Self::Contended { .. } => "changed",
        }
    }
    fn hints(&self) -> Vec<String> {
        match self {
            Self::NotFound { noun, .. } => vec![format!("`cmpm {noun} list` shows what there is")],
            Self::Ambiguous { .. } => vec!["give more of the id, or the file's path".into()],
            Self::Edit { .. } => vec!["nothing was written; edit the file by hand".into()],
            Self::Contended { .. } => vec!["run the same command again".into()],
        }
    }
}

impl Store {
    /// The store of the work tree at `root`, whose clone keeps live facts in `common/cmpm`.
    #[must_use]
    pub fn new(root: &Path, common: &Path, layers: Arc<Layers>) -> Self {
        Self { root: root.to_owned(), live: common.join("cmpm"), layers }
    }

    /// The settings.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.layers.config
    }

    /// The root of the work tree.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where this clone keeps live facts (claims, jobs, locks); never committed.
    #[must_use]
    pub fn live(&self) -> &Path {
        &self.live
    }

    /// The files as they are on disk.
    #[must_use]
    pub fn work_tree(&self) -> Snapshot<'_> {
        Snapshot::WorkTree(&self.root)
    }

    /// The one record that `query` names: by id, alias, unique beginning of an id, or path.
    ///
    /// # Errors
    /// `NotFound` or `Ambiguous`.
    pub fn require<R: Record>(&self, query: &str) -> Result<Stored<R>> {
        Ok(self.scan::<R>(&self.work_tree()).require(query)?)
    }

    /// Changes one record, with whatever else `edit` adds to the same transaction. `edit` is called with the current state,
    /// again if somebody else wrote meanwhile. Writes only if bytes change, and says which files were written.
    ///
    /// # Errors
    /// What `edit` says, or why the file cannot be written.
    pub fn update<R: Record>(
        &self,
        query: &str,
        mut edit: impl FnMut(&mut Stored<R>, &mut Transaction<'_>) -> Result<()>,
    ) -> Result<(Stored<R>, Vec<RepoPath>)> {
        let mut path = RepoPath::default();
        for _ in 0..8 {
            let mut stored = self.require::<R>(query)?;
            let before = stored.document.bytes().to_vec();
            let mut transaction = self.transaction(R::NOUN);
            edit(&mut stored, &mut transaction)?;
            transaction.replace(&stored.path, before, stored.document.bytes().to_vec());
            match transaction.commit() {
                Ok(written) => return Ok((stored, written)),
                Err(failure) if failure.code() == "changed" => path = stored.path,
                Err(failure) => return Err(failure),
            }
        }
        Err(StoreError::Contended { path }.into())
    }

    /// Collects writes that happen together or not at all.
    #[must_use]
    pub fn transaction(&self, operation: &str) -> Transaction<'_> {
        Transaction::new(self, operation)
    }

    /// A new id that nobody in this clone has.
    ///
    /// # Errors
    /// If the reservation cannot be written.
    pub fn reserve_id(&self, prefix: &str, random: &crate::base::random::Random) -> Result<Id> {
        Ok(ids::reserve(&self.live.join("ids"), prefix, random)?)
    }

    /// The newest operation in this work tree that can be taken back.
    ///
    /// # Errors
    /// If the journal cannot be read.
    pub fn last_operation(&self) -> Result<Option<journal::Entry>> {
        journal::Journal::new(&self.live).last_done(&self.root)
    }

    /// Takes the newest operation in this work tree back.
    ///
    /// # Errors
    /// If a file it wrote was changed since; nothing is touched then.
    pub fn undo(&self) -> Result<Option<journal::Entry>> {
        let _lock = self.lock()?;
        let journal = journal::Journal::new(&self.live);
        journal.recover()?;
        let Some(mut entry) = journal.last_done(&self.root)? else { return Ok(None) };
        journal.undo(&mut entry)?;
        Ok(Some(entry))
    }

    fn lock(&self) -> Result<Lock> {
        Ok(lock::acquire(&self.live.join("locks/store"), PATIENCE)?)
    }
}
