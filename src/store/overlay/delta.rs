//! What branches changed, kept from one time to the next: an entry is about two commits, so it is right forever.

use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::base::{RepoPath, json};
use crate::fs::{read, write};
use crate::git::{FileChange, Oid, Repository};
use crate::store::cache::identity;
use crate::store::{Digest, FileEntry, Record, Snapshot, Store};

/// So many answers are kept that nobody asked for this time.
const KEPT: usize = 200;

/// A record that a branch changed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Changed<R> {
    pub path: RepoPath,
    /// What its file came to before.
    pub before: Option<Digest>,
    /// What it comes to.
    pub after: Digest,
    pub record: R,
}

/// A file that a branch removed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Removed {
    pub path: RepoPath,
    /// What it came to before.
    pub before: Digest,
}

/// What a branch did.
#[derive(Debug, Serialize, Deserialize)]
#[serde(bound = "R: Record")]
struct Delta<R> {
    changed: Vec<Changed<R>>,
    removed: Vec<Removed>,
}

/// Two commits. Without the first, everything is new.
pub(super) type Pair = (Option<Oid>, Oid);

#[derive(Serialize, Deserialize)]
#[serde(bound = "R: Record")]
struct Known<R> {
    /// Program, settings and kind of record.
    header: String,
    /// The common ancestor of two commits.
    bases: BTreeMap<String, Option<Oid>>,
    /// What changed from one commit to another.
    deltas: BTreeMap<String, Delta<R>>,
}

/// What is known of branches; `save` keeps it.
pub(super) struct Deltas<'a, R> {
    store: &'a Store,
    repository: &'a Repository,
    file: PathBuf,
    known: Known<R>,
    /// What was asked for this time.
    asked: HashSet<String>,
    is_new: bool,
}

impl<'a, R: Record> Deltas<'a, R> {
    pub(super) fn load(store: &'a Store, repository: &'a Repository) -> Self {
        let file = store.live().join("cache").join(format!("overlay-{}", R::NOUN));
        let header = identity::<R>(store, "overlay").to_string();
        let bytes = read::find(&file).ok().flatten().unwrap_or_default();
        // On any doubt it is made again: the digest in front is of all that follows.
        let sound = bytes.split_first_chunk::<32>().filter(|(seal, body)| blake3::hash(body).as_bytes() == *seal);
        let known = sound.and_then(|(_, body)| serde_json::from_slice::<Known<R>>(body).ok()).filter(|known| known.header == header);
        let known = known.unwrap_or_else(|| Known { header, bases: BTreeMap::new(), deltas: BTreeMap::new() });
        Self { store, repository, file, known, asked: HashSet::new(), is_new: false }
    }

    /// The common ancestors of each two commits; `None` where there is none, or it is beyond what a shallow clone has.
    pub(super) fn bases(&mut self, pairs: &[(Oid, Oid)]) -> Vec<Option<Oid>> {
        let name = |(one, other): &(Oid, Oid)| format!("{one} {other}");
        self.asked.extend(pairs.iter().map(name));
        let unknown: Vec<&(Oid, Oid)> = pairs.iter().filter(|pair| !self.known.bases.contains_key(&name(pair))).collect();
        let find = |pair: &&(Oid, Oid)| {
            let base = if pair.0 == pair.1 { Some(pair.0) } else { self.repository.merge_base(pair.0, pair.1).ok().flatten() };
            (name(pair), base)
        };
        let found: Vec<_> = unknown.par_iter().map(find).collect();
        self.is_new |= !found.is_empty();
        self.known.bases.extend(found);
        pairs.iter().map(|pair| self.known.bases.get(&name(pair)).copied().flatten()).collect()
    }

    /// Finds what changed between each two commits, unless that is known.
    pub(super) fn prepare(&mut self, pairs: &[Pair]) {
        self.asked.extend(pairs.iter().map(delta_name));
        let mut unknown: Vec<&Pair> = pairs.iter().filter(|pair| !self.known.deltas.contains_key(&delta_name(pair))).collect();
        unknown.sort_unstable();
        unknown.dedup();
        let found: Vec<_> = unknown.par_iter().map(|pair| (delta_name(pair), self.find(**pair))).collect();
        self.is_new |= !found.is_empty();
        self.known.deltas.extend(found);
    }

    /// What changed between two commits that were prepared.
    pub(super) fn changed(&self, pair: Pair) -> &[Changed<R>] {
        self.known.deltas.get(&delta_name(&pair)).map(|delta| delta.changed.as_slice()).unwrap_or_default()
    }

    /// What was removed between two commits that were prepared; a file that moved went too.
    pub(super) fn removed(&self, pair: Pair) -> &[Removed] {
        self.known.deltas.get(&delta_name(&pair)).map(|delta| delta.removed.as_slice()).unwrap_or_default()
    }

    fn find(&self, pair: Pair) -> Delta<R> {
        let folders = R::folders(self.store.config());
        let changes = folders.iter().flat_map(|folder| self.repository.files_changed_below(pair, folder).unwrap_or_default());
        let mut changes: Vec<FileChange> = changes.filter(|change| is_record::<R>(&change.path)).collect();
        changes.sort();
        changes.dedup();
        let (gone, there): (Vec<_>, Vec<_>) = changes.into_iter().partition(|change| change.after.is_none());
        let removed = gone.into_par_iter().filter_map(|change| Some(Removed { before: self.digest(change.before?)?, path: change.path }));
        let changed = there.into_par_iter().filter_map(|change| self.read(pair.1, change));
        Delta { changed: changed.collect(), removed: removed.collect() }
    }

    fn digest(&self, blob: Oid) -> Option<Digest> {
        self.repository.read_blob(blob).ok().map(|bytes| Digest::of(&bytes))
    }

    /// A changed file, if it is a record now.
    fn read(&self, commit: Oid, change: FileChange) -> Option<Changed<R>> {
        let entry = FileEntry { path: change.path, blob: Some(change.after?) };
        let reading = self.store.read_digested::<R>(&Snapshot::Tree(self.repository, commit), &entry);
        let before = change.before.and_then(|blob| self.digest(blob));
        let after = reading.digest?;
        reading.listed.filter(|_| before != Some(after)).map(|listed| Changed { path: entry.path, before, after, record: listed.record })
    }

    /// Keeps what was found. A cache that cannot be written is no reason to fail.
    pub(super) fn save(mut self) {
        if !self.is_new {
            return;
        }
        if self.known.bases.len() + self.known.deltas.len() > self.asked.len() + KEPT {
            self.known.bases.retain(|name, _| self.asked.contains(name));
            self.known.deltas.retain(|name, _| self.asked.contains(name));
        }
        let Ok(body) = json::line(&self.known) else { return };
        let seal = *blake3::hash(body.as_bytes()).as_bytes();
        drop(write::replace_cache(&self.file, &[seal.as_slice(), body.as_bytes()].concat()));
    }
}

fn is_record<R: Record>(path: &RepoPath) -> bool {
    path.as_str().is_some() && crate::store::snapshot::is_markdown(&path.name()) && R::is_member(path)
}

fn delta_name((base, tip): &Pair) -> String {
    base.map_or_else(|| format!("- {tip}"), |base| format!("{base} {tip}"))
}
