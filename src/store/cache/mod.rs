//! Records as they were read the last time, so that a file that did not change is only looked at.
//!
//! Disposable, best effort, never trusted: an entry counts only while its file has the same times, size and inode (or is the
//! same blob), was written by this very program under the same settings, and is whole. A file that changed within the step of
//! the clock before it was read is not kept: its next change could get the same times.

mod rows;
#[cfg(test)]
mod tests;

pub use rows::{Columns, Row};

use std::path::PathBuf;

use rayon::prelude::*;
use serde_json::json;

use crate::base::Finding;
use crate::base::json;
use crate::fs::read::Pieces;
use crate::fs::write::Draft;
use crate::fs::{Folder, Stamp};

use self::rows::{About, Blocks, KEY, NewRows, Rows};
use super::digest::Digest;
use super::record::Listed;
use super::{FileEntry, Record, Snapshot, Store};
use crate::git::Oid;

/// Fewer files are read faster than a cache of them.
pub(super) const WORTH: usize = 64;

/// The cache is written again only when one in so many files is not in it: to read a few files is cheaper than to write all.
const RENEW: usize = 32;

/// The number of the form in which caches are written.
const FORM: u32 = 3;

/// How many files are read before anything is told of them, and how many are kept in a block.
pub(super) const MANY: usize = 4096;

/// How many files of one folder are looked at in one go.
const SOME: usize = 512;

/// What a file holds, and what is wrong with it.
#[derive(Debug)]
pub(super) struct Reading<R> {
    pub listed: Option<Listed<R>>,
    pub findings: Vec<Finding>,
    /// What its text comes to; `None` if it is no record.
    pub digest: Option<Digest>,
}

/// How a file is read that a cache does not know.
pub(super) type Read<'a, R> = &'a (dyn Fn(&FileEntry) -> Reading<R> + Sync);

/// Takes some files, and the row of each that has one.
type EachBlock<'a> = dyn FnMut(&[FileEntry], Vec<Option<Row<'_>>>) + 'a;

/// A record that a listing may take: as it was kept and still is, or as it was just read.
#[derive(Debug)]
pub enum Candidate<'a, R> {
    Kept(Row<'a>),
    Read(&'a R),
}

impl<R> Clone for Candidate<'_, R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<R> Copy for Candidate<'_, R> {}

impl<'a, R: Record> Candidate<'a, R> {
    /// Its id, where that is known without all of it.
    pub fn id(&self) -> Option<&'a str> {
        match *self {
            Self::Kept(row) => R::id_in_row(row),
            Self::Read(record) => Some(record.id().as_str()),
        }
    }
}

