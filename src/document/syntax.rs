//! The shape of single lines of YAML: where a key ends, where a value ends and a comment begins.

use super::lines::BLANK;

/// `key: rest` at the left edge: the key as YAML reads it, and the byte after its `:`.
pub(super) fn split_key(line: &str) -> Option<(&str, usize)> {
    let (key, end) = match line.chars().next()? {
        quote @ ('"' | '\'') => {
            let key = line.get(1..)?.split(quote).next().filter(|key| !key.contains('\\'))?;
            let closed = key.len() + 2;
            let rest = line.get(closed..)?;
            (key, closed + rest.len() - rest.trim_start_matches(BLANK).len())
        }
        ' ' | '\t' | '#' | '&' | '*' | '!' | '|' | '>' | '%' | '@' | '`' | '{' | '}' | '[' | ']' | ',' => return None,
        '-' | '?' | ':' if line.get(1..).is_none_or(|rest| rest.is_empty() || rest.starts_with(BLANK)) => return None,
        _ => {
            let end = colon(line)?;
            (line.get(..end)?.trim_end_matches(BLANK), end)
        }
    };
    let rest = line.get(end..)?.strip_prefix(':')?;
    let ends_key = rest.is_empty() || rest.starts_with(BLANK);
    (ends_key && !key.contains(" #")).then_some((key, end + 1))
}

/// The first `:` that ends a plain key.
fn colon(line: &str) -> Option<usize> {
    line.match_indices(':').map(|(at, _)| at).find(|at| line.get(at + 1..).is_some_and(|rest| rest.is_empty() || rest.starts_with(BLANK)))
}

/// The length of the value at the beginning of `text` (the rest of a line and the lines below it), with the space before
/// it. After it there is at most a comment on that line. `None` where that is unknown.
pub(super) fn value_length(text: &str) -> Option<usize> {
    let value = behind_properties(text.trim_start_matches(BLANK));
    let before = text.len() - value.len();
    let length = match value.chars().next() {
        Some('"' | '\'') => quoted_length(value)?,
        Some('[' | '{') => flow_length(value)?,
        _ => return Some(before + plain_length(value, before > 0)),
    };
    let behind = value.get(length..)?;
    let line = behind.split(['\n', '\r']).next().unwrap_or_default();
    let comment = line.trim_start_matches(BLANK);
    let fits = comment.is_empty() || (comment.starts_with('#') && comment.len() < line.len());
    fits.then_some(before + length)
}

/// What follows the anchor and the tag of a value.
fn behind_properties(mut value: &str) -> &str {
    while value.starts_with(['&', '!']) {
        let end = value.find([' ', '\t', '\n', '\r']).unwrap_or(value.len());
        value = value.get(end..).unwrap_or_default().trim_start_matches(BLANK);
    }
    value
}

/// Whether the line ends with the `|` or `>` of a text block.
pub(super) fn opens_block(line: &str) -> bool {
    let code = line.rsplit_once(" #").map_or(line, |(code, _)| code).trim_end_matches(BLANK);
    let sign = code.trim_end_matches(|c: char| c == '+' || c == '-' || c.is_ascii_digit());
    sign.strip_suffix(['|', '>']).is_some_and(|before| before.ends_with(BLANK))
}

/// Up to a comment or the end of the line, without the space before either.
fn plain_length(value: &str, space_before: bool) -> usize {
    let line = value.split(['\n', '\r']).next().unwrap_or_default();
    if space_before && line.starts_with('#') {
        return 0;
    }
    let comment = line.match_indices('#').map(|(at, _)| at).find(|at| line.get(..*at).is_some_and(|before| before.ends_with(BLANK)));
    line.get(..comment.unwrap_or(line.len())).unwrap_or(line).trim_end_matches(BLANK).len()
}

/// The length of the quoted scalar at the beginning of `text`.
pub(super) fn quoted_length(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let quote = *bytes.first()?;
    let mut at = 1;
    loop {
        match *bytes.get(at)? {
            b'\\' if quote == b'"' => at += 2,
            b'\'' if quote == b'\'' && bytes.get(at + 1) == Some(&b'\'') => at += 2,
            byte if byte == quote => return Some(at + 1),
            _ => at += 1,
        }
    }
}

/// The length of the `[…]` or `{…}` at the beginning of `text`.
fn flow_length(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let (mut at, mut depth, mut fresh) = (0, 0usize, true);
    loop {
        match *bytes.get(at)? {
            b'[' | b'{' => depth += 1,
            b']' | b'}' if depth <= 1 => return Some(at + 1),
            b']' | b'}' => depth -= 1,
            b'"' | b'\'' if fresh => at += quoted_length(text.get(at..)?)? - 1,
            b'#' if at.checked_sub(1).and_then(|before| bytes.get(before)).is_some_and(u8::is_ascii_whitespace) => return None,
            _ => {}
        }
        // A quote opens a scalar only at its beginning; `it's` is plain.
        fresh = matches!(bytes.get(at), Some(b'[' | b'{' | b',' | b':')) || (fresh && bytes.get(at).is_some_and(u8::is_ascii_whitespace));
        at += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_end_at_a_colon_and_a_space() {
        assert_eq!(split_key("title: a: b"), Some(("title", 6)));
        assert_eq!(split_key("requires : 1"), Some(("requires", 10)));
        assert_eq!(split_key("'a: b' : c"), Some(("a: b", 8)));
        assert_eq!(split_key("url:http://x"), None);
        assert_eq!(split_key("category (*only): x"), Some(("category (*only)", 17)));
        for other in ["", "- a: b", "# a: b", "  a: b", "? a", "{a: b}", "a #b: c", "\"a"] {
            assert_eq!(split_key(other), None, "{other}");
        }
    }

    #[test]
    fn text_blocks_are_noticed() {
        assert!(opens_block("a: |") && opens_block("- >-2 # c") && opens_block("a: &x |+"));
        assert!(!opens_block("a: b|") && !opens_block("a: -") && !opens_block("a: 2"));
    }

    #[test]
    fn values_end_before_their_comment() {
        let value = |text: &'static str| value_length(text).and_then(|length| text.get(..length));
        assert_eq!(value(" a#b  # c"), Some(" a#b"));
        assert_eq!(value(" # only"), Some(" "));
        assert_eq!(value(" 'it''s # in' # out"), Some(" 'it''s # in'"));
        assert_eq!(value(" \"a \\\" # in\" # out"), Some(" \"a \\\" # in\""));
        assert_eq!(value(" [it's, ']', {a: \"]\"}] # c"), Some(" [it's, ']', {a: \"]\"}]"));
        assert_eq!(value(" [a,\n  b] # c"), Some(" [a,\n  b]"));
        assert_eq!(value(" !t &a 'b # c' # d"), Some(" !t &a 'b # c'"));
        assert_eq!(value(" 'a' b"), None);
        assert_eq!(value(" [a"), None);
        assert_eq!(value(""), Some(""));
    }
}
