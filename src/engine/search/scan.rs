//! Texts in memory, read once for each query: for some hundred notes faster than keeping an index fresh.

use rayon::prelude::*;

use super::matcher::Matcher;
use super::postings::{FIELDS, Field, Matches, Occurrence, Postings, Statistics};
use super::query::Query;
use super::tokens::for_each_token;

/// Below this many bytes of text, one thread is done before others have started.
const WORTH_SHARING: usize = 256 * 1024;

/// One document: its texts, each with the field it belongs to.
#[derive(Debug, Clone, Default)]
pub struct Source<'a> {
    /// In any order; a field may come several times.
    pub fields: Vec<(&'a str, Field)>,
}

/// Documents in the order of their ids, which is also the order of equally good answers.
#[derive(Debug, Clone, Default)]
pub struct Corpus<'a> {
    sources: Vec<Source<'a>>,
}

impl<'a> Corpus<'a> {
    /// A corpus; a hit's index is the place in `sources`.
    pub fn new(sources: Vec<Source<'a>>) -> Self {
        Self { sources }
    }

    fn is_large(&self) -> bool {
        let fields = self.sources.iter().flat_map(|source| &source.fields);
        fields.map(|(text, _)| text.len()).sum::<usize>() > WORTH_SHARING
    }
}

impl<'a> FromIterator<Source<'a>> for Corpus<'a> {
    fn from_iter<I: IntoIterator<Item = Source<'a>>>(sources: I) -> Self {
        Self::new(sources.into_iter().collect())
    }
}

impl Postings for Corpus<'_> {
    fn matches(&self, query: &Query) -> (Statistics, Vec<Matches>) {
        let (matcher, terms) = (Matcher::new(query), query.terms().len());
        let found: Vec<Scanned> = if self.is_large() {
            self.sources.par_iter().with_min_len(16).map(|source| scan(&matcher, terms, source)).collect()
        } else {
            self.sources.iter().map(|source| scan(&matcher, terms, source)).collect()
        };
        let (mut statistics, mut matches) = (Statistics::default(), Matches::new(terms));
        for (index, Scanned { lengths, places }) in found.into_iter().enumerate() {
            statistics.add(lengths);
            matches.push(index, lengths, |term, into| into.extend(places.get(term).into_iter().flatten()));
        }
        (statistics, vec![matches])
    }
}

struct Scanned {
    lengths: [u32; FIELDS],
    /// For each term, in ascending order.
    places: Vec<Vec<Occurrence>>,
}

fn scan(matcher: &Matcher<'_>, terms: usize, source: &Source<'_>) -> Scanned {
    let mut found = Scanned { lengths: [0; FIELDS], places: vec![Vec::new(); terms] };
    found.lengths = source.for_each_token(|text, place| {
        matcher.compare(text, |term| found.places.get_mut(term).into_iter().for_each(|places| places.push(place)));
    });
    found.places.iter_mut().for_each(|places| places.sort_unstable());
    found
}

impl<'a> Source<'a> {
    /// A document of these texts.
    pub fn of<T: AsRef<str>>(texts: &'a [(T, Field)]) -> Self {
        Self { fields: texts.iter().map(|(text, field)| (text.as_ref(), *field)).collect() }
    }

    /// Calls `each` with every token and where it stands; returns the number of words in each field.
    pub(super) fn for_each_token(&self, mut each: impl FnMut(&str, Occurrence)) -> [u32; FIELDS] {
        let mut lengths = [0; FIELDS];
        for (text, field) in &self.fields {
            let Some(length) = lengths.get_mut(*field as usize) else { continue };
            let before = *length;
            *length += for_each_token(text, |token| each(token.text, Occurrence::new(*field, before + token.position)));
        }
        lengths
    }
}
