//! How alike two texts are: by the stems of their words and of the pairs of words that stand side by side (Jaccard's index).

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, DefaultHasher, Hash, Hasher};

use rayon::prelude::*;

use super::search::tokens::{Normalizer, for_each_token, is_stop_word, lower};

/// A feature that more texts than this have says little about any two of them.
const COMMON: usize = 16;

/// So many texts at least share what is known of their words.
const SHARED: usize = 16;

/// From this resemblance on, one of two texts is enough.
const ALIKE: f64 = 0.6;

/// What a text consists of, for comparison. The hashes have fixed keys, so the same texts are alike on every machine.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shingles(Vec<u64>);

/// The hashes of the stems of words: texts of one project have most of their words in common.
#[derive(Default)]
struct Stems {
    normalizer: Normalizer,
    /// By the word in lower case; none for a word that says nothing.
    known: HashMap<String, Option<u64>>,
}

impl Stems {
    fn hash_of(&mut self, word: &str) -> Option<u64> {
        let lower = lower(word);
        if let Some(known) = self.known.get(lower.as_ref()) {
            return *known;
        }
        let found = (!is_stop_word(&lower)).then(|| hash(&self.normalizer.stem(&lower)));
        self.known.insert(lower.into_owned(), found);
        found
    }
}

impl Shingles {
    pub fn of(text: &str) -> Self {
        Self::with(&mut Stems::default(), text)
    }

    /// The features of many texts, in their order.
    pub fn of_all(texts: &[String]) -> Vec<Self> {
        texts.par_iter().with_min_len(SHARED).map_init(Stems::default, |stems, text| Self::with(stems, text)).collect()
    }

    fn with(stems: &mut Stems, text: &str) -> Self {
        let mut words: Vec<u64> = Vec::new();
        for_each_token(text, |token| words.extend(stems.hash_of(token.text)));
        let mut features: Vec<u64> = words.windows(2).map(hash).chain(words.iter().copied()).collect();
        features.sort_unstable();
        features.dedup();
        Self(features)
    }

    /// From 0 (nothing in common) to 1 (the same words in the same order).
    pub fn resemblance(&self, other: &Self) -> f64 {
        let (mut shared, mut left, mut right) = (0_u32, self.0.iter().peekable(), other.0.iter().peekable());
        while let (Some(a), Some(b)) = (left.peek(), right.peek()) {
            match a.cmp(b) {
                std::cmp::Ordering::Less => drop(left.next()),
                std::cmp::Ordering::Greater => drop(right.next()),
                std::cmp::Ordering::Equal => {
                    shared += 1;
                    left.next();
                    right.next();
                }
            }
        }
        let all = u32::try_from(self.0.len() + other.0.len()).unwrap_or(u32::MAX) - shared;
        if all == 0 { 0.0 } else { f64::from(shared) / f64::from(all) }
    }
}

/// Texts that others are compared with, found by what they share.
#[derive(Debug, Default)]
pub struct Known {
    /// How many shingles each text has.
    lengths: Vec<usize>,
    /// The texts that have a shingle.
    holders: HashMap<u64, Vec<usize>, BuildHasherDefault<Hashed>>,
}

/// Takes a hash for what it is.
#[derive(Debug, Default)]
struct Hashed(u64);

impl Hasher for Hashed {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.0 = self.0.rotate_left(8) ^ u64::from(*byte));
    }
    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

impl Known {
    /// Adds a text, in the place after the last one.
    pub fn add(&mut self, text: &Shingles) {
        text.0.iter().for_each(|shingle| self.holders.entry(*shingle).or_default().push(self.lengths.len()));
        self.lengths.push(text.0.len());
    }

    /// The places of the texts that resemble a text at least so much, with how much. Cost: one look at each shingle, and at the
    /// texts that share it.
    pub fn alike(&self, text: &Shingles, at_least: f64) -> Vec<(usize, f64)> {
        let mut shared = vec![0_usize; self.lengths.len()];
        for holder in text.0.iter().filter_map(|shingle| self.holders.get(shingle)).flatten() {
            shared.get_mut(*holder).into_iter().for_each(|count| *count += 1);
        }
        let resemblance = |(place, (shared, length)): (usize, (&usize, &usize))| {
            let all = length + text.0.len() - shared;
            (all > 0).then(|| (place, *shared as f64 / all as f64))
        };
        shared.iter().zip(&self.lengths).enumerate().filter_map(resemblance).filter(|found| found.1 >= at_least).collect()
    }
}

