//! Files of tickets that go to another place, with their own links and those of tickets, comments and memories to them.

use std::collections::BTreeSet;

use aho_corasick::AhoCorasick;

use super::place::{Moves, relink};
use crate::base::{RepoPath, Result};
use crate::document::Document;
use crate::document::markdown::render_destination;
use crate::store::{Change, Place, Store, Transaction, record_folders};

/// A file on its way.
pub struct Moving {
    pub from: RepoPath,
    pub to: RepoPath,
    pub before: Vec<u8>,
    /// What it will hold, but for its links.
    pub document: Document,
}

/// Moves files in a transaction; who links to one of them links to its new place afterwards.
pub fn move_files(store: &Store, transaction: &mut Transaction<'_>, files: Vec<Moving>) -> Result<()> {
    let moves: Moves = files.iter().map(|file| (file.from.clone(), file.to.clone())).collect();
    for Moving { from, to, before, mut document } in files {
        relink(&mut document, (&from, &to), &moves);
        transaction.add(Change::remove(Place::from(&from), before, 1));
        transaction.create(&to, document.bytes().to_vec());
    }
    if moves.is_empty() { Ok(()) } else { follow(store, transaction, &moves) }
}

fn follow(store: &Store, transaction: &mut Transaction<'_>, moves: &Moves) -> Result<()> {
    let names = moves.keys().map(|path| path.name().into_owned()).flat_map(|name| [render_destination(&name), name]);
    let names = AhoCorasick::new(names).ok();
    // A name can be written in many ways with `%`.
    let may_link = |text: &[u8]| text.contains(&b'%') || names.as_ref().is_none_or(|names| names.is_match(text));
    let snapshot = store.work_tree();
    let folders = record_folders(store.config());
    let all: BTreeSet<RepoPath> =
        folders.iter().flat_map(|folder| snapshot.markdown_files(folder, &mut Vec::new())).map(|entry| entry.path).collect();
    for path in all.iter().filter(|path| !moves.contains_key(path)) {
        let Some(before) = snapshot.read(path)?.filter(|text| may_link(text)) else { continue };
        let mut document = Document::parse(before.clone());
        relink(&mut document, (path, path), moves);
        transaction.replace(path, before, document.bytes().to_vec());
    }
    Ok(())
}
