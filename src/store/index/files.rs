//! Where the two files of an index are, who may have written them, and when they are written again.

use std::path::PathBuf;

use serde_json::json;

use super::build::Target;
use super::file::Part;
use super::survey::{Reach, survey};
use super::{Index, Searchable, build};
use crate::base::RepoPath;
use crate::fs::{Stamp, write};
use crate::store::{Store, folders};

/// From which sizes on something is done.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sizes {
    /// Fewer files are read faster than an index of them.
    pub worth: usize,
    /// So many changed files are read with every search before they are written to the small index.
    pub few: usize,
    /// When one file in so many has changed, the large index is written again.
    pub renew: usize,
    /// How many files share a shard.
    pub shard: usize,
}

impl Sizes {
    pub(super) const USUAL: Self = Self { worth: 200, few: 64, renew: 8, shard: 4096 };
}

documented! {
    "docs/memory.md": "Below {} memories every file is read", Sizes::USUAL.worth;
}

pub(super) struct Files {
    pub base: PathBuf,
    pub recent: PathBuf,
    identity: [u8; 32],
    sizes: Sizes,
}

impl Files {
    pub(super) fn new<R: Searchable>(store: &Store, sizes: Sizes) -> Self {
        let place = store.root().to_string_lossy();
        let program = std::env::current_exe().ok().and_then(|program| Stamp::find(&program)).map(|stamp| stamp.to_string());
        let about = json!(("index", R::NOUN, &place, program, store.config())).to_string();
        let name = blake3::hash(place.as_bytes()).to_hex();
        let file = |kind: &str| store.live().join("cache").join(format!("{kind}-{}-{}", R::NOUN, name.get(..16).unwrap_or_default()));
        Self { base: file("index"), recent: file("recent"), identity: *blake3::hash(about.as_bytes()).as_bytes(), sizes }
    }

    /// The index as it is now, written first where that pays; `None` where there is none to be had.
    pub(super) fn open<R: Searchable>(&self, store: &Store, reach: Reach) -> Option<Index<R>> {
        let Some(base) = Part::open(&self.base, &self.identity) else {
            let (files, _) = store.files::<R>(&store.work_tree());
            return if files.len() < self.sizes.worth { None } else { self.renewed(store) };
        };
        let Some(survey) = survey::<R>(store, &base, reach) else { return self.renewed(store) };
        if survey.changed.len() > self.sizes.few + base.docs.len() / self.sizes.renew {
            return self.renewed(store);
        }
        let recent_identity = self.recent_identity(&base);
        let recent = if survey.changed.is_empty() { None } else { Part::open(&self.recent, &recent_identity) };
        let index = Index::new(store, base, survey, recent);
        if index.fresh.len() > self.sizes.few {
            let changed: Vec<RepoPath> = index.survey.changed.iter().map(|(path, _)| path.clone()).collect();
            // An index that cannot be written is no reason to fail.
            let target = Target { file: &self.recent, identity: &recent_identity, shard_size: self.sizes.shard };
            drop(build::write::<R>(store, || build::group(&changed), &target));
        }
        Some(index)
    }

    /// Takes a damaged index away.
    pub(super) fn discard(&self) {
        drop(write::remove(&self.base));
        drop(write::remove(&self.recent));
    }

    fn renewed<R: Searchable>(&self, store: &Store) -> Option<Index<R>> {
        let target = Target { file: &self.base, identity: &self.identity, shard_size: self.sizes.shard };
        build::write::<R>(store, || folders::list::<R>(store), &target).ok()?;
        let base = Part::open(&self.base, &self.identity)?;
        let survey = survey::<R>(store, &base, Reach::Files)?;
        Some(Index::new(store, base, survey, None))
    }

    /// A small index belongs to one large one.
    fn recent_identity(&self, base: &Part) -> [u8; 32] {
        *blake3::hash(&[self.identity.as_slice(), base.seal.as_slice()].concat()).as_bytes()
    }
}
