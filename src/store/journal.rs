//! A log of multi-step writes: what is about to happen is on disk before it happens, so that a crash in the middle is
//! finished by whoever comes next, and a finished operation can be undone.
//!
//! An entry is a folder `journal/<number>/` with `entry.json` and the bytes before and after each step.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::base::{RepoPath, Result, Timestamp, json, text};
use crate::fs::{FsError, read, write};
use crate::git::is_of_another_clone;

pub use super::journal_error::JournalError;
use super::scratch::Scratch;
pub use super::step::{Change, Kind, Place, Step};

/// The file of an entry that says what it is; without it there is no entry.
const ENTRY: &str = "entry.json";

/// How many entries are kept.
const KEPT: u64 = 100;

/// The log of one clone.
#[derive(Debug, Clone)]
pub struct Journal {
    folder: PathBuf,
    scratch: Scratch,
    made: Made,
}

/// By which command an operation was made, and when; older entries do not say.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Made {
    /// As it was typed, without the program's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
}

/// One operation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its place in the log.
    pub number: u64,
    /// What it was, in a user's words: `ticket create`.
    pub operation: String,
    #[serde(flatten)]
    pub made: Made,
    /// The work tree it wrote in.
    pub root: PathBuf,
    /// How far it came.
    pub state: State,
    /// When it was undone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undone: Option<Timestamp>,
    /// What it does, in order.
    pub steps: Vec<Step>,
}

impl Entry {
    /// The command as it was typed, if it is the one that says what was done: on the board, and in other verbs, it is not.
    pub fn title(&self) -> &str {
        let verb = self.operation.split(' ').next_back().unwrap_or_default();
        let typed = self.made.command.as_deref().filter(|command| command.split(' ').any(|word| word == verb));
        typed.unwrap_or(&self.operation)
    }

    /// Whether it stands: neither undone nor only begun.
    pub fn is_done(&self) -> bool {
        self.state == State::Done
    }

    fn writes(&self, file: &Path) -> bool {
        self.steps.iter().any(|step| step.place.file(&self.root) == file)
    }

    /// What whoever found it interrupted did about it, as a line for people.
    pub fn note(&self) -> String {
        let files = text::plural(self.steps.len(), "file");
        match self.state {
            State::SetAside => format!(
                "`{}` was interrupted while writing {files}, and some were changed since: it is set aside; `cmpm doctor` says more",
                self.operation
            ),
            _ => format!("`{}` was interrupted while writing {files}: it is now finished; `cmpm undo` reverts it", self.operation),
        }
    }
}

/// How far an operation came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Written down; its steps may or may not have happened.
    Begun,
    /// All steps happened.
    Done,
    /// Taken back.
    Undone,
    /// Cut off, and then somebody changed its files: nobody goes on with it unasked.
    SetAside,
}

impl Journal {
    /// The log kept in `live/journal`.
    pub fn new(live: &Path) -> Self {
        Self { folder: live.join("journal"), scratch: Scratch::new(live), made: Made::default() }
    }

    /// The same, written in by this command.
    pub fn made(self, made: Made) -> Self {
        Self { made, ..self }
    }

    /// Records what is about to happen, durably. The caller holds the store's lock.
    /// If it cannot be written, nothing has happened.
    pub fn begin(&self, operation: &str, root: &Path, changes: &[Change]) -> Result<Entry> {
        let number = self.numbers()?.last().map_or(1, |last| last + 1);
        let folder = self.entry_folder(number);
        let (mut steps, mut batch) = (Vec::with_capacity(changes.len()), self.scratch.batch()?);
        for (index, change) in changes.iter().enumerate() {
            for (name, bytes) in [("before", &change.before), ("after", &change.after)] {
                if let Some(bytes) = bytes {
                    batch.stage(&folder.join(format!("{index}.{name}")), bytes)?;
                }
            }
            steps.push(change.step(root));
        }
        batch.finish()?;
        let entry = Entry { state: State::Begun, ..self.entry(number, operation, (root, steps)) };
        self.save(&entry)?;
        Ok(entry)
    }

