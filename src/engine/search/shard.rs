//! The postings of some thousand documents as bytes, of which a query reads only what it needs. Every piece that is read has a
//! checksum: on any doubt there is no answer, and the caller builds the index again.
//!
//! Layout: postings of each word in order of words; blocks of the dictionary; the lengths of the documents and the list of blocks;
//! where that begins, and its checksum. Numbers are LEB128. A posting is `gap << 1 | head`, where `head` says that
//! `documents on << 2 | field` follows and that the gap counts from the beginning of the field.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use super::matcher::{fits, sure_beginning};
use super::postings::{FIELDS, Field, Matches, Occurrence, Statistics};
use super::query::{Pattern, Query};
use super::scan::Source;
use super::tokens::{Normalizer, lower};
use crate::base::bytes::{Reader, SUM, number, sum, text};

/// How many words share a block of the dictionary.
const BLOCK: usize = 64;
/// The bytes after everything else: where the tail begins, and its checksum.
const FOOT: usize = 16;

/// Bytes that are read piece by piece.
pub trait Area: Sync {
    /// `length` bytes from `start` on; `None` if they cannot be had.
    fn read(&self, start: u64, length: usize) -> Option<Vec<u8>>;
}

impl Area for Vec<u8> {
    fn read(&self, start: u64, length: usize) -> Option<Vec<u8>> {
        let start = usize::try_from(start).ok()?;
        self.get(start..start.checked_add(length)?).map(<[u8]>::to_vec)
    }
}

/// Collects documents for a shard.
#[derive(Default)]
pub struct Writer {
    words: HashMap<Box<str>, Posting, BuildHasherDefault<WordHasher>>,
    lengths: Vec<[u32; FIELDS]>,
}

#[derive(Default)]
struct Posting {
    bytes: Vec<u8>,
    /// The document and place of the last occurrence; none before the first.
    last: Option<(u32, Occurrence)>,
    /// The document counted from, which is the last one that was written.
    document: u32,
}

/// A fast hash of words, of this program's own making: nobody gains by choosing words that collide in their own notes.
#[derive(Default)]
struct WordHasher(u64);

impl Hasher for WordHasher {
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word.iter_mut().zip(chunk).for_each(|(to, from)| *to = *from);
            self.0 = (self.0.rotate_left(5) ^ u64::from_le_bytes(word)).wrapping_mul(0x517c_c1b7_2722_0a95);
        }
    }
    fn finish(&self) -> u64 {
        self.0
    }
}

impl Writer {
    /// Adds the next document.
    pub fn add(&mut self, source: &Source<'_>) {
        let document = u32::try_from(self.lengths.len()).unwrap_or(u32::MAX);
        let words = &mut self.words;
        let lengths = source.for_each_token(|text, place| {
            let word = lower(text);
            match words.get_mut(word.as_ref()) {
                Some(posting) => posting.push(document, place),
                None => words.entry(word.into()).or_default().push(document, place),
            }
        });
        self.lengths.push(lengths);
    }

    pub fn finish(self) -> Vec<u8> {
        let mut words: Vec<(Box<str>, Posting)> = self.words.into_iter().collect();
        words.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        let (mut out, mut tail, mut blocks) = (Vec::new(), Vec::new(), Vec::new());
        number(&mut tail, self.lengths.len());
        self.lengths.iter().flatten().for_each(|length| number(&mut tail, *length as usize));
        number(&mut tail, words.len().div_ceil(BLOCK));
        let mut starts = Vec::with_capacity(words.len());
        for (_, posting) in &words {
            starts.push(out.len());
            out.extend_from_slice(&posting.bytes);
        }
        for (chunk, starts) in words.chunks(BLOCK).zip(starts.chunks(BLOCK)) {
            let block = dictionary_block(chunk, starts.first().copied().unwrap_or(0));
            text(&mut tail, chunk.first().map_or("", |(word, _)| word));
            number(&mut tail, out.len() + blocks.len());
            number(&mut tail, block.len());
            tail.extend_from_slice(&sum(&block));
            blocks.extend_from_slice(&block);
        }
        out.append(&mut blocks);
        let start = out.len() as u64;
        out.extend_from_slice(&tail);
        out.extend_from_slice(&start.to_le_bytes());
        out.extend_from_slice(&sum(&tail));
        out
    }
}

