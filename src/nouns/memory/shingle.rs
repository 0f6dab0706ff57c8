//! Texts that say nearly the same, by the runs of words they share.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::engine::search::tokens::{Normalizer, for_each_token, is_stop_word, lower};

/// How many words make a shingle.
const WORDS: usize = 3;
/// From this share of common shingles on, one of two texts is enough.
const ALIKE: f64 = 0.6;

/// The shingles of a text.
#[derive(Debug, Clone)]
pub struct Shingles(Vec<u64>);

impl Shingles {
    /// Of the stems of its words, without those that say nothing.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let normalizer = Normalizer::default();
        let mut words = Vec::new();
        for_each_token(text, |token| {
            let word = lower(token.text);
            if !is_stop_word(&word) {
                words.push(normalizer.stem(&word).into_owned());
            }
        });
        let length = WORDS.min(words.len()).max(1);
        let mut shingles: Vec<u64> = words.windows(length).map(hash).collect();
        shingles.sort_unstable();
        shingles.dedup();
        Self(shingles)
    }
}

/// Texts of which none says what another one says.
#[derive(Debug, Default)]
pub struct Distinct {
    /// How many shingles each text has.
    lengths: Vec<usize>,
    /// The texts that have a shingle.
    holders: HashMap<u64, Vec<usize>>,
}

impl Distinct {
    /// Adds a text unless one that is there says nearly the same; whether it was added. Cost: one look at each shingle, and at
    /// the texts that share it.
    pub fn add(&mut self, text: &Shingles) -> bool {
        let mut shared = vec![0_usize; self.lengths.len()];
        for holder in text.0.iter().filter_map(|shingle| self.holders.get(shingle)).flatten() {
            shared.get_mut(*holder).into_iter().for_each(|count| *count += 1);
        }
        let is_like = |(shared, length): (&usize, &usize)| {
            let all = length + text.0.len() - shared;
            all > 0 && *shared as f64 / all as f64 >= ALIKE
        };
        if shared.iter().zip(&self.lengths).any(is_like) {
            return false;
        }
        text.0.iter().for_each(|shingle| self.holders.entry(*shingle).or_default().push(self.lengths.len()));
        self.lengths.push(text.0.len());
        true
    }
}

/// Of fixed keys, so that the same texts are alike on every machine.
fn hash(words: &[String]) -> u64 {
    let mut hasher = DefaultHasher::new();
    words.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
