//! New anchors: a place in the code with the content that its file has now.

use crate::base::{RepoPath, Result};
use crate::context::Context;
use crate::fs::read;

use super::model::{Anchor, MemoryError};
use super::piece::{parse_lines, piece_of};

/// Anchors for places such as `src/a.rs`, `src/a.rs:10-20` and `src/a.rs#load`.
///
/// # Errors
/// A place that is not there.
pub fn record(context: &Context, places: &[String]) -> Result<Vec<Anchor>> {
    places.iter().map(|place| anchor(context, place)).collect()
}

fn anchor(context: &Context, place: &str) -> Result<Anchor> {
    let (file, symbol, lines) = split(place);
    let root = context.root()?;
    let path = RepoPath::relative(root, &context.cwd.join(file)).and_then(|path| RepoPath::parse(path.as_bytes()));
    let bytes = path.as_ref().map(|path| read::find(&path.below(root))).transpose()?.flatten();
    let (Some(path), Some(bytes)) = (path, bytes) else { return Err(MemoryError::NoPlace { place: place.to_owned() }.into()) };
    let piece = piece_of(&String::from_utf8_lossy(&bytes), symbol, lines);
    if piece.is_none_or(|piece| piece.is_empty()) {
        return Err(MemoryError::NoPlace { place: place.to_owned() }.into());
    }
    let blob = context.repository()?.write_blob(&bytes)?;
    Ok(Anchor {
        path: path.lossy().into_owned(),
        blob: Some(blob.to_string()),
        symbol: symbol.map(str::to_owned),
        lines: lines.map(str::to_owned),
    })
}

/// The file, the symbol and the lines of a place.
fn split(place: &str) -> (&str, Option<&str>, Option<&str>) {
    if let Some((file, symbol)) = place.split_once('#') {
        return (file, Some(symbol), None);
    }
    match place.rsplit_once(':') {
        Some((file, lines)) if parse_lines(lines).is_some() => (file, None, Some(lines)),
        _ => (place, None, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_a_file_a_symbol_or_lines() {
        assert_eq!(split("src/a.rs"), ("src/a.rs", None, None));
        assert_eq!(split("src/a.rs#x::load"), ("src/a.rs", Some("x::load"), None));
        assert_eq!(split("src/a.rs:3-9"), ("src/a.rs", None, Some("3-9")));
        assert_eq!(split("src/a.rs:b"), ("src/a.rs:b", None, None));
    }
}
