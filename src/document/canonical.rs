//! The fast reader: the plain subset that nearly every record is written in. Whatever it is not sure of is left to the
//! strict reader, and a property test holds the two to the same answer.

use super::Node;
use super::front::Field;
use super::lines::{Line, lines};

/// Reads `key: value` lines, `- item` lists and `[a, b]`; `None` when there is anything else.
pub(super) fn read(text: &str) -> Option<Vec<Field>> {
    let mut fields: Vec<Field> = Vec::new();
    let mut list: Option<List> = None;
    for line in lines(text) {
        if line.is_blank() || line.text.starts_with('#') {
            continue;
        }
        if let Some((indent, item)) = list_item(line.text) {
            list.as_mut()?.push(indent, item)?;
            continue;
        }
        settle(&mut list, &mut fields);
        let (field, open) = entry(&line)?;
        if fields.iter().any(|other| other.key == field.key) || fields.len() >= 64 {
            return None;
        }
        list = open.then(List::default);
        fields.push(field);
    }
    settle(&mut list, &mut fields);
    Some(fields)
}

/// The items below a key that has nothing after it.
#[derive(Default)]
struct List {
    indent: usize,
    items: Vec<Node>,
}

impl List {
    fn push(&mut self, indent: usize, item: &str) -> Option<()> {
        if self.items.is_empty() {
            self.indent = indent;
        }
        self.items.push(scalar(item, false)?);
        (self.indent == indent).then_some(())
    }
}

fn settle(list: &mut Option<List>, fields: &mut [Field]) {
    if let (Some(list), Some(field)) = (list.take(), fields.last_mut())
        && !list.items.is_empty()
    {
        field.node = Node::List(list.items);
    }
}

fn list_item(line: &str) -> Option<(usize, &str)> {
    let item = line.trim_start_matches(' ');
    Some((line.len() - item.len(), item.strip_prefix("- ")?))
}

/// A `key: value` line, and whether a list may follow.
fn entry(line: &Line<'_>) -> Option<(Field, bool)> {
    let (key, rest) = line.text.split_once(':')?;
    let simple =
        key.starts_with(|c: char| c.is_ascii_alphabetic()) && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    if !simple || !(rest.is_empty() || rest.starts_with(' ')) {
        return None;
    }
    let value = rest.trim_matches(' ');
    let node = match value.strip_prefix('[') {
        Some(flow) => flow_list(flow.strip_suffix(']')?)?,
        None if value.is_empty() => Node::Null,
        None => scalar(value, false)?,
    };
    Some((Field { key: key.to_owned(), node, line: line.number, repeated: false }, value.is_empty()))
}

fn flow_list(inner: &str) -> Option<Node> {
    if inner.trim_matches(' ').is_empty() {
        return Some(Node::List(Vec::new()));
    }
    inner.split(',').map(|item| scalar(item, true)).collect::<Option<_>>().map(Node::List)
}

fn scalar(text: &str, flow: bool) -> Option<Node> {
    let text = text.trim_matches(' ');
    match text.as_bytes() {
        [quote @ (b'\'' | b'"'), .., last] if quote == last => quoted(text, char::from(*quote), flow),
        _ => plain(text, flow),
    }
}

fn quoted(text: &str, quote: char, flow: bool) -> Option<Node> {
    let inner = text.get(1..text.len().checked_sub(1)?)?;
    // A flow list was split at its commas before anybody looked at quotes.
    let special = |b: u8| b == b'\\' || char::from(b) == quote || (flow && matches!(b, b'\'' | b'"' | b'[' | b']' | b'{' | b'}'));
    let simple = is_ordinary(inner) && !inner.bytes().any(special);
    simple.then(|| Node::Scalar(inner.to_owned()))
}

fn plain(text: &str, flow: bool) -> Option<Node> {
    let first = text.chars().next()?;
    let starts = first.is_alphanumeric() || matches!(first, '_' | '/' | '.' | '(' | '<' | '$');
    let mut last = b' ';
    for byte in text.bytes() {
        let structure = matches!((last, byte), (b' ', b'#') | (b':', b' '));
        if structure || (flow && matches!(byte, b'[' | b']' | b'{' | b'}' | b':' | b'#' | b'"' | b'\'')) {
            return None;
        }
        last = byte;
    }
    // `-` before the end of a flow list is an error to some readers.
    let ends = last != b':' && !(flow && last == b'-');
    (starts && ends && is_ordinary(text)).then(|| Node::plain(text))
}

/// Whether there is no control character and none that some reader takes for the end of a line.
fn is_ordinary(text: &str) -> bool {
    let ascii = text.bytes().all(|b| matches!(b, b' '..=b'~'));
    ascii || text.chars().all(|c| !c.is_control() && !matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::document::strict;

    #[test]
    fn the_usual_record_is_read_here() {
        let text =
            "id: ISS-1\ntitle: 'A: b'\nlabels: [a, \"b c\"]\nempty: []\nnone:\npaths:\n  - src/**\n  - 'x'\n# c\n\nold: 2025-01-01 \n";
        let fields = read(text).unwrap();
        assert_eq!(fields, strict::read(text).unwrap().0);
        assert_eq!(fields.len(), 7);
    }

    #[test]
    fn anything_unusual_is_left_to_the_strict_reader() {
        let unusual = [
            "a: @b",
            "a: b # c",
            "a: b: c",
            "a:\n  b: c",
            "a: b\n  c",
            "a: >\n  b",
            "a: 'b''c'",
            "a:\tb",
            "a: b\na: c",
            "- a",
            "a: - b",
            "a: *b",
            "a: [b, [c]]",
            "a:\n- b\n - c",
            "a: b\n- c",
            "a: ?",
            "a: [a, , b]",
            "a: [b -]",
            "--- a",
            "a: '",
        ];
        for text in unusual {
            assert_eq!(read(text), None, "{text}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1000))]
        #[test]
        fn both_readers_agree(text in "((a|b|key|a b|\"k\")(: | : |:|:  )(x|-|- y|'q'|\"q\"|\\[a, b\\]|\\[\\]|\\[ a\\]|# c|x # c|x: y|null|~|é ü|\\(x\\)|<x>|'|\")?(\n|\r\n|\r)( |\t|  - x\n|- y: z\n|  - 'a'\n|# c\n|  x\n|\n)?){0,4}") {
            if let Some(fields) = read(&text) {
                let (strict, problems) = strict::read(&text).map_err(|broken| TestCaseError::fail(format!("{broken:?}")))?;
                prop_assert_eq!(fields, strict);
                prop_assert!(problems.is_empty());
            }
        }

        #[test]
        fn both_readers_agree_on_values(value in "[ -~é\u{a0}\u{2028}]{0,12}", item in "[ -~é]{0,8}") {
            let text = format!("a: {value}\nb:\n  - {item}\nc: [{item}, x]\nd: '{item}'\n");
            if let Some(fields) = read(&text) {
                let (strict, problems) = strict::read(&text).map_err(|broken| TestCaseError::fail(format!("{broken:?}")))?;
                prop_assert_eq!(fields, strict);
                prop_assert!(problems.is_empty());
            }
        }
    }
}
