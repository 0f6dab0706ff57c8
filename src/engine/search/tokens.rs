//! What counts as a word: words of any language, and names from code, found whole and in their parts.
//!
//! `crate::fs::read_file` is found as itself, as `read_file`, and as `crate`, `fs`, `read`, `file`; `E0308` also as `0308`.

use std::borrow::Cow;
use std::ops::Range;

use rust_stemmers::{Algorithm, Stemmer};
use unicode_segmentation::{UWordBoundIndices, UnicodeSegmentation};

/// Longer chains are data (hashes, encoded files), not names that somebody would look for.
const LONGEST_NAME: usize = 80;

/// One word, or a name as a whole, in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token<'a> {
    pub text: &'a str,
    /// The byte at which it begins.
    pub start: usize,
    /// Which word of the text it is, counting plain words and parts of names; a whole name has the number of its first part.
    pub position: u32,
}

impl Token<'_> {
    /// The bytes that it takes.
    pub fn range(&self) -> Range<usize> {
        self.start..self.start + self.text.len()
    }
}

/// Calls `each` with every token of `text`, in the order of their positions; returns the number of positions.
pub fn for_each_token<'a>(text: &'a str, mut each: impl FnMut(Token<'a>)) -> u32 {
    let mut words = Words { text, next: 0, chunk: None }.peekable();
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

/// The words of `text` with the bytes at which they begin: by the rules of Unicode, and faster by our own where all is ASCII.
struct Words<'a> {
    text: &'a str,
    next: usize,
    /// Within a chunk with other characters: where it begins, and its words.
    chunk: Option<(usize, UWordBoundIndices<'a>)>,
}

impl<'a> Iterator for Words<'a> {
    type Item = (usize, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            while let Some((start, words)) = &mut self.chunk {
                match words.next() {
                    Some((index, word)) if word.contains(char::is_alphanumeric) => return Some((*start + index, word)),
                    Some(_) => {}
                    None => self.chunk = None,
                }
            }
            let rest = self.text.as_bytes().get(self.next..)?;
            let start = self.next + rest.iter().position(|byte| is_word_byte(*byte) || !byte.is_ascii())?;
            let end = self.ascii_word_end(start);
            if self.text.as_bytes().get(end).is_none_or(u8::is_ascii) {
                self.next = end;
                return Some((start, self.text.get(start..end)?));
            }
            let rest = self.text.get(start..)?;
            let chunk = rest.split(|c: char| c.is_ascii_whitespace()).next().unwrap_or(rest);
            self.next = start + chunk.len();
            self.chunk = Some((start, chunk.split_word_bound_indices()));
        }
    }
}

impl Words<'_> {
    /// The end of the run of letters, digits and `_`, also with a `.` or `'` inside, that begins at `start`.
    fn ascii_word_end(&self, start: usize) -> usize {
        let mut end = start;
        loop {
            let rest = self.text.as_bytes().get(end..).unwrap_or_default();
            let run = rest.iter().position(|byte| !is_word_byte(*byte)).unwrap_or(rest.len());
            end += run;
            match rest.get(run..) {
                Some([b'.' | b'\'', next, ..]) if is_word_byte(*next) && run > 0 => end += 1,
                _ => return end,
            }
        }
    }
}

fn is_word_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// What may stand between the parts of one name.
fn is_connector(gap: &str) -> bool {
    matches!(gap, "-" | "/" | "::" | "." | "\\" | "->" | "+" | "@")
}

/// The parts of the word, if it has several, and the word itself; returns the next position.
fn split_word<'a>(word: &'a str, start: usize, position: u32, each: &mut impl FnMut(Token<'a>)) -> u32 {
    let mut parts = 0;
    if !word.bytes().skip(1).all(|byte| byte.is_ascii_lowercase()) {
        for_each_part(word, |offset, part| {
            each(Token { text: part, start: start + offset, position: position + parts });
            parts += 1;
        });
    }
    each(Token { text: word, start, position });
    position + parts.max(1)
}

/// Calls `each` with the parts of a name, `parse|HTML|Page`, `snake|case`, `E|0308`, that are longer than a letter and shorter than it.
fn for_each_part<'a>(word: &'a str, mut each: impl FnMut(usize, &'a str)) {
    let mut emit = |from: usize, end: usize| {
        let whole = word.get(from..end).unwrap_or_default();
        let tail = whole.trim_start_matches(is_joint);
        let part = tail.trim_end_matches(is_joint);
        if part.len() < word.len() && part.chars().nth(1).is_some() {
            each(from + whole.len() - tail.len(), part);
        }
    };
    let (mut from, mut before) = (0, None);
    let mut characters = word.char_indices().peekable();
    while let Some((index, c)) = characters.next() {
        let next = characters.peek().map(|(_, next)| *next);
        if before.replace(c).is_some_and(|before| begins_part(before, c, next)) {
            emit(from, index);
            from = index;
        }
    }
    emit(from, word.len());
}

fn is_joint(c: char) -> bool {
    matches!(c, '_' | '.' | ':')
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
    pub fn stem<'a>(&self, lower: &'a str) -> Cow<'a, str> {
        if lower.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'\'') { self.0.stem(lower) } else { Cow::Borrowed(lower) }
    }
}

/// `text` in lower case, with the typewriter's apostrophe.
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
        assert_eq!(tokens("a—readFile(x)é end"), [(0, "a"), (1, "read"), (2, "File"), (1, "readFile"), (3, "x"), (4, "é"), (5, "end")]);
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
