//! What somebody looks for: words, "phrases" that must be there, and beginnings of words (`config*`).

use crate::base::{Explain, Explained};

use super::tokens::{Normalizer, for_each_token, is_stop_word, lower};

/// A query, ready to be compared with texts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query {
    terms: Vec<Term>,
    phrases: Vec<Phrase>,
    neighbours: Vec<(usize, usize)>,
}

/// One thing to look for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// As it was typed.
    pub text: String,
    /// What a token must be.
    pub pattern: Pattern,
}

/// What a token is compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pattern {
    /// The token's stem is this.
    Stem(String),
    /// The token in lower case begins with this.
    Prefix(String),
}

/// Terms at fixed distances from each other; a text without it is no answer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Phrase {
    /// Number of the term in the query, and its distance in words from the phrase's beginning.
    pub words: Vec<(usize, u32)>,
}

/// A search for nothing.
#[derive(Debug, thiserror::Error)]
#[error("there is nothing to search for")]
pub struct NoWords {
    /// A command that searches for something.
    pub example: &'static str,
}

impl Explain for NoWords {
    fn explain(&self) -> Explained {
        Explained::wrong("usage").hint(format!("for example `{}`", self.example))
    }
}

impl Query {
    /// The same query, if there is something to look for.
    pub fn required(self, example: &'static str) -> Result<Self, NoWords> {
        if self.is_empty() { Err(NoWords { example }) } else { Ok(self) }
    }

    /// Reads a query. Any text is one; a quote that is never closed means nothing.
    pub fn parse(text: &str) -> Self {
        let mut builder = Builder::default();
        let pieces: Vec<&str> = text.split('"').collect();
        let last = pieces.len().saturating_sub(1);
        for (index, piece) in pieces.iter().enumerate() {
            // Odd pieces stand between two quotes, but for the last one, whose second quote is missing.
            if index % 2 == 1 && index < last { builder.phrase(piece) } else { builder.words(piece) }
        }
        builder.finish()
    }

    /// The terms, each once, in the order in which they were typed.
    pub fn terms(&self) -> &[Term] {
        &self.terms
    }

    pub fn phrases(&self) -> &[Phrase] {
        &self.phrases
    }

    /// Pairs of terms that were typed side by side, as numbers of terms.
    pub fn neighbours(&self) -> &[(usize, usize)] {
        &self.neighbours
    }

    /// Whether there is nothing to look for.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }
}

#[derive(Default)]
struct Builder {
    query: Query,
    /// Kept in case the query consists of nothing else.
    stop_words: Vec<Term>,
    last: Option<usize>,
    normalizer: Normalizer,
}

impl Builder {
    fn words(&mut self, piece: &str) {
        for chunk in piece.split_whitespace() {
            match chunk.strip_suffix('*').filter(|prefix| !prefix.is_empty()) {
                Some(prefix) => self.prefix(prefix),
                None => self.chunk(chunk),
            }
        }
    }

    fn prefix(&mut self, prefix: &str) {
        let beginning = lower(prefix.trim_matches(|c: char| !c.is_alphanumeric())).into_owned();
        if !beginning.is_empty() {
            let term = self.term(Term { text: format!("{prefix}*"), pattern: Pattern::Prefix(beginning) });
            self.typed(term);
        }
    }

    fn chunk(&mut self, chunk: &str) {
        let mut found = Vec::new();
        for_each_token(chunk, |token| found.push(token));
        // A name comes before its parts, as the term that says most.
        found.sort_by_key(|token| (token.position, std::cmp::Reverse(token.text.len())));
        for token in found {
            let term = self.stem(token.text);
            if is_stop_word(&lower(token.text)) {
                self.stop_words.push(term);
                continue;
            }
            let term = self.term(term);
            self.typed(term);
        }
    }

    fn phrase(&mut self, piece: &str) {
        let mut words = Vec::new();
        for_each_token(piece, |token| words.push(token));
        let mut phrase = Phrase::default();
        for token in words {
            if !is_stop_word(&lower(token.text)) {
                let term = self.stem(token.text);
                phrase.words.push((self.term(term), token.position));
            }
        }
        let first = phrase.words.iter().map(|(_, position)| *position).min().unwrap_or(0);
        phrase.words.iter_mut().for_each(|(_, position)| *position -= first);
        if phrase.words.is_empty() {
            self.words(piece);
        } else {
            self.query.phrases.push(phrase);
        }
        self.last = None;
    }

    fn stem(&self, text: &str) -> Term {
        Term { text: text.to_owned(), pattern: Pattern::Stem(self.normalizer.stem(&lower(text)).into_owned()) }
    }

    fn term(&mut self, term: Term) -> usize {
        let known = self.query.terms.iter().position(|other| other.pattern == term.pattern);
        known.unwrap_or_else(|| {
            self.query.terms.push(term);
            self.query.terms.len() - 1
        })
    }

    fn typed(&mut self, term: usize) {
        if let Some(last) = self.last.replace(term).filter(|last| *last != term) {
            self.query.neighbours.push((last, term));
        }
    }

    fn finish(mut self) -> Query {
        if self.query.terms.is_empty() {
            for term in std::mem::take(&mut self.stop_words) {
                let term = self.term(term);
                self.typed(term);
            }
        }
        self.query
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patterns(text: &str) -> Vec<String> {
        let show = |term: &Term| match &term.pattern {
            Pattern::Stem(stem) => stem.clone(),
            Pattern::Prefix(prefix) => format!("{prefix}*"),
        };
        Query::parse(text).terms().iter().map(show).collect()
    }

    #[test]
    fn stop_words_count_only_when_alone() {
        assert_eq!(patterns("the parsing of files"), ["pars", "file"]);
        assert_eq!(patterns("to be"), ["to", "be"]);
        assert!(Query::parse(" \" -- ").is_empty());
    }

    #[test]
    fn names_and_beginnings() {
        assert_eq!(patterns("read_file Config* *"), ["read_file", "read", "file", "config*"]);
        assert_eq!(patterns("parse parsed"), ["pars"]);
    }

    #[test]
    fn phrases_keep_the_distance_of_their_words() {
        let query = Query::parse("x \"state of the art\" \"open");
        assert_eq!(query.phrases(), [Phrase { words: vec![(1, 0), (2, 3)] }]);
        assert_eq!(patterns("x \"state of the art\" \"open"), ["x", "state", "art", "open"]);
        assert_eq!(Query::parse("\"the\"").phrases(), []);
    }

    #[test]
    fn neighbours_are_pairs_of_terms() {
        assert_eq!(Query::parse("merge the driver merge").neighbours(), [(0, 1), (1, 0)]);
    }
}
