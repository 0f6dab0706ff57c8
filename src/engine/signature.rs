//! What stays the same of an error when it happens again: its text without addresses, paths, line numbers, ids and times.

use crate::base::text::{fit, one_line};

/// A place of an error's text that is not the same the next time becomes this.
const HOLE: &str = "_";
/// With fewer words a line does not say what went wrong.
const TELLING_WORDS: usize = 2;
/// Words that are in any error of their sort: who knows only these cannot tell one from another.
const BOILERPLATE: &[&str] = &[
    "a",
    "aborting",
    "an",
    "and",
    "assertion",
    "at",
    "backtrace",
    "by",
    "call",
    "caused",
    "code",
    "command",
    "due",
    "ended",
    "error",
    "errors",
    "exception",
    "exit",
    "exited",
    "fail",
    "failed",
    "failure",
    "fatal",
    "file",
    "following",
    "for",
    "from",
    "in",
    "is",
    "it",
    "its",
    "last",
    "left",
    "line",
    "main",
    "most",
    "non-zero",
    "of",
    "on",
    "panic",
    "panicked",
    "previous",
    "process",
    "program",
    "recent",
    "result",
    "returned",
    "right",
    "status",
    "test",
    "tests",
    "the",
    "thread",
    "to",
    "traceback",
    "was",
    "with",
];
/// What stands before the message of a panic; its place ends with a colon where the message is on the next line.
const PANICKED: &str = "panicked at ";
/// How wide the line may be that stands for an error, in columns.
const LINE_COLUMNS: usize = 160;
/// How many lines of a log are taken for what it is about.
const LINES: usize = 12;
/// Words that mark the line of a log that says what went wrong.
const MARKS: &[&str] = &[
    "error",
    "exception",
    "panic",
    "fatal",
    "fail",
    "traceback",
    "cannot",
    "could not",
    "undefined",
    "unresolved",
    "denied",
    "not found",
    "no such",
    "abort",
    "segmentation",
    "timeout",
    "timed out",
    "refused",
    "invalid",
    "mismatch",
];

/// The words of an error in the order in which they stand; what changes from time to time is a hole.
pub fn normalize(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for raw in without_escapes(text)
        .split(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | ',' | ';' | '(' | ')' | '{' | '}' | '<' | '>' | '|' | '='))
    {
        for word in pieces(raw) {
            if !(word == HOLE && words.last().is_some_and(|last| last == HOLE)) {
                words.push(word);
            }
        }
    }
    words
}

/// Whether the words of `signature` are in `text` one after the other, and how many of them say something.
pub fn matches(signature: &[String], text: &[String]) -> Option<usize> {
    let wanted: Vec<&String> = signature.iter().filter(|word| *word != HOLE).collect();
    let there: Vec<&String> = text.iter().filter(|word| *word != HOLE).collect();
    let found = !wanted.is_empty() && there.windows(wanted.len()).any(|window| window == wanted);
    found.then_some(wanted.len())
}

/// Whether words tell an error from others of its sort.
pub fn tells(words: &[String]) -> bool {
    words.iter().filter(|word| *word != HOLE && !BOILERPLATE.contains(&word.as_str())).count() >= TELLING_WORDS
}

/// The lines of a log that say what went wrong, as words to search for: the ones with a mark, else the last ones.
pub fn telling_lines(text: &str) -> String {
    let lines = lines_of(text);
    let mut told: Vec<&String> = lines.iter().filter(|line| is_marked(line)).take(LINES).collect();
    if told.is_empty() {
        told = lines.iter().rev().take(LINES).rev().collect();
    }
    let words = told.iter().flat_map(|line| normalize(line)).filter(|word| word != HOLE);
    words.collect::<Vec<_>>().join(" ")
}

/// The line that says best what went wrong: of the first text that has one, the first line with a mark that tells the error from
/// others; else the last line that does.
pub fn telling_line(texts: &[&str]) -> Option<String> {
    let texts: Vec<Vec<String>> = texts.iter().map(|text| lines_of(text)).collect();
    let told = |line: &&String| tells(&normalize(line));
    let marked = || texts.iter().find_map(|lines| lines.iter().filter(|line| is_marked(line)).find(told));
    let last = || texts.iter().find_map(|lines| lines.iter().rev().filter(|line| !line.starts_with("note: ")).find(told));
    marked().or_else(last).map(|line| fit(&one_line(line), LINE_COLUMNS))
}