/// Which of all records a listing takes.
pub type Choose<'a, R> = &'a dyn Fn(&[Candidate<'_, R>]) -> Vec<bool>;

/// What must be the same for a file to hold what it held.
type Key = [u8; KEY];

/// The cache of one kind of record in one place.
pub(super) struct Cache<'a> {
    snapshot: &'a Snapshot<'a>,
    file: PathBuf,
    /// Who wrote it, under which settings, about which place.
    identity: [u8; 32],
}

impl<'a> Cache<'a> {
    pub(super) fn new<R: Record>(store: &Store, snapshot: &'a Snapshot<'a>) -> Self {
        let place = match snapshot {
            Snapshot::WorkTree(root) => root.to_string_lossy().into_owned(),
            // What blobs hold is the same in every commit.
            Snapshot::Tree(..) | Snapshot::Index(..) => "blobs".to_owned(),
        };
        let name = blake3::hash(place.as_bytes()).to_hex();
        let file = store.live().join("cache").join(format!("{}-{}", R::NOUN, name.get(..16).unwrap_or_default()));
        Self { snapshot, file, identity: *identity::<R>(store, &place).as_bytes() }
    }

    /// Tells `each` what `files` (sorted) hold, one after the other: what did not change from the cache, the rest through `read`.
    /// The cache is renewed if that pays.
    pub(super) fn read_through<R: Record>(&self, files: &[FileEntry], read: Read<'_, R>, each: &mut dyn FnMut(Reading<R>)) {
        if files.len() < WORTH {
            return files.par_iter().map(read).collect::<Vec<_>>().into_iter().for_each(each);
        }
        let kept = Pieces::open(&self.file);
        let mut is_same = Vec::with_capacity(files.len());
        self.each_block::<R>((files, kept.as_ref()), &mut |files, rows| {
            is_same.extend(self.unchanged(files, rows).iter().map(Option::is_some));
        });
        let missing = is_same.iter().filter(|is_same| !**is_same).count();
        let mut renewal = if missing * RENEW > files.len() { Renewal::begin::<R>(self, files) } else { None };
        let mut is_same = is_same.into_iter();
        self.each_block::<R>((files, kept.as_ref()), &mut |files, rows| {
            let known: Vec<Option<Row<'_>>> = rows.into_iter().zip(&mut is_same).map(|(row, is_same)| row.filter(|_| is_same)).collect();
            // Of very many, only what `each` keeps is in memory.
            for (files, known) in files.chunks(MANY).zip(known.chunks(MANY)) {
                let reading =
                    |(file, row): (&FileEntry, &Option<Row<'_>>)| row.and_then(|row| self.known(file, row)).unwrap_or_else(|| read(file));
                let readings: Vec<Reading<R>> = files.par_iter().zip(known).map(reading).collect();
                for ((file, row), reading) in files.iter().zip(known).zip(&readings) {
                    renewal.iter_mut().for_each(|renewal| renewal.add(file, *row, reading));
                }
                readings.into_iter().for_each(&mut *each);
            }
        });
        // A cache that cannot be written is no reason to fail.
        let _written = renewal.and_then(Renewal::finish);
    }

    /// Tells `each` some files (sorted) after the other, and the row of each that has one.
    fn each_block<R: Record>(&self, (mut files, kept): (&[FileEntry], Option<&Pieces>), each: &mut EachBlock<'_>) {
        for block in kept.and_then(|kept| Blocks::of(kept, &self.identity)).into_iter().flatten() {
            let Some(rows) = Rows::parse(&block, R::COLUMNS) else { break };
            let last = rows.iter().last().map(Row::path).unwrap_or_default();
            let (some, more) = files.split_at(files.partition_point(|file| file.path.as_bytes() <= last));
            each(some, join(some, rows.iter()));
            files = more;
        }
        files.chunks(MANY).for_each(|files| each(files, vec![None; files.len()]));
    }

    /// What those of `files` (sorted) hold that `choose` takes. Cost: as above, but of the others only the columns are decoded that it asks for.
    pub(super) fn read_chosen<R: Record>(&self, files: &[FileEntry], read: Read<'_, R>, choose: Choose<'_, R>) -> Vec<Reading<R>> {
        let kept = Pieces::open(&self.file).filter(|_| files.len() >= WORTH);
        let blocks: Vec<Vec<u8>> = kept.iter().filter_map(|kept| Blocks::of(kept, &self.identity)).flatten().collect();
        let rows = blocks.iter().map_while(|block| Rows::parse(block, R::COLUMNS)).flat_map(Rows::iter);
        let known = self.unchanged(files, join(files, rows));
        let missing: Vec<&FileEntry> = files.iter().zip(&known).filter(|(_, row)| row.is_none()).map(|(file, _)| file).collect();
        let mut readings: Vec<Reading<R>> = Vec::new();
        if missing.len() * RENEW > files.len() {
            self.read_through(files, read, &mut |reading| readings.push(reading));
        } else {
            readings = missing.par_iter().map(|file| read(file)).collect();
        }
        // In the order of the files, which of two records with one name may depend on.
        let is_all = readings.len() == files.len();
        let mut fresh = readings.iter();
        let mut candidates = Vec::with_capacity(files.len());
        candidates.extend(known.iter().map(|row| match row.filter(|_| !is_all) {
            Some(row) => row.is_record().then_some(Candidate::Kept(row)),
            None => fresh.next()?.listed.as_ref().map(|listed| Candidate::Read(&listed.record)),
        }));
        let mut chosen = choose(&candidates.iter().flatten().copied().collect::<Vec<_>>()).into_iter();
        let chosen: Vec<bool> = candidates.iter().map(|candidate| candidate.is_some() && chosen.next() == Some(true)).collect();
        let mut fresh = readings.into_iter();
        let take = |((file, row), chosen): ((&FileEntry, &Option<Row<'_>>), bool)| match row.filter(|_| !is_all) {
            Some(row) => chosen.then(|| self.known(file, row).unwrap_or_else(|| read(file))),
            None => fresh.next().filter(|_| chosen),
        };
        files.iter().zip(&known).zip(chosen).filter_map(take).collect()
    }

    /// Of the rows of files (sorted) those of files that did not change.
    fn unchanged<'b>(&self, files: &[FileEntry], rows: Vec<Option<Row<'b>>>) -> Vec<Option<Row<'b>>> {
        let looked = rows.into_iter().zip(self.keys(files));
        looked.map(|(row, key)| row.filter(|row| key.is_some() && row.key().copied() == key)).collect()
    }

    /// What the row of a file that did not change says.
    fn known<R: Record>(&self, file: &FileEntry, row: Row<'_>) -> Option<Reading<R>> {
        let digest = row.digest();
        let record = if digest.is_some() { Some(R::from_row(row)?) } else { None };
        let listed = |record| Listed { record, path: file.path.clone(), document: (), source: self.snapshot.source() };
        Some(Reading { listed: record.map(listed), findings: row.findings()?, digest })
    }

    /// What must be the same for each file to hold what it holds; `None` where that is not known.
    fn keys(&self, files: &[FileEntry]) -> Vec<Option<Key>> {
        let Snapshot::WorkTree(root) = self.snapshot else { return files.iter().map(|file| file.blob.map(Oid::to_bytes)).collect() };
        let together = files.chunk_by(|a, b| a.path.split().0 == b.path.split().0);
        let folders: Vec<(Option<Folder>, &[FileEntry])> =
            together.filter_map(|files| Some((Folder::open(&files.first()?.path.parent().below(root)), files))).collect();
        let pieces: Vec<_> = folders.iter().flat_map(|(folder, files)| files.chunks(SOME).map(move |files| (folder, files))).collect();
        let look = |(folder, files): (&Option<Folder>, &[FileEntry])| {
            let stamp = |file: &FileEntry| folder.as_ref()?.stamp_of(file.path.split().1).map(Stamp::to_bytes);
            files.iter().map(stamp).collect::<Vec<_>>()
        };
        pieces.into_par_iter().flat_map(look).collect()
    }
}

/// A cache that is being written.
struct Renewal<'a> {
    draft: Option<Draft<'a>>,
    rows: NewRows,
    columns: usize,
    /// What each file is if the next change of it will be seen.
    keys: std::vec::IntoIter<Option<Key>>,
}

