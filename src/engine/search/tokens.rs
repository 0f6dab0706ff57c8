//! What counts as a word: words of any language, and names from code, found whole and in their parts.
//!
//! `crate::fs::read_file` is found as itself, as `read_file`, and as `crate`, `fs`, `read`, `file`; `E0308` also as `0308`.

use std::borrow::Cow;
use std::ops::Range;

use rust_stemmers::{Algorithm, Stemmer};
use unicode_segmentation::UnicodeSegmentation;

/// Longer chains are data (hashes, encoded files), not names that somebody would look for.
const LONGEST_NAME: usize = 80;

/// One word, or a name as a whole, in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token<'a> {
    /// As it is written.
    pub text: &'a str,
    /// The byte at which it begins.
    pub start: usize,
    /// Which word of the text it is, counting plain words and parts of names; a whole name has the number of its first part.
    pub position: u32,
}

impl Token<'_> {
    /// The bytes that it takes.
    #[must_use]
    pub fn range(&self) -> Range<usize> {
        self.start..self.start + self.text.len()
    }
}

/// Calls `each` with every token of `text`, in the order of their positions; returns the number of positions.
pub fn for_each_token<'a>(text: &'a str, mut each: impl FnMut(Token<'a>)) -> u32 {
    let mut words = text.unicode_word_indices().peekable();
    let mut position = 0;
    while let Some((start, first)) = words.next() {
        let first_position = position;
        let mut end = start + first.len();
        position = split_word(first, start, position, &mut each);
        let mut chained = false;
        while let Some((next, word)) = words.next_if(|(next, _)| text.get(end..*next).is_some_and(is_connector)) {
            chained = true;
            end = next + word.len();
            position = split_word(word, next, position, &mut each);
        }
        if chained
            && end - start <= LONGEST_NAME
            && let Some(name) = text.get(start..end)
        {
            each(Token { text: name, start, position: first_position });
        }
    }
    position
}

/// What may stand between the parts of one name.
fn is_connector(gap: &str) -> bool {
    matches!(gap, "-" | "/" | "::" | "." | "\\" | "->" | "+" | "@")
}

/// The word itself and, if it has several, its parts; returns the next position.
fn split_word<'a>(word: &'a str, start: usize, position: u32, each: &mut impl FnMut(Token<'a>)) -> u32 {
    let mut parts = 0;
    let mut from = 0;
    let plain = word.bytes().skip(1).all(|byte| byte.is_ascii_lowercase());
    for end in part_ends(word).take(if plain { 0 } else { usize::MAX }) {
        let part = word.get(from..end).unwrap_or_default().trim_matches(is_joint);
        if part.len() < word.len() && part.chars().nth(1).is_some() {
            let offset = word.get(from..end).and_then(|raw| raw.find(part)).unwrap_or(0);
            each(Token { text: part, start: start + from + offset, position: position + parts });
            parts += 1;
        }
        from = end;
    }
    each(Token { text: word, start, position });
    position + parts.max(1)
}

fn is_joint(c: char) -> bool {
    matches!(c, '_' | '.' | ':')
}

/// The bytes after which a new part begins, with the word's end: `parse|HTML|Page`, `snake|_case`, `E|0308`.
fn part_ends(word: &str) -> impl Iterator<Item = usize> {
    let after = word.char_indices().zip(word.chars().skip(1)).zip(word.chars().skip(2).map(Some).chain([None]));
    let inner =
        after.filter(|(((_, before), c), next)| begins_part(*before, *c, *next)).map(|(((index, before), _), _)| index + before.len_utf8());
    inner.chain([word.len()])
}

fn begins_part(before: char, c: char, next: Option<char>) -> bool {
    let hump = c.is_uppercase() && (before.is_lowercase() || (before.is_uppercase() && next.is_some_and(char::is_lowercase)));
    hump || is_joint(c) || c.is_numeric() != before.is_numeric() && !is_joint(before)
}

/// Turns tokens into the terms that are compared.
pub struct Normalizer(Stemmer);

impl Default for Normalizer {
    fn default() -> Self {
        Self(Stemmer::create(Algorithm::English))
    }
}

impl Normalizer {
    /// The stem of a word in lower case, which [`lower`] makes. Only English words change; names with other characters stay.
    #[must_use]
    pub fn stem<'a>(&self, lower: &'a str) -> Cow<'a, str> {
        if lower.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'\'') { self.0.stem(lower) } else { Cow::Borrowed(lower) }
    }
}

/// `text` in lower case, with the typewriter's apostrophe.
#[must_use]
pub fn lower(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        let changes = text.bytes().any(|byte| byte.is_ascii_uppercase());
        return if changes { Cow::Owned(text.to_ascii_lowercase()) } else { Cow::Borrowed(text) };
    }
    Cow::Owned(text.chars().flat_map(char::to_lowercase).map(|c| if c == '’' { '\'' } else { c }).collect())
}

/// English words that say nothing about what a text is about.
const STOP_WORDS: &[&str] = &[
    "a", "an", "and", "are", "as", "at", "be", "but", "by", "can", "do", "does", "for", "from", "had", "has", "have", "how", "i", "if",
    "in", "into", "is", "it", "its", "of", "on", "or", "our", "so", "than", "that", "the", "their", "then", "there", "these", "they",
    "this", "to", "was", "we", "were", "what", "when", "where", "which", "who", "why", "will", "with", "you", "your",
];

/// Whether a query is better off without this word, given in lower case.
#[must_use]
pub fn is_stop_word(lower: &str) -> bool {
    STOP_WORDS.binary_search(&lower).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(text: &str) -> Vec<(u32, &str)> {
        let mut found = Vec::new();
        for_each_token(text, |token| {
            assert_eq!(text.get(token.range()), Some(token.text));
            found.push((token.position, token.text));
        });
        found
    }

    #[test]
    fn names_are_found_whole_and_in_parts() {
        assert_eq!(tokens("use read_file"), [(0, "use"), (1, "read"), (2, "file"), (1, "read_file")]);
        assert_eq!(tokens("parseHTMLPage"), [(0, "parse"), (1, "HTML"), (2, "Page"), (0, "parseHTMLPage")]);
        assert_eq!(tokens("a::bc"), [(0, "a"), (1, "bc"), (0, "a::bc")]);
        assert_eq!(tokens("E0308!"), [(0, "0308"), (0, "E0308")]);
        assert_eq!(tokens("src/main.rs,x"), [(0, "src"), (1, "main"), (2, "rs"), (1, "main.rs"), (0, "src/main.rs"), (3, "x")]);
    }

    #[test]
    fn words_of_any_language_are_words() {
        assert_eq!(tokens("Don’t panic"), [(0, "Don’t"), (1, "panic")]);
        assert_eq!(tokens("größe été"), [(0, "größe"), (1, "été")]);
        assert_eq!(tokens("検索"), [(0, "検"), (1, "索")]);
        assert_eq!(tokens(" \n—…"), []);
    }

    #[test]
    fn terms_are_stems_in_lower_case() {
        let normalizer = Normalizer::default();
        let term = |text: &str| normalizer.stem(&lower(text)).into_owned();
        assert_eq!(term("Parsing"), term("parsed"));
        assert_eq!(term("parser’s"), term("parser"));
        assert_eq!(term("ÉTÉ"), "été");
        assert_eq!(term("running_jobs"), "running_jobs");
    }

    #[test]
    fn stop_words_are_sorted_for_the_search_in_them() {
        assert!(STOP_WORDS.is_sorted());
        assert!(is_stop_word("the") && !is_stop_word("merge"));
    }
}
