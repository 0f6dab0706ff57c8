//! Texts that are not plain: other encodings, strings in binary files, and what is encoded once more within a text.

use std::borrow::Cow;
use std::ops::Range;

/// The least length of an encoded run that is looked into.
const LEAST: usize = 20;
/// The least length of a line that is continued on the next, as encoders break them.
const WRAPPED: usize = 60;
/// How many bytes say how many a text has for each character.
const HEAD: usize = 256;

/// A run of a text that is encoded once more, and what it says.
pub(super) struct Coded {
    pub(super) place: Range<usize>,
    pub(super) text: Vec<u8>,
}

/// A text as bytes that can be searched. Lines stay what they were.
pub fn readable(bytes: &[u8]) -> Cow<'_, [u8]> {
    let wide = |skip: usize, width: usize, big: bool| Cow::Owned(widened(bytes.get(skip..).unwrap_or_default(), width, big));
    match bytes {
        [0xff, 0xfe, 0, 0, ..] => wide(4, 4, false),
        [0, 0, 0xfe, 0xff, ..] => wide(4, 4, true),
        [0xff, 0xfe, ..] => wide(2, 2, false),
        [0xfe, 0xff, ..] => wide(2, 2, true),
        _ if memchr::memchr(0, bytes).is_none() => Cow::Borrowed(bytes),
        _ => match unmarked(bytes) {
            Some((width, big)) => wide(0, width, big),
            None => Cow::Owned(bytes.iter().map(|byte| if is_text(*byte) { *byte } else { b' ' }).collect()),
        },
    }
}

/// The same text with spaces for `\n`, `\r` and `\t` as they are written in strings: their letter is no part of what follows.
pub(super) fn without_escapes(bytes: &[u8]) -> Cow<'_, [u8]> {
    let mut plain = Cow::Borrowed(bytes);
    for at in memchr::memchr_iter(b'\\', bytes) {
        if matches!(bytes.get(at + 1), Some(b'n' | b'r' | b't')) {
            plain.to_mut().splice(at..at + 2, *b"  ");
        }
    }
    plain
}

/// How many bytes a text without a mark has for each character, and whether the highest comes first.
fn unmarked(bytes: &[u8]) -> Option<(usize, bool)> {
    let head = bytes.get(..HEAD.min(bytes.len()) & !3).filter(|head| !head.is_empty())?;
    let share = |place: usize| {
        let nul = head.iter().skip(place).step_by(4).filter(|byte| **byte == 0).count();
        // Mostly, never, or neither.
        if nul * 10 >= head.len() / 4 * 7 { Some(true) } else { Some(false).filter(|_| nul == 0) }
    };
    match [share(0)?, share(1)?, share(2)?, share(3)?] {
        [false, true, false, true] => Some((2, false)),
        [true, false, true, false] => Some((2, true)),
        [false, true, true, true] => Some((4, false)),
        [true, true, true, false] => Some((4, true)),
        _ => None,
    }
}

fn widened(bytes: &[u8], width: usize, big: bool) -> Vec<u8> {
    let units = bytes.chunks_exact(width).map(|unit| {
        let value = |sum: u32, byte: &u8| sum << 8 | u32::from(*byte);
        if big { unit.iter().fold(0, value) } else { unit.iter().rev().fold(0, value) }
    });
    let text: String = match width {
        2 => char::decode_utf16(units.map(|unit| u16::try_from(unit).unwrap_or(0))).map(|c| c.unwrap_or('\u{fffd}')).collect(),
        _ => units.map(|unit| char::from_u32(unit).unwrap_or('\u{fffd}')).collect(),
    };
    text.replace('\0', " ").into_bytes()
}

const fn is_text(byte: u8) -> bool {
    byte >= b' ' && byte != 0x7f || matches!(byte, b'\n' | b'\r' | b'\t')
}

/// Words of a text in which letters are written as their numbers, or that hold signs which show nothing.
fn escaped(bytes: &[u8]) -> Vec<Coded> {
    let is_plain = memchr::memchr3(b'\\', b'&', 0xe2, bytes).is_none() && memchr::memchr2(0xc2, 0xef, bytes).is_none();
    let (mut found, mut at) = (Vec::new(), 0);
    while !is_plain && at < bytes.len() {
        let rest = bytes.get(at..).unwrap_or_default();
        let end = at + rest.iter().position(|byte| is_between(*byte)).unwrap_or(rest.len());
        let word = bytes.get(at..end).filter(|word| word.len() >= LEAST);
        found.extend(word.and_then(unescaped).map(|text| Coded { place: at..end, text }));
        at = end + 1;
    }
    found
}

