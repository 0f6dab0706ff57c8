//! Small things about text for people.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use super::hidden::{self, Hidden};

/// A part of a file name made from a title: lower-case ASCII words joined by `-`, at most `limit` bytes.
pub fn slug(title: &str, limit: usize) -> String {
    join_words(title, limit, |c| c.is_ascii_alphanumeric())
}

/// The same with letters of any script, so that a file is found by its title in every language. Latin letters lose their accents;
/// the others are composed, as git keeps names (`core.precomposeUnicode`).
pub fn file_slug(title: &str, limit: usize) -> String {
    let mut is_latin = false;
    let has_place = |c: &char| {
        let is_mark = is_combining_mark(*c);
        is_latin = if is_mark { is_latin } else { c.is_ascii() };
        !(is_mark && is_latin)
    };
    let plain: String = title.nfd().filter(has_place).nfc().collect();
    join_words(&plain, limit, |c| c.is_alphanumeric() || is_combining_mark(c))
}

/// Whole words as far as they fit; of a first one that is too long, as where words have no spaces between them, its beginning.
fn join_words(title: &str, limit: usize, is_letter: impl Fn(char) -> bool) -> String {
    let mut slug = String::new();
    for word in title.split(|c| !is_letter(c)).filter(|word| !word.is_empty()) {
        let word = word.to_lowercase();
        if slug.is_empty() {
            let fits = |(at, part): &(usize, &str)| at + part.len() <= limit;
            slug = word.grapheme_indices(true).take_while(fits).map(|(_, part)| part).collect();
        } else if slug.len() + 1 + word.len() <= limit {
            slug = slug + "-" + &word;
        } else {
            break;
        }
    }
    slug
}

/// The first sentence of a text, or its first line where that is shorter.
pub fn first_sentence(text: &str) -> &str {
    // Some files write the line end of a quoted text outside of quotes.
    let line = text.trim().split(['\n', '\r']).next().unwrap_or_default().split("\\n").next().unwrap_or_default();
    let mut ends = line.match_indices(['.', '!', '?']).map(|(at, mark)| at + mark.len());
    let end = ends.find(|at| line.get(*at..).is_some_and(|rest| rest.starts_with(char::is_whitespace)));
    end.and_then(|at| line.get(..at)).unwrap_or(line)
}

/// `1 file`, `2 files`.
pub fn plural(count: usize, word: &str) -> String {
    if count == 1 { format!("1 {word}") } else { format!("{count} {word}s") }
}

/// The number of terminal columns that `text` takes.
pub fn width(text: &str) -> usize {
    if is_plain(text) { text.len() } else { UnicodeWidthStr::width(text) }
}

/// Printable ASCII, as nearly all text is: one byte, one column.
fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

/// `text` cut to `columns` terminal columns, with `…` where something is missing.
pub fn fit(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let mut cut = String::new();
    let mut used = 0;
    for grapheme in text.graphemes(true) {
        let wide = width(grapheme);
        if used + wide + 1 > columns {
            break;
        }
        used += wide;
        cut.push_str(grapheme);
    }
    if columns > 0 {
        cut.push('…');
    }
    cut
}

/// One line of text in at most `lines` lines of `columns` columns; the last is cut where that is not enough.
pub fn wrap(text: &str, columns: usize, limit: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in one_line(text).split(' ') {
        let full = lines.len() >= limit;
        let Some(line) = lines.last_mut() else { break };
        if line.is_empty() {
            line.push_str(word);
        } else if full || width(line) + 1 + width(word) <= columns {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines.iter().map(|line| fit(line, columns)).collect()
}

/// One line of plain text from anything: runs of white space become one space, control characters and those that
/// show nothing go.
///
/// Everything that came from a file passes through here on its way to a table, so that it cannot drive a terminal.
pub fn one_line(text: &str) -> String {
    if is_plain(text) && !text.contains("  ") && !text.starts_with(' ') && !text.ends_with(' ') {
        return text.to_owned();
    }
    let clean: String = hidden::strip(text).0.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    clean.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// `text` for a terminal: line ends and tabs stay, other control characters (escape sequences) and those that show nothing go.
pub fn printable(text: &str) -> String {
    hidden::strip(text).0.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect()
}

/// The first character of a text that does something to a line rather than appear in it.
pub fn find_control(text: &str) -> Option<char> {
    let steers = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    text.chars().find(|c| steers(*c) || matches!(hidden::kind(*c), Some(Hidden::Bidi | Hidden::Tag)))
}

/// `1m 05s`, `12s`.
pub fn duration(seconds: u64) -> String {
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, s) => format!("{s}s"),
        (0, m, s) => format!("{m}m {s:02}s"),
        (h, m, _) => format!("{h}h {m:02}m"),
    }
}

/// The one of `words` that `word` is most likely a misspelling of, or the same in other letters (`Max-Attempts`).
pub fn closest<'a>(word: &str, words: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let near = words.into_iter().map(|known| (distance(word, known), known));
    let limit = |known: &str| if known.len() < 7 { 1 } else { 2 };
    near.filter(|(distance, known)| *distance <= limit(known)).min().map(|(_, known)| known)
}

