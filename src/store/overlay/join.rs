//! Holds what places have against what is here: only what was changed there is a version of its own.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::base::Bases;
use super::delta::{Deltas, Pair, Removed};
use super::places::{Place, Places};
use super::{Standing, Version};
use crate::base::AnyCase;
use crate::base::RepoPath;
use crate::git::{Oid, Repository};
use crate::store::cache::{Candidate, Reading};
use crate::store::{Digest, FileEntry, Listed, Record, Source, Store};

/// The versions of each id, in lower case.
type Versions<R> = HashMap<String, Vec<Version<R>>>;

/// A record that differs from the one here, and what it was in the commit that both began with.
struct Found<R> {
    listed: Listed<R>,
    digest: Digest,
    base: Option<Oid>,
    before: Option<Digest>,
}

/// The records that are here, in order of their paths, with their digests.
pub(super) struct Here<'a, R> {
    pub records: &'a [Listed<R>],
    pub digests: &'a [Digest],
}

impl<R> Here<'_, R> {
    fn find(&self, path: &RepoPath) -> Option<(&Listed<R>, Digest)> {
        let index = self.records.binary_search_by(|listed| listed.path.cmp(path)).ok()?;
        self.records.get(index).zip(self.digests.get(index).copied())
    }
}

/// What a place has in common with here and with the integration branch.
#[derive(Debug, Clone, Copy)]
struct Common {
    here: Option<Oid>,
    integration: Option<Oid>,
}

/// The versions of what is here, as they come together.
pub(super) struct Join<'a, R> {
    store: &'a Store,
    repository: &'a Repository,
    places: &'a Places,
    here: Here<'a, R>,
    ids: Option<HashMap<AnyCase<'a>, usize>>,
    bases: Bases<'a>,
    versions: Versions<R>,
}

impl<'a, R: Record + Clone> Join<'a, R> {
    pub(super) fn new(store: &'a Store, repository: &'a Repository, places: &'a Places, here: Here<'a, R>) -> Self {
        let bases = Bases::new(repository, R::folders(store.config()));
        Self { store, repository, places, here, ids: None, bases, versions: Versions::new() }
    }

    /// Every version that is not the one here; `of_these` only of the records here, as far as work trees go.
    pub(super) fn versions(mut self, of_these: bool) -> Versions<R> {
        if self.places.worktrees.is_empty() && self.places.branches.is_empty() {
            return self.versions;
        }
        let mut deltas = Deltas::<R>::load(self.store, self.repository);
        let common = self.common(&mut deltas);
        self.add_worktrees(&common, of_these);
        self.add_branches(&mut deltas, &common);
        deltas.save();
        self.versions
    }

    /// Every version of the one record that is here. Cost: what branches changed, which is cached, and a file of each work tree.
    pub(super) fn versions_of(mut self, own: &Listed<R>) -> Vec<Version<R>> {
        let mut deltas = Deltas::<R>::load(self.store, self.repository);
        let common = self.common(&mut deltas);
        for place in &self.places.worktrees {
            let file = FileEntry { path: own.path.clone(), blob: None };
            let reading = self.store.read_digested(&place.snapshot(self.repository), &file);
            self.add_reading(place, reading, &common);
        }
        self.add_branches(&mut deltas, &common);
        deltas.save();
        self.versions.remove(&own.record.id().as_str().to_ascii_lowercase()).unwrap_or_default()
    }

    fn common(&self, deltas: &mut Deltas<'_, R>) -> HashMap<Oid, Common> {
        let all = self.places.worktrees.iter().chain(&self.places.branches);
        let tips: Vec<Oid> = all.filter_map(|place| place.commit).collect::<HashSet<_>>().into_iter().collect();
        let mut with = |other: Option<Oid>| match other {
            Some(other) => deltas.bases(&tips.iter().map(|tip| (other, *tip)).collect::<Vec<_>>()),
            None => vec![None; tips.len()],
        };
        let (here, integration) = (with(self.places.here), with(self.places.integration));
        tips.iter().zip(here.into_iter().zip(integration)).map(|(tip, (here, integration))| (*tip, Common { here, integration })).collect()
    }

    fn add_worktrees(&mut self, common: &HashMap<Oid, Common>, of_these: bool) {
        let (store, places) = (self.store, self.places);
        let wanted: HashSet<AnyCase<'_>> = self.here.records.iter().map(|listed| AnyCase(listed.record.id().as_str())).collect();
        for place in &places.worktrees {
            let snapshot = place.snapshot(self.repository);
            if of_these {
                let is_wanted = |candidate: &Candidate<'_, R>| candidate.id().is_none_or(|id| wanted.contains(&AnyCase(id)));
                let (listing, digests) = store.chosen_digested::<R>(&snapshot, &|candidates| candidates.iter().map(is_wanted).collect());
                for (listed, digest) in listing.records.into_iter().zip(digests) {
                    self.add_reading(place, Reading { listed: Some(listed), findings: Vec::new(), digest: Some(digest) }, common);
                }
                continue;
            }
            let (files, _) = store.files::<R>(&snapshot);
            store.read_files::<R>(&snapshot, &files, &mut |reading| self.add_reading(place, reading, common));
        }
    }

