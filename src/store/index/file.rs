//! The form of an index file: records as JSON and shards of postings, then a directory of files and folders, then a foot that says
//! who wrote it and where the directory begins. Only the directory is read whole; every piece has a checksum.

use std::ops::Range;
use std::path::Path;

use serde::de::DeserializeOwned;

use crate::base::bytes::{Reader, SUM, number, sum};
use crate::base::json::{self, JsonError};
use crate::base::{Finding, RepoPath};
use crate::engine::search::Area;
use crate::fs::Stamp;
use crate::fs::read::Pieces;
use crate::store::folders::Listed;

/// Who wrote a file (32 bytes), where its directory begins (8), and the directory's checksum.
const FOOT: usize = 32 + 8 + SUM;
const STAMP: usize = 32;

/// A file that was indexed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Doc {
    /// As it was read; `None` if its next change might not be seen.
    pub stamp: Option<Stamp>,
    /// Whether it is a record.
    pub is_record: bool,
    /// Where its name is in the directory.
    name: (u32, u32),
    record: (u64, usize),
}

/// A folder as it was listed.
#[derive(Debug)]
pub(super) struct KnownFolder {
    pub path: RepoPath,
    pub stamp: Option<Stamp>,
    pub docs: Range<usize>,
    /// What was wrong with it.
    pub findings: Vec<Finding>,
}

/// An index file, open.
#[derive(Debug)]
pub(super) struct Part {
    pieces: Pieces,
    directory: Vec<u8>,
    /// The directory's checksum, which no other index has.
    pub seal: [u8; SUM],
    /// How many files share a shard.
    pub shard_size: usize,
    pub folders: Vec<KnownFolder>,
    pub docs: Vec<Doc>,
    /// Where each shard begins, and how long it is.
    pub shards: Vec<(u64, u64)>,
    /// Files with findings.
    pub flagged: Vec<usize>,
    /// Records that say something of others.
    pub witnesses: Vec<usize>,
}

impl Area for Part {
    fn read(&self, start: u64, length: usize) -> Option<Vec<u8>> {
        self.pieces.read(start, length)
    }
}

impl Part {
    /// Opens a file; `None` if it is not there, was written by another program or under other settings, or is damaged.
    pub(super) fn open(path: &Path, identity: &[u8; 32]) -> Option<Self> {
        let pieces = Pieces::open(path)?;
        let foot_start = pieces.length().checked_sub(FOOT as u64)?;
        let foot = pieces.read(foot_start, FOOT)?;
        let (who, rest) = foot.split_first_chunk::<32>()?;
        let (start, wanted) = rest.split_first_chunk::<8>()?;
        let start = u64::from_le_bytes(*start);
        if who != identity {
            return None;
        }
        let directory = pieces.read(start, usize::try_from(foot_start.checked_sub(start)?).ok()?)?;
        if sum(&directory) != wanted {
            return None;
        }
        let mut part = Self {
            pieces,
            seal: sum(&directory),
            shard_size: 0,
            directory: Vec::new(),
            folders: Vec::new(),
            docs: Vec::new(),
            shards: Vec::new(),
            flagged: Vec::new(),
            witnesses: Vec::new(),
        };
        part.parse(&directory)?;
        part.directory = directory;
        Some(part)
    }

    fn parse(&mut self, directory: &[u8]) -> Option<()> {
        let mut rest = Reader::new(directory);
        self.shard_size = rest.number()?;
        for _ in 0..rest.number()? {
            let length = rest.number()?;
            let path = RepoPath::parse(rest.take(length)?)?;
            let stamp = read_stamp(&mut rest)?;
            let findings = rest.text()?;
            let findings = if findings.is_empty() { Vec::new() } else { serde_json::from_str(findings).ok()? };
            let first = self.docs.len();
            for _ in 0..rest.number()? {
                self.docs.push(read_doc(&mut rest, directory.len())?);
            }
            self.folders.push(KnownFolder { path, stamp, docs: first..self.docs.len(), findings });
        }
        for _ in 0..rest.number()? {
            self.shards.push((rest.number()? as u64, rest.number()? as u64));
        }
        for list in [&mut self.flagged, &mut self.witnesses] {
            for _ in 0..rest.number()? {
                list.push(rest.number()?);
            }
        }
        Some(())
    }

    /// The name of a file, without its folder.
    pub(super) fn name(&self, doc: &Doc) -> &[u8] {
        let (start, end) = doc.name;
        self.directory.get(start as usize..end as usize).unwrap_or_default()
    }