/// Whether a line says that something went wrong.
pub fn is_marked(line: &str) -> bool {
    let line = line.to_lowercase();
    MARKS.iter().any(|mark| line.contains(mark))
}

/// The lines that are not empty. A panic is one line with its message, and without the thread it was in.
fn lines_of(text: &str) -> Vec<String> {
    let clean = without_escapes(text);
    let mut lines = clean.lines().map(str::trim).filter(|line| !line.is_empty());
    let mut found = Vec::new();
    while let Some(line) = lines.next() {
        let panic = line.find(PANICKED).and_then(|at| line.get(at..));
        found.push(match panic {
            Some(panic) if panic.ends_with(':') => format!("{panic} {}", lines.next().unwrap_or_default()),
            _ => panic.unwrap_or(line).to_owned(),
        });
    }
    found
}

/// The text without the colours of a terminal.
fn without_escapes(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        if c == '\u{1b}' {
            if rest.next_if_eq(&'[').is_some() {
                while rest.next().is_some_and(|c| !c.is_ascii_alphabetic()) {}
            }
        } else if !c.is_control() || c.is_whitespace() {
            out.push(c);
        }
    }
    out
}

/// A word as it stays: in lower case, without punctuation around it, or as a hole; a code in brackets stays next to its word.
fn pieces(raw: &str) -> Vec<String> {
    let parts = raw.split(['[', ']']).map(|part| part.trim_matches(|c: char| matches!(c, '.' | ':' | '!' | '?' | '-' | '*' | '#')));
    parts
        .filter(|part| part.chars().any(char::is_alphanumeric))
        .map(|part| if changes(part) { HOLE.to_owned() } else { part.to_lowercase() })
        .collect()
}

/// Whether a word is something that is not the same the next time.
fn changes(word: &str) -> bool {
    is_number(word) || is_address(word) || is_path(word) || is_identifier(word) || is_time(word)
}

fn is_number(word: &str) -> bool {
    let digits = word.trim_start_matches(['+', '-', '~', 'L', 'v']);
    let ends = ["ms", "s", "kb", "mb", "gb", "%", "b"];
    let lower = digits.to_lowercase();
    let number = ends.iter().find_map(|end| lower.strip_suffix(end)).unwrap_or(&lower);
    !number.is_empty()
        && number.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | ':' | '_' | '/'))
        && number.contains(|c: char| c.is_ascii_digit())
}

fn is_address(word: &str) -> bool {
    let hex = |text: &str| text.chars().all(|c| c.is_ascii_hexdigit());
    word.strip_prefix("0x").or_else(|| word.strip_prefix("0X")).is_some_and(|rest| !rest.is_empty() && hex(rest))
        || word.len() >= 7 && hex(word) && word.contains(|c: char| c.is_ascii_digit())
}

/// A path, with or without line and column; `crate::module` is not one, and `std/io` is.
fn is_path(word: &str) -> bool {
    let drive = word.get(1..3).is_some_and(|mark| mark == ":\\" || mark == ":/");
    let located = word.rsplit_once(':').is_some_and(|(head, line)| head.contains('.') && line.chars().all(|c| c.is_ascii_digit()));
    drive || located || word.contains('/') || word.contains('\\') || word.starts_with("~/")
}

fn is_identifier(word: &str) -> bool {
    let groups: Vec<&str> = word.split('-').collect();
    groups.len() == 5 && groups.iter().all(|group| group.len() >= 4 && group.chars().all(|c| c.is_ascii_hexdigit()))
}

