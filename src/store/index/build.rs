//! Writes an index: reads the files in parallel, some thousand to a shard, and writes each shard as soon as it is done.

use std::collections::BTreeMap;
use std::path::Path;

use rayon::prelude::*;

use super::Searchable;
use super::file::{NewDoc, NewPart};
use crate::base::bytes::sum;
use crate::base::json::{self, JsonError};
use crate::base::{RepoPath, Result};
use crate::engine::search::{self, Writer};
use crate::fs::Stamp;
use crate::fs::write::Draft;
use crate::store::folders::{Listed, path_of};
use crate::store::{FileEntry, Snapshot, Store};

/// Some paths by their folders; nothing is said of the folders themselves.
pub(super) fn group(paths: &[RepoPath]) -> Vec<Listed> {
    let mut folders: BTreeMap<&[u8], Vec<Vec<u8>>> = BTreeMap::new();
    for path in paths {
        let (folder, name) = path.split();
        folders.entry(folder).or_default().push(name.to_vec());
    }
    let folder = |(path, mut names): (&[u8], Vec<Vec<u8>>)| {
        names.sort_unstable();
        Listed { path: RepoPath::parse(path).unwrap_or_default(), stamp: None, names, findings: Vec::new() }
    };
    folders.into_iter().map(folder).collect()
}

/// Where an index is written, and for whom.
pub(super) struct Target<'a> {
    pub file: &'a Path,
    pub identity: &'a [u8; 32],
    /// How many files share a shard.
    pub shard_size: usize,
}

/// Writes an index of the files of `folders`.
pub(super) fn write<R: Searchable>(store: &Store, folders: impl FnOnce() -> Vec<Listed>, target: &Target<'_>) -> Result<()> {
    let mut draft = Draft::new(target.file)?;
    // Before any file is looked at.
    let now = draft.now()?;
    let mut folders = folders();
    folders.iter_mut().for_each(|folder| folder.stamp = folder.stamp.filter(|stamp| stamp.is_settled(&now)));
    let paths: Vec<RepoPath> =
        folders.iter().flat_map(|folder| folder.names.iter().map(|name| path_of(folder.path.as_bytes(), name))).collect();
    let mut part = NewPart { shard_size: target.shard_size, folders, docs: Vec::with_capacity(paths.len()), shards: Vec::new() };
    let mut at = 0_u64;
    let chunks: Vec<&[RepoPath]> = paths.chunks(part.shard_size).collect();
    for some in chunks.chunks(2 * rayon::current_num_threads().max(1)) {
        let built: Vec<Built> = some.par_iter().map(|paths| build::<R>(store, paths, now)).collect::<Result<_, _>>()?;
        for Built { records, shard, docs: new } in built {
            part.docs.extend(new.into_iter().map(|doc| (at, doc)));
            draft.write(&records)?;
            draft.write(&shard)?;
            at += records.len() as u64;
            part.shards.push((at, shard.len() as u64));
            at += shard.len() as u64;
        }
    }
    Ok(draft.finish(&part.ending(target.identity, at)?)?)
}

struct Built {
    records: Vec<u8>,
    shard: Vec<u8>,
    docs: Vec<NewDoc>,
}

fn build<R: Searchable>(store: &Store, paths: &[RepoPath], now: Stamp) -> Result<Built, JsonError> {
    let snapshot = Snapshot::WorkTree(store.root());
    let (mut writer, mut records, mut docs) = (Writer::default(), Vec::new(), Vec::with_capacity(paths.len()));
    for path in paths {
        // Before it is read: what comes later changes it.
        let stamp = Stamp::find(&path.below(store.root())).filter(|stamp| stamp.is_settled(&now));
        let (stored, findings) = store.read_record::<R>(&snapshot, &FileEntry { path: path.clone(), blob: None });
        let texts = stored.as_ref().map(R::texts).unwrap_or_default();
        writer.add(&search::Source::of(&texts));
        let record = stored.as_ref().map(|stored| &stored.record);
        let json = json::line(&(record, &findings))?;
        let start = records.len();
        records.extend_from_slice(&sum(json.as_bytes()));
        records.extend_from_slice(json.as_bytes());
        docs.push(NewDoc {
            stamp,
            is_record: record.is_some(),
            is_flagged: !findings.is_empty(),
            is_witness: record.is_some_and(R::says_of_others),
            record: (start, records.len() - start),
        });
    }
    Ok(Built { records, shard: writer.finish(), docs })
}
