//! Texts in memory, read once for each query: for some thousands of notes faster than keeping an index fresh.

use rayon::prelude::*;

use super::matcher::Matcher;
use super::postings::{FIELDS, Field, Match, Occurrence, Postings, Statistics};
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
    #[must_use]
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
    fn matches(&self, query: &Query) -> (Statistics, Vec<Match>) {
        let (matcher, terms) = (Matcher::new(query), query.terms().len());
        let found: Vec<Match> = if self.is_large() {
            self.sources.par_iter().enumerate().with_min_len(16).map(|source| scan(&matcher, terms, source)).collect()
        } else {
            self.sources.iter().enumerate().map(|source| scan(&matcher, terms, source)).collect()
        };
        let mut statistics = Statistics { documents: found.len(), words: [0; FIELDS] };
        for document in &found {
            for (total, length) in statistics.words.iter_mut().zip(document.lengths) {
                *total += u64::from(length);
            }
        }
        (statistics, found.into_iter().filter(|document| document.occurrences.iter().any(|places| !places.is_empty())).collect())
    }
}

fn scan(matcher: &Matcher<'_>, terms: usize, (index, source): (usize, &Source<'_>)) -> Match {
    let mut found = Match { index, lengths: [0; FIELDS], occurrences: vec![Vec::new(); terms] };
    for (text, field) in &source.fields {
        let Some(length) = found.lengths.get_mut(*field as usize) else { continue };
        let before = *length;
        let words = for_each_token(text, |token| {
            matcher.compare(token.text, |term| {
                if let Some(places) = found.occurrences.get_mut(term) {
                    places.push(Occurrence { field: *field, position: before + token.position });
                }
            });
        });
        *length += words;
    }
    found.occurrences.iter_mut().for_each(|places| places.sort_unstable());
    found
}
