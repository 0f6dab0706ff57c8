//! New anchors: a place in the code with the content that its file has now.

use crate::base::{Explain, Explained, RepoPath, Result, text};
use crate::context::Context;
use crate::fs::{PathKind, read};

use super::super::model::Anchor;
use super::piece::{parse_lines, piece_of};

#[derive(Debug, thiserror::Error)]
#[error("`{place}` does not name a place in a file of this repository: {why}")]
struct NoPlace {
    place: String,
    why: String,
}

impl Explain for NoPlace {
    fn explain(&self) -> Explained {
        Explained::wrong("usage").hint("a place is a file, `FILE:10-20` or `FILE#symbol`, in an existing file")
    }
}

/// Anchors for places such as `src/a.rs`, `src/a.rs:10-20` and `src/a.rs#load`.
pub fn record(context: &Context, places: &[String]) -> Result<Vec<Anchor>> {
    places.iter().map(|place| anchor(context, place)).collect()
}

fn anchor(context: &Context, place: &str) -> Result<Anchor> {
    let (file, symbol, lines) = split(place);
    let (path, bytes) = content(context, file).map_err(|why| NoPlace { place: text::one_line(place), why })?;
    let code = String::from_utf8_lossy(&bytes);
    let why = match (symbol, lines.and_then(parse_lines)) {
        (Some(""), _) => Some("there is no symbol after `#`".to_owned()),
        (_, Some((_, last))) if last > code.lines().count() => Some(format!("{path} has {}", text::plural(code.lines().count(), "line"))),
        _ => match piece_of(&code, symbol, lines) {
            None => Some(format!("{path} has no such symbol")),
            Some(piece) if piece.is_empty() => Some(format!("{path} has nothing there")),
            Some(_) => None,
        },
    };
    if let Some(why) = why {
        return Err(NoPlace { place: text::one_line(place), why }.into());
    }
    let blob = context.repository()?.write_blob(&bytes)?;
    Ok(Anchor {
        path: path.lossy().into_owned(),
        blob: Some(blob.to_string()),
        symbol: symbol.map(str::to_owned),
        lines: lines.map(str::to_owned),
    })
}

/// The path of a file in the repository, and what is in it; else why it is none.
fn content(context: &Context, file: &str) -> Result<(RepoPath, Vec<u8>), String> {
    let root = context.root().map_err(|failure| failure.to_string())?;
    let path = RepoPath::relative(root, &context.cwd.join(file)).and_then(|path| RepoPath::parse(path.as_bytes()));
    let path = path.filter(|path| !file.is_empty() && !path.is_empty()).ok_or("it names no file below the root")?;
    if path.lossy().split('/').any(|part| part.eq_ignore_ascii_case(".git")) {
        return Err(format!("{path} is git's own"));
    }
    match read::find_kind(&path.below(root)) {
        Ok(Some(PathKind::Folder)) => Err(format!("{path} is a folder")),
        Ok(None) => Err(format!("{path} is not there")),
        Err(error) => Err(error.to_string()),
        Ok(Some(_)) => read::read(&path.below(root)).map(|bytes| (path, bytes)).map_err(|error| error.to_string()),
    }
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
