//! Relative links in what is imported: a page of this repository goes to another folder, and what it links to stays.

use std::path::Path;

use crate::base::RepoPath;
use crate::document::Document;
use crate::fs::read;

use super::super::file::place::{Moves, relink};
use super::item::Item;

/// Empty front matter, so that no body is taken for any.
const FRONT: &str = "---\n---\n";

/// Makes the links of an item lead where they led, if it is a page of the repository at `root` and its file will be `to`.
pub fn relink_body(root: &Path, item: &mut Item, to: &RepoPath) {
    let Some(from) = in_repository(root, &item.place).filter(|_| item.line.is_none()) else { return };
    let mut document = Document::parse(format!("{FRONT}{}", item.draft.body).into_bytes());
    relink(&mut document, (&from, to), &Moves::new());
    if let Some(body) = document.as_str().strip_prefix(FRONT) {
        item.draft.body = body.to_owned();
    }
}

/// The file in the repository that a place of a source is, which begins with the name of the repository's folder.
fn in_repository(root: &Path, place: &RepoPath) -> Option<RepoPath> {
    let name = root.file_name()?.to_string_lossy().into_owned();
    let path = RepoPath::parse(place.lossy().strip_prefix(&name)?.strip_prefix('/')?)?;
    read::is_file(&path.below(root)).then_some(path)
}
