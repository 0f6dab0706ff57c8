//! Which file is called after an id: among very many it is found without a look at the others.
//!
//! The names of all files of a kind are kept with the stamps of their folders, which change whenever a name in them comes or goes.
//! So a handful of looks proves all names, and of these one block is read. Where a folder is not as it was, all are listed again.
//! Files that are called after no id can hold any: a few of them are read too, and among many nothing is known by name.

use std::path::PathBuf;

use super::cache::{WORTH, identity};
use super::folders::{self, Listed, path_of};
use super::{FileEntry, Record, Store, Stored};
use crate::base::bytes::{Reader, SUM, number, sum};
use crate::base::{Id, RepoPath};
use crate::fs::read::{self, Pieces};
use crate::fs::write::Draft;
use crate::fs::{Metadata, Stamp};

/// How many names share a checksum and are read together.
const BLOCK: usize = 256;
/// Who wrote a file (32 bytes), where its directory begins (8), and the directory's checksum.
const FOOT: usize = 32 + 8 + SUM;
const STAMP: usize = 32;
/// So many files that are called after no id are read for every name.
const ODD: usize = 8;

impl Store {
    /// The record with this whole id, if exactly one file is called after it, as those of cmpm are, and none of the others can hold it.
    pub fn find_by_name<R: Record>(&self, query: &str) -> Option<Stored<R>> {
        let id = Id::parse(query.trim()).filter(|id| !id.as_str().ends_with("md"))?;
        let Found { called, odd } = Names::new::<R>(self).find::<R>(self, &id.as_str().to_ascii_lowercase());
        let read = |path: &RepoPath| {
            let (stored, _) = self.read_record::<R>(&self.work_tree(), &FileEntry { path: path.clone(), blob: None });
            stored.filter(|stored| stored.record.id().is(id.as_str()))
        };
        match called.as_slice() {
            [only] if odd.len() <= ODD && odd.iter().all(|path| path == only || read(path).is_none()) => read(only),
            _ => None,
        }
    }
}

/// What names say about an id.
#[derive(Default)]
struct Found {
    /// The files that are called after it.
    called: Vec<RepoPath>,
    /// Files that are called after no id; of many, one more than is worth reading.
    odd: Vec<RepoPath>,
}

/// Where the names of a kind of record are kept.
struct Names {
    file: PathBuf,
    identity: [u8; 32],
}

/// Some names of one folder.
struct Block {
    folder: usize,
    /// In lower case.
    first: Vec<u8>,
    start: u64,
    length: usize,
}

/// What is known without a look at any name.
#[derive(Default)]
struct Directory {
    folders: Vec<(RepoPath, Option<Stamp>)>,
    blocks: Vec<Block>,
    odd: Vec<RepoPath>,
}

impl Names {
    fn new<R: Record>(store: &Store) -> Self {
        let place = store.root().to_string_lossy();
        let name = blake3::hash(place.as_bytes()).to_hex();
        let file = store.live().join("cache").join(format!("names-{}-{}", R::NOUN, name.get(..16).unwrap_or_default()));
        Self { file, identity: *identity::<R>(store, &place).as_bytes() }
    }

    /// The files that are called after an id, which is given in lower case, and those that are called after none.
    fn find<R: Record>(&self, store: &Store, id: &str) -> Found {
        let pieces = Pieces::open(&self.file);
        if let Some(found) = pieces.as_ref().and_then(|pieces| self.find_kept(store, pieces, id.as_bytes())) {
            return found;
        }
        let mut listed = if pieces.is_some() { Vec::new() } else { folders::list::<R>(store) };
        if pieces.is_some() || listed.iter().map(|folder| folder.names.len()).sum::<usize>() >= WORTH {
            listed = self.renew(|| folders::list::<R>(store)).unwrap_or_else(|| folders::list::<R>(store));
        }
        let all = listed.iter().flat_map(|folder| folder.names.iter().map(|name| (folder.path.as_bytes(), name)));
        let called = all.filter(|(_, name)| is_called(name, id.as_bytes())).map(|(folder, name)| path_of(folder, name)).collect();
        Found { called, odd: odd(&listed) }
    }

    /// Lists the folders, and keeps their names if every later change will be seen.
    fn renew(&self, list: impl FnOnce() -> Vec<Listed>) -> Option<Vec<Listed>> {
        let draft = Draft::new(&self.file).ok()?;
        // Before they are listed.
        let now = draft.now().ok()?;
        let listed = list();
        if listed.iter().all(|folder| folder.stamp.is_none_or(|stamp| stamp.is_settled(&now))) {
            // Names that cannot be kept are no reason to fail.
            drop(draft.finish(&self.render(&listed)));
        }
        Some(listed)
    }

    fn render(&self, listed: &[Listed]) -> Vec<u8> {
        let (mut out, mut blocks, mut directory) = (Vec::new(), Vec::new(), Vec::new());
        number(&mut directory, listed.len());
        for (folder, Listed { path, stamp, names, .. }) in listed.iter().enumerate() {
            put(&mut directory, path.as_bytes());
            directory.extend_from_slice(&stamp.map_or([0; STAMP], Stamp::to_bytes));
            let mut names: Vec<(Vec<u8>, &Vec<u8>)> = names.iter().map(|name| (name.to_ascii_lowercase(), name)).collect();
            names.sort_unstable();
            for some in names.chunks(BLOCK) {
                let (mut block, start) = (Vec::new(), out.len() as u64);
                some.iter().for_each(|(_, name)| put(&mut block, name));
                out.extend_from_slice(&sum(&block));
                out.extend_from_slice(&block);
                let first = some.first().map(|(lower, _)| lower.clone()).unwrap_or_default();
                blocks.push(Block { folder, first, start, length: block.len() });
            }
        }
        number(&mut directory, blocks.len());
        for Block { folder, first, start, length } in &blocks {
            number(&mut directory, *folder);
            put(&mut directory, first);
            number(&mut directory, *start as usize);
            number(&mut directory, *length);
        }
        let odd = odd(listed);
        number(&mut directory, odd.len());
        odd.iter().for_each(|path| put(&mut directory, path.as_bytes()));
        let start = out.len() as u64;
        out.extend_from_slice(&directory);
        out.extend_from_slice(&self.identity);
        out.extend_from_slice(&start.to_le_bytes());
        out.extend_from_slice(&sum(&directory));
        out
    }