    /// Records one file that was just written, so that it can be undone. Not durable: the file itself is.
    pub fn record(&self, operation: &str, root: &Path, change: &Change) -> Result<()> {
        let number = self.numbers()?.last().map_or(1, |last| last + 1);
        let entry = json::line(&self.entry(number, operation, (root, vec![change.step(root)])))?;
        let folder = self.entry_folder(number);
        for (name, bytes) in [("0.before", &change.before), ("0.after", &change.after)] {
            if let Some(bytes) = bytes {
                write::replace_cache(&folder.join(name), bytes)?;
            }
        }
        write::replace_cache(&folder.join(ENTRY), entry.as_bytes())?;
        self.forget(number)
    }

    fn entry(&self, number: u64, operation: &str, (root, steps): (&Path, Vec<Step>)) -> Entry {
        let (operation, root, made) = (operation.to_owned(), root.to_owned(), self.made.clone());
        Entry { number, operation, made, root, state: State::Done, undone: None, steps }
    }

    /// Keeps the log short: what was done long ago is in git, not here.
    fn forget(&self, newest: u64) -> Result<()> {
        for number in self.numbers()?.into_iter().filter(|number| number + KEPT < newest) {
            if self.find(number)?.is_none_or(|entry| entry.state != State::SetAside) {
                write::remove_folder(&self.entry_folder(number))?;
            }
        }
        Ok(())
    }

    /// Does every step that has not happened yet. A file that somebody else changed meanwhile is left alone and returned.
    /// If a file cannot be written, the entry stays and can be finished later.
    pub fn finish(&self, entry: &mut Entry) -> Result<Vec<RepoPath>> {
        let left = self.apply(entry, Direction::Forward)?;
        entry.state = State::Done;
        self.save(entry)?;
        self.forget(entry.number)?;
        Ok(left)
    }

    /// Undoes what `finish` did before it failed, so that nothing has happened. Needs no room on the disk beyond what
    /// the old files take.
    pub fn abandon(&self, entry: &Entry) -> Result<()> {
        self.apply(entry, Direction::Back)?;
        Ok(write::remove(&self.entry_folder(entry.number).join(ENTRY))?)
    }

    /// Refuses to do these operations, or to undo them, one after the other, if somebody else changed a file of one of them.
    pub fn require_unchanged(&self, entries: &[Entry], direction: Direction) -> Result<()> {
        // What the operations before leave behind.
        let mut known: HashMap<PathBuf, Option<Vec<u8>>> = HashMap::new();
        for entry in entries {
            for (index, step) in entry.steps.iter().enumerate() {
                let file = step.place.file(&entry.root);
                let (wanted, source) = (self.bytes(entry, index, direction)?, self.bytes(entry, index, direction.opposite())?);
                let now = if let Some(now) = known.remove(&file) { now } else { read::find(&file)? };
                if now != wanted && now != source {
                    let later = self
                        .all(&entry.root)?
                        .into_iter()
                        .find(|later| later.is_done() && later.number > entry.number && !entries.contains(later) && later.writes(&file));
                    let by = later.map(|later| (later.number, later.title().to_owned()));
                    let (file, operation) = (step.place.shown(&entry.root), entry.title().to_owned());
                    return Err(JournalError::ChangedSince { file, operation, by }.into());
                }
                if entries.len() > 1 {
                    known.insert(file, wanted);
                }
            }
        }
        Ok(())
    }

    /// The files that are neither as before the operation nor as it leaves them, as people name them. What is as before was
    /// not written yet, or undone by a process that died on the way.
    pub fn changed_since(&self, entry: &Entry) -> Result<Vec<String>> {
        let mut changed = Vec::new();
        for (index, step) in entry.steps.iter().enumerate() {
            let turn = self.turn(entry, (index, step), Direction::Forward)?;
            if !turn.is_due && !turn.is_done {
                changed.push(step.place.shown(&entry.root));
            }
        }
        Ok(changed)
    }