const fn is_between(byte: u8) -> bool {
    byte.is_ascii_whitespace() || matches!(byte, b'"' | b'\'' | b'`' | b'<' | b'>' | b'(' | b')')
}

/// A word without escapes; `None` if it has none.
fn unescaped(word: &[u8]) -> Option<Vec<u8>> {
    let (mut text, mut rest) = (Vec::with_capacity(word.len()), word);
    while let Some((first, after)) = rest.split_first() {
        let (length, byte) = escape(rest).unwrap_or((1, Some(*first)));
        text.extend(byte);
        rest = rest.get(length..).unwrap_or(after);
    }
    (text.len() < word.len()).then_some(text)
}

/// How long the escape is that a text begins with, and what it says.
fn escape(text: &[u8]) -> Option<(usize, Option<u8>)> {
    let number = |from: usize, to: usize, radix: u32| {
        let digits = std::str::from_utf8(text.get(from..to)?).ok()?;
        u8::from_str_radix(digits.trim_start_matches('0'), radix).ok().filter(|byte| is_text(*byte) && byte.is_ascii())
    };
    let end = |least: usize| memchr::memchr(b';', text.get(..text.len().min(10))?).filter(|end| *end > least);
    Some(match text {
        [b'\\', b'u' | b'U', b'0', b'0', ..] => (6, Some(number(4, 6, 16)?)),
        [b'\\', b'x', ..] => (4, Some(number(2, 4, 16)?)),
        [b'&', b'#', b'x' | b'X', ..] => end(3).and_then(|end| Some((end + 1, Some(number(3, end, 16)?))))?,
        [b'&', b'#', ..] => end(2).and_then(|end| Some((end + 1, Some(number(2, end, 10)?))))?,
        [b'\\', sign @ (b'_' | b'-' | b'.' | b'/'), ..] => (2, Some(*sign)),
        [0xc2, 0xad, ..] => (2, None),
        [0xe2, 0x80, 0x8b..=0x8d, ..] | [0xe2, 0x81, 0xa0, ..] | [0xef, 0xbb, 0xbf, ..] => (3, None),
        _ => return None,
    })
}

/// Everything in a text that says something else in Base64, hexadecimal digits, percent signs or escapes.
pub(super) fn coded(bytes: &[u8]) -> Vec<Coded> {
    let mut found = escaped(bytes);
    let mut at = 0;
    while let Some(start) = bytes.get(at..).and_then(|rest| rest.iter().position(|byte| is_base64(*byte))).map(|skip| at + skip) {
        let end = run(bytes, start);
        at = end + 1;
        let text = if end - start < LEAST { None } else { bytes.get(start..end).and_then(|run| hex(run).or_else(|| base64(run))) };
        found.extend(text.map(|text| Coded { place: start..end, text }));
    }
    let mut at = 0;
    while let Some(sign) = bytes.get(at..).and_then(|rest| memchr::memchr(b'%', rest)).map(|skip| at + skip) {
        let before = bytes.get(at..sign).unwrap_or_default();
        let start = before.iter().rposition(|byte| !is_address(*byte)).map_or(at, |last| at + last + 1);
        let length = bytes.get(sign..).and_then(|rest| rest.iter().position(|byte| !is_address(*byte)));
        let end = length.map_or(bytes.len(), |length| sign + length);
        at = end;
        let text = if end - start < LEAST { None } else { bytes.get(start..end).and_then(percent) };
        found.extend(text.map(|text| Coded { place: start..end, text }));
    }
    found
}

/// Where a run of letters of Base64 ends that begins at `start`, lines that an encoder broke included.
fn run(bytes: &[u8], start: usize) -> usize {
    let (mut line, mut end) = (start, start);
    loop {
        while bytes.get(end).is_some_and(|byte| is_base64(*byte)) {
            end += 1;
        }
        let rest = bytes.get(end..).unwrap_or_default();
        let gap = rest.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        let breaks = rest.iter().take(gap).filter(|byte| **byte == b'\n').count();
        let goes_on = rest.get(gap).is_some_and(|byte| is_base64(*byte));
        if breaks != 1 || !goes_on || end - line < WRAPPED || !(end - line).is_multiple_of(4) {
            return end;
        }
        end += gap;
        line = end;
    }
}

const fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_')
}

const fn is_address(byte: u8) -> bool {
    byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\'' | b'<' | b'>' | b'`' | b'\\' | b'(' | b')')
}

