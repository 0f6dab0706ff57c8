//! All records of a kind, ready to be searched: in memory where they are few, else through a disposable index next to the locks
//! and caches of the clone.
//!
//! The index is never trusted: each search looks at every folder and file, reads what differs again, and leaves out what is gone.
//! What was changed since the index was written is kept in a second, small one as soon as it is more than a few files, and both
//! are written again when that has grown. Readers take no lock: files are replaced, never changed. A file that was changed within
//! the step of the clock before it was read counts as changed until it is read once more.

mod build;
mod file;
mod files;
mod libraries;
mod survey;
#[cfg(test)]
mod tests;

pub use self::libraries::Libraries;

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};

use rayon::prelude::*;

use self::file::Part;
use self::files::{Files, Sizes};
use self::survey::{Reach, Survey};
use super::folders::path_of;
use super::{FileEntry, Listed, Record, Snapshot, Store, Stored};
use crate::base::{Finding, RepoPath, Timestamp};
use crate::engine::search::{self, Corpus, Field, Hits, Matches, Postings, Query, Shard, Statistics};

/// Room for this many changed files between two files of the large index.
const GAP: usize = 1 << 24;

/// A kind of record that can be searched.
pub trait Searchable: Record + Clone {
    /// Its texts, in the order of their fields.
    fn texts(stored: &Stored<Self>) -> Vec<(Cow<'_, str>, Field)>;
    /// Whether it says something of other records, such as that it replaces them.
    fn says_of_others(&self) -> bool {
        false
    }
    /// What people call it by; of a comment the id of its ticket.
    fn name(&self) -> String {
        self.id().to_string()
    }
    /// One line.
    fn title(&self) -> String;
    /// What it has under each key that a condition may name.
    fn values<'a>(&'a self, path: &'a RepoPath, now: Timestamp) -> impl Fn(&str) -> Vec<String> + 'a;
}

/// All records of a kind in one state of the files.
pub struct Library<'a, R> {
    store: &'a Store,
    snapshot: Snapshot<'a>,
    shelves: Shelves<R>,
    damaged: AtomicBool,
}

enum Shelves<R> {
    Memory(Vec<Stored<R>>, Vec<Finding>),
    Index(Box<Index<R>>),
}

/// An index, what differs from it, and what it lacks.
struct Index<R> {
    base: Part,
    survey: Survey,
    recent: Option<Part>,
    /// For each file of the small index, its place in the corpus, if it still is as it was.
    recent_places: Vec<Option<usize>>,
    /// For each changed file, its number in the small index.
    origins: Vec<Option<usize>>,
    /// What is in no index, with its place.
    fresh: Vec<(usize, Stored<R>)>,
    fresh_findings: Vec<Finding>,
}

/// What documents are sorted by: folder, then name.
fn order(path: &RepoPath) -> (&[u8], &[u8]) {
    path.split()
}

impl Store {
    /// Every record of a kind in `snapshot`. Cost where nothing changed: one look at each file.
    pub fn library<'a, R: Searchable>(&'a self, snapshot: Snapshot<'a>) -> Library<'a, R> {
        self.library_within(snapshot, Reach::Files)
    }

    /// Where to look for what is like something: what is opened here is read, but what was changed in its place since it was indexed is
    /// found by its old words. Cost where nothing came: one look at each folder.
    pub fn likely<R: Searchable>(&self) -> Library<'_, R> {
        self.library_within(self.work_tree(), Reach::Folders)
    }

    fn library_within<'a, R: Searchable>(&'a self, snapshot: Snapshot<'a>, reach: Reach) -> Library<'a, R> {
        let index = matches!(snapshot, Snapshot::WorkTree(root) if root == self.root())
            .then(|| Files::new::<R>(self, Sizes::USUAL).open::<R>(self, reach))
            .flatten();
        let shelves = match index {
            Some(index) => Shelves::Index(Box::new(index)),
            None => read_all(self, &snapshot),
        };
        Library { store: self, snapshot, shelves, damaged: AtomicBool::new(false) }
    }
}

impl Store {
    /// Records that were read already, in the order in which equally good answers come.
    pub fn library_of<R: Searchable>(&self, records: Vec<Stored<R>>, findings: Vec<Finding>) -> Library<'_, R> {
        Library { store: self, snapshot: self.work_tree(), shelves: Shelves::Memory(records, findings), damaged: AtomicBool::new(false) }
    }
}

fn read_all<R: Searchable>(store: &Store, snapshot: &Snapshot<'_>) -> Shelves<R> {
    let super::Scan { mut records, findings } = store.scan::<R>(snapshot);
    records.sort_by(|a, b| order(&a.path).cmp(&order(&b.path)));
    Shelves::Memory(records, findings)
}

/// What a file holds, and what is wrong with it.
type Reading<R> = (Option<R>, Vec<Finding>);

