//! Several libraries searched as one: each kind of page, in this work tree and in others.

use super::pages::{Kind, Page};
use crate::base::{Finding, RepoPath};
use crate::engine::filter::Condition;
use crate::engine::search::{self, Hits, Matches, Postings, Query, Statistics};
use crate::nouns::memory::Elsewhere;
use crate::store::{Library, Store};

/// The places of one library lie below this; the number of the library is above it.
const LIBRARY: u32 = 48;

/// Pages of one kind in one work tree.
trait Shelf: Send + Sync {
    fn matches(&self, query: &Query) -> (Statistics, Vec<Matches>);
    fn mend(&mut self) -> bool;
    fn page(&self, place: usize) -> Option<Found>;
    fn fits(&self, place: usize, condition: &Condition) -> bool;
    fn text(&self, place: usize) -> Option<(String, Vec<u8>)>;
    fn findings(&self) -> Vec<Finding>;
}

/// A page that was found.
pub struct Found {
    pub kind: Kind,
    pub name: String,
    pub title: String,
    pub path: RepoPath,
}

impl<R: Page> Shelf for Library<'_, R> {
    fn matches(&self, query: &Query) -> (Statistics, Vec<Matches>) {
        Postings::matches(self, query)
    }

    fn mend(&mut self) -> bool {
        self.mend()
    }

    fn page(&self, place: usize) -> Option<Found> {
        let listed = self.find(place)?;
        Some(Found { kind: R::KIND, name: listed.record.name(), title: listed.record.title(), path: listed.path })
    }

    fn fits(&self, place: usize, condition: &Condition) -> bool {
        let Some(listed) = self.find(place) else { return false };
        condition.holds(&|key| match key {
            "path" => vec![listed.path.lossy().into_owned()],
            "kind" => [R::KIND.as_str().to_owned()].into_iter().chain(listed.record.values(key)).collect(),
            _ => listed.record.values(key),
        })
    }

    fn text(&self, place: usize) -> Option<(String, Vec<u8>)> {
        let stored = self.open(place)?;
        Some((stored.document.body().trim().to_owned(), stored.document.bytes().to_vec()))
    }

    fn findings(&self) -> Vec<Finding> {
        self.findings()
    }
}

/// The libraries, this work tree's first.
#[derive(Default)]
pub struct Shelves<'a>(Vec<(Option<Elsewhere>, Box<dyn Shelf + 'a>)>);

impl<'a> Shelves<'a> {
    /// Adds the pages of a kind that the work tree of `store` has.
    pub fn add<R: Page + 'a>(&mut self, store: &'a Store, place: Option<&Elsewhere>) {
        self.0.push((place.cloned(), Box::new(store.library::<R>(store.work_tree()))));
    }

    /// The best answers, best first; equally good ones in the order of work trees, kinds and paths.
    pub fn search(&mut self, query: &Query, limit: usize) -> Hits {
        loop {
            let hits = search::search(self, query, limit);
            if !self.0.iter_mut().fold(false, |damaged, (_, shelf)| shelf.mend() || damaged) {
                return hits;
            }
        }
    }

    fn shelf(&self, place: usize) -> Option<(&Option<Elsewhere>, &dyn Shelf, usize)> {
        let (elsewhere, shelf) = self.0.get(place >> LIBRARY)?;
        Some((elsewhere, shelf.as_ref(), place & ((1 << LIBRARY) - 1)))
    }

    /// What is at a place that a search has named, and the other work tree it is in.
    pub fn page(&self, place: usize) -> Option<(Found, Option<Elsewhere>)> {
        let (elsewhere, shelf, place) = self.shelf(place)?;
        Some((shelf.page(place)?, elsewhere.clone()))
    }

    /// Its text, and the whole file.
    pub fn text(&self, place: usize) -> Option<(String, Vec<u8>)> {
        let (_, shelf, place) = self.shelf(place)?;
        shelf.text(place)
    }

    /// Whether it fulfils a condition.
    pub fn fits(&self, place: usize, condition: &Condition) -> bool {
        self.shelf(place).is_some_and(|(_, shelf, place)| shelf.fits(place, condition))
    }

    /// Whether it is in another work tree.
    pub fn is_elsewhere(&self, place: usize) -> bool {
        self.shelf(place).is_some_and(|(elsewhere, ..)| elsewhere.is_some())
    }

    /// What is wrong with the files of this work tree.
    pub fn findings(&self) -> Vec<Finding> {
        self.0.iter().filter(|(elsewhere, _)| elsewhere.is_none()).flat_map(|(_, shelf)| shelf.findings()).collect()
    }
}

impl Postings for Shelves<'_> {
    fn matches(&self, query: &Query) -> (Statistics, Vec<Matches>) {
        let mut all = (Statistics::default(), Vec::new());
        for (number, (_, shelf)) in self.0.iter().enumerate() {
            let (statistics, mut matches) = shelf.matches(query);
            matches.iter_mut().for_each(|matches| matches.renumber(|place| place | number << LIBRARY));
            all.0 = all.0.plus(statistics);
            all.1.extend(matches);
        }
        all
    }
}
