//! How alike two texts are: by the stems of their words and of the pairs of words that stand side by side (Jaccard's index).

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, DefaultHasher, Hash, Hasher};

use rayon::prelude::*;

use super::search::tokens::{Normalizer, for_each_token, is_stop_word, lower};

/// A feature that more texts than this have says little about any two of them.
const COMMON: usize = 16;

/// So many texts at least share what is known of their words.
const SHARED: usize = 16;

/// How many features of all texts are looked at together: what is known of their holders stays small.
const TOGETHER: usize = 1 << 20;

/// From this resemblance on, one of two texts is enough.
const ALIKE: f64 = 0.6;

/// What a text consists of, for comparison. The hashes have fixed keys, so the same texts are alike on every machine.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shingles(Box<[u32]>);

/// The hashes of the stems of words: texts of one project have most of their words in common.
#[derive(Default)]
pub struct Stems {
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

    /// The same, for one of many texts.
    pub fn with(stems: &mut Stems, text: &str) -> Self {
        let mut words: Vec<u64> = Vec::new();
        for_each_token(text, |token| words.extend(stems.hash_of(token.text)));
        // Half of a hash is enough to tell a few hundred features apart, and there are many texts.
        let mut features: Vec<u32> = words.windows(2).map(hash).chain(words.iter().copied()).map(|hash| hash as u32).collect();
        features.sort_unstable();
        features.dedup();
        Self(features.into_boxed_slice())
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
    holders: HashMap<u32, Vec<usize>, BuildHasherDefault<Hashed>>,
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
    fn write_u32(&mut self, hash: u32) {
        self.0 = u64::from(hash) << 32 | u64::from(hash);
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
/// few have, or are neighbours among those that share one, are compared, so that thousands of texts are no matter. Cost: a look
/// at each feature and at a sketch of each such pair; the features themselves are compared only where sketches allow it.
pub fn similar_pairs(all: &[&Shingles], at_least: f64) -> Vec<(usize, usize, f64)> {
    let sketches: Vec<Sketch> = all.par_iter().map(|text| Sketch::of(text)).collect();
    let pairs = Pairs { all, sketches: &sketches, at_least };
    let parts = all.iter().map(|text| text.0.len()).sum::<usize>() / TOGETHER + 1;
    let found = (0..parts).into_par_iter().map(|part| pairs.among(part, parts));
    let mut found = found.reduce(Vec::new, |mut all, more| {
        all.extend(more);
        all.sort_unstable_by_key(|pair| (pair.0, pair.1));
        all.dedup_by_key(|pair| (pair.0, pair.1));
        all
    });
    found.sort_by(|a, b| b.2.total_cmp(&a.2).then(a.0.cmp(&b.0)).then(a.1.cmp(&b.1)));
    found.into_iter().map(|(first, second, resemblance)| (first as usize, second as usize, resemblance)).collect()
}

/// How many features there are of a text, and for each bit whether it stands for an odd number of them. Two texts differ in at
/// least as many features as their sketches do in bits.
struct Sketch {
    length: u32,
    odd: [u64; 8],
}

impl Sketch {
    fn of(text: &Shingles) -> Self {
        let mut odd = [0; 8];
        for feature in &text.0 {
            let word = odd.get_mut((feature >> 6) as usize % 8);
            word.into_iter().for_each(|word| *word ^= 1 << (feature % 64));
        }
        Self { length: u32::try_from(text.0.len()).unwrap_or(u32::MAX), odd }
    }

    /// More than this two texts cannot resemble each other.
    fn at_most(&self, other: &Self) -> f64 {
        let bits: u32 = self.odd.iter().zip(&other.odd).map(|(one, other)| (one ^ other).count_ones()).sum();
        let (all, apart) = (self.length.saturating_add(other.length), bits.max(self.length.abs_diff(other.length)));
        f64::from(all.saturating_sub(apart)) / f64::from(all.saturating_add(apart))
    }
}

/// Where pairs are looked for.
struct Pairs<'a> {
    all: &'a [&'a Shingles],
    sketches: &'a [Sketch],
    at_least: f64,
}

impl Pairs<'_> {
    /// The pairs that one of several parts of all features leads to.
    fn among(&self, part: usize, parts: usize) -> Vec<(u32, u32, f64)> {
        let begin = |part: usize| ((part as u64) << 32) / parts as u64;
        let mut holders: Vec<(u32, u32)> = Vec::new();
        for (place, text) in (0_u32..).zip(self.all) {
            let from = text.0.partition_point(|feature| u64::from(*feature) < begin(part));
            let own = text.0.iter().skip(from).take_while(|feature| u64::from(**feature) < begin(part + 1));
            holders.extend(own.map(|feature| (*feature, place)));
        }
        holders.sort_unstable();
        let mut pairs: Vec<(u32, u32)> = Vec::new();
        for same in holders.chunk_by(|a, b| a.0 == b.0) {
            // Of many only neighbours, which still connects copies of one text with each other.
            let reach = if same.len() > COMMON { 1 } else { COMMON };
            for (index, (_, first)) in same.iter().enumerate() {
                let later = same.iter().skip(index + 1).take(reach).map(|(_, second)| (*first, *second));
                pairs.extend(later.filter(|pair| self.may_be(*pair)));
            }
        }
        pairs.sort_unstable();
        pairs.dedup();
        let resemblance = |(first, second): (u32, u32)| {
            let (one, other) = (self.all.get(first as usize)?, self.all.get(second as usize)?);
            Some((first, second, one.resemblance(other))).filter(|pair| pair.2 >= self.at_least)
        };
        pairs.into_iter().filter_map(resemblance).collect()
    }