impl Posting {
    fn push(&mut self, document: u32, place: Occurrence) {
        let follows = self.last.filter(|(last, before)| *last == document && before.field() == place.field() && *before <= place);
        match follows {
            Some((_, before)) => number(&mut self.bytes, ((place.position() - before.position()) as usize) << 1),
            None => {
                number(&mut self.bytes, ((place.position() as usize) << 1) | 1);
                number(&mut self.bytes, (((document - self.document) as usize) << 2) | place.field());
                self.document = document;
            }
        }
        self.last = Some((document, place));
    }
}

fn dictionary_block(words: &[(Box<str>, Posting)], start: usize) -> Vec<u8> {
    let mut out = Vec::new();
    number(&mut out, start);
    for (word, posting) in words {
        text(&mut out, word);
        number(&mut out, posting.bytes.len());
        out.extend_from_slice(&sum(&posting.bytes));
    }
    out
}

/// A shard that can be searched.
pub struct Shard<'a> {
    area: &'a dyn Area,
    start: u64,
    lengths: Vec<[u32; FIELDS]>,
    blocks: Vec<Block>,
}

struct Block {
    first: String,
    start: u64,
    length: usize,
    sum: [u8; SUM],
}

impl<'a> Shard<'a> {
    /// Opens the shard of so many bytes that begins at `start`.
    pub fn open(area: &'a dyn Area, start: u64, length: u64) -> Option<Self> {
        let foot = area.read(start.checked_add(length)?.checked_sub(FOOT as u64)?, FOOT)?;
        let (place, wanted) = foot.split_first_chunk::<8>()?;
        let tail_start = u64::from_le_bytes(*place);
        let tail = area.read(start.checked_add(tail_start)?, usize::try_from(length.checked_sub(tail_start)?).ok()?.checked_sub(FOOT)?)?;
        if sum(&tail) != wanted {
            return None;
        }
        let mut rest = Reader::new(&tail);
        let mut lengths = Vec::new();
        for _ in 0..rest.number()? {
            lengths.push([rest.small()?, rest.small()?, rest.small()?, rest.small()?]);
        }
        let mut blocks = Vec::new();
        for _ in 0..rest.number()? {
            let first = rest.text()?.to_owned();
            blocks.push(Block { first, start: rest.number()? as u64, length: rest.number()?, sum: rest.sum()? });
        }
        Some(Self { area, start, lengths, blocks })
    }

    /// The documents in which terms of `query` stand. `place_of` says which place in the corpus a document of this shard has, and
    /// `None` for one that no longer counts. `None` if a byte is not as it was written.
    pub fn matches(&self, query: &Query, place_of: &dyn Fn(usize) -> Option<usize>) -> Option<(Statistics, Matches)> {
        let normalizer = Normalizer::default();
        let mut postings = Vec::new();
        for term in query.terms() {
            postings.push(self.postings(&term.pattern, &normalizer)?);
        }
        let mut cursors: Vec<&[(u32, Occurrence)]> = postings.iter().map(Vec::as_slice).collect();
        let (mut statistics, mut matches) = (Statistics::default(), Matches::new(cursors.len()));
        for (document, lengths) in self.lengths.iter().enumerate() {
            let here: Vec<&[(u32, Occurrence)]> = cursors.iter_mut().map(|cursor| split(cursor, document)).collect();
            let Some(index) = place_of(document) else { continue };
            statistics.add(*lengths);
            if here.iter().any(|places| !places.is_empty()) {
                matches.push(index, *lengths, |term, into| {
                    into.extend(here.get(term).into_iter().copied().flatten().map(|(_, place)| *place));
                });
            }
        }
        Some((statistics, matches))
    }

    /// Every place of the words that fit, in order.
    fn postings(&self, pattern: &Pattern, normalizer: &Normalizer) -> Option<Vec<(u32, Occurrence)>> {
        let beginning = sure_beginning(pattern);
        let first = self.blocks.partition_point(|block| block.first.as_str() < beginning).saturating_sub(1);
        let mut found = Vec::new();
        for block in self.blocks.get(first..).unwrap_or_default() {
            if block.first.as_str() > beginning && !block.first.starts_with(beginning) {
                break;
            }
            let bytes = self.area.read(self.start + block.start, block.length).filter(|bytes| sum(bytes) == block.sum)?;
            let mut rest = Reader::new(&bytes);
            let mut start = rest.number()? as u64;
            while !rest.is_empty() {
                let (word, length, wanted) = (rest.text()?, rest.number()?, rest.sum()?);
                if word.starts_with(beginning) && fits(pattern, word, &normalizer.stem(word)) {
                    let bytes = self.area.read(self.start + start, length).filter(|bytes| sum(bytes) == wanted)?;
                    decode(&bytes, &mut found)?;
                }
                start += length as u64;
            }
        }
        if !found.is_sorted() {
            found.sort_unstable();
        }
        Some(found)
    }
}

