//! Where the file of a ticket is: of a new one, of one that was put away, of one that came back.

use std::collections::HashMap;

use crate::base::{Id, RepoPath, text};
use crate::document::Document;
use crate::document::markdown::{LinkKind, links, render_destination};
use crate::fs::read;
use crate::store::Store;
use crate::words::Kind;

use super::super::model::Ticket;
use super::comment::FOLDER as COMMENTS;

/// The folder of what is put away, below the folder of all tickets; below it a folder for each year or occasion.
const ARCHIVE: &str = "archive";

/// The folder of all tickets that new ones go to: one that is in use for them, else one that can be made. Each is looked at once, because
/// others may make one meanwhile.
pub fn first_root(store: &Store) -> RepoPath {
    let folders = &store.config().paths.tasks;
    let mut missing = None;
    for folder in folders {
        if !read::exists(&folder.below(store.root())) {
            missing = missing.or(Some(folder));
        } else if !is_foreign(store, folder) {
            return folder.clone();
        }
    }
    missing.or(folders.first()).cloned().unwrap_or_default()
}

/// Whether a folder of tickets is in use for something else: there are files in it, and none of them is a ticket.
pub fn is_foreign(store: &Store, folder: &RepoPath) -> bool {
    let names = read::names(&folder.below(store.root())).unwrap_or_default();
    let is_ours = |name: &String| name == ".gitkeep" || name == COMMENTS || Kind::ALL.iter().any(|kind| kind.folder() == name);
    if names.is_empty() || names.iter().any(is_ours) {
        return false;
    }
    let files = store.work_tree().markdown_files(folder, &mut Vec::new());
    !files.iter().any(|file| store.read_file::<Ticket>(file).is_some())
}

/// The folder of all tickets that a file is in.
pub fn root_of(store: &Store, path: &RepoPath) -> RepoPath {
    let around = store.config().paths.tasks.iter().filter(|root| path.is_below(root));
    around.max_by_key(|root| root.as_bytes().len()).cloned().unwrap_or_default()
}

/// `ISS-7k3-fix-it.md`
pub fn file_name(id: &str, title: &str) -> String {
    let slug = text::file_slug(title, 60);
    if slug.is_empty() { format!("{id}.md") } else { format!("{id}-{slug}.md") }
}

/// The file itself, then the same name with a number after it: `x.md`, `x-2.md`, `x-3.md`.
pub fn numbered(path: &RepoPath) -> impl Iterator<Item = RepoPath> + use<> {
    let (folder, name) = (path.parent(), path.name().into_owned());
    let (stem, ending) = name.rsplit_once('.').map_or((name.clone(), String::new()), |(stem, end)| (stem.to_owned(), format!(".{end}")));
    std::iter::once(path.clone()).chain((2..).map(move |number| folder.join(&format!("{stem}-{number}{ending}"))))
}

/// The file of a new ticket.
pub fn path_of(store: &Store, kind: Kind, id: &Id, title: &str) -> RepoPath {
    first_root(store).join(kind.folder()).join(&file_name(id.as_str(), title))
}

/// The path from `root` to a file, in parts.
fn parts_below(root: &RepoPath, path: &RepoPath) -> Vec<String> {
    let skipped = if root.is_empty() { 0 } else { root.lossy().split('/').count() };
    path.lossy().split('/').skip(skipped).map(str::to_owned).collect()
}

/// Where a file goes that is put away in a year; `None` if it is put away already.
pub fn archived(root: &RepoPath, path: &RepoPath, year: &str) -> Option<RepoPath> {
    let parts = parts_below(root, path);
    let is_archived = parts.first().is_some_and(|folder| folder == ARCHIVE);
    (!is_archived).then(|| parts.iter().fold(root.join(ARCHIVE).join(year), |path, part| path.join(part)))
}

/// Where a file goes that was put away; `None` if it was not.
pub fn restored(root: &RepoPath, path: &RepoPath, kind: Kind) -> Option<RepoPath> {
    let parts = parts_below(root, path);
    let (name, folders) = parts.split_last()?;
    let folders = folders.strip_prefix(&[ARCHIVE.to_owned()])?;
    // Below the archive is a folder for the year, unless its parts are those of the tree itself.
    let is_kind = |folder: &String| Kind::ALL.iter().any(|kind| kind.folder() == folder);
    let folders = if folders.first().is_some_and(is_kind) { folders } else { folders.get(1..).unwrap_or_default() };
    let own = [kind.folder().to_owned()];
    let folders = if folders.first().is_some_and(is_kind) { folders } else { own.as_slice() };
    Some(folders.iter().chain([name]).fold(root.clone(), |path, part| path.join(part)))
}

/// Files that get another place, each with that place.
pub type Moves = HashMap<RepoPath, RepoPath>;

