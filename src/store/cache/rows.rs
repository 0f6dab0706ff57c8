//! The form of a cache: who wrote it, then blocks, each with its length and a checksum of it in front: a row of equal width for each
//! of some files, then a heap of texts that the columns of the rows point to. A column is decoded when it is asked for.
//!
//! A column is a number, or the place of a list of texts in the heap; 0 is nothing at all.

use std::hash::{DefaultHasher, Hash, Hasher};

use crate::base::bytes::{self, Reader, SUM, sum};
use crate::base::{Finding, RepoPath};
use crate::fs::read::Pieces;
use crate::store::Digest;

/// What must be the same for a file to hold what it held: its stamp, or the name of its blob.
pub(super) const KEY: usize = 32;
const DIGEST: usize = 16;
const COLUMN: usize = 4;
/// The columns that each row has in front of those of its record: the file's path, whether it is a record, and its findings.
const OWN: usize = 3;
/// How many texts that were written last are looked through for the same one.
const RECENT: usize = 1 << 12;

/// A row of a cache.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    row: &'a [u8],
    heap: &'a [u8],
}

impl<'a> Row<'a> {
    pub(super) fn key(self) -> Option<&'a [u8; KEY]> {
        self.row.first_chunk()
    }

    /// What the file's text comes to, if it is a record.
    pub(super) fn digest(self) -> Option<Digest> {
        let digest = self.row.get(KEY..)?.first_chunk::<DIGEST>()?;
        self.is_record().then(|| Digest::from_bytes(*digest))
    }

    pub(super) fn path(self) -> &'a [u8] {
        self.list(0).and_then(|mut list| list.next()).unwrap_or_default()
    }

    pub(super) fn is_record(self) -> bool {
        self.column(1) == Some(1)
    }

    /// Nearly always none.
    pub(super) fn findings(self) -> Option<Vec<Finding>> {
        self.list(2)?.next().map_or(Some(Vec::new()), |json| serde_json::from_slice(json).ok())
    }

    /// The number in a column of the record.
    pub fn number(self, column: usize) -> Option<u32> {
        self.column(OWN + column)
    }

    /// The texts in a column of the record.
    pub fn texts(self, column: usize) -> Option<Vec<String>> {
        let text = |bytes: &[u8]| std::str::from_utf8(bytes).ok().map(str::to_owned);
        self.list(OWN + column)?.map(text).collect()
    }

    /// The same, one after the other.
    pub fn each(self, column: usize) -> impl Iterator<Item = &'a str> + use<'a> {
        self.list(OWN + column).into_iter().flatten().filter_map(|bytes| std::str::from_utf8(bytes).ok())
    }

    /// The only text in a column of the record.
    pub fn text(self, column: usize) -> Option<&'a str> {
        std::str::from_utf8(self.list(OWN + column)?.next()?).ok()
    }

    fn column(self, column: usize) -> Option<u32> {
        let start = KEY + DIGEST + column * COLUMN;
        self.row.get(start..).and_then(<[u8]>::first_chunk).map(|bytes| u32::from_le_bytes(*bytes))
    }

    fn list(self, column: usize) -> Option<impl Iterator<Item = &'a [u8]> + use<'a>> {
        let mut rest = Reader::new(self.heap.get(usize::try_from(self.column(column)?).ok()?..)?);
        let mut left = rest.number()?;
        Some(std::iter::from_fn(move || {
            left = left.checked_sub(1)?;
            let length = rest.number()?;
            rest.take(length)
        }))
    }
}

/// The blocks of a cache that are whole, up to the first that is not: one after the other, so that not all of them are in memory.
pub(super) struct Blocks<'a> {
    pieces: &'a Pieces,
    at: u64,
}

impl<'a> Blocks<'a> {
    /// Nothing of a cache that was not written by the same reader.
    pub(super) fn of(pieces: &'a Pieces, identity: &[u8; 32]) -> Option<Self> {
        (pieces.read(0, identity.len())? == identity).then_some(Self { pieces, at: identity.len() as u64 })
    }
}

impl Iterator for Blocks<'_> {
    type Item = Vec<u8>;
    fn next(&mut self) -> Option<Vec<u8>> {
        let head = self.pieces.read(self.at, 4 + SUM)?;
        let (length, check) = head.split_first_chunk::<4>()?;
        let block = self.pieces.read(self.at + head.len() as u64, u32::from_le_bytes(*length) as usize)?;
        self.at += (head.len() + block.len()) as u64;
        (sum(&block) == check).then_some(block)
    }
}