fn hex(run: &[u8]) -> Option<Vec<u8>> {
    if !run.len().is_multiple_of(2) || !run.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    let pairs = run.chunks_exact(2).map(|pair| Some(digit(*pair.first()?)? << 4 | digit(*pair.get(1)?)?));
    pairs.collect::<Option<Vec<u8>>>().filter(|text| text.iter().all(|byte| is_text(*byte)))
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

fn percent(run: &[u8]) -> Option<Vec<u8>> {
    let mut text = Vec::with_capacity(run.len());
    let mut rest = run;
    while let Some((first, after)) = rest.split_first() {
        let pair = after.first().zip(after.get(1)).filter(|_| *first == b'%');
        match pair.and_then(|(high, low)| Some(digit(*high)? << 4 | digit(*low)?)) {
            Some(byte) => {
                text.push(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                text.push(*first);
                rest = after;
            }
        }
    }
    (text.len() < run.len()).then_some(text)
}

/// What Base64 says, in either alphabet, if that is text.
fn base64(run: &[u8]) -> Option<Vec<u8>> {
    let mut text = Vec::with_capacity(run.len() / 4 * 3);
    let (mut bits, mut sum) = (0_u32, 0_u32);
    for byte in run.iter().filter(|byte| !byte.is_ascii_whitespace()) {
        sum = (sum << 6 | six(*byte)) & 0xff_ffff;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            let byte = u8::try_from(sum >> bits & 0xff).ok()?;
            // Words are letters of Base64, too: what is no text after a few of them is no Base64.
            if !is_text(byte) && byte != 0 {
                return None;
            }
            text.push(byte);
        }
    }
    Some(readable(&text).into_owned())
}

fn six(byte: u8) -> u32 {
    u32::from(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' | b'-' => 62,
        _ => 63,
    })
}

#[cfg(test)]
mod tests {
    use super::super::{Scanner, Text};
    use super::*;
    use crate::base::RepoPath;

    fn said(text: &str) -> Vec<String> {
        coded(text.as_bytes()).iter().map(|coded| String::from_utf8_lossy(&coded.text).into_owned()).collect()
    }

    #[test]
    fn what_is_encoded_once_more_is_read() {
        let plain = "nothing but a plain sentence, long enough to be broken over several lines by an encoder";
        assert_eq!(said("x: bm90aGluZyBidXQgYSBwbGFpbiBzZW50ZW5jZQ=="), ["nothing but a plain sentence"]);
        assert_eq!(said("6e6f7468696e67206275742061"), ["nothing but a"]);
        assert_eq!(said("?q=nothing%20but%2Ba%20plain"), ["?q=nothing but+a plain"]);
        assert_eq!(said(r"\u006eothing-but\x2Da-plain"), ["nothing-but-a-plain"]);
        assert_eq!(said("&#110;othing-but&#x2d;a-plain"), ["nothing-but-a-plain"]);
        assert_eq!(said("noth\u{200b}ing\u{ad}-but\\_a-pla\u{2060}in"), ["nothing-but_a-plain"]);
        assert_eq!(said(r"C:\users\nobody\documents \u4e00\u4e01\u4e02\u4e03 &amp;&lt;&#x20ac;&#x20ac;&#x20ac;"), [""; 0]);
        let lines =
            "bm90aGluZyBidXQgYSBwbGFpbiBzZW50ZW5jZSwgbG9uZyBlbm91Z2ggdG8gYmUgYnJva2VuIG92\n  ZXIgc2V2ZXJhbCBsaW5lcyBieSBhbiBlbmNvZGVy\n";
        assert_eq!(said(lines), [plain]);
        for text in
            ["a_name_that_is_quite_long_but_no_code", "https://example.com/a/path/that/is/long", "100% of what is said here", "short"]
        {
            assert_eq!(said(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn a_token_in_escapes_is_found() {
        let scanner = Scanner::load(&|_| None).0;
        let rest = ["kT7qZ2mB9xR4", "vC8nL3jH6wF5sD1gPyQaEuWi"];
        let (first, last, rest) = (rest[0], rest[1], rest.concat());
        for text in [
            format!(r#""\u0067hp_{rest}""#),
            format!("&#103;hp_{rest}"),
            format!(r"\x67hp_{rest}"),
            format!("ghp_{first}\u{200b}{last}"),
            format!("ghp_{first}\u{ad}{last}"),
            format!(r"ghp\_{rest}"),
        ] {
            let text = Text { path: &RepoPath::parse("a").unwrap(), bytes: text.as_bytes(), commit: None };
            let found: Vec<String> = scanner.scan(&text).into_iter().map(|secret| secret.rule).collect();
            assert_eq!(found, ["github-pat"], "{}", String::from_utf8_lossy(text.bytes));
        }
    }
}