/// Makes the relative links of a document name the files they named, although it and others move.
pub fn relink(document: &mut Document, (from, to): (&RepoPath, &RepoPath), moves: &Moves) {
    let (here, there) = (from.parent(), to.parent());
    if here == there && moves.is_empty() {
        return;
    }
    let found = links(document.body());
    for link in found.iter().rev().filter(|link| link.kind != LinkKind::Autolink) {
        let Some(target) = moved_target(&link.target, (&here, &there), moves).filter(|target| *target != link.target) else { continue };
        // A link that cannot be changed safely stays as it is; `check` tells of it.
        let _ = document.edit_body(link.range.clone(), &render_destination(&target));
    }
}

/// A relative target as it is named from another folder; `None` for any other target.
fn moved_target(target: &str, (here, there): (&RepoPath, &RepoPath), moves: &Moves) -> Option<String> {
    let (path, anchor) = target.find(['#', '?']).map_or((target, ""), |at| target.split_at_checked(at).unwrap_or((target, "")));
    let is_relative = !path.is_empty() && !path.starts_with('/') && !path.contains(':');
    if !is_relative {
        return None;
    }
    let mut way: Vec<String> = if here.is_empty() { Vec::new() } else { here.lossy().split('/').map(str::to_owned).collect() };
    for part in path.split('/') {
        match part {
            "." | "" => {}
            ".." => drop(way.pop()?),
            part => way.push(part.to_owned()),
        }
    }
    let named = RepoPath::parse(decoded(&way.join("/"))).unwrap_or_default();
    match moves.get(&named) {
        Some(moved) => way = moved.lossy().split('/').map(str::to_owned).collect(),
        None if here == there => return None,
        None => {}
    }
    let from: Vec<String> = if there.is_empty() { Vec::new() } else { there.lossy().split('/').map(str::to_owned).collect() };
    let common = way.iter().zip(&from).take_while(|(one, other)| one == other).count();
    let up = std::iter::repeat_n("..".to_owned(), from.len() - common);
    let way: Vec<String> = up.chain(way.into_iter().skip(common)).collect();
    Some(format!("{}{anchor}", if way.is_empty() { ".".to_owned() } else { way.join("/") }))
}

/// A target without its percent-encoding.
fn decoded(target: &str) -> Vec<u8> {
    let (mut bytes, mut rest) = (Vec::with_capacity(target.len()), target.as_bytes());
    while let Some((first, behind)) = rest.split_first() {
        let code = behind.get(..2).filter(|_| *first == b'%').and_then(|digits| std::str::from_utf8(digits).ok());
        let byte = code.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { behind.get(2..).unwrap_or_default() } else { behind };
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> RepoPath {
        RepoPath::parse(text).unwrap_or_default()
    }

    #[test]
    fn what_is_put_away_comes_back_to_its_place() {
        let root = path("tasks");
        for (from, to) in [
            ("tasks/issues/ISS-1.md", "tasks/archive/2026/issues/ISS-1.md"),
            ("tasks/prs/merged/PR-1.md", "tasks/archive/2026/prs/merged/PR-1.md"),
        ] {
            assert_eq!(archived(&root, &path(from), "2026"), Some(path(to)));
            assert_eq!(restored(&root, &path(to), Kind::Issue), Some(path(from)));
            assert_eq!((archived(&root, &path(to), "2027"), restored(&root, &path(from), Kind::Issue)), (None, None));
        }
        assert_eq!(restored(&root, &path("tasks/archive/closed-2025-07-01/ISS-1.md"), Kind::Issue), Some(path("tasks/issues/ISS-1.md")));
        assert_eq!(restored(&root, &path("tasks/archive/ISS-1.md"), Kind::Task), Some(path("tasks/tasks/ISS-1.md")));
        assert_eq!(archived(&RepoPath::default(), &path("ISS-1.md"), "2026"), Some(path("archive/2026/ISS-1.md")));
    }

    #[test]
    fn links_follow_a_file_that_moves() {
        let text = "[a](../epics/EP-1.md#x) [b](ISS-2.md) [c](https://x.invalid) [d](#here) ![e](../../docs/a.png) [f]\n\n[f]: ./g.md\n";
        let mut document = Document::parse(text.as_bytes().to_vec());
        let to = path("tasks/archive/2026/issues/ISS-1.md");
        relink(&mut document, (&path("tasks/issues/ISS-1.md"), &to), &Moves::new());
        assert_eq!(
            document.as_str(),
            "[a](../../../epics/EP-1.md#x) [b](../../../issues/ISS-2.md) [c](https://x.invalid) [d](#here) ![e](../../../../docs/a.png) [f]\n\n[f]: ../../../issues/g.md\n"
        );
        let moves = Moves::from([(path("tasks/epics/EP-1.md"), path("tasks/epics/EP-2.md"))]);
        let mut document = Document::parse(b"[a](../epics/EP-1.md#x) [b](./ISS-2.md)\n".to_vec());
        relink(&mut document, (&path("tasks/issues/ISS-1.md"), &path("tasks/issues/ISS-9.md")), &moves);
        assert_eq!(document.as_str(), "[a](../epics/EP-2.md#x) [b](./ISS-2.md)\n");
    }
}