/// The rows of a block.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Rows<'a> {
    rows: &'a [u8],
    heap: &'a [u8],
    width: usize,
}

impl<'a> Rows<'a> {
    /// Nothing where they are not what `NewRows::block` made.
    pub(super) fn parse(block: &'a [u8], columns: usize) -> Option<Self> {
        let (count, block) = block.split_first_chunk::<4>()?;
        let width = width(columns);
        let (rows, heap) = block.split_at_checked(width.checked_mul(u32::from_le_bytes(*count) as usize)?)?;
        Some(Self { rows, heap, width })
    }

    /// The rows in order of their paths.
    pub(super) fn iter(self) -> impl Iterator<Item = Row<'a>> {
        self.rows.chunks_exact(self.width.max(1)).map(move |row| Row { row, heap: self.heap })
    }
}

fn width(columns: usize) -> usize {
    KEY + DIGEST + (OWN + columns) * COLUMN
}

/// Rows that are being written.
pub(super) struct NewRows {
    rows: Vec<u8>,
    heap: Heap,
    count: u32,
    width: usize,
}

/// Texts, each list of them with the number of texts in front.
struct Heap {
    bytes: Vec<u8>,
    /// Where lists are that may well come again, by their hash.
    recent: Vec<u32>,
}

/// The columns of a row that is being written, one after the other.
pub struct Columns<'a> {
    row: &'a mut Vec<u8>,
    heap: &'a mut Heap,
    is_whole: bool,
}

impl NewRows {
    pub(super) fn new(columns: usize) -> Self {
        let heap = Heap { bytes: vec![0], recent: vec![0; RECENT] };
        Self { rows: Vec::new(), heap, count: 0, width: width(columns) }
    }

    /// Adds the row of a file; `record` writes the columns of its record. A row that cannot be written is left out.
    pub(super) fn add(&mut self, about: &About<'_>, record: impl FnOnce(&mut Columns<'_>) -> Option<()>) {
        let start = self.rows.len();
        self.rows.extend_from_slice(about.key);
        self.rows.extend_from_slice(&about.digest.map_or([0; DIGEST], Digest::to_bytes));
        let mut columns = Columns { row: &mut self.rows, heap: &mut self.heap, is_whole: true };
        columns.list([about.path.as_bytes()]);
        columns.number(u32::from(about.digest.is_some()));
        columns.texts(about.findings);
        let is_whole = record(&mut columns).is_some() && columns.is_whole;
        if is_whole && self.rows.len() <= start + self.width {
            self.rows.resize(start + self.width, 0);
            self.count += 1;
        } else {
            self.rows.truncate(start);
        }
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.count as usize
    }

    /// All of them as a block of a file; `None` if they are too many.
    pub(super) fn block(self) -> Option<Vec<u8>> {
        let block = [&self.count.to_le_bytes(), self.rows.as_slice(), &self.heap.bytes].concat();
        let length = u32::try_from(block.len()).ok()?;
        Some([length.to_le_bytes().as_slice(), &sum(&block), &block].concat())
    }
}

/// What is kept of a file besides its record.
pub(super) struct About<'a> {
    pub path: &'a RepoPath,
    pub key: &'a [u8; KEY],
    /// What a record's text comes to.
    pub digest: Option<Digest>,
    /// As JSON.
    pub findings: &'a [String],
}

impl Columns<'_> {
    pub fn number(&mut self, number: u32) {
        self.row.extend_from_slice(&number.to_le_bytes());
    }

    pub fn texts<T: AsRef<str>>(&mut self, texts: &[T]) {
        self.list(texts.iter().map(|text| text.as_ref().as_bytes()));
    }

    pub fn text(&mut self, text: &str) {
        self.texts(&[text]);
    }

    fn list<'t>(&mut self, list: impl IntoIterator<Item = &'t [u8], IntoIter: ExactSizeIterator>) {
        let place = self.heap.place(list.into_iter());
        self.is_whole &= place.is_some();
        self.number(place.unwrap_or_default());
    }
}

