//! Which terms of a query a token is, decided with as little work as possible: this runs for every word of every text.

use super::query::{Pattern, Query, Term};
use super::tokens::{Normalizer, lower};

/// A query made ready to be compared with very many tokens.
pub(super) struct Matcher<'q> {
    terms: Vec<(&'q Term, &'q str)>,
    normalizer: Normalizer,
    /// First bytes of all terms; most tokens differ there already.
    first_bytes: [bool; 256],
}

impl<'q> Matcher<'q> {
    pub(super) fn new(query: &'q Query) -> Self {
        let terms: Vec<(&Term, &str)> = query.terms().iter().map(|term| (term, sure_beginning(&term.pattern))).collect();
        let mut first_bytes = [false; 256];
        for first in terms.iter().filter_map(|(_, beginning)| beginning.bytes().next()) {
            first_bytes.get_mut(usize::from(first)).into_iter().for_each(|slot| *slot = true);
        }
        Self { terms, normalizer: Normalizer::default(), first_bytes }
    }

    /// Calls `each` with the number of every term that the token `text` is.
    pub(super) fn compare(&self, text: &str, mut each: impl FnMut(usize)) {
        let first = text.bytes().next().map_or(0, |byte| byte.to_ascii_lowercase());
        if first.is_ascii() && !self.first_bytes.get(usize::from(first)).copied().unwrap_or(false) {
            return;
        }
        let lower = lower(text);
        if !self.terms.iter().any(|(_, beginning)| lower.starts_with(beginning)) {
            return;
        }
        let stem = self.normalizer.stem(&lower);
        for (index, (term, _)) in self.terms.iter().enumerate() {
            if fits(&term.pattern, &lower, &stem) {
                each(index);
            }
        }
    }
}

/// Whether a word in lower case, with this stem, is what was asked for.
pub(super) fn fits(pattern: &Pattern, lower: &str, stem: &str) -> bool {
    match pattern {
        Pattern::Stem(wanted) => wanted == stem,
        Pattern::Prefix(wanted) => lower.starts_with(wanted.as_str()),
    }
}

/// How every word that fits begins. The stemmer changes at most the last two letters of what it leaves (`dying` to `die`), so that
/// most words need not be stemmed to be distinguished.
pub(super) fn sure_beginning(pattern: &Pattern) -> &str {
    match pattern {
        Pattern::Prefix(prefix) => prefix,
        Pattern::Stem(stem) => {
            let end = stem.char_indices().nth_back(1).map_or(0, |(index, _)| index);
            let first = stem.chars().next().map_or(0, char::len_utf8);
            stem.get(..end.max(first)).unwrap_or(stem)
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn keeps_its_beginning(word: &str) -> bool {
        let stem = Normalizer::default().stem(word).into_owned();
        word.starts_with(sure_beginning(&Pattern::Stem(stem)))
    }

    #[test]
    fn the_stemmers_exceptions_keep_their_beginning() {
        for word in
            ["skis", "skies", "dying", "lying", "tying", "idly", "gently", "ugly", "early", "only", "singly", "y", "a's", "stability"]
        {
            assert!(keeps_its_beginning(word), "{word}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(3000))]
        #[test]
        fn a_stem_keeps_the_beginning_of_its_word(
            word in "([a-z']{0,3}|[b-dst][aeiouy]){1,4}(at|iz|bl|ent|al|iv)?",
            ending in "(ational|tional|izer|ability|iviti|ivity|bility|iveness|fulness|ously|ies|ied|ing|edly|ed|eed|ement|ogy|ely|y|'s|s)?",
        ) {
            let word = format!("{word}{ending}").trim_matches('\'').to_owned();
            prop_assert!(keeps_its_beginning(&word), "{}", word);
        }
    }
}
