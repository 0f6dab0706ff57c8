//! Which files are merged by what they mean, and which are left to git.

use crate::engine::merge::{self, Kind, Merged, Three};

/// More bytes than this on one side are merged line by line by git.
const LIMIT: usize = 16 << 20;
documented! {
    "docs/merging.md": "larger than {} MiB on a side", LIMIT >> 20;
}

/// The merge of three versions of the file of this name; `None` where one is not text or too large.
pub(super) fn merge(name: &str, sides: Three<&[u8]>) -> Option<Merged> {
    let texts = sides.map(text).all()?;
    let sample = if texts.ours.is_empty() { texts.theirs } else { texts.ours };
    Some(merge::merge(Kind::of(name, sample), &texts))
}

fn text(bytes: &[u8]) -> Option<&str> {
    let is_text = bytes.len() <= LIMIT && memchr::memchr(0, bytes).is_none();
    if is_text { std::str::from_utf8(bytes).ok() } else { None }
}
