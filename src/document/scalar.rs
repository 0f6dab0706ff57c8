//! Writing scalars so that YAML 1.1 and 1.2 readers all get the same text back.

/// How a scalar is quoted where the choice is free.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Quote {
    /// Not at all if that is safe.
    #[default]
    Least,
    Single,
    Double,
}

/// Where a scalar stands: inside `[…]` more characters mean something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Block,
    Flow,
}

/// `text` as a scalar on one line.
pub(super) fn render(text: &str, quote: Quote, place: Place) -> String {
    let printable = text.chars().all(is_printable);
    match quote {
        _ if !printable => double(text),
        Quote::Double => double(text),
        Quote::Least if is_plain(text, place) => text.to_owned(),
        Quote::Least | Quote::Single => format!("'{}'", text.replace('\'', "''")),
    }
}

/// Whether `text` is a number or boolean that can stand as it is.
pub(super) fn is_bare(text: &str) -> bool {
    let number = text.starts_with(|c: char| c.is_ascii_digit() || c == '-') && text.parse::<f64>().is_ok_and(f64::is_finite);
    number || matches!(text, "true" | "false")
}

/// Whether both are numbers, or both dates: then one may stand unquoted where the other did.
pub(super) fn are_alike(old: &str, new: &str) -> bool {
    (is_bare(old) && is_bare(new)) || (is_date(old) && is_date(new))
}

/// `2025-01-31`, with or without a time after it.
fn is_date(text: &str) -> bool {
    let (date, time) = text.split_at_checked(10).unwrap_or_default();
    let shape: String = date.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    shape == "0000-00-00" && time.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'T' | b'Z' | b':' | b'.' | b'+' | b'-'))
}

/// Plain, letter-first text that no reader takes for a boolean, a number, a date or a structure.
fn is_plain(text: &str, place: Place) -> bool {
    let letter_first = text.starts_with(char::is_alphabetic) && !text.ends_with(char::is_whitespace);
    let structure = match place {
        Place::Block => text.contains(": ") || text.contains(" #") || text.ends_with(':'),
        Place::Flow => text.contains([',', '[', ']', '{', '}', ':', '#', '?', '"', '\'']) || text.ends_with('-'),
    };
    letter_first && !structure && !is_word_of_yaml(text)
}

/// Booleans and nulls of YAML 1.1 and 1.2, in any case.
fn is_word_of_yaml(text: &str) -> bool {
    const WORDS: [&str; 9] = ["null", "true", "false", "yes", "no", "on", "off", "y", "n"];
    WORDS.iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// What every reader takes inside quotes as it is.
fn is_printable(c: char) -> bool {
    !c.is_control() && !is_special(c)
}

/// Ends of lines to some readers, or refused by them.
pub(super) fn is_special(c: char) -> bool {
    matches!(c, '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

fn double(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            c if is_printable(c) => quoted.push(c),
            c if u32::from(c) <= 0xff => quoted.push_str(&format!("\\x{:02X}", u32::from(c))),
            c => quoted.push_str(&format!("\\u{:04X}", u32::from(c))),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_safe_text_stays_plain() {
        let block = |text| render(text, Quote::Least, Place::Block);
        for plain in ["To Do", "ISS-00000001", "src/lib.rs", "http://x/y#z", "a, b [c]", "it's", "日本", "src/**"] {
            assert_eq!(block(plain), plain);
        }
        for (text, written) in [
            ("", "''"),
            ("@codex", "'@codex'"),
            ("No", "'No'"),
            ("2025-01-01", "'2025-01-01'"),
            ("1.0", "'1.0'"),
            ("a: b", "'a: b'"),
            ("a #b", "'a #b'"),
            ("it's: x", "'it''s: x'"),
            ("a ", "'a '"),
            ("a\tb\n", "\"a\\tb\\n\""),
            ("\u{2028}\u{1b}", "\"\\u2028\\x1B\""),
            ("**", "'**'"),
        ] {
            assert_eq!(block(text), written);
        }
        assert_eq!(render("a, b", Quote::Least, Place::Flow), "'a, b'");
        assert_eq!(render("a", Quote::Double, Place::Flow), "\"a\"");
    }
}