impl Heap {
    /// Where a list is; `None` if there is no room left for it.
    fn place<'t>(&mut self, list: impl ExactSizeIterator<Item = &'t [u8]>) -> Option<u32> {
        if list.len() == 0 {
            return Some(0);
        }
        let start = self.bytes.len();
        bytes::number(&mut self.bytes, list.len());
        for text in list {
            bytes::number(&mut self.bytes, text.len());
            self.bytes.extend_from_slice(text);
        }
        let (before, new) = self.bytes.split_at_checked(start)?;
        let mut hasher = DefaultHasher::new();
        new.hash(&mut hasher);
        let recent = self.recent.get_mut(hasher.finish() as usize % RECENT)?;
        // A list says where it ends, so one that begins with another is that one.
        if *recent > 0 && before.get(*recent as usize..).is_some_and(|old| old.starts_with(new)) {
            self.bytes.truncate(start);
        } else {
            *recent = u32::try_from(start).ok()?;
        }
        Some(*recent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHO: [u8; 32] = [7; 32];
    /// A file of two blocks.
    fn written() -> Vec<u8> {
        [WHO.to_vec(), block(), block()].concat()
    }

    /// How many rows of a file are believed.
    fn believed(bytes: &[u8], who: &[u8; 32]) -> usize {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("cache");
        crate::fs::write::replace_cache(&file, bytes).unwrap();
        let pieces = Pieces::open(&file).unwrap();
        Blocks::of(&pieces, who).into_iter().flatten().map(|block| Rows::parse(&block, 2).unwrap().iter().count()).sum()
    }

    fn block() -> Vec<u8> {
        let mut rows = NewRows::new(2);
        for number in 0..3_u32 {
            let path = RepoPath::parse(format!("a/{number}.md")).unwrap();
            let about = About { path: &path, key: &[number as u8; KEY], digest: Some(Digest::of(b"x")), findings: &[] };
            rows.add(&about, |columns| {
                columns.number(number);
                columns.texts(&["same", "é", ""]);
                Some(())
            });
        }
        rows.block().unwrap()
    }

    #[test]
    fn what_was_written_is_read() {
        let bytes = block();
        let rows: Vec<Row<'_>> = Rows::parse(&bytes[4 + SUM..], 2).unwrap().iter().collect();
        let numbers: Vec<_> = rows.iter().map(|row| row.number(0)).collect();
        assert_eq!(numbers, [Some(0), Some(1), Some(2)]);
        let row = rows[2];
        assert_eq!((row.path(), row.key(), row.digest()), (b"a/2.md".as_slice(), Some(&[2; KEY]), Some(Digest::of(b"x"))));
        assert_eq!(
            (row.texts(1), row.text(1), row.findings()),
            (Some(vec!["same".into(), "é".into(), String::new()]), Some("same"), Some(Vec::new()))
        );
        assert_eq!((row.number(2), row.texts(2)), (None, None), "there are two columns");
        let once = bytes.windows(4).filter(|window| window == b"same").count();
        assert_eq!(once, 1, "equal texts are there once");
    }

    #[test]
    fn no_damage_is_believed() {
        let (bytes, first) = (written(), 32 + block().len());
        assert_eq!((believed(&bytes, &WHO), believed(&bytes, &[8; 32])), (6, 0));
        for at in (0..bytes.len()).step_by(3) {
            let whole = if at < first { 0 } else { 3 };
            assert_eq!(believed(&bytes[..at], &WHO), whole, "the first {at} bytes");
            let mut damaged = bytes.clone();
            damaged[at] ^= 0x10;
            assert_eq!(believed(&damaged, &WHO), whole, "byte {at}");
        }
    }

    #[test]
    fn a_row_with_other_columns_than_were_agreed_is_left_out() {
        let path = RepoPath::parse("a.md").unwrap();
        let mut rows = NewRows::new(1);
        let about = About { path: &path, key: &[1; KEY], digest: None, findings: &[] };
        rows.add(&about, |columns| {
            (0..2).for_each(|number| columns.number(number));
            Some(())
        });
        rows.add(&about, |_| None);
        rows.add(&about, |_| Some(()));
        let bytes = rows.block().unwrap();
        let found: Vec<_> =
            Rows::parse(&bytes[4 + SUM..], 1).unwrap().iter().map(|row| (row.is_record(), row.number(0), row.digest())).collect();
        assert_eq!(found, [(false, Some(0), None)]);
    }
}