    /// The files that were called after an id when the folders were listed; `None` if they are not as they were, or on any doubt.
    fn find_kept(&self, store: &Store, pieces: &Pieces, id: &[u8]) -> Option<Found> {
        let Directory { folders, blocks, odd } = Directory::parse(&self.directory(pieces)?)?;
        let now = |path: &RepoPath| read::find_metadata(&path.below(store.root())).ok().flatten().filter(Metadata::is_dir);
        let is_same = |(path, stamp): &(RepoPath, Option<Stamp>)| now(path).map(|metadata| Stamp::of(&metadata)) == *stamp;
        if !folders.iter().all(is_same) {
            return None;
        }
        let mut called = Vec::new();
        for (index, block) in blocks.iter().enumerate() {
            let next = blocks.get(index + 1).filter(|next| next.folder == block.folder);
            let begins = block.first.as_slice() <= id || block.first.starts_with(id);
            if !begins || next.is_some_and(|next| next.first.as_slice() < id) {
                continue;
            }
            let (folder, _) = folders.get(block.folder)?;
            let bytes = pieces.read(block.start, SUM + block.length)?;
            let mut names = Reader::new(sound(&bytes)?);
            while !names.is_empty() {
                let name = take(&mut names)?;
                called.extend(is_called(name, id).then(|| path_of(folder.as_bytes(), name)));
            }
        }
        Some(Found { called, odd })
    }

    fn directory(&self, pieces: &Pieces) -> Option<Vec<u8>> {
        let end = pieces.length().checked_sub(FOOT as u64)?;
        let foot = pieces.read(end, FOOT)?;
        let (who, rest) = foot.split_first_chunk::<32>()?;
        let (start, check) = rest.split_first_chunk::<8>()?;
        let start = u64::from_le_bytes(*start);
        let directory = pieces.read(start, usize::try_from(end.checked_sub(start)?).ok()?)?;
        (*who == self.identity && sum(&directory) == check).then_some(directory)
    }
}

impl Directory {
    fn parse(bytes: &[u8]) -> Option<Self> {
        let (mut rest, mut directory) = (Reader::new(bytes), Self::default());
        for _ in 0..rest.number()? {
            let path = RepoPath::parse(take(&mut rest)?)?;
            let stamp = rest.take(STAMP)?.first_chunk().filter(|stamp| **stamp != [0; STAMP]).map(Stamp::from_bytes);
            directory.folders.push((path, stamp));
        }
        for _ in 0..rest.number()? {
            let (folder, first) = (rest.number()?, take(&mut rest)?.to_vec());
            directory.blocks.push(Block { folder, first, start: rest.number()? as u64, length: rest.number()? });
        }
        for _ in 0..rest.number()? {
            directory.odd.push(RepoPath::parse(take(&mut rest)?)?);
        }
        Some(directory)
    }
}

/// What stands behind a checksum, if it is undamaged.
fn sound(bytes: &[u8]) -> Option<&[u8]> {
    let (check, rest) = bytes.split_first_chunk::<SUM>()?;
    (sum(rest) == *check).then_some(rest)
}

/// Whether a file is called after an id: `ISS-1.md`, `ISS-1-broken-links.md`.
pub(super) fn is_called(name: &[u8], id: &[u8]) -> bool {
    let (head, rest) = name.split_at_checked(id.len()).unwrap_or_default();
    head.eq_ignore_ascii_case(id) && matches!(rest.first(), Some(b'-' | b'.'))
}

/// The files that are called after no id, as far as they are worth reading.
fn odd(listed: &[Listed]) -> Vec<RepoPath> {
    let all = listed.iter().flat_map(|folder| folder.names.iter().map(|name| (folder.path.as_bytes(), name)));
    all.filter(|(_, name)| !is_of_id(name)).map(|(folder, name)| path_of(folder, name)).take(ODD + 1).collect()
}

/// Whether a name begins as that of a file of cmpm does: `ISS-1.md`, `ISS-1-broken-links.md`.
pub(super) fn is_of_id(name: &[u8]) -> bool {
    let mut parts = name.split(|byte| matches!(byte, b'-' | b'.'));
    let (prefix, rest) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let fits = |part: &[u8], fits: fn(&u8) -> bool| !part.is_empty() && part.iter().all(fits);
    fits(prefix, u8::is_ascii_uppercase) && fits(rest, u8::is_ascii_alphanumeric) && name.get(prefix.len()) == Some(&b'-')
}

fn put(out: &mut Vec<u8>, bytes: &[u8]) {
    number(out, bytes.len());
    out.extend_from_slice(bytes);
}

fn take<'a>(rest: &mut Reader<'a>) -> Option<&'a [u8]> {
    let length = rest.number()?;
    rest.take(length)
}
