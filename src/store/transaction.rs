//! Many writes, one outcome: all of them or none.

use crate::base::{RepoPath, Result};
use crate::document::{Document, FRONT_LIMIT};
use crate::fs::lock::Lock;
use crate::fs::{FsError, read};

use super::journal::{Change, Kind, Place};
use super::scratch::Scratch;
use super::{Store, StoreError};

/// What must hold for all records when a transaction is committed.
type Condition<'a> = Box<dyn FnOnce(&Store) -> Result<()> + Send + 'a>;

/// Writes that happen together. Nothing is touched before `commit`.
pub struct Transaction<'a> {
    store: &'a Store,
    operation: String,
    changes: Vec<Change>,
    conditions: Vec<Condition<'a>>,
    /// Whether `commit` finds out all that a write would, and writes nothing.
    is_rehearsal: bool,
    /// Held from before anything was read, by who plans from what is there.
    lock: Option<Lock>,
}

impl<'a> Transaction<'a> {
    pub(super) fn new(store: &'a Store, operation: &str, lock: Option<Lock>) -> Self {
        Self { store, operation: operation.to_owned(), changes: Vec::new(), conditions: Vec::new(), is_rehearsal: false, lock }
    }

    pub(super) fn rehearsed(self) -> Self {
        Self { is_rehearsal: true, ..self }
    }

    /// Writes a new file; `commit` fails if the name is taken.
    pub fn create(&mut self, path: &RepoPath, bytes: Vec<u8>) {
        self.add(Change::write(path.into(), None, bytes));
    }

    /// Replaces a file that still holds `before`. The same bytes are no change.
    pub fn replace(&mut self, path: &RepoPath, before: Vec<u8>, after: Vec<u8>) {
        self.add(Change::write(path.into(), Some(before), after));
    }

    /// Any change of a file, also of one of this clone alone. The same bytes are no change.
    pub fn add(&mut self, change: Change) {
        if change.before != change.after {
            self.changes.push(change);
        }
    }

    /// Writes only if `condition` holds. It is asked under the lock: nobody who keeps locks writes between answer and write.
    pub fn require(&mut self, condition: Condition<'a>) {
        self.conditions.push(condition);
    }

    /// Does it all, and says which files of the work tree were written.
    pub fn commit(mut self) -> Result<Vec<RepoPath>> {
        if self.changes.is_empty() {
            return Ok(Vec::new());
        }
        let _lock = match self.lock.take() {
            None if self.is_rehearsal => None,
            None => Some(self.store.lock_whole()?),
            held => held,
        };
        for change in &self.changes {
            self.require_as_expected(change)?;
            refuse_nul(change)?;
        }
        refuse_oversize(&self.changes)?;
        std::mem::take(&mut self.conditions).into_iter().try_for_each(|condition| condition(self.store))?;
        if self.is_rehearsal {
            return Ok(Vec::new());
        }
        let journal = self.store.journal();
        let places = self.changes.iter().map(|change| &change.place);
        let paths = places.filter(|place| place.folder.is_none()).map(|place| place.path.clone()).collect();
        // One file is atomic by itself; the journal would only make it slower.
        if let [change @ Change { place: Place { path, folder: None, kind: Kind::Plain }, after: Some(bytes), .. }] =
            self.changes.as_slice()
        {
            Scratch::new(self.store.live()).replace(&path.below(&self.store.root), bytes)?;
            // The file is written: if that cannot be noted, it cannot be undone, but it is no failure.
            drop(journal.record(&self.operation, &self.store.root, change));
            return Ok(paths);
        }
        let mut entry = journal.begin(&self.operation, &self.store.root, &self.changes)?;
        if let Err(failure) = journal.finish(&mut entry) {
            // All or nothing; if even this fails, the entry stays and whoever writes next finishes it.
            journal.abandon(&entry)?;
            return Err(failure);
        }
        Ok(paths)
    }

    fn require_as_expected(&self, change: &Change) -> Result<(), FsError> {
        let file = change.place.file(&self.store.root);
        if change.place.folder.is_none() {
            self.refuse_links(&change.place.path)?;
        } else if read::find_metadata(&file)?.is_some_and(|metadata| metadata.is_symlink()) {
            return Err(FsError::Symlink { path: file });
        }
        let now = read::find(&file)?;
        if now == change.before {
            Ok(())
        } else if change.before.is_none() {
            Err(FsError::Exists { path: file })
        } else {
            Err(FsError::Changed { path: file })
        }
    }

    /// A link anywhere on the way could lead a write out of the repository.
    fn refuse_links(&self, path: &RepoPath) -> Result<(), FsError> {
        let mut part = path.clone();
        while !part.is_empty() {
            let file = part.below(&self.store.root);
            if read::find_metadata(&file)?.is_some_and(|metadata| metadata.is_symlink()) {
                return Err(FsError::Symlink { path: file });
            }
            part = part.parent();
        }
        Ok(())
    }
}

/// A NUL character that was there before is not this change's fault.
fn refuse_nul(change: &Change) -> Result<(), StoreError> {
    let Place { path, folder: None, .. } = &change.place else { return Ok(()) };
    let line = |bytes: &[u8]| Document::parse(bytes.to_vec()).find_nul();
    let has = |bytes: &Option<Vec<u8>>| bytes.as_ref().is_some_and(|bytes| memchr::memchr(0, bytes).is_some());
    match &change.after {
        Some(after) if path.name().ends_with("md") && has(&change.after) && !has(&change.before) => {
            Err(StoreError::Nul { path: path.clone(), line: line(after).unwrap_or(1) })
        }
        _ => Ok(()),
    }
}

/// What was too long before, wherever it goes, is not this change's doing.
fn refuse_oversize(changes: &[Change]) -> Result<(), StoreError> {
    let oversize = |bytes: &Option<Vec<u8>>| Document::parse(bytes.clone().unwrap_or_default()).oversize();
    let is_page = |change: &&Change| change.place.folder.is_none() && change.place.path.name().ends_with("md");
    // Most files are no longer than their front matter may be.
    let is_long = |change: &&Change| change.after.as_ref().is_some_and(|bytes| bytes.len() > FRONT_LIMIT);
    for change in changes.iter().filter(is_page).filter(is_long) {
        let is_new = || changes.iter().all(|change| oversize(&change.before).is_none());
        if let Some(bytes) = oversize(&change.after).filter(|_| is_new()) {
            return Err(StoreError::Size { path: change.place.path.clone(), bytes });
        }
    }
    Ok(())
}