    /// Adds what a file of a work tree says, unless it was only inherited.
    fn add_reading(&mut self, place: &Arc<Place>, reading: Reading<R>, common: &HashMap<Oid, Common>) {
        let Some((listed, digest)) = reading.listed.zip(reading.digest) else { return };
        if self.here.find(&listed.path).is_some_and(|(_, own)| own == digest) {
            return;
        }
        let common = place.commit.and_then(|commit| common.get(&commit)).copied().unwrap_or(Common { here: None, integration: None });
        let before = self.bases.digest(common.here, &listed.path);
        let inherited = before == Some(digest) || self.bases.digest(common.integration, &listed.path) == Some(digest);
        if !inherited {
            self.add(place, Found { listed, digest, base: common.here, before });
        }
    }

    /// Adds what branches changed.
    fn add_branches(&mut self, deltas: &mut Deltas<'_, R>, common: &HashMap<Oid, Common>) {
        let tips = self.places.branches.iter().filter_map(|place| Some((place, place.commit?)));
        let tips: Vec<_> = tips.filter_map(|(place, tip)| Some((place, tip, *common.get(&tip)?))).collect();
        let integration = self.places.integration;
        // What a branch has from the integration branch is reported of that one.
        let second = |(place, tip, common): &(&Arc<Place>, Oid, Common)| {
            let is_itself = place.is_integration && Some(*tip) == integration;
            common.integration.filter(|base| !is_itself && Some(*base) != common.here).map(|base| (Some(base), *tip))
        };
        let pairs = tips.iter().flat_map(|found @ (_, tip, common)| [Some((common.here, *tip)), second(found)]);
        let pairs: Vec<Pair> = pairs.flatten().collect();
        deltas.prepare(&pairs);
        for found @ (place, tip, common) in &tips {
            let paths =
                |pair| deltas.changed(pair).iter().map(|changed| &changed.path).chain(deltas.removed(pair).iter().map(|gone| &gone.path));
            let own: Option<HashSet<&RepoPath>> = second(found).map(|pair| paths(pair).collect());
            let is_own = |path: &RepoPath| own.as_ref().is_none_or(|own| own.contains(path));
            for changed in deltas.changed((common.here, *tip)) {
                if is_own(&changed.path) {
                    let source = Source::Commit(*tip);
                    let listed = Listed { record: changed.record.clone(), path: changed.path.clone(), document: (), source };
                    self.add(place, Found { listed, digest: changed.after, base: common.here, before: changed.before });
                }
            }
            let there: HashSet<AnyCase<'_>> =
                deltas.changed((common.here, *tip)).iter().map(|changed| AnyCase(changed.record.id().as_str())).collect();
            for removed in deltas.removed((common.here, *tip)).iter().filter(|removed| is_own(&removed.path)) {
                self.add_removed(place, removed, &there);
            }
        }
    }

    fn add(&mut self, place: &Arc<Place>, found: Found<R>) {
        let Some(standing) = self.standing(&found) else { return };
        let versions = self.versions.entry(found.listed.record.id().as_str().to_ascii_lowercase()).or_default();
        // What is committed on the branch of a work tree, or at `origin`, is the same version.
        let same =
            |version: &Version<R>| version.digest == found.digest && version.place.branch.is_some() && version.place.branch == place.branch;
        if !versions.iter().any(same) {
            versions.push(Version { place: Arc::clone(place), standing, listed: found.listed, digest: found.digest });
        }
    }

    /// Adds what a place removed, if it is here as it was, and not `there` in another file.
    fn add_removed(&mut self, place: &Arc<Place>, removed: &Removed, there: &HashSet<AnyCase<'_>>) {
        let Some((own, digest)) = self.here.find(&removed.path) else { return };
        if digest != removed.before || there.contains(&AnyCase(own.record.id().as_str())) {
            return;
        }
        let versions = self.versions.entry(own.record.id().as_str().to_ascii_lowercase()).or_default();
        if !versions.iter().any(|version| version.standing == Standing::Removed && version.place.branch == place.branch) {
            let (place, listed) = (Arc::clone(place), own.clone());
            versions.push(Version { place, standing: Standing::Removed, listed, digest: removed.before });
        }
    }

    /// How a version stands to the one here; `None` if it is the same.
    fn standing(&mut self, found: &Found<R>) -> Option<Standing> {
        let Here { records, digests } = self.here;
        let ids = self.ids.get_or_insert_with(|| {
            records.iter().enumerate().map(|(index, listed)| (AnyCase(listed.record.id().as_str()), index)).collect()
        });
        let Some(index) = ids.get(&AnyCase(found.listed.record.id().as_str())).copied() else { return Some(Standing::Only) };
        let (own, digest) = records.get(index).zip(digests.get(index).copied())?;
        if digest == found.digest {
            return None;
        }
        let before = if own.path == found.listed.path { found.before } else { self.bases.digest(found.base, &own.path) };
        Some(if before == Some(digest) { Standing::Newer } else { Standing::Diverged })
    }
}
