//! BM25F: which documents answer a query best.
//!
//! Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009), section 3.6:
//! a term's frequency is `tf = Σ_f w_f · tf_f / (1 − b + b · length_f / average_f)` over the fields `f`, and the document's score
//! is `Σ_t idf(t) · tf / (k1 + tf)`. The idf is `ln(1 + (N − n + ½) / (n + ½))`, which is never negative.

use super::postings::{FIELDS, Field, Match, Occurrence, Postings, Statistics};
use super::query::{Phrase, Query};

const K1: f64 = 1.2;
const B: f64 = 0.75;
/// How much a word in the title, in the tags and in the body counts.
const WEIGHTS: [f64; FIELDS] = [3.0, 2.0, 1.0];
/// What two words that were typed side by side and stand side by side add, as a part of what the rarer one could give alone.
const SIDE_BY_SIDE: f64 = 0.25;
/// How many words apart two words still have something to do with each other.
const NEAR: u32 = 8;

/// A document that answers a query.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    /// The document's place in its corpus.
    pub index: usize,
    /// How well it answers; comparable within one search only.
    pub score: f64,
    /// What each matched term contributes, in the order of the query.
    pub parts: Vec<Part>,
    /// What words that stand close together contribute.
    pub proximity: f64,
}

/// What one term contributes to a score.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// The term as it was typed.
    pub term: String,
    /// How often it stands in title, tags and body.
    pub counts: [u32; FIELDS],
    /// How rare it is.
    pub idf: f64,
    /// Its share of the score.
    pub score: f64,
}

impl Hit {
    /// The terms that were found, as they were typed.
    pub fn matched(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().map(|part| part.term.as_str())
    }
}

/// The `limit` best answers, best first; equally good ones in the corpus' order. The same input gives the same answer.
#[must_use]
pub fn search(postings: &impl Postings, query: &Query, limit: usize) -> Vec<Hit> {
    if query.is_empty() {
        return Vec::new();
    }
    let (statistics, mut matches) = postings.matches(query);
    let ranking = Ranking::new(query, &statistics, &matches);
    matches.retain(|found| query.phrases().iter().all(|phrase| stands_in(phrase, found)));
    let mut hits: Vec<Hit> = matches.iter().map(|found| ranking.hit(found)).collect();
    hits.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.index.cmp(&b.index)));
    hits.truncate(limit);
    hits
}

struct Ranking<'q> {
    query: &'q Query,
    idf: Vec<f64>,
    averages: [f64; FIELDS],
}

impl<'q> Ranking<'q> {
    fn new(query: &'q Query, statistics: &Statistics, matches: &[Match]) -> Self {
        let documents = statistics.documents as f64;
        let holding =
            |term: usize| matches.iter().filter(|found| found.occurrences.get(term).is_some_and(|places| !places.is_empty())).count();
        let idf = |term| {
            let n = holding(term) as f64;
            (1.0 + (documents - n + 0.5) / (n + 0.5)).ln()
        };
        let averages = statistics.words.map(|words| words as f64 / documents.max(1.0));
        Self { query, idf: (0..query.terms().len()).map(idf).collect(), averages }
    }

    fn hit(&self, found: &Match) -> Hit {
        let terms = self.query.terms().iter().zip(&self.idf).zip(&found.occurrences);
        let matched = terms.filter(|(_, places)| !places.is_empty());
        let parts: Vec<Part> = matched.map(|((term, idf), places)| self.part(&term.text, *idf, (found, places))).collect();
        let proximity = self.proximity(found);
        Hit { index: found.index, score: parts.iter().map(|part| part.score).sum::<f64>() + proximity, parts, proximity }
    }

    fn part(&self, term: &str, idf: f64, (found, places): (&Match, &[Occurrence])) -> Part {
        let counts = [Field::Title, Field::Tags, Field::Body].map(|field| places.iter().filter(|place| place.field == field).count());
        let mut frequency = 0.0;
        for (((count, length), average), weight) in counts.iter().zip(found.lengths).zip(self.averages).zip(WEIGHTS) {
            let relative = if average > 0.0 { f64::from(length) / average } else { 1.0 };
            frequency += weight * *count as f64 / (1.0 - B + B * relative);
        }
        let counts = counts.map(|count| u32::try_from(count).unwrap_or(u32::MAX));
        Part { term: term.to_owned(), counts, idf, score: idf * frequency / (K1 + frequency) }
    }

    fn proximity(&self, found: &Match) -> f64 {
        let places = |term: usize| found.occurrences.get(term).map_or(&[][..], Vec::as_slice);
        let idf = |term: usize| self.idf.get(term).copied().unwrap_or(0.0);
        let bonus = |(left, right): &(usize, usize)| {
            let distance = least_distance(places(*left), places(*right)).filter(|distance| *distance <= NEAR)?;
            Some(SIDE_BY_SIDE * idf(*left).max(idf(*right)) / f64::from(distance))
        };
        self.query.neighbours().iter().filter_map(bonus).sum()
    }
}

/// The least number of words between places of the same field; a name and its own first part are not two places.
fn least_distance(left: &[Occurrence], right: &[Occurrence]) -> Option<u32> {
    let mut least = None;
    let (mut a, mut b) = (left.iter().peekable(), right.iter().peekable());
    while let (Some(x), Some(y)) = (a.peek(), b.peek()) {
        let distance = x.position.abs_diff(y.position);
        if x.field == y.field && distance > 0 {
            least = Some(least.map_or(distance, |known: u32| known.min(distance)));
        }
        if x < y {
            a.next()
        } else {
            b.next()
        };
    }
    least
}

fn stands_in(phrase: &Phrase, found: &Match) -> bool {
    let places = |term: usize| found.occurrences.get(term).map_or(&[][..], Vec::as_slice);
    let Some((first, first_offset)) = phrase.words.iter().min_by_key(|(_, offset)| *offset) else { return true };
    places(*first).iter().any(|start| {
        phrase.words.iter().all(|(term, offset)| {
            let wanted = Occurrence { field: start.field, position: start.position + (offset - first_offset) };
            places(*term).contains(&wanted)
        })
    })
}