    /// The folder and name of a file.
    pub(super) fn place(&self, doc: usize) -> Option<(&[u8], &[u8])> {
        let folder = self.folders.get(self.folders.partition_point(|folder| folder.docs.end <= doc))?;
        Some((folder.path.as_bytes(), self.name(self.docs.get(doc)?)))
    }

    /// What was read from a file.
    pub(super) fn reading<T: DeserializeOwned>(&self, doc: usize) -> Option<T> {
        let (start, length) = self.docs.get(doc)?.record;
        let bytes = self.pieces.read(start, length)?;
        let (wanted, json) = bytes.split_first_chunk::<SUM>()?;
        (sum(json) == *wanted).then(|| serde_json::from_slice(json).ok()).flatten()
    }
}

fn read_stamp(rest: &mut Reader<'_>) -> Option<Option<Stamp>> {
    let bytes: &[u8; STAMP] = rest.take(STAMP)?.try_into().ok()?;
    Some((*bytes != [0; STAMP]).then(|| Stamp::from_bytes(bytes)))
}

fn write_stamp(out: &mut Vec<u8>, stamp: Option<Stamp>) {
    out.extend_from_slice(&stamp.map_or([0; STAMP], Stamp::to_bytes));
}

fn read_doc(rest: &mut Reader<'_>, whole: usize) -> Option<Doc> {
    let length = rest.number()?;
    let start = whole - rest.left();
    rest.take(length)?;
    let name = (u32::try_from(start).ok()?, u32::try_from(start + length).ok()?);
    let stamp = read_stamp(rest)?;
    let is_record = rest.number()? == 1;
    Some(Doc { stamp, is_record, name, record: (rest.number()? as u64, rest.number()?) })
}

/// A file, before it is known where its record is.
pub(super) struct NewDoc {
    pub stamp: Option<Stamp>,
    pub is_record: bool,
    pub is_flagged: bool,
    pub is_witness: bool,
    /// Where its record is among the records of its shard.
    pub record: (usize, usize),
}

/// An index, before all of it is written.
pub(super) struct NewPart {
    /// How many files share a shard.
    pub shard_size: usize,
    pub folders: Vec<Listed>,
    /// They belong to the names of `folders`, each with where its shard's records begin.
    pub docs: Vec<(u64, NewDoc)>,
    /// Where each shard begins, and how long it is.
    pub shards: Vec<(u64, u64)>,
}

impl NewPart {
    /// Everything behind the records and shards, which end at `start`.
    pub(super) fn ending(&self, identity: &[u8; 32], start: u64) -> Result<Vec<u8>, JsonError> {
        let mut out = Vec::new();
        number(&mut out, self.shard_size);
        let mut known = self.docs.iter();
        number(&mut out, self.folders.len());
        for folder in &self.folders {
            bytes(&mut out, folder.path.as_bytes());
            write_stamp(&mut out, folder.stamp);
            let findings = if folder.findings.is_empty() { String::new() } else { json::line(&folder.findings)? };
            bytes(&mut out, findings.as_bytes());
            number(&mut out, folder.names.len());
            for (name, (base, doc)) in folder.names.iter().zip(&mut known) {
                bytes(&mut out, name);
                write_stamp(&mut out, doc.stamp);
                number(&mut out, usize::from(doc.is_record));
                number(&mut out, *base as usize + doc.record.0);
                number(&mut out, doc.record.1);
            }
        }
        number(&mut out, self.shards.len());
        self.shards.iter().for_each(|(start, length)| [*start, *length].iter().for_each(|value| number(&mut out, *value as usize)));
        list(&mut out, &self.docs, |doc| doc.is_flagged);
        list(&mut out, &self.docs, |doc| doc.is_witness);
        let check = sum(&out);
        out.extend_from_slice(identity);
        out.extend_from_slice(&start.to_le_bytes());
        out.extend_from_slice(&check);
        Ok(out)
    }
}

fn list(out: &mut Vec<u8>, docs: &[(u64, NewDoc)], is_meant: impl Fn(&NewDoc) -> bool) {
    let meant: Vec<usize> = docs.iter().enumerate().filter(|(_, (_, doc))| is_meant(doc)).map(|(index, _)| index).collect();
    number(out, meant.len());
    meant.into_iter().for_each(|index| number(out, index));
}

fn bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    number(out, bytes.len());
    out.extend_from_slice(bytes);
}