impl<R: Searchable> Index<R> {
    fn new(store: &Store, base: Part, survey: Survey, recent: Option<Part>) -> Self {
        let known = recent.as_ref().map(numbers).unwrap_or_default();
        let (mut origins, mut missing) = (Vec::with_capacity(survey.changed.len()), Vec::new());
        let mut recent_places = vec![None; recent.as_ref().map_or(0, |recent| recent.docs.len())];
        for (rank, (path, stamp)) in survey.changed.iter().enumerate() {
            let place = place_among(&base, path, rank);
            let number = known.get(&order(path)).copied();
            let origin = number
                .filter(|number| recent.as_ref().and_then(|recent| recent.docs.get(*number)).is_some_and(|doc| doc.stamp == Some(*stamp)));
            match origin.and_then(|number| recent_places.get_mut(number)) {
                Some(slot) => *slot = Some(place),
                None => missing.push((place, path)),
            }
            origins.push(origin);
        }
        let snapshot = store.work_tree();
        let read = |(place, path): &(usize, &RepoPath)| {
            let (stored, findings) = store.read_record::<R>(&snapshot, &FileEntry { path: (*path).clone(), blob: None });
            (stored.map(|stored| (*place, stored)), findings)
        };
        let (fresh, findings): (Vec<_>, Vec<_>) = missing.par_iter().map(read).unzip();
        let (fresh, fresh_findings) = (fresh.into_iter().flatten().collect(), findings.into_iter().flatten().collect());
        Self { origins, recent_places, fresh, fresh_findings, base, survey, recent }
    }

    fn base_place(&self, doc: usize) -> Option<usize> {
        let alive = !self.survey.dead.get(doc).copied().unwrap_or(true) && self.base.docs.get(doc)?.is_record;
        alive.then_some((doc + 1) * GAP)
    }

    fn recent_place(&self, doc: usize) -> Option<usize> {
        let recent = self.recent.as_ref()?;
        self.recent_places.get(doc).copied().flatten().filter(|_| recent.docs.get(doc).is_some_and(|doc| doc.is_record))
    }

    fn path(&self, place: usize) -> Option<RepoPath> {
        let Some(rank) = (place % GAP).checked_sub(1) else {
            let (folder, name) = self.base.place((place / GAP).checked_sub(1)?)?;
            return Some(path_of(folder, name));
        };
        self.survey.changed.get(rank).map(|(path, _)| path.clone())
    }

    /// The path of a document, and what an index says of it.
    fn find(&self, place: usize) -> Option<(RepoPath, Option<Reading<R>>)> {
        let reading = match (place % GAP).checked_sub(1) {
            None => self.base.reading((place / GAP).checked_sub(1)?),
            Some(rank) => self.origins.get(rank).copied().flatten().and_then(|doc| self.recent.as_ref()?.reading(doc)),
        };
        Some((self.path(place)?, reading))
    }

    /// What indexes say of the files that `list` names and that are as they were; nothing where they are damaged.
    fn readings<'a>(&'a self, list: fn(&Part) -> &[usize]) -> impl Iterator<Item = (RepoPath, Option<Reading<R>>)> + 'a {
        let read = |part: &Part, doc: usize| {
            let (folder, name) = part.place(doc)?;
            Some((path_of(folder, name), part.reading::<Reading<R>>(doc)))
        };
        let alive = |doc: &&usize| !self.survey.dead.get(**doc).copied().unwrap_or(true);
        let base = list(&self.base).iter().filter(alive).filter_map(move |doc| read(&self.base, *doc));
        let recent = self.recent.iter().flat_map(move |part| list(part).iter().map(move |doc| (part, *doc)));
        let here = |(_, doc): &(&Part, usize)| self.recent_places.get(*doc).copied().flatten().is_some();
        base.chain(recent.filter(here).filter_map(move |(part, doc)| read(part, doc)))
    }

    fn matches(&self, query: &Query) -> Option<(Statistics, Vec<Matches>)> {
        let base = shards(&self.base, query, &|doc| self.base_place(doc))?;
        let recent = match &self.recent {
            Some(part) => shards(part, query, &|doc| self.recent_place(doc))?,
            None => Vec::new(),
        };
        let texts: Vec<_> = self.fresh.iter().map(|(_, stored)| R::texts(stored)).collect();
        let (statistics, mut fresh) = corpus(&texts).matches(query);
        fresh.iter_mut().for_each(|matches| matches.renumber(|index| self.fresh.get(index).map_or(0, |(place, _)| *place)));
        let mut all = (statistics, fresh);
        for (statistics, matches) in base.into_iter().chain(recent) {
            all.0 = all.0.plus(statistics);
            all.1.push(matches);
        }
        Some(all)
    }
}

/// The number of each file by folder and name.
fn numbers(part: &Part) -> HashMap<(&[u8], &[u8]), usize> {
    (0..part.docs.len()).filter_map(|doc| Some((part.place(doc)?, doc))).collect()
}

/// The place of the `rank`th changed file among the files of the large index.
fn place_among(base: &Part, path: &RepoPath, rank: usize) -> usize {
    let (mut before, mut end) = (0, base.docs.len());
    while before < end {
        let middle = usize::midpoint(before, end);
        if base.place(middle).is_some_and(|place| place < order(path)) { before = middle + 1 } else { end = middle }
    }
    before * GAP + 1 + rank
}

