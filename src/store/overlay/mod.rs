//! Records as one picture: the own work tree, the work trees next to it, and the integration branch, each saying what it has
//! that the own one has not.
//!
//! A copy that somebody only inherited is no version of its own. So each place is compared with what it has in common with
//! here and with the integration branch, and only what it changed since is reported.

mod base;
mod delta;
mod join;
mod places;

pub use places::{Place, PlaceKind, integration_on};

use std::collections::HashMap;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;

use self::join::{Here, Join};
use super::{Choose, Digest, FileEntry, Listed, Listing, Record, Store, StoreError, collection};
use crate::base::{Id, RepoPath};
use crate::git::Repository;

/// How far one looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Scope {
    /// Only the own work tree.
    Here,
    /// Also the work trees next to it and the integration branch.
    #[default]
    Usual,
    /// Also every other branch of this clone.
    Branches,
}

/// How a version elsewhere stands to the one here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It was changed there, and not here.
    Newer,
    /// It was changed both there and here.
    Diverged,
    /// It is not here.
    Only,
    /// It was removed there, and not changed here.
    Removed,
}

/// A version of a record that is not the one here.
#[derive(Debug, Clone)]
pub struct Version<R> {
    pub place: Arc<Place>,
    /// How it stands to the one here.
    pub standing: Standing,
    /// The record as it is there.
    pub listed: Listed<R>,
    /// The digest of its text.
    digest: Digest,
}

/// The records of all places as one picture.
#[derive(Debug, Clone)]
pub struct Overlay<R> {
    /// The records here in order of their files, then those that are only elsewhere; and what is wrong with files and places.
    pub listing: Listing<R>,
    /// What is elsewhere.
    pub others: Others<R>,
}

/// The versions of records that are not those here.
#[derive(Debug, Clone)]
pub struct Others<R> {
    /// How many of the records are here.
    own: usize,
    /// By id, in lower case.
    versions: HashMap<String, Vec<Version<R>>>,
}

impl<R: Record> Others<R> {
    /// Nothing elsewhere, next to so many records here.
    pub fn none(own: usize) -> Self {
        Self { own, versions: HashMap::new() }
    }

    /// The record that `query` names in the listing that belongs to this: one here, else one elsewhere.
    pub fn find<'a>(&self, listing: &'a Listing<R>, query: &str) -> Result<&'a Listed<R>, StoreError> {
        let (here, elsewhere) = listing.records.split_at_checked(self.own).unwrap_or((&listing.records, &[]));
        match collection::find_among(here, query) {
            Err(StoreError::NotFound { .. }) => collection::find_among(elsewhere, query),
            outcome => outcome,
        }
    }

    /// The same among the records here alone; of one that is only elsewhere the error says where.
    pub fn find_here<'a>(&self, listing: &'a Listing<R>, query: &str) -> Result<&'a Listed<R>, StoreError> {
        let found = self.find(listing, query)?;
        let id = found.record.id();
        let Some(home) = self.home(id) else { return Ok(found) };
        let places = self.versions(id).iter().map(|version| version.place.whereabouts()).collect();
        Err(StoreError::Elsewhere { noun: R::NOUN, id: id.clone(), places, hint: home.hint() })
    }

    /// The versions of a record that differ from the one here; none nearly always.
    pub fn versions(&self, id: &Id) -> &[Version<R>] {
        if self.versions.is_empty() {
            return &[];
        }
        self.versions.get(&id.as_str().to_ascii_lowercase()).map(Vec::as_slice).unwrap_or_default()
    }

    /// The version on the integration branch, if it is newer than the one here.
    pub fn landed(&self, id: &Id) -> Option<&Version<R>> {
        self.versions(id).iter().find(|version| version.standing == Standing::Newer && version.place.is_integration)
    }

    /// Where a record is that is only elsewhere; `None` for one that is here.
    pub fn home(&self, id: &Id) -> Option<&Place> {
        let first = self.versions(id).first().filter(|version| version.standing == Standing::Only);
        first.map(|version| version.place.as_ref())
    }
}

impl Store {
    /// Every record of a kind in all places. Cost: what a listing of each work tree costs, and for branches what changed in
    /// them, once: it is cached by their commits, and equal trees are not looked into.
    pub fn overlay<R: Record + Clone>(&self, repository: &Repository, scope: Scope) -> Overlay<R> {
        self.overlay_with(repository, scope, None)
    }

    /// The same for those records that `choose` takes of those here, with what all places have of them.
    pub fn overlay_chosen<R: Record + Clone>(&self, repository: &Repository, scope: Scope, choose: Choose<'_, R>) -> Overlay<R> {
        self.overlay_with(repository, scope, Some(choose))
    }

    fn overlay_with<R: Record + Clone>(&self, repository: &Repository, scope: Scope, choose: Option<Choose<'_, R>>) -> Overlay<R> {
        let here = self.work_tree();
        let (mut listing, digests) =
            choose.map_or_else(|| self.list_digested::<R>(&here), |choose| self.chosen_digested::<R>(&here, choose));
        let own = listing.records.len();
        if scope == Scope::Here {
            return Overlay { listing, others: Others { own, versions: HashMap::new() } };
        }
        let places = places::find(self, repository, scope);
        let join = Join::new(self, repository, &places, Here { records: &listing.records, digests: &digests });
        let versions = join.versions(choose.is_some());
        listing.findings.extend(places.findings);
        listing.records.append(&mut only_elsewhere(&versions));
        Overlay { listing, others: Others { own, versions } }
    }
}

impl Store {
    /// The versions in usual places of one record that is in a file here. Cost: next to nothing next to an `overlay`, for no
    /// other file is read; so one in a work tree that has it under another path is not seen.
    pub fn versions_of<R: Record + Clone>(&self, repository: &Repository, path: &RepoPath) -> Vec<Version<R>> {
        let file = FileEntry { path: path.clone(), blob: None };
        let reading = self.read_digested::<R>(&self.work_tree(), &file);
        let Some((own, digest)) = reading.listed.zip(reading.digest) else { return Vec::new() };
        let here = Here { records: std::slice::from_ref(&own), digests: &[digest] };
        Join::new(self, repository, &places::find(self, repository, Scope::Usual), here).versions_of(&own)
    }

    /// Why there is no record of this name here: it is elsewhere, or nowhere.
    pub(super) fn not_here<R: Record + Clone>(&self, query: &str) -> StoreError {
        let nowhere = || StoreError::NotFound { noun: R::NOUN, query: query.to_owned() };
        let repository = self.env.as_ref().and_then(|env| Repository::discover(&self.root, env).ok());
        let Some(Overlay { listing, others }) = repository.map(|repository| self.overlay::<R>(&repository, Scope::Usual)) else {
            return nowhere();
        };
        match others.find_here(&listing, query) {
            Err(elsewhere @ StoreError::Elsewhere { .. }) => elsewhere,
            _ => nowhere(),
        }
    }
}

fn only_elsewhere<R: Record + Clone>(versions: &HashMap<String, Vec<Version<R>>>) -> Vec<Listed<R>> {
    let first = versions.values().filter_map(|versions| versions.first().filter(|version| version.standing == Standing::Only));
    let mut only: Vec<Listed<R>> = first.map(|version| version.listed.clone()).collect();
    only.sort_by(|a, b| (&a.path, a.record.id()).cmp(&(&b.path, b.record.id())));
    only
}
