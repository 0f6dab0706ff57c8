//! cmpm's own lines in a file that belongs to others: one marked block, and every other byte stays as it is. Pure.

use std::ops::Range;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Why the text stays as it is.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum BlockError {
    /// A begin without an end, an end without a begin, or more than one.
    #[error("the markers of cmpm's block are not a single pair")]
    Markers {
        /// The line of the first marker, from 1.
        line: u32,
    },
    /// UTF-16, or no text at all.
    #[error("it is not UTF-8 text")]
    NotText,
    /// Somebody changed the lines between the markers.
    #[error("cmpm's lines were changed since")]
    Edited,
}

/// What is left when the block is out.
#[derive(Debug, PartialEq, Eq)]
pub enum Rest {
    /// Nothing: there was no file before.
    NoFile,
    Text(Vec<u8>),
}

/// Puts `block` (lines, the first and the last of which are its markers) where the marked block stands, else at the end.
/// `None` is a file that is not there.
pub fn place(text: Option<&[u8]>, block: &str) -> Result<Vec<u8>, BlockError> {
    let Some(text) = text else { return Ok(block.as_bytes().to_vec()) };
    Ok(match find(text, block)? {
        Some(old) => {
            let new = with_line_ends(block, line_end(text.get(old.clone()).unwrap_or_default()));
            [text.get(..old.start).unwrap_or_default(), new.as_bytes(), text.get(old.end..).unwrap_or_default()].concat()
        }
        None => {
            // Always one line end before it. So it tells what was there: a blank line above the block is one after a whole line.
            let end = line_end(text);
            [text, end.as_bytes(), with_line_ends(block, end).as_bytes(), end.as_bytes()].concat()
        }
    })
}

/// Takes the block out, if it reads as one of `known`; `None` if there is none.
pub fn take_out(text: &[u8], known: &[&str]) -> Result<Option<Rest>, BlockError> {
    let Some(range) = find(text, known.first().unwrap_or(&""))? else { return Ok(None) };
    let block = text.get(range.clone()).unwrap_or_default();
    let end = line_end(block);
    if !known.iter().any(|known| with_line_ends(known, end).as_bytes() == block) {
        return Err(BlockError::Edited);
    }
    let (before, after) = (text.get(..range.start).unwrap_or_default(), text.get(range.end..).unwrap_or_default());
    let after = after.strip_prefix(end.as_bytes()).unwrap_or(after);
    if before.is_empty() && after.is_empty() {
        return Ok(Some(Rest::NoFile));
    }
    let apart = before.strip_suffix(end.as_bytes()).unwrap_or(before);
    // What others wrote below must not be joined with the line above.
    let before = if after.is_empty() || apart.is_empty() || apart.ends_with(b"\n") { apart } else { before };
    Ok(Some(Rest::Text([before, after].concat())))
}

/// Whether there is a marked block, or what is left of one.
pub fn is_in(text: &[u8], block: &str) -> bool {
    !matches!(find(text, block), Ok(None))
}

/// The bytes from the first marker to the end of the last, without the line end after it.
fn find(text: &[u8], block: &str) -> Result<Option<Range<usize>>, BlockError> {
    if text.contains(&0) {
        return Err(BlockError::NotText);
    }
    let (begin, end) = (block.lines().next().unwrap_or_default(), block.lines().next_back().unwrap_or_default());
    let mut markers = Vec::new();
    let mut at = if text.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 };
    let lines = text.get(at..).unwrap_or_default().split_inclusive(|byte| *byte == b'\n');
    for (line, number) in lines.zip(1..) {
        let content = line.trim_ascii_end();
        if content == begin.as_bytes() || content == end.as_bytes() {
            markers.push((content == begin.as_bytes(), at..at + content.len(), number));
        }
        at += line.len();
    }
    match markers.as_slice() {
        [] => Ok(None),
        [(true, begin, _), (false, end, _)] => Ok(Some(begin.start..end.end)),
        [(_, _, line), ..] => Err(BlockError::Markers { line: *line }),
    }
}

/// Where `wanted` is in a text.
pub fn find_text(text: &[u8], wanted: &str) -> Option<Range<usize>> {
    let start = memchr::memmem::find(text, wanted.as_bytes()).filter(|_| !wanted.is_empty())?;
    Some(start..start + wanted.len())
}

/// The line end that a text uses first.
pub fn line_end(text: &[u8]) -> &'static str {
    let first = text.iter().position(|byte| *byte == b'\n').and_then(|at| at.checked_sub(1));
    if first.and_then(|before| text.get(before)) == Some(&b'\r') { "\r\n" } else { "\n" }
}