impl<'a> Renewal<'a> {
    /// Begins before any of the files is read.
    fn begin<R: Record>(cache: &'a Cache<'_>, files: &[FileEntry]) -> Option<Self> {
        let mut draft = Draft::new(&cache.file).ok()?;
        draft.write(&cache.identity).ok()?;
        let now = draft.now().ok()?;
        let is_stamp = matches!(cache.snapshot, Snapshot::WorkTree(_));
        // After `now`.
        let mut keys = cache.keys(files);
        keys.iter_mut().for_each(|key| *key = key.filter(|key| !is_stamp || Stamp::from_bytes(key).is_settled(&now)));
        Some(Self { draft: Some(draft), rows: NewRows::new(R::COLUMNS), columns: R::COLUMNS, keys: keys.into_iter() })
    }

    /// Adds the next file, of which `row` was known.
    fn add<R: Record>(&mut self, file: &FileEntry, row: Option<Row<'_>>, reading: &Reading<R>) {
        let key = self.keys.next().flatten();
        let key = row.map_or(key, |row| row.key().copied());
        let findings = if reading.findings.is_empty() { Ok(None) } else { json::line(&reading.findings).map(Some) };
        let (Some(key), Ok(findings)) = (key, findings) else { return };
        let about = About { path: &file.path, key: &key, digest: reading.digest, findings: findings.as_slice() };
        let record = reading.listed.as_ref().map(|listed| &listed.record);
        self.rows.add(&about, |columns| record.map_or(Some(()), |record| record.to_columns(columns)));
        if self.rows.count() == MANY {
            let block = std::mem::replace(&mut self.rows, NewRows::new(self.columns)).block();
            self.draft = self.draft.take().zip(block).and_then(|(mut draft, block)| draft.write(&block).ok().map(|()| draft));
        }
    }

    fn finish(self) -> Option<()> {
        self.draft?.finish(&self.rows.block()?).ok()
    }
}

/// What must be the same for anything cached to count: the program, its settings, and what it is about.
pub(super) fn identity<R: Record>(store: &Store, place: &str) -> blake3::Hash {
    let program = std::env::current_exe().ok().and_then(|program| Stamp::find(&program)).map(|stamp| stamp.to_string());
    blake3::hash(json!((R::NOUN, FORM, place, program, store.config())).to_string().as_bytes())
}

/// The row of each file; both are sorted.
fn join<'a>(files: &[FileEntry], rows: impl Iterator<Item = Row<'a>>) -> Vec<Option<Row<'a>>> {
    let mut rows = rows.peekable();
    let mut find = |path: &[u8]| {
        while rows.next_if(|row| row.path() < path).is_some() {}
        rows.next_if(|row| row.path() == path)
    };
    files.iter().map(|file| find(file.path.as_bytes())).collect()
}

/// What comes back of a record that was kept.
#[cfg(test)]
pub fn kept<R: Record>(record: &R) -> Option<R> {
    let mut rows = NewRows::new(R::COLUMNS);
    let about = About { path: &crate::base::RepoPath::default(), key: &[0; KEY], digest: None, findings: &[] };
    rows.add(&about, |columns| record.to_columns(columns));
    let block = rows.block()?;
    Rows::parse(block.get(4 + crate::base::bytes::SUM..)?, R::COLUMNS)?.iter().next().and_then(R::from_row)
}
