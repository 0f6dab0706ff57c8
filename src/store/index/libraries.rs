//! Several libraries searched as one, whatever kinds of records they hold and whichever work trees they are of.

use super::{Library, Searchable};
use crate::base::{Finding, RepoPath, Timestamp};
use crate::engine::filter::Condition;
use crate::engine::search::{self, Hits, Matches, Postings, Query, Statistics};
use crate::store::Store;

/// The places of one library lie below this; the number of the library is above it.
const LIBRARY: u32 = 48;

/// A library, whatever it holds.
trait Shelf: Send + Sync {
    fn matches(&self, query: &Query) -> (Statistics, Vec<Matches>);
    fn fix(&mut self) -> bool;
    fn page(&self, place: usize) -> Option<Page>;
    fn path(&self, place: usize) -> Option<RepoPath>;
    fn fits(&self, place: usize, condition: &Condition, now: Timestamp) -> bool;
    fn text(&self, place: usize) -> Option<(String, Vec<u8>)>;
    fn findings(&self) -> Vec<Finding>;
}

/// A record, whatever its kind.
pub struct Page {
    pub name: String,
    pub title: String,
    pub path: RepoPath,
}

impl<R: Searchable> Shelf for Library<'_, R> {
    fn matches(&self, query: &Query) -> (Statistics, Vec<Matches>) {
        Postings::matches(self, query)
    }

    fn fix(&mut self) -> bool {
        self.fix()
    }

    fn page(&self, place: usize) -> Option<Page> {
        let listed = self.find(place)?;
        Some(Page { name: listed.record.name(), title: listed.record.title(), path: listed.path })
    }

    fn path(&self, place: usize) -> Option<RepoPath> {
        self.path(place)
    }

    fn fits(&self, place: usize, condition: &Condition, now: Timestamp) -> bool {
        let Some(listed) = self.find(place) else { return false };
        let values = listed.record.values(&listed.path, now);
        condition.holds(&|key| match key {
            "path" => vec![listed.path.lossy().into_owned()],
            "kind" => std::iter::once(R::NOUN.to_owned()).chain(values(key)).collect(),
            _ => values(key),
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

/// Libraries in the order of equally good answers, each with a label that says which one it is.
pub struct Libraries<'a, L>(Vec<(L, Box<dyn Shelf + 'a>)>);

impl<L> Default for Libraries<'_, L> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'a, L> Libraries<'a, L> {
    /// Adds the records of a kind that the work tree of `store` has.
    pub fn add<R: Searchable + 'a>(&mut self, store: &'a Store, label: L) {
        self.0.push((label, Box::new(store.library::<R>(store.work_tree()))));
    }

    /// The best answers, best first; equally good ones in the order of libraries and paths.
    pub fn search(&mut self, query: &Query, limit: usize) -> Hits {
        let (statistics, found) = self.found(query);
        search::rank(query, (&statistics, &found), limit)
    }

    /// Everything in which a term of `query` stands.
    pub fn found(&mut self, query: &Query) -> (Statistics, Vec<Matches>) {
        loop {
            let found = self.matches(query);
            if !self.0.iter_mut().fold(false, |damaged, (_, shelf)| shelf.fix() || damaged) {
                return found;
            }
        }
    }

    fn shelf(&self, place: usize) -> Option<(&L, &dyn Shelf, usize)> {
        let (label, shelf) = self.0.get(place >> LIBRARY)?;
        Some((label, shelf.as_ref(), place & ((1 << LIBRARY) - 1)))
    }

    /// The label of the library that a place is in.
    pub fn label(&self, place: usize) -> Option<&L> {
        self.shelf(place).map(|(label, ..)| label)
    }

    /// What is at a place that a search has named, and the label of its library.
    pub fn page(&self, place: usize) -> Option<(Page, &L)> {
        let (label, shelf, place) = self.shelf(place)?;
        Some((shelf.page(place)?, label))
    }

    pub fn path(&self, place: usize) -> Option<RepoPath> {
        let (_, shelf, place) = self.shelf(place)?;
        shelf.path(place)
    }

    /// Its text, and the whole file.
    pub fn text(&self, place: usize) -> Option<(String, Vec<u8>)> {
        let (_, shelf, place) = self.shelf(place)?;
        shelf.text(place)
    }

    /// Whether it fulfils a condition.
    pub fn fits(&self, place: usize, condition: &Condition, now: Timestamp) -> bool {
        self.shelf(place).is_some_and(|(_, shelf, place)| shelf.fits(place, condition, now))
    }

    /// What is wrong with the files of some of the libraries.
    pub fn findings(&self, of: impl Fn(&L) -> bool) -> Vec<Finding> {
        self.0.iter().filter(|(label, _)| of(label)).flat_map(|(_, shelf)| shelf.findings()).collect()
    }
}

impl<L> Postings for Libraries<'_, L> {
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
