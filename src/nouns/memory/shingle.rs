//! Texts that say nearly the same, by the runs of words they share.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::engine::search::tokens::{Normalizer, for_each_token, is_stop_word, lower};

/// How many words make a shingle.
const WORDS: usize = 3;
/// From this share of common shingles on, one of two texts is enough.
const ALIKE: f64 = 0.6;

/// The shingles of a text.
#[derive(Debug, Clone)]
pub struct Shingles(HashSet<u64>);

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
        Self(words.windows(length).map(hash).collect())
    }

    /// Whether one of the two texts is enough.
    #[must_use]
    pub fn is_like(&self, other: &Self) -> bool {
        let shared = self.0.intersection(&other.0).count();
        let all = self.0.len() + other.0.len() - shared;
        all > 0 && shared as f64 / all as f64 >= ALIKE
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
        let like = |a: &str, b: &str| Shingles::of(a).is_like(&Shingles::of(b));
        assert!(like("Moving a page breaks the links to it, always", "moving pages breaks links to it, always"));
        assert!(!like("Moving a page breaks the links to it", "Moving a folder keeps the names in it"));
        assert!(like("tabs", "Tabs.") && !like("tabs", "spaces") && !like("", ""));
    }
}