/// What the shards of a file answer; `None` if one is damaged.
fn shards(part: &Part, query: &Query, place_of: &(dyn Fn(usize) -> Option<usize> + Sync)) -> Option<Vec<(Statistics, Matches)>> {
    let shard = |(number, (start, length)): (usize, &(u64, u64))| {
        let first = number * part.shard_size;
        Shard::open(part, *start, *length)?.matches(query, &|document| place_of(first + document))
    };
    part.shards.par_iter().enumerate().map(shard).collect()
}

fn corpus<'a>(texts: &'a [Vec<(Cow<'_, str>, Field)>]) -> Corpus<'a> {
    texts.iter().map(|texts| search::Source::of(texts)).collect()
}

impl<R: Searchable> Postings for Library<'_, R> {
    fn matches(&self, query: &Query) -> (Statistics, Vec<Matches>) {
        match &self.shelves {
            Shelves::Memory(records, _) => {
                let texts: Vec<_> = records.iter().map(R::texts).collect();
                corpus(&texts).matches(query)
            }
            Shelves::Index(index) => index.matches(query).unwrap_or_else(|| {
                self.damaged.store(true, Ordering::Relaxed);
                (Statistics::default(), Vec::new())
            }),
        }
    }
}

impl<R: Searchable> Library<'_, R> {
    /// The `limit` best answers, best first; equally good ones in the order of folders and names.
    pub fn search(&mut self, query: &Query, limit: usize) -> Hits {
        let hits = search::search(self, query, limit);
        if self.fix() { search::search(self, query, limit) } else { hits }
    }

    /// If the last search has met a damaged index: takes it away and reads every file. Whether it was so.
    pub fn fix(&mut self) -> bool {
        let damaged = self.damaged.swap(false, Ordering::Relaxed);
        if damaged {
            // Without the index the truth is as near; the next search writes a new one.
            Files::new::<R>(self.store, Sizes::USUAL).discard();
            self.shelves = read_all(self.store, &self.snapshot);
        }
        damaged
    }

    /// The record at a place that a search has named.
    pub fn find(&self, index: usize) -> Option<Listed<R>> {
        let path = match &self.shelves {
            Shelves::Memory(records, _) => return records.get(index).map(Stored::to_listed),
            Shelves::Index(index_file) => match index_file.find(index)? {
                (path, Some((Some(record), _))) => return Some(Listed { record, path, document: (), source: self.snapshot.source() }),
                (path, _) => path,
            },
        };
        self.reading(&path).0
    }

    pub fn path(&self, index: usize) -> Option<RepoPath> {
        match &self.shelves {
            Shelves::Memory(records, _) => records.get(index).map(|stored| stored.path.clone()),
            Shelves::Index(file) => file.path(index),
        }
    }

    /// The same with its document, read again.
    pub fn open(&self, index: usize) -> Option<Stored<R>> {
        match &self.shelves {
            Shelves::Memory(records, _) => records.get(index).cloned(),
            Shelves::Index(file) => self.read(&file.path(index)?),
        }
    }

    fn read(&self, path: &RepoPath) -> Option<Stored<R>> {
        self.store.read_record(&self.snapshot, &FileEntry { path: path.clone(), blob: None }).0
    }

    /// What a file holds, read again.
    fn reading(&self, path: &RepoPath) -> (Option<Listed<R>>, Vec<Finding>) {
        let (stored, findings) = self.store.read_record(&self.snapshot, &FileEntry { path: path.clone(), blob: None });
        (stored.map(|stored| stored.to_listed()), findings)
    }

    /// The records that say something of others.
    pub fn witnesses(&self) -> Vec<Listed<R>> {
        let index = match &self.shelves {
            Shelves::Memory(records, _) => {
                return records.iter().filter(|stored| stored.record.says_of_others()).map(Stored::to_listed).collect();
            }
            Shelves::Index(index) => index,
        };
        let listed = |(path, reading): (RepoPath, Option<Reading<R>>)| match reading {
            Some((record, _)) => Some(Listed { record: record?, path, document: (), source: self.snapshot.source() }),
            None => self.reading(&path).0,
        };
        let fresh = index.fresh.iter().filter(|(_, stored)| stored.record.says_of_others()).map(|(_, stored)| stored.to_listed());
        index.readings(|part| &part.witnesses).filter_map(listed).chain(fresh).collect()
    }

    /// What is wrong with the files.
    pub fn findings(&self) -> Vec<Finding> {
        match &self.shelves {
            Shelves::Memory(_, findings) => findings.clone(),
            Shelves::Index(index) => {
                let findings =
                    |(path, reading): (RepoPath, Option<Reading<R>>)| reading.map_or_else(|| self.reading(&path).1, |reading| reading.1);
                let flagged = index.readings(|part| &part.flagged).flat_map(findings);
                let mut all: Vec<Finding> = index.survey.findings.iter().chain(&index.fresh_findings).cloned().chain(flagged).collect();
                all.sort();
                all
            }
        }
    }
}
