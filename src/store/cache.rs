//! Records as they were read the last time, so that a file that did not change is only looked at.
//!
//! Disposable, best effort, never trusted: an entry counts only while its file has the same times, size and inode (or is the
//! same blob), was written by this very program under the same settings, and is whole. A file that changed within the step of
//! the clock before it was read is not kept: its next change could get the same times.

use std::path::PathBuf;

use rayon::prelude::*;
use serde_json::json;

use crate::base::Finding;
use crate::fs::write::Draft;
use crate::fs::{Stamp, read};

use super::digest::Digest;
use super::record::Listed;
use super::{FileEntry, Record, Snapshot, Store};

/// Fewer files are read faster than a cache of them.
const WORTH: usize = 64;

/// The cache is written again only when one in so many files is not in it: to read a few files is cheaper than to write all.
const RENEW: usize = 32;

/// What a file holds, and what is wrong with it.
#[derive(Debug)]
pub(super) struct Reading<R> {
    pub listed: Option<Listed<R>>,
    pub findings: Vec<Finding>,
    /// What its text comes to; `None` if it is no record.
    pub digest: Option<Digest>,
}

/// How files are read that a cache does not know.
pub(super) struct Reader<'a, R> {
    pub read: &'a (dyn Fn(&FileEntry) -> Reading<R> + Sync),
    /// Whether the reader has what this comes to already; then nothing is reported of it.
    pub has: &'a (dyn Fn(&FileEntry, Digest) -> bool + Sync),
}

/// The cache of one kind of record in one place: a line of who wrote it and a checksum, then a line for each file in order of
/// their paths: path, key, digest, and record and findings as JSON, with tabs between.
pub(super) struct Cache<'a> {
    snapshot: &'a Snapshot<'a>,
    file: PathBuf,
    /// Who wrote it, under which settings, about which place.
    header: String,
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
        Self { snapshot, file, header: header::<R>(store, &place) }
    }

    /// What `files` (sorted) hold: what did not change from the cache, the rest through `read`. The cache is renewed if that pays.
    pub(super) fn read_through<R: Record>(&self, files: &[FileEntry], reader: &Reader<'_, R>) -> Vec<Reading<R>> {
        if files.len() < WORTH {
            return files.par_iter().map(reader.read).collect();
        }
        let bytes = read::read_large(&self.file).unwrap_or_default();
        let known = join(files, self.lines(&bytes));
        let known: Vec<Option<Line<'_>>> = files.par_iter().zip(known).map(|(file, line)| self.still(file, line)).collect();
        let missing = known.iter().filter(|line| line.is_none()).count();
        let draft = if missing * RENEW > files.len() { Draft::new(&self.file).ok() } else { None };
        // Before any of the files is looked at again and read.
        let now = draft.as_ref().and_then(|draft| draft.now().ok());
        let (mut readings, mut lines) = (Vec::new(), Vec::new());
        let reading = |(file, line)| self.reading(file, line, (now, reader));
        files.par_iter().zip(known).map(reading).unzip_into_vecs(&mut readings, &mut lines);
        // A cache that cannot be written is no reason to fail.
        drop(draft.map(|draft| draft.finish(&self.render(&lines.concat()))));
        readings
    }

    /// The line of a file, if the file did not change.
    fn still<'b>(&self, file: &FileEntry, line: Option<Line<'b>>) -> Option<Line<'b>> {
        line.filter(|line| self.key(file, None).is_some_and(|key| key == line.key))
    }

    /// What a file holds, and with `now` the line that says so the next time.
    fn reading<R: Record>(
        &self,
        file: &FileEntry,
        line: Option<Line<'_>>,
        (now, reader): (Option<Stamp>, &Reader<'_, R>),
    ) -> (Reading<R>, String) {
        let old = line.and_then(|line| Some((line, self.known(file, &line, reader)?)));
        if let Some((line, reading)) = old {
            return (reading, if now.is_some() { line.render() } else { String::new() });
        }
        let key = now.and_then(|now| self.key(file, Some(&now)));
        let reading = (reader.read)(file);
        let line = || {
            let record = reading.listed.as_ref().map(|listed| &listed.record);
            let json = json_of(record, &reading.findings)?;
            // Another path cannot be told from text.
            let path = file.path.as_str().filter(|path| !path.contains(['\t', '\n']))?;
            Some(Line { path, key: key.as_deref()?, digest: reading.digest, json: &json }.render())
        };
        let line = line().unwrap_or_default();
        (reading, line)
    }

    /// What the line of a file that did not change says.
    fn known<R: Record>(&self, file: &FileEntry, line: &Line<'_>, reader: &Reader<'_, R>) -> Option<Reading<R>> {
        if line.digest.is_some_and(|digest| (reader.has)(file, digest)) {
            return Some(Reading { listed: None, findings: Vec::new(), digest: line.digest });
        }
        let (record, findings) = serde_json::from_str::<(Option<R>, Vec<Finding>)>(line.json).ok()?;
        let listed = |record| Listed { record, path: file.path.clone(), document: (), source: self.snapshot.source() };
        Some(Reading { listed: record.map(listed), findings, digest: line.digest })
    }

    /// What must be the same for a file to hold what it held; with `now`, only if a later change would give it another key.
    fn key(&self, file: &FileEntry, now: Option<&Stamp>) -> Option<String> {
        match (file.blob, self.snapshot) {
            (Some(blob), _) => Some(blob.to_string()),
            (None, Snapshot::WorkTree(root)) => {
                let stamp = Stamp::find(&file.path.below(root))?;
                now.is_none_or(|now| stamp.is_settled(now)).then(|| stamp.to_string())
            }
            (None, _) => None,
        }
    }

    /// The lines of a cache; none on any doubt.
    fn lines<'b>(&self, bytes: &'b [u8]) -> Vec<Line<'b>> {
        let text = std::str::from_utf8(bytes).unwrap_or_default();
        let body = text.split_once('\n').map(|(_, body)| body).filter(|body| text.starts_with(&self.head(body)));
        body.unwrap_or_default().lines().filter_map(Line::parse).collect()
    }

    fn render(&self, body: &str) -> Vec<u8> {
        (self.head(body) + body).into_bytes()
    }

    fn head(&self, body: &str) -> String {
        format!("{} {}\n", self.header, blake3::hash(body.as_bytes()))
    }
}