    fn may_be(&self, (first, second): (u32, u32)) -> bool {
        let sketches = self.sketches.get(first as usize).zip(self.sketches.get(second as usize));
        sketches.is_some_and(|(one, other)| one.at_most(other) >= self.at_least)
    }
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
        let found = similar_pairs(&texts.iter().collect::<Vec<_>>(), 0.5);
        assert_eq!((found[0].0, found[0].1), (0, 3));
        assert!(found.iter().all(|pair| pair.0 != 1 && pair.1 != 1));
        let text = Shingles::of("the same words again");
        let copies = vec![&text; COMMON * 3];
        assert_eq!(similar_pairs(&copies, 0.5).len(), COMMON * 3 - 1);
    }

    /// Every candidate compared in full, as the definition says.
    fn one_by_one(all: &[&Shingles], at_least: f64) -> Vec<(usize, usize, f64)> {
        let mut having: std::collections::BTreeMap<u32, Vec<usize>> = std::collections::BTreeMap::new();
        for (place, text) in all.iter().enumerate() {
            text.0.iter().for_each(|feature| having.entry(*feature).or_default().push(place));
        }
        let mut pairs = std::collections::BTreeSet::new();
        for places in having.values() {
            for (index, first) in places.iter().enumerate() {
                let reach = if places.len() > COMMON { 1 } else { places.len() };
                pairs.extend(places.iter().skip(index + 1).take(reach).map(|second| (*first, *second)));
            }
        }
        let mut found: Vec<_> =
            pairs.into_iter().map(|(a, b)| (a, b, all[a].resemblance(all[b]))).filter(|pair| pair.2 >= at_least).collect();
        found.sort_by(|a, b| b.2.total_cmp(&a.2).then((a.0, a.1).cmp(&(b.0, b.1))));
        found
    }

    proptest::proptest! {
        #[test]
        fn no_pair_is_lost_on_the_way(
            texts in proptest::collection::vec(proptest::collection::vec(0_u32..40, 0..30), 0..60),
            spread in proptest::sample::select(vec![1_u32, 0x0600_0001]),
            at_least in proptest::sample::select(vec![0.3, 0.6, 1.0]),
        ) {
            let shingles = |features: &Vec<u32>| {
                let mut features: Vec<u32> = features.iter().map(|feature| feature.wrapping_mul(spread)).collect();
                features.sort_unstable();
                features.dedup();
                Shingles(features.into_boxed_slice())
            };
            let texts: Vec<Shingles> = texts.iter().map(shingles).collect();
            let all: Vec<&Shingles> = texts.iter().collect();
            let wanted = one_by_one(&all, at_least);
            proptest::prop_assert_eq!(&similar_pairs(&all, at_least), &wanted);
            // In however many parts features are looked at.
            let sketches: Vec<Sketch> = texts.iter().map(Sketch::of).collect();
            let pairs = Pairs { all: &all, sketches: &sketches, at_least };
            let mut parts: Vec<(u32, u32)> = (0..7).flat_map(|part| pairs.among(part, 7)).map(|pair| (pair.0, pair.1)).collect();
            parts.sort_unstable();
            parts.dedup();
            let mut wanted: Vec<(u32, u32)> = wanted.iter().map(|pair| (pair.0 as u32, pair.1 as u32)).collect();
            wanted.sort_unstable();
            proptest::prop_assert_eq!(parts, wanted);
        }
    }
}
