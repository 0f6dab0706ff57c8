//! BM25F: which documents answer a query best.
//!
//! Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009), section 3.6:
//! a term's frequency is `tf = Σ_f w_f · tf_f / (1 − b + b · length_f / average_f)` over the fields `f`, and the document's score
//! is `Σ_t idf(t) · tf / (k1 + tf)`. The idf is `ln(1 + (N − n + ½) / (n + ½))`, which is never negative.

use rayon::prelude::*;

use super::postings::{FIELDS, Match, Matches, Occurrence, Postings, Statistics};
use super::query::{Phrase, Query, Term};

const K1: f64 = 1.2;
const B: f64 = 0.75;
/// How much a word in the title, in the tags, in the details and in the body counts.
const WEIGHTS: [f64; FIELDS] = [3.0, 2.0, 1.5, 1.0];
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

/// What answers a query.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Hits {
    /// The best answers, best first.
    pub best: Vec<Hit>,
    /// How many answers there are.
    pub total: usize,
}

/// What one term contributes to a score.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    pub term: String,
    /// How often it is in title, tags, details and body.
    pub counts: [u32; FIELDS],
    /// How rare it is.
    pub idf: f64,
    pub score: f64,
}

impl Hit {
    /// The terms that were found, as they were typed.
    pub fn matched(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().map(|part| part.term.as_str())
    }
}

/// The `limit` best answers, best first; equally good ones in the corpus' order. The same input gives the same answer.
pub fn search(postings: &impl Postings, query: &Query, limit: usize) -> Hits {
    if query.is_empty() {
        return Hits::default();
    }
    let (statistics, groups) = postings.matches(query);
    rank(query, (&statistics, &groups), limit)
}

/// The best answers among documents that were found.
pub fn rank(query: &Query, (statistics, groups): (&Statistics, &[Matches]), limit: usize) -> Hits {
    let ranking = Ranking::new(query, statistics, groups);
    let mut scored: Vec<(f64, Match<'_>)> = groups.par_iter().flat_map_iter(|group| ranking.scores(group)).collect();
    let total = scored.len();
    let order = |a: &(f64, Match<'_>), b: &(f64, Match<'_>)| b.0.total_cmp(&a.0).then(a.1.index.cmp(&b.1.index));
    if limit < total {
        scored.select_nth_unstable_by(limit, order);
        scored.truncate(limit);
    }
    scored.sort_unstable_by(order);
    Hits { best: scored.iter().map(|(score, found)| ranking.hit(*score, found)).collect(), total }
}

struct Ranking<'q> {
    query: &'q Query,
    idf: Vec<f64>,
    averages: [f64; FIELDS],
}

impl<'q> Ranking<'q> {
    fn new(query: &'q Query, statistics: &Statistics, groups: &[Matches]) -> Self {
        let documents = statistics.documents as f64;
        let mut holding = vec![0_usize; query.terms().len()];
        for found in groups.iter().flat_map(Matches::iter) {
            holding.iter_mut().enumerate().for_each(|(term, count)| *count += usize::from(!found.places(term).is_empty()));
        }
        let idf = |n: usize| (1.0 + (documents - n as f64 + 0.5) / (n as f64 + 0.5)).ln();
        let averages = statistics.words.map(|words| words as f64 / documents.max(1.0));
        Self { query, idf: holding.into_iter().map(idf).collect(), averages }
    }

    /// The score of each document that has every phrase.
    fn scores<'a>(&self, group: &'a Matches) -> impl Iterator<Item = (f64, Match<'a>)> {
        let phrases = self.query.phrases();
        group.iter().filter(|found| phrases.iter().all(|phrase| stands_in(phrase, found))).map(|found| {
            let terms = self.idf.iter().enumerate().map(|(term, idf)| self.share(*idf, &counts(found.places(term)), found.lengths));
            (terms.sum::<f64>() + self.proximity(&found), found)
        })
    }

    fn hit(&self, score: f64, found: &Match<'_>) -> Hit {
        let terms = self.query.terms().iter().zip(&self.idf).enumerate();
        let matched = terms.filter(|(term, _)| !found.places(*term).is_empty());
        let part = |(index, (term, idf)): (usize, (&Term, &f64))| {
            let counts = counts(found.places(index));
            Part { term: term.text.clone(), counts, idf: *idf, score: self.share(*idf, &counts, found.lengths) }
        };
        Hit { index: found.index, score, parts: matched.map(part).collect(), proximity: self.proximity(found) }
    }

    /// What a term that stands so often in each field adds to the score.
    fn share(&self, idf: f64, counts: &[u32; FIELDS], lengths: [u32; FIELDS]) -> f64 {
        let mut frequency = 0.0;
        for (((count, length), average), weight) in counts.iter().zip(lengths).zip(self.averages).zip(WEIGHTS) {
            if *count > 0 {
                let relative = if average > 0.0 { f64::from(length) / average } else { 1.0 };
                frequency += weight * f64::from(*count) / (1.0 - B + B * relative);
            }
        }
        idf * frequency / (K1 + frequency)
    }

    fn proximity(&self, found: &Match<'_>) -> f64 {
        let idf = |term: usize| self.idf.get(term).copied().unwrap_or(0.0);
        let bonus = |(left, right): &(usize, usize)| {
            let distance = least_distance(found.places(*left), found.places(*right)).filter(|distance| *distance <= NEAR)?;
            Some(SIDE_BY_SIDE * idf(*left).max(idf(*right)) / f64::from(distance))
        };
        self.query.neighbours().iter().filter_map(bonus).sum()
    }
}

fn counts(places: &[Occurrence]) -> [u32; FIELDS] {
    let mut counts = [0; FIELDS];
    for place in places {
        counts.get_mut(place.field()).into_iter().for_each(|count| *count += 1);
    }
    counts
}

/// The least number of words between places of the same field; a name and its own first part are not two places.
fn least_distance(left: &[Occurrence], right: &[Occurrence]) -> Option<u32> {
    let mut least = None;
    let (mut a, mut b) = (left.iter().peekable(), right.iter().peekable());
    while let (Some(x), Some(y)) = (a.peek(), b.peek()) {
        let distance = x.position().abs_diff(y.position());
        if x.field() == y.field() && distance > 0 {
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

fn stands_in(phrase: &Phrase, found: &Match<'_>) -> bool {
    let Some((first, first_offset)) = phrase.words.iter().min_by_key(|(_, offset)| *offset) else { return true };
    found.places(*first).iter().any(|start| {
        phrase.words.iter().all(|(term, offset)| found.places(*term).binary_search(&start.plus(offset - first_offset)).is_ok())
    })
}
