//! What the ranking asks of whatever holds the documents: texts in memory, or shards of an index.

use super::query::Query;

/// A part of a document that counts on its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    Title,
    /// Its tags, labels and the like.
    Tags,
    /// What its keys say, such as an error's signature and resolution.
    Details,
    /// Everything else.
    Body,
}

pub const FIELDS: usize = 4;

impl Field {
    /// All of them, in their order.
    pub const ALL: [Self; FIELDS] = [Self::Title, Self::Tags, Self::Details, Self::Body];
}

/// Where a term stands: in which field, and as which word of it. Ordered by field, then by word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Occurrence(u32);

impl Occurrence {
    const BITS: u32 = 30;

    /// The `position`th word of `field`. Words beyond the first billion are taken for the last of them.
    pub fn new(field: Field, position: u32) -> Self {
        Self((field as u32) << Self::BITS | position.min((1 << Self::BITS) - 1))
    }

    pub fn field(self) -> usize {
        (self.0 >> Self::BITS) as usize
    }

    /// As which word of the field.
    pub fn position(self) -> u32 {
        self.0 & ((1 << Self::BITS) - 1)
    }

    /// The place that lies `words` further on in the same field.
    pub fn plus(self, words: u32) -> Self {
        let field = Field::ALL.get(self.field()).copied().unwrap_or(Field::Body);
        Self::new(field, self.position().saturating_add(words))
    }
}

/// Documents in which terms of a query stand, kept flat: there may be very many.
#[derive(Debug, Clone, Default)]
pub struct Matches {
    terms: usize,
    documents: Vec<(usize, [u32; FIELDS])>,
    /// For each document and each term, where its places end in `places`.
    ends: Vec<usize>,
    places: Vec<Occurrence>,
}

/// One of the documents.
#[derive(Debug, Clone, Copy)]
pub struct Match<'a> {
    /// The document's place in its corpus.
    pub index: usize,
    /// The number of words in each field.
    pub lengths: [u32; FIELDS],
    matches: &'a Matches,
    row: usize,
}

impl Matches {
    /// None yet, for a query with so many terms.
    pub fn new(terms: usize) -> Self {
        Self { terms, ..Self::default() }
    }

    /// Adds a document; `places` adds the places of each term, in ascending order. Without any place it is not kept.
    pub fn push(&mut self, index: usize, lengths: [u32; FIELDS], mut places: impl FnMut(usize, &mut Vec<Occurrence>)) {
        let before = self.places.len();
        for term in 0..self.terms {
            places(term, &mut self.places);
            self.ends.push(self.places.len());
        }
        if self.places.len() == before {
            self.ends.truncate(self.documents.len() * self.terms);
        } else {
            self.documents.push((index, lengths));
        }
    }

    /// Gives each document another place in the corpus.
    pub fn renumber(&mut self, place_of: impl Fn(usize) -> usize) {
        self.documents.iter_mut().for_each(|(index, _)| *index = place_of(*index));
    }

    /// The documents, in the order in which they were added.
    pub fn iter(&self) -> impl Iterator<Item = Match<'_>> {
        let each =
            |(row, (index, lengths)): (usize, &(usize, [u32; FIELDS]))| Match { index: *index, lengths: *lengths, matches: self, row };
        self.documents.iter().enumerate().map(each)
    }
}

impl<'a> Match<'a> {
    /// Where a term of the query stands, in ascending order.
    pub fn places(&self, term: usize) -> &'a [Occurrence] {
        let cell = self.row * self.matches.terms + term;
        let end = self.matches.ends.get(cell).copied().unwrap_or(0);
        let start = cell.checked_sub(1).and_then(|before| self.matches.ends.get(before)).copied().unwrap_or(0);
        self.matches.places.get(start..end).unwrap_or_default()
    }
}

/// The whole corpus in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Statistics {
    pub documents: usize,
    /// The number of words in each field of all documents together.
    pub words: [u64; FIELDS],
}

impl Statistics {
    /// Counts one more document.
    pub fn add(&mut self, lengths: [u32; FIELDS]) {
        self.documents += 1;
        for (total, length) in self.words.iter_mut().zip(lengths) {
            *total += u64::from(length);
        }
    }

    /// Both together.
    pub fn plus(mut self, other: Self) -> Self {
        self.documents += other.documents;
        for (total, more) in self.words.iter_mut().zip(other.words) {
            *total += more;
        }
        self
    }
}

/// Documents that can be searched.
pub trait Postings {
    /// Every document in which any term of `query` stands, in any number of groups.
    fn matches(&self, query: &Query) -> (Statistics, Vec<Matches>);
}
