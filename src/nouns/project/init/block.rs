//! cmpm's own lines in a file that belongs to others: one marked block, and every other byte stays as it is. Pure.

use std::ops::Range;

/// The line before cmpm's lines.
const BEGIN: &[u8] = b"<!-- cmpm:begin -->";
/// The line behind them.
const END: &[u8] = b"<!-- cmpm:end -->";
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// A text with the block in it.
#[derive(Debug, PartialEq, Eq)]
pub struct Placed {
    /// The whole text.
    pub text: Vec<u8>,
    /// What is new in it, in one piece: the block, and the line ends that set it apart.
    pub inserted: String,
    /// The block that stood there before.
    pub replaced: Option<String>,
}

/// Why the block cannot be placed; the text stays as it is.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum BlockError {
    /// A begin without an end, an end without a begin, or more than one.
    #[error("the markers of cmpm's block do not come as one pair")]
    Markers {
        /// The line of the first marker, from 1.
        line: u32,
    },
    /// UTF-16, or no text at all.
    #[error("it is not UTF-8 text")]
    NotText,
}

/// Puts `block` (lines that begin and end with the markers) where the marked block stands, else at the end.
pub fn place(text: &[u8], block: &str) -> Result<Placed, BlockError> {
    if text.contains(&0) {
        return Err(BlockError::NotText);
    }
    match find(text)? {
        Some(old) => Ok(replace(text, old, block)),
        None => Ok(append(text, block)),
    }
}

fn replace(text: &[u8], old: Range<usize>, block: &str) -> Placed {
    let was = text.get(old.clone()).unwrap_or_default();
    let new = with_line_ends(block.trim_end(), line_end(was));
    let mut whole = text.get(..old.start).unwrap_or_default().to_vec();
    whole.extend_from_slice(new.as_bytes());
    whole.extend_from_slice(text.get(old.end..).unwrap_or_default());
    Placed { text: whole, inserted: new, replaced: Some(String::from_utf8_lossy(was).into_owned()) }
}

fn append(text: &[u8], block: &str) -> Placed {
    let end = line_end(text);
    let is_empty = text.is_empty() || text == BYTE_ORDER_MARK;
    let apart = if is_empty || text.ends_with(b"\n\n") || text.ends_with(b"\n\r\n") {
        String::new()
    } else {
        end.repeat(if text.ends_with(b"\n") { 1 } else { 2 })
    };
    let inserted = apart + &with_line_ends(block.trim_end(), end) + end;
    Placed { text: [text, inserted.as_bytes()].concat(), inserted, replaced: None }
}

/// The bytes from the first marker to the end of the last, without the line end behind it.
fn find(text: &[u8]) -> Result<Option<Range<usize>>, BlockError> {
    let mut markers = Vec::new();
    let mut at = if text.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 };
    let lines = text.get(at..).unwrap_or_default().split_inclusive(|byte| *byte == b'\n');
    for (line, number) in lines.zip(1..) {
        let content = line.trim_ascii_end();
        if content == BEGIN || content == END {
            markers.push((content == BEGIN, at..at + content.len(), number));
        }
        at += line.len();
    }
    match markers.as_slice() {
        [] => Ok(None),
        [(true, begin, _), (false, end, _)] => Ok(Some(begin.start..end.end)),
        [(_, _, line), ..] => Err(BlockError::Markers { line: *line }),
    }
}

/// The line end that a text uses first.
fn line_end(text: &[u8]) -> &'static str {
    let first = text.iter().position(|byte| *byte == b'\n').and_then(|at| at.checked_sub(1));
    if first.and_then(|before| text.get(before)) == Some(&b'\r') { "\r\n" } else { "\n" }
}

fn with_line_ends(block: &str, end: &str) -> String {
    block.lines().collect::<Vec<_>>().join(end)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const OLD: &str = "<!-- cmpm:begin -->\nold\n<!-- cmpm:end -->";
    const NEW: &str = "<!-- cmpm:begin -->\nnew\n\nlines\n<!-- cmpm:end -->\n";

    fn placed(text: &str) -> String {
        String::from_utf8(place(text.as_bytes(), NEW).unwrap().text).unwrap()
    }

    #[test]
    fn the_block_is_set_apart_at_the_end() {
        assert_eq!(placed(""), NEW);
        assert_eq!(placed("# A\n"), format!("# A\n\n{NEW}"));
        assert_eq!(placed("# A\n\n"), format!("# A\n\n{NEW}"));
        assert_eq!(placed("# A"), format!("# A\n\n{NEW}"));
        assert_eq!(placed("# A\r\nb"), format!("# A\r\nb\r\n\r\n{}", NEW.replace('\n', "\r\n")));
    }

    #[test]
    fn a_block_is_replaced_where_it_stands() {
        assert_eq!(placed(&format!("# A\n{OLD}  \nb")), format!("# A\n{}  \nb", NEW.trim_end()));
        assert_eq!(placed(OLD), NEW.trim_end());
        assert_eq!(placed(&format!("\u{feff}{OLD}\n")), format!("\u{feff}{NEW}"));
    }

    #[test]
    fn what_is_not_one_pair_is_left_alone() {
        let markers = |text: &str| place(text.as_bytes(), NEW).unwrap_err();
        assert_eq!(markers("a\n<!-- cmpm:begin -->\n"), BlockError::Markers { line: 2 });
        assert_eq!(markers("<!-- cmpm:end -->\n<!-- cmpm:begin -->\n"), BlockError::Markers { line: 1 });
        assert_eq!(markers(&format!("{OLD}\n{OLD}")), BlockError::Markers { line: 1 });
        assert_eq!(place(b"\xff\xfea\0", NEW), Err(BlockError::NotText));
        assert!(placed("about `<!-- cmpm:begin -->`\n").starts_with("about"));
    }

    fn others() -> impl Strategy<Value = Vec<u8>> {
        let piece =
            prop_oneof![Just(b"\n".to_vec()), Just(b"\r\n".to_vec()), Just(b"\xff".to_vec()), "[ -~]{0,6}".prop_map(String::into_bytes)];
        prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn what_others_wrote_comes_first_and_whole(text in others()) {
            let placed = place(&text, NEW).unwrap();
            let (before, inserted) = placed.text.split_at(text.len());
            prop_assert_eq!(before, &*text);
            prop_assert_eq!(inserted, placed.inserted.as_bytes());
        }

        #[test]
        fn what_others_wrote_around_the_block_stays(before in others(), after in others(), crlf in any::<bool>()) {
            let end: &[u8] = if crlf { b"\r\n" } else { b"\n" };
            let before = [before.as_slice(), end].concat();
            let after = [end, after.as_slice()].concat();
            let old = with_line_ends(OLD, if crlf { "\r\n" } else { "\n" });
            let placed = place(&[&before, old.as_bytes(), &after].concat(), NEW).unwrap();
            prop_assert_eq!(&placed.text, &[&before, placed.inserted.as_bytes(), &after].concat());
            prop_assert_eq!(placed.replaced, Some(old));
        }

        #[test]
        fn a_second_time_changes_nothing(text in others(), moved in others()) {
            let once = place(&text, NEW).unwrap().text;
            prop_assert_eq!(&place(&once, NEW).unwrap().text, &once);
            let mut moved = moved;
            moved.push(b'\n');
            moved.extend_from_slice(&once);
            prop_assert_eq!(&place(&moved, NEW).unwrap().text, &moved);
        }
    }
}