/// `2026-01-31T09:00:00.123Z`, `2026-01-31`, `09:00:00`.
fn is_time(word: &str) -> bool {
    let marks = word.matches([':', '-', 'T', 'Z', '.', '+', '/']).count();
    marks >= 2
        && word.contains(|c: char| c.is_ascii_digit())
        && word.chars().all(|c| c.is_ascii_digit() || matches!(c, ':' | '-' | 'T' | 'Z' | '.' | '+' | '/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> String {
        normalize(text).join(" ")
    }

    #[test]
    fn what_changes_is_a_hole_and_what_stays_stays() {
        for (text, wanted) in [
            ("error[E0499]: cannot borrow `x.y` as mutable\n --> src/a/b.rs:10:5", "error e0499 cannot borrow x.y as mutable _"),
            (
                "thread 'main' panicked at src/main.rs:4:7:\nindex out of bounds: the len is 3",
                "thread main panicked at _ index out of bounds the len is _",
            ),
            ("2026-01-31T09:00:00.123Z ERR_MODULE_NOT_FOUND 0x7ffde3a0", "_ err_module_not_found _"),
            (
                "\u{1b}[31mTypeError\u{1b}[0m: Cannot read properties of undefined (reading 'id')",
                "typeerror cannot read properties of undefined reading id",
            ),
            ("  File \"/usr/lib/python3/a.py\", line 10, in main", "file _ line _ in main"),
            ("request 3f2504e0-4f89-11d3-9a0c-0305e82c3301 failed after 30s", "request _ failed after _"),
            ("at Object.<anonymous> (C:\\x\\y.js:1:2)", "at object anonymous _"),
            ("commit deadbeef1 is missing crate::fs::read", "commit _ is missing crate::fs::read"),
        ] {
            assert_eq!(line(text), wanted, "{text}");
        }
    }

    #[test]
    fn a_signature_stands_in_a_log() {
        let log = normalize("INFO 12 start\nerror[E0499]: cannot borrow `items` as mutable more than once\n --> src/x.rs:1:2");
        assert_eq!(matches(&normalize("error[E0499]: cannot borrow"), &log), Some(4));
        assert_eq!(matches(&normalize("E0499"), &log), Some(1));
        assert_eq!(matches(&normalize("cannot borrow `other`"), &log), None);
        assert_eq!(matches(&normalize("42"), &log), None, "a signature of holes fits nothing");
        let gap = normalize("failed after 30s with code 7");
        assert_eq!(matches(&gap, &normalize("it failed after 12ms with code 9 today")), Some(4));
    }

    #[test]
    fn one_line_stands_for_an_error_and_its_words_for_themselves() {
        let log = "running 3 tests\nFAILED\n\u{1b}[31merror[E0308]\u{1b}[0m:  mismatched types in /tmp/a.rs:1:2\nerror: aborting\n";
        let told = telling_line(&[log]).unwrap();
        assert_eq!(told, "error[E0308]: mismatched types in /tmp/a.rs:1:2");
        let signature = line(&told);
        assert_eq!(
            (signature.as_str(), line(&signature)),
            ("error e0308 mismatched types in _", "error e0308 mismatched types in".to_owned())
        );
        assert!(matches(&normalize(&signature), &normalize(log)).is_some());
        assert_eq!(telling_line(&["one two\nthree four\n7 8\n"]).as_deref(), Some("three four"));
        assert_eq!((telling_line(&["FAILED\n\n12:00:01"]), telling_line(&[""])), (None, None));
    }

    #[test]
    fn the_message_of_a_panic_is_on_its_next_line() {
        let note = "note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace";
        for (message, signature) in [
            ("index out of bounds: the len is 3 but the index is 7", "index out of bounds the len is _ but the index is _"),
            ("called `Option::unwrap()` on a `None` value", "called option::unwrap on a none value"),
        ] {
            let log = format!("Compiling a\n\nthread 'main' (17) panicked at src/main.rs:4:5:\n{message}\n{note}\n");
            let told = telling_line(&[&log]).unwrap();
            assert_eq!(
                (told.as_str(), line(&told)),
                (&*format!("panicked at src/main.rs:4:5: {message}"), format!("panicked at _ {signature}"))
            );
            assert!(telling_lines(&log).contains(&signature.replace(" _", "")), "{}", telling_lines(&log));
            let older = format!("thread 'x' panicked at '{message}', src/b.rs:1:2");
            assert!(matches(&normalize(&told), &normalize(&log)).is_some() && matches(&normalize(&told), &normalize(&older)).is_some());
        }
        let python = "Traceback (most recent call last):\n  File \"a.py\", line 1, in <module>\nKeyError: 'user name'\n";
        assert_eq!(telling_line(&[python]).as_deref(), Some("KeyError: 'user name'"));
        for boilerplate in ["thread 'main' panicked at src/main.rs:4:5:", "error: test failed", note, "Command failed with exit code 7"] {
            assert_eq!(telling_line(&[boilerplate]), None, "{boilerplate}");
        }
        assert_eq!(telling_line(&["just some words\n", "error: no such host\n"]).as_deref(), Some("error: no such host"));
    }

    #[test]
    fn the_lines_that_tell_are_searched_for() {
        let log = "Compiling a v1.2.3\nChecking b\nerror[E0308]: mismatched types\n  --> src/a.rs:1:1\nnote: x\n";
        assert_eq!(telling_lines(log), "error e0308 mismatched types");
        assert_eq!(telling_lines("one\ntwo 3\n"), "one two");
        assert_eq!(telling_lines(""), "");
    }
}
