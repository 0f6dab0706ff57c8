//! What the ranking asks of whatever holds the documents: a scan of texts today, a file of postings where there are many.

use super::query::Query;

/// A part of a document that counts on its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// Its title.
    Title,
    /// Its tags, labels and the like.
    Tags,
    /// Everything else.
    Body,
}

/// How many fields there are.
pub const FIELDS: usize = 3;

/// Where a term stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Occurrence {
    /// In which field.
    pub field: Field,
    /// As which word of it.
    pub position: u32,
}

/// A document in which a term of the query stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match {
    /// The document's place in its corpus.
    pub index: usize,
    /// The number of words in each field.
    pub lengths: [u32; FIELDS],
    /// For each term of the query its places, in ascending order.
    pub occurrences: Vec<Vec<Occurrence>>,
}

/// The whole corpus in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Statistics {
    /// How many documents there are.
    pub documents: usize,
    /// The number of words in each field of all documents together.
    pub words: [u64; FIELDS],
}

/// Documents that can be searched.
pub trait Postings {
    /// Every document in which any term of `query` stands, in ascending order of index.
    fn matches(&self, query: &Query) -> (Statistics, Vec<Match>);
}
