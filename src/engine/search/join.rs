//! Several pages that are one answer, such as a ticket and what was said about it, counted as one document.

use rayon::prelude::*;

use super::postings::{FIELDS, Field, Match, Matches};
use super::query::Query;

/// So many words lie between two pages, so that nothing stands side by side across them.
const APART: u32 = 32;
/// One core takes so many documents at a time.
const SHARE: usize = 2048;

/// Pages by the document they belong to.
pub struct Joined {
    /// The documents; a document's place in the corpus is the number it was given.
    pub matches: Vec<Matches>,
    /// Of each page its document and its place, in ascending order.
    pages: Vec<(usize, usize)>,
}

impl Joined {
    /// Joins pages in which a term of `query` stands. `belongs` gives a page's document, and the fields of the page that count
    /// there; a page that belongs to none is left out.
    pub fn new(query: &Query, found: &[Matches], belongs: impl Fn(usize) -> Option<(usize, &'static [Field])> + Sync) -> Self {
        let row = |page| {
            let Match { index, .. } = page;
            belongs(index).map(|(document, fields)| (document, page, fields))
        };
        let mut rows: Vec<(usize, Match<'_>, &[Field])> = found.par_iter().flat_map_iter(|group| group.iter().filter_map(row)).collect();
        rows.par_sort_unstable_by_key(|(document, page, _)| (*document, page.index));
        let documents: Vec<&[(usize, Match<'_>, &[Field])]> = rows.chunk_by(|one, other| one.0 == other.0).collect();
        let matches = documents.par_chunks(SHARE).map(|documents| {
            let mut joined = Matches::new(query.terms().len());
            documents.iter().for_each(|pages| push(&mut joined, pages));
            joined
        });
        let matches = matches.collect();
        Self { matches, pages: rows.iter().map(|(document, page, _)| (*document, page.index)).collect() }
    }

    pub fn pages(&self, document: usize) -> impl Iterator<Item = usize> {
        let first = self.pages.partition_point(|(other, _)| *other < document);
        self.pages.iter().skip(first).take_while(move |(other, _)| *other == document).map(|(_, page)| *page)
    }
}

fn push(joined: &mut Matches, pages: &[(usize, Match<'_>, &[Field])]) {
    let Some((document, ..)) = pages.first() else { return };
    let mut lengths = [0_u32; FIELDS];
    let mut starts = Vec::with_capacity(pages.len());
    for (number, (_, page, fields)) in (0..).zip(pages) {
        starts.push(lengths.map(|length| length.saturating_add(APART * number)));
        for (total, length) in fields.iter().filter_map(|field| Some((*field as usize, *page.lengths.get(*field as usize)?))) {
            lengths.get_mut(total).into_iter().for_each(|total| *total = total.saturating_add(length));
        }
    }
    joined.push(*document, lengths, |term, into| {
        let first = into.len();
        for ((_, page, fields), start) in pages.iter().zip(&starts) {
            let counting = page.places(term).iter().filter(|place| fields.iter().any(|field| *field as usize == place.field()));
            into.extend(counting.map(|place| place.plus(start.get(place.field()).copied().unwrap_or(0))));
        }
        into.get_mut(first..).into_iter().for_each(<[_]>::sort_unstable);
    });
}
