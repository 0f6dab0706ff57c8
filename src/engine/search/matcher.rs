//! Which terms of a query a token is.

use super::query::{Pattern, Query, Term};
use super::tokens::{Normalizer, lower};

/// A query made ready to be compared with very many tokens.
pub(super) struct Matcher<'q> {
    terms: &'q [Term],
    normalizer: Normalizer,
    /// First bytes of all terms. A stem begins as its word does, so most words need not be stemmed.
    beginnings: [bool; 256],
}

impl<'q> Matcher<'q> {
    pub(super) fn new(query: &'q Query) -> Self {
        let mut beginnings = [false; 256];
        for term in query.terms() {
            let (Pattern::Stem(text) | Pattern::Prefix(text)) = &term.pattern;
            if let Some(slot) = text.bytes().next().and_then(|byte| beginnings.get_mut(usize::from(byte))) {
                *slot = true;
            }
        }
        Self { terms: query.terms(), normalizer: Normalizer::default(), beginnings }
    }

    /// Calls `each` with the number of every term that the token `text` is.
    pub(super) fn compare(&self, text: &str, mut each: impl FnMut(usize)) {
        let first = text.bytes().next().map_or(0, |byte| byte.to_ascii_lowercase());
        if first.is_ascii() && !self.beginnings.get(usize::from(first)).copied().unwrap_or(false) {
            return;
        }
        let lower = lower(text);
        let stem = self.normalizer.stem(&lower);
        for (index, term) in self.terms.iter().enumerate() {
            let fits = match &term.pattern {
                Pattern::Stem(wanted) => *wanted == stem,
                Pattern::Prefix(wanted) => lower.starts_with(wanted.as_str()),
            };
            if fits {
                each(index);
            }
        }
    }
}