    /// What an operation leaves in the work tree; files of the clone alone are not among it.
    pub fn left_by<'a>(&self, entry: &'a Entry) -> Result<Vec<Left<'a>>> {
        let mut left = Vec::new();
        for (index, step) in entry.steps.iter().enumerate().filter(|(_, step)| step.place.folder.is_none()) {
            let Turn { wanted, is_done, .. } = self.turn(entry, (index, step), Direction::Forward)?;
            left.push(Left { path: &step.place.path, bytes: wanted, is_there: is_done });
        }
        Ok(left)
    }

    /// Takes operations back, also half of one, or does again what was undone; each whole, in the order given.
    /// After `ChangedSince` nothing was touched.
    pub fn turn_all(&self, entries: &mut [Entry], direction: Direction) -> Result<()> {
        self.require_unchanged(entries, direction)?;
        for entry in entries {
            self.apply(entry, direction)?;
            (entry.state, entry.undone) = match direction {
                Direction::Forward => (State::Done, None),
                Direction::Back => (State::Undone, self.made.at),
            };
            self.save(entry)?;
        }
        Ok(())
    }

    /// The operation that a crash left half done, or that somebody who holds the store's lock is just doing.
    pub fn find_unfinished(&self) -> Result<Option<Entry>> {
        // Operations run one at a time under the store's lock, so only the newest can be half done.
        let Some(number) = self.numbers()?.last().copied() else { return Ok(None) };
        Ok(self.find(number)?.filter(|entry| entry.state == State::Begun))
    }

    /// What was set aside, oldest first.
    pub fn set_aside(&self) -> Result<Vec<Entry>> {
        let entries: Result<Vec<Option<Entry>>> = self.numbers()?.into_iter().map(|number| self.find(number)).collect();
        Ok(entries?.into_iter().flatten().filter(|entry| entry.state == State::SetAside).collect())
    }

    /// Finishes what a crash left half done, and sweeps; what happened to it. Cheap when there is nothing: one look at the newest
    /// entry. If somebody changed a file of it since, it is not done by halves: it is set aside whole and no file is touched.
    pub fn recover(&self) -> Result<Option<Entry>> {
        self.scratch.sweep()?;
        let Some(mut entry) = self.find_unfinished()? else { return Ok(None) };
        let common = self.folder.ancestors().nth(2).unwrap_or(&self.folder);
        if !read::is_folder(&entry.root) || is_of_another_clone(&entry.root, common) {
            // Its work tree was removed since, or is that of a repository that this is a copy of: nothing there is ours to write.
            entry.state = State::Undone;
            self.save(&entry)?;
            return Ok(None);
        }
        if self.changed_since(&entry)?.is_empty() {
            self.finish(&mut entry)?;
        } else {
            entry.state = State::SetAside;
            self.save(&entry)?;
        }
        Ok(Some(entry))
    }

    /// The entries about the work tree `root`, newest first.
    pub fn all(&self, root: &Path) -> Result<Vec<Entry>> {
        let entries: Result<Vec<Option<Entry>>> = self.numbers()?.into_iter().rev().map(|number| self.find(number)).collect();
        Ok(entries?.into_iter().flatten().filter(|entry| entry.root == root).collect())
    }

    /// Does every step, in order. What is written as any file is staged before the first step, so that all of it is brought to
    /// disk together; a file that somebody else changed is left alone, and that is seen right before its own step.
    fn apply(&self, entry: &Entry, direction: Direction) -> Result<Vec<RepoPath>> {
        let mut batch = self.scratch.batch()?;
        for (index, step) in entry.steps.iter().enumerate().filter(|(_, step)| step.place.kind == Kind::Plain) {
            let turn = self.turn(entry, (index, step), direction)?;
            if let (Some(bytes), true) = (&turn.wanted, turn.is_due) {
                batch.stage(&turn.file, bytes)?;
            }
        }
        batch.sync()?;
        let (mut left, mut gone) = (Vec::new(), Vec::new());
        for (index, step) in entry.steps.iter().enumerate() {
            let Turn { file, source, wanted, is_due, is_done } = self.turn(entry, (index, step), direction)?;
            match wanted {
                // Whoever did it may have died before it was on disk.
                _ if is_done => batch.note(&file),
                _ if !is_due => left.push(step.place.path.clone()),
                Some(_) if batch.place(&file)? => {}
                Some(bytes) => self.scratch.write(&file, step.place.kind, (source.as_deref(), &bytes))?,
                None => {
                    write::remove(&file)?;
                    gone.push((file, step.folders));
                }
            }
        }
        batch.sync_names()?;
        // At the end: a later step may write in a folder that an earlier one leaves empty.
        for (file, folders) in gone {
            file.ancestors().skip(1).take(folders).for_each(write::remove_folder_if_empty);
        }
        Ok(left)
    }

    fn turn(&self, entry: &Entry, (index, step): (usize, &Step), direction: Direction) -> Result<Turn, FsError> {
        let file = step.place.file(&entry.root);
        let wanted = self.bytes(entry, index, direction)?;
        let source = self.bytes(entry, index, direction.opposite())?;
        let now = read::find(&file)?;
        let (is_done, is_due) = (now == wanted, now != wanted && now == source);
        Ok(Turn { file, source, wanted, is_due, is_done })
    }

    fn bytes(&self, entry: &Entry, index: usize, direction: Direction) -> Result<Option<Vec<u8>>, FsError> {
        let step = entry.steps.get(index);
        let (name, present) = match direction {
            Direction::Forward => ("after", step.is_some_and(|step| step.exists)),
            Direction::Back => ("before", step.is_some_and(|step| step.existed)),
        };
        if present { read::read(&self.entry_folder(entry.number).join(format!("{index}.{name}"))).map(Some) } else { Ok(None) }
    }

    fn find(&self, number: u64) -> Result<Option<Entry>> {
        let path = self.entry_folder(number).join(ENTRY);
        // No entry.json: the process died before it promised anything. Not JSON: a power loss took an entry of `record`,
        // whose file was written before it; those of `begin` are durable.
        Ok(read::find(&path)?.and_then(|bytes| serde_json::from_slice(&bytes).ok()))
    }

    fn save(&self, entry: &Entry) -> Result<()> {
        let path = self.entry_folder(entry.number).join(ENTRY);
        let text = json::pretty(entry).map_err(|error| JournalError::Unwritable { path: path.clone(), reason: error.reason })?;
        Ok(write::replace(&path, text.as_bytes())?)
    }

    fn numbers(&self) -> Result<Vec<u64>, FsError> {
        let mut numbers: Vec<u64> = read::names(&self.folder)?.iter().filter_map(|name| name.parse().ok()).collect();
        numbers.sort_unstable();
        Ok(numbers)
    }

    /// Where an entry is kept.
    pub fn entry_folder(&self, number: u64) -> PathBuf {
        self.folder.join(format!("{number:08}"))
    }
}

/// A file as an operation leaves it.
#[derive(Debug)]
pub struct Left<'a> {
    pub path: &'a RepoPath,
    pub bytes: Option<Vec<u8>>,
    /// Whether it is so now.
    pub is_there: bool,
}

/// A step in one direction, and how its file stands to it.
struct Turn {
    file: PathBuf,
    source: Option<Vec<u8>>,
    wanted: Option<Vec<u8>>,
    is_due: bool,
    is_done: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    Forward,
    Back,
}

impl Direction {
    fn opposite(self) -> Self {
        match self {
            Self::Forward => Self::Back,
            Self::Back => Self::Forward,
        }
    }
}

#[cfg(test)]
#[path = "journal_tests.rs"]
mod tests;
