//! Lexical search over short texts: tokens, queries, BM25F ranking, snippets.

mod join;
mod matcher;
mod postings;
mod query;
mod rank;
mod scan;
mod shard;
mod snippet;
pub mod tokens;

pub use self::join::Joined;
pub use self::postings::{FIELDS, Field, Matches, Postings, Statistics};
pub use self::query::Query;
pub use self::rank::{Hit, Hits, Part, rank, search};
pub use self::scan::{Corpus, Source};
pub use self::shard::{Area, Shard, Writer};
pub use self::snippet::{Snippet, snippet};

#[cfg(test)]
mod tests;