/// How many letters must be added, left out, exchanged, or swapped with the next one to make one word of the other.
pub fn distance(one: &str, other: &str) -> usize {
    let fold = |word: &str| word.to_lowercase().replace(['-', ' '], "_").chars().take(64).collect::<Vec<char>>();
    let (one, other) = (fold(one), fold(other));
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    let mut left = None;
    for (index, letter) in one.iter().enumerate() {
        let mut next = vec![index + 1];
        let mut above = None;
        for (column, second) in other.iter().enumerate() {
            let at = |row: &[usize], column: usize| row.get(column).copied().unwrap_or(usize::MAX / 2);
            let exchanged = at(&row, column) + usize::from(letter != second);
            let swapped = if column > 0 && left == Some(second) && above == Some(letter) { at(&before, column - 1) + 1 } else { exchanged };
            next.push(exchanged.min(swapped).min(at(&row, column + 1) + 1).min(at(&next, column) + 1));
            above = Some(second);
        }
        left = Some(letter);
        before = std::mem::replace(&mut row, next);
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slug_is_safe_in_a_file_name() {
        assert_eq!(slug("Fix: the \"Parser\" / ünïcode…", 40), "fix-the-parser-n-code");
        assert_eq!(slug("日本", 40), "");
        assert_eq!(slug("one two three", 8), "one-two");
        for (title, slug) in [
            ("Fix: the \"Parser\" / u\u{308}nïcode…", "fix-the-parser-unicode"),
            ("Größe 2.0", "große-2-0"),
            ("日本語の文書を直す", "日本語の文書を直す"),
            ("Исправить Ёлку", "исправить-ёлку"),
            ("한국어 문서", "한국어-문서"),
            ("हिन्दी में", "हिन्दी-में"),
            ("../*?\u{202e}", ""),
        ] {
            assert_eq!(file_slug(title, 40), slug);
        }
        assert_eq!(file_slug("日本語", 8), "日本");
    }

    #[test]
    fn a_sentence_ends_with_its_mark() {
        for (text, first) in [
            ("Finds bugs. Use it often.", "Finds bugs."),
            ("Writes v1.2 notes and more", "Writes v1.2 notes and more"),
            ("One line\nand another.", "One line"),
            (r"Plans the work.\n\nExamples: <example>", "Plans the work."),
            ("", ""),
        ] {
            assert_eq!(first_sentence(text), first);
        }
    }

    #[test]
    fn a_misspelt_word_is_recognised() {
        let words = ["deny", "write", "max_attempts", "documentation"];
        for (word, known) in [
            ("dney", Some("deny")),
            ("denyy", Some("deny")),
            ("Deny", Some("deny")),
            ("wirte", Some("write")),
            ("Max-Attempts", Some("max_attempts")),
            ("max_atempt", Some("max_attempts")),
            ("documentaton", Some("documentation")),
            ("tags", None),
            ("color", None),
            ("", None),
        ] {
            assert_eq!(closest(word, words), known, "{word}");
        }
        assert_eq!((distance("abcd", "abdc"), distance("", "ab"), distance("kitten", "sitting")), (1, 2, 3));
    }

    #[test]
    fn a_line_is_wrapped_and_cut() {
        assert_eq!(wrap("one two three four five six", 9, 2), ["one two", "three fo…"]);
        assert_eq!(wrap("", 9, 2), [""]);
        assert_eq!(wrap("日本語日本語 x", 7, 2), ["日本語…", "x"]);
    }

    #[test]
    fn text_fits_its_columns() {
        assert_eq!(fit("abcdef", 4), "abc…");
        assert_eq!(fit("日本語", 5), "日本…");
        assert_eq!(one_line("a\x1b[31m\tb\n c"), "a [31m b c");
        assert_eq!(one_line("a\u{202e}b \u{2066}c\u{2069}\u{200f}"), "ab c");
        assert_eq!(printable("a\u{202e}b\n\u{200e}日本"), "ab\n日本");
    }
}