/// The same lines with these line ends between them, and none after the last.
pub fn with_line_ends(lines: &str, end: &str) -> String {
    lines.lines().collect::<Vec<_>>().join(end)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const OLD: &str = "<!-- cmpm:begin -->\nold\n<!-- cmpm:end -->";
    const NEW: &str = "<!-- cmpm:begin -->\nnew\n\nlines\n<!-- cmpm:end -->\n";

    fn placed(text: &str) -> String {
        String::from_utf8(place(Some(text.as_bytes()), NEW).unwrap()).unwrap()
    }

    fn rest(text: &[u8]) -> Rest {
        take_out(text, &[NEW]).unwrap().unwrap()
    }

    #[test]
    fn the_block_is_set_apart_at_the_end() {
        assert_eq!(place(None, NEW).unwrap(), NEW.as_bytes());
        assert_eq!(placed("# A\n"), format!("# A\n\n{NEW}"));
        assert_eq!(placed("# A"), format!("# A\n{NEW}"));
        assert_eq!(placed("# A\r\nb\r\n"), format!("# A\r\nb\r\n\r\n{}", NEW.replace('\n', "\r\n")));
    }

    #[test]
    fn a_block_is_replaced_where_it_stands() {
        assert_eq!(placed(&format!("# A\n{OLD}  \nb")), format!("# A\n{}  \nb", NEW.trim_end()));
        assert_eq!(placed(OLD), NEW.trim_end());
        assert_eq!(placed(&format!("\u{feff}{OLD}\n")), format!("\u{feff}{NEW}"));
    }

    #[test]
    fn what_is_not_one_pair_is_left_alone() {
        let markers = |text: &str| place(Some(text.as_bytes()), NEW).unwrap_err();
        assert_eq!(markers("a\n<!-- cmpm:begin -->\n"), BlockError::Markers { line: 2 });
        assert_eq!(markers("<!-- cmpm:end -->\n<!-- cmpm:begin -->\n"), BlockError::Markers { line: 1 });
        assert_eq!(markers(&format!("{OLD}\n{OLD}")), BlockError::Markers { line: 1 });
        assert_eq!(place(Some(b"\xff\xfea\0"), NEW), Err(BlockError::NotText));
        assert!(placed("about `<!-- cmpm:begin -->`\n").starts_with("about"));
    }

    #[test]
    fn what_others_wrote_around_it_is_not_joined() {
        assert_eq!(rest(format!("a\n{NEW}b\n").as_bytes()), Rest::Text(b"a\nb\n".to_vec()));
        assert_eq!(rest(format!("a\n\n{NEW}b").as_bytes()), Rest::Text(b"a\nb".to_vec()));
        assert_eq!(rest(format!("{NEW}b").as_bytes()), Rest::Text(b"b".to_vec()));
        assert_eq!(take_out(OLD.as_bytes(), &[NEW]), Err(BlockError::Edited));
        assert_eq!(take_out(OLD.as_bytes(), &[NEW, OLD]), Ok(Some(Rest::NoFile)));
        assert_eq!(take_out(b"a", &[NEW]), Ok(None));
    }

    fn others() -> impl Strategy<Value = Vec<u8>> {
        let piece =
            prop_oneof![Just(b"\n".to_vec()), Just(b"\r\n".to_vec()), Just(b"\xff".to_vec()), "[ -~]{0,6}".prop_map(String::into_bytes)];
        prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn what_is_put_in_comes_out_byte_for_byte(text in proptest::option::of(others())) {
            let with = place(text.as_deref(), NEW).unwrap();
            prop_assert!(with.starts_with(text.as_deref().unwrap_or_default()));
            prop_assert_eq!(rest(&with), text.map_or(Rest::NoFile, Rest::Text));
        }

        #[test]
        fn what_others_wrote_around_the_block_stays(before in others(), after in others(), crlf in any::<bool>()) {
            let end = if crlf { "\r\n" } else { "\n" };
            let before = [before.as_slice(), end.as_bytes()].concat();
            let after = [end.as_bytes(), after.as_slice()].concat();
            let (old, new) = (with_line_ends(OLD, end), with_line_ends(NEW, end));
            let placed = place(Some(&[&before, old.as_bytes(), &after].concat()), NEW).unwrap();
            prop_assert_eq!(&placed, &[&before, new.as_bytes(), &after].concat());
        }

        #[test]
        fn a_second_time_changes_nothing(text in others(), moved in others()) {
            let once = place(Some(&text), NEW).unwrap();
            prop_assert_eq!(&place(Some(&once), NEW).unwrap(), &once);
            let mut moved = moved;
            moved.push(b'\n');
            moved.extend_from_slice(&once);
            prop_assert_eq!(&place(Some(&moved), NEW).unwrap(), &moved);
        }
    }
}
