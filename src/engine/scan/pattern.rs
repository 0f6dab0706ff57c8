//! A regular expression of a rule file: written for Go's RE2, read by the `regex` crate, compiled when it is first needed.

use std::sync::OnceLock;

use regex::bytes::{Regex, RegexBuilder};

/// Larger than gitleaks' largest rule needs; a rule file must not be able to use up the memory.
const SIZE_LIMIT: usize = 32 * 1024 * 1024;

/// A regular expression that is compiled once, if ever.
#[derive(Debug)]
pub(super) struct Pattern {
    written: String,
    compiled: OnceLock<Result<Regex, String>>,
}

impl Pattern {
    pub(super) fn new(written: &str) -> Self {
        Self { written: written.to_owned(), compiled: OnceLock::new() }
    }

    /// The expression; `None` if it cannot be read.
    pub(super) fn regex(&self) -> Option<&Regex> {
        self.compiled.get_or_init(|| compile(&self.written)).as_ref().ok()
    }

    #[cfg(test)]
    pub(super) fn is_compiled(&self) -> bool {
        self.compiled.get().is_some()
    }

    /// Whether it matches anywhere. One that cannot be read matches nothing.
    pub(super) fn is_match(&self, text: &[u8]) -> bool {
        self.regex().is_some_and(|regex| regex.is_match(text))
    }

    /// Why it cannot be read, if somebody tried.
    pub(super) fn problem(&self) -> Option<&str> {
        self.compiled.get()?.as_ref().err().map(String::as_str)
    }
}

fn compile(written: &str) -> Result<Regex, String> {
    let translated = translate(written);
    let build = |unicode: bool| RegexBuilder::new(&translated).unicode(unicode).size_limit(SIZE_LIMIT).build();
    // `\w`, `\d`, `\s` and `\b` are ASCII in Go; only classes with other letters need Unicode.
    build(false).or_else(|_| build(true)).map_err(|error| crate::base::text::one_line(&error.to_string()))
}

/// What Go writes differently: a brace that repeats nothing, `[` and `&&` in a class, `\<`, `\Q…\E`.
/// <https://github.com/google/re2/wiki/Syntax>, <https://docs.rs/regex/latest/regex/#syntax>
fn translate(written: &str) -> String {
    let mut out = String::with_capacity(written.len() + 8);
    let mut rest = written;
    let mut class = Class::Outside;
    while let Some(first) = rest.chars().next() {
        let mut taken = first.len_utf8();
        match (first, class) {
            ('\\', _) => taken = escape(rest, &mut out),
            ('[', Class::Outside) => {
                class = Class::Begun;
                out.push('[');
                if let Some(after) = rest.strip_prefix("[^") {
                    out.push('^');
                    taken = rest.len() - after.len();
                }
            }
            ('[', _) if named_class(rest).is_some() => {
                taken = named_class(rest).unwrap_or(1);
                out.push_str(rest.get(..taken).unwrap_or_default());
                class = Class::Inside;
            }
            (']', Class::Inside) => {
                class = Class::Outside;
                out.push(']');
            }
            ('[' | ']' | '&' | '~', Class::Begun | Class::Inside) => {
                out.extend(['\\', first]);
                class = Class::Inside;
            }
            ('-', Class::Inside) if rest.starts_with("--") => out.push_str("\\-"),
            ('{', Class::Outside) if !is_repetition(rest) => out.push_str("\\{"),
            _ => {
                out.push(first);
                class = if class == Class::Begun { Class::Inside } else { class };
            }
        }
        rest = rest.get(taken..).unwrap_or_default();
        if first == '\\' && class == Class::Begun {
            class = Class::Inside;
        }
    }
    out
}

/// Where in a class `[…]` the reading is; at its very beginning `]` is a letter.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Outside,
    Begun,
    Inside,
}

/// Translates what begins with a backslash; how many bytes that is.
fn escape(rest: &str, out: &mut String) -> usize {
    if let Some(literal) = rest.strip_prefix("\\Q") {
        let end = literal.find("\\E");
        out.push_str(&regex::escape(literal.get(..end.unwrap_or(literal.len())).unwrap_or_default()));
        return end.map_or(rest.len(), |end| end + 4);
    }
    let Some(next) = rest.chars().nth(1) else {
        out.push_str("\\\\");
        return 1;
    };
    match next {
        '<' | '>' => out.push(next),
        _ => out.extend(['\\', next]),
    }
    1 + next.len_utf8()
}

/// The length of `[:alpha:]` at the beginning of `rest`.
fn named_class(rest: &str) -> Option<usize> {
    let inner = rest.strip_prefix("[:")?;
    let end = inner.find(":]")?;
    let name = inner.get(..end)?.trim_start_matches('^');
    (!name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase())).then_some(end + 4)
}

/// `{3}`, `{3,}`, `{3,5}`.
fn is_repetition(rest: &str) -> bool {
    let Some((counts, _)) = rest.strip_prefix('{').and_then(|rest| rest.split_once('}')) else { return false };
    let (low, high) = counts.split_once(',').unwrap_or((counts, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    !low.is_empty() && digits(low) && digits(high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_go_reads_is_read_alike() {
        for (written, hits, misses) in [
            (r"^a{2,3}$", "aaa", "a{2,3}"),
            (r"^\${x}$", "${x}", "x"),
            (r"^[a[b]+$", "[ba", "]"),
            (r"^[]a]+$", "]a", "["),
            (r"^[^]a]+$", "b", "]"),
            (r"^[a&&b]+$", "a&b", "c"),
            (r"^[[:alpha:]_]+$", "aB_", "a1"),
            (r"^\<x\>$", "<x>", "x"),
            (r"^\Qa.b\E$", "a.b", "axb"),
            (r"^\w$", "a", "\u{fc}"),
            (r"(?i)^\x60[\x60'\x22]{1,2}$", "``\"", "`"),
            (r"^[\w.-]{2}$", "a-", "a/"),
            ("^[\u{e4}-\u{fc}]$", "\u{e9}", "e"),
        ] {
            let pattern = Pattern::new(written);
            assert!(pattern.is_match(hits.as_bytes()), "{written} {:?} {hits}", pattern.problem());
            assert!(!pattern.is_match(misses.as_bytes()), "{written} {misses}");
        }
    }

    #[test]
    fn what_cannot_be_read_says_why_and_matches_nothing() {
        let pattern = Pattern::new("(a");
        assert_eq!(pattern.problem(), None);
        assert!(!pattern.is_match(b"(a"));
        assert!(pattern.problem().unwrap().contains("unclosed group"));
    }
}