/// Texts of which none says what another one says.
#[derive(Debug, Default)]
pub struct Distinct(Known);

impl Distinct {
    /// Adds a text unless one that is there says nearly the same; whether it was added.
    pub fn add(&mut self, text: &Shingles) -> bool {
        let is_new = self.0.alike(text, ALIKE).is_empty();
        if is_new {
            self.0.add(text);
        }
        is_new
    }
}

/// Pairs that resemble each other at least so much, by their places, most alike first. Only texts that share a feature that
/// few have, or are neighbours among those that share one, are compared, so that thousands of texts are no matter.
pub fn similar_pairs(all: &[Shingles], at_least: f64) -> Vec<(usize, usize, f64)> {
    let mut having: HashMap<u64, Vec<usize>> = HashMap::new();
    for (place, shingles) in all.iter().enumerate() {
        for feature in &shingles.0 {
            having.entry(*feature).or_default().push(place);
        }
    }
    let mut candidates: Vec<(usize, usize)> = having.values().flat_map(|places| pairs(places)).collect();
    candidates.sort_unstable();
    candidates.dedup();
    let resemblance = |(first, second): (usize, usize)| Some((first, second, all.get(first)?.resemblance(all.get(second)?)));
    let mut found: Vec<_> = candidates.into_iter().filter_map(resemblance).filter(|pair| pair.2 >= at_least).collect();
    found.sort_by(|a, b| b.2.total_cmp(&a.2).then(a.0.cmp(&b.0)).then(a.1.cmp(&b.1)));
    found
}

/// Every pair of places; of many only neighbours, which still connects copies of one text with each other.
fn pairs(places: &[usize]) -> Vec<(usize, usize)> {
    let pair = |(first, second): (&usize, &usize)| (*first, *second);
    if places.len() > COMMON {
        return places.iter().zip(places.iter().skip(1)).map(pair).collect();
    }
    let with_later = |(index, first)| places.iter().skip(index + 1).map(move |second| pair((first, second)));
    places.iter().enumerate().flat_map(with_later).collect()
}

fn hash<T: Hash + ?Sized>(value: &T) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alike(one: &str, other: &str) -> f64 {
        Shingles::of(one).resemblance(&Shingles::of(other))
    }

    #[test]
    fn forms_of_words_do_not_count_but_other_words_and_their_order_do() {
        assert!((alike("Moving a page breaks the links to it.", "A moved page breaks links") - 1.0).abs() < 1e-9);
        assert!(alike("Use tabs.", "Use spaces.") < 0.3);
        let (same, turned) = ("retry the upload before the download", "retry the download before the upload");
        assert!(alike(same, turned) < 0.9 && alike(same, turned) > 0.3);
        assert!(alike("", "") < 1e-9 && alike("the", "of") < 1e-9);
    }

    #[test]
    fn rewordings_of_little_are_alike() {
        let like = |a: &str, b: &str| {
            let mut distinct = Distinct::default();
            distinct.add(&Shingles::of(a));
            !distinct.add(&Shingles::of(b))
        };
        assert!(like("Moving a page breaks the links to it, always", "moving pages breaks links to it, always"));
        assert!(!like("Moving a page breaks the links to it", "Moving a folder keeps the names in it"));
        assert!(like("tabs", "Tabs.") && !like("tabs", "spaces") && !like("", ""));
    }

    #[test]
    fn pairs_are_found_among_many() {
        let texts = ["pages break links", "weather", "links break", "page breaks links"].map(Shingles::of);
        let found = similar_pairs(&texts, 0.5);
        assert_eq!((found[0].0, found[0].1), (0, 3));
        assert!(found.iter().all(|pair| pair.0 != 1 && pair.1 != 1));
        let copies = vec![Shingles::of("the same words again"); COMMON * 3];
        assert_eq!(similar_pairs(&copies, 0.5).len(), COMMON * 3 - 1);
    }
}