/// Takes what belongs to a document off the beginning.
fn split<'a>(cursor: &mut &'a [(u32, Occurrence)], document: usize) -> &'a [(u32, Occurrence)] {
    let end = cursor.iter().position(|(other, _)| *other as usize != document).unwrap_or(cursor.len());
    let (here, rest) = cursor.split_at_checked(end).unwrap_or_default();
    *cursor = rest;
    here
}

fn decode(bytes: &[u8], into: &mut Vec<(u32, Occurrence)>) -> Option<()> {
    let (mut document, mut field, mut position) = (0_u32, Field::Title, 0_u32);
    let mut rest = Reader::new(bytes);
    while !rest.is_empty() {
        let code = rest.number()?;
        let gap = u32::try_from(code >> 1).ok()?;
        if code & 1 == 1 {
            let head = rest.number()?;
            document = document.checked_add(u32::try_from(head >> 2).ok()?)?;
            field = *Field::ALL.get(head & 3)?;
            position = gap;
        } else {
            position = position.checked_add(gap)?;
        }
        into.push((document, Occurrence::new(field, position)));
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{Corpus, Postings, search};
    use super::*;

    struct Sharded<'a>(Vec<Shard<'a>>);

    impl Postings for Sharded<'_> {
        fn matches(&self, query: &Query) -> (Statistics, Vec<Matches>) {
            let mut before = 0;
            let mut all = Statistics::default();
            let groups = self.0.iter().map(|shard| {
                let (statistics, matches) = shard.matches(query, &|document| Some(before + document)).unwrap();
                before += shard.lengths.len();
                all = all.plus(statistics);
                matches
            });
            let groups = groups.collect();
            (all, groups)
        }
    }

    fn written(sources: &[Source<'_>]) -> Vec<u8> {
        let mut writer = Writer::default();
        sources.iter().for_each(|source| writer.add(source));
        writer.finish()
    }

    proptest! {
        #[test]
        fn shards_answer_as_a_scan_does(
            texts in prop::collection::vec(("([a-dA-D]{1,4}(_|-| |::|é)?){0,4}", "([a-d]{1,6}(ing|ed|s)?[ .\n]){0,9}"), 0..20),
            cut in any::<prop::sample::Index>(),
            query in "(\"?[a-dA-D]{1,4}(ing|s|\\*)?\"? ?){1,3}",
        ) {
            let fields = |(name, body): &'_ (String, String)| [(name, Field::Title), (body, Field::Details), (name, Field::Body)].map(|(text, field)| (text.clone().leak() as &str, field));
            let sources: Vec<Source<'_>> = texts.iter().map(|text| Source { fields: fields(text).to_vec() }).collect();
            let (left, right) = sources.split_at(if sources.is_empty() { 0 } else { cut.index(sources.len()) });
            let areas = [written(left), written(right)];
            let shards = areas.iter().map(|area| Shard::open(area, 0, area.len() as u64).unwrap()).collect();
            let query = Query::parse(&query);
            prop_assert_eq!(search(&Sharded(shards), &query, 5), search(&Corpus::new(sources), &query, 5));
        }

        #[test]
        fn a_changed_byte_is_no_answer_or_the_same(place in any::<prop::sample::Index>(), change in 1_u8..) {
            let texts = ["merge driver", "driver of the merge", "another"];
            let whole = written(&texts.map(|text| Source { fields: vec![(text, Field::Body)] }));
            let query = Query::parse("merge driv* another");
            let answer = |area: &Vec<u8>| Some(search(&Sharded(vec![Shard::open(area, 0, area.len() as u64)?]), &query, 9)).filter(|_| {
                Shard::open(area, 0, area.len() as u64).is_some_and(|shard| shard.matches(&query, &Some).is_some())
            });
            let mut damaged = whole.clone();
            damaged[place.index(whole.len())] ^= change;
            let sound = Shard::open(&damaged, 0, damaged.len() as u64).is_some_and(|shard| shard.matches(&query, &Some).is_some());
            prop_assert!(!sound || answer(&damaged) == answer(&whole));
        }
    }
}