/// A record and findings as JSON, without what is empty where the record can be read so.
fn json_of<R: Record>(record: Option<&R>, findings: &[Finding]) -> Option<String> {
    if !R::LEAN {
        return serde_json::to_string(&(record, findings)).ok();
    }
    let mut json = serde_json::to_value(record).ok()?;
    if let Some(fields) = json.as_object_mut() {
        fields.retain(|_, value| !value.is_null() && !value.as_array().is_some_and(Vec::is_empty));
    }
    serde_json::to_string(&(json, findings)).ok()
}

/// What must be the same for anything cached to count: the program, its settings, and what it is about.
pub(super) fn header<R: Record>(store: &Store, place: &str) -> String {
    let program = std::env::current_exe().ok().and_then(|program| Stamp::find(&program)).map(|stamp| stamp.to_string());
    blake3::hash(json!((R::NOUN, place, program, store.config())).to_string().as_bytes()).to_string()
}

/// What is known of a file.
#[derive(Debug, Clone, Copy)]
struct Line<'a> {
    path: &'a str,
    key: &'a str,
    digest: Option<Digest>,
    json: &'a str,
}

impl<'a> Line<'a> {
    fn parse(line: &'a str) -> Option<Self> {
        let (path, rest) = line.split_once('\t')?;
        let (key, rest) = rest.split_once('\t')?;
        let (digest, json) = rest.split_once('\t')?;
        Some(Self { path, key, digest: Digest::parse(digest), json })
    }

    fn render(&self) -> String {
        let digest = self.digest.map(|digest| digest.to_string()).unwrap_or_default();
        format!("{}\t{}\t{digest}\t{}\n", self.path, self.key, self.json)
    }
}

/// The line of each file; both are sorted.
fn join<'a>(files: &[FileEntry], lines: Vec<Line<'a>>) -> Vec<Option<Line<'a>>> {
    let mut lines = lines.into_iter().peekable();
    let mut find = |path: &[u8]| {
        while lines.next_if(|line| line.path.as_bytes() < path).is_some() {}
        lines.next_if(|line| line.path.as_bytes() == path)
    };
    files.iter().map(|file| find(file.path.as_bytes())).collect()
}
