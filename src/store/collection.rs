//! Finds one record among many: by id, by alias, by number, by the beginning of an id, or by path.

use crate::base::{Id, text};

use super::{Record, Scan, StoreError, Stored};

impl<R: Record, D> Scan<R, D> {
    /// The record that `query` names, if exactly one does.
    pub fn find(&self, query: &str) -> Result<&Stored<R, D>, StoreError> {
        find_among(&self.records, query)
    }
}

/// The one of `records` that `query` names, if exactly one does.
pub(super) fn find_among<'a, R: Record, D>(records: &'a [Stored<R, D>], query: &str) -> Result<&'a Stored<R, D>, StoreError> {
    let query = query.trim();
    for how in [Match::Path, Match::File, Match::Id, Match::Alias, Match::Number, Match::Beginning, Match::Foreign] {
        let found: Vec<&Stored<R, D>> = records.iter().filter(|stored| how.fits(stored, query)).collect();
        match found.as_slice() {
            [] => {}
            [only] => return Ok(only),
            several => return Err(ambiguous(query, several)),
        }
    }
    Err(StoreError::NotFound { noun: R::NOUN, query: query.to_owned() })
}

fn ambiguous<R: Record, D>(query: &str, found: &[&Stored<R, D>]) -> StoreError {
    const SHOWN: usize = 8;
    const TITLE: usize = 60;
    let is_twice = |stored: &Stored<R, D>| found.iter().filter(|other| other.record.id() == stored.record.id()).count() > 1;
    let describe = |stored: &&Stored<R, D>| match text::one_line(stored.record.headline()) {
        title if title.is_empty() || is_twice(stored) => format!("{} ({})", stored.record.id(), stored.path),
        title => format!("{} ({})", stored.record.id(), text::fit(&title, TITLE)),
    };
    let name = |stored: &&Stored<R, D>| if is_twice(stored) { stored.path.to_string() } else { stored.record.id().to_string() };
    let names = found.iter().take(SHOWN).map(name).collect();
    let mut candidates: Vec<String> = found.iter().take(SHOWN).map(describe).collect();
    if found.len() > SHOWN {
        candidates.push(format!("{} more", found.len() - SHOWN));
    }
    StoreError::Ambiguous { noun: R::NOUN, query: query.to_owned(), candidates, names }
}

/// How a query can name a record, from the most to the least certain.
#[derive(Debug, Clone, Copy)]
enum Match {
    Path,
    /// The end of its path: who works in a folder names its files without the way there.
    File,
    Id,
    Alias,
    /// The number of an id or alias, however many zeros it is written with.
    Number,
    Beginning,
    /// The number that another tracker gave it, such as `#12`.
    Foreign,
}

impl Match {
    fn fits<R: Record, D>(self, stored: &Stored<R, D>, query: &str) -> bool {
        match self {
            Self::Path => stored.path.lossy() == query.trim_start_matches("./"),
            Self::File if !query.ends_with("md") => false,
            Self::File => stored.path.lossy().strip_suffix(query.trim_start_matches("./")).is_some_and(|way| way.ends_with('/')),
            Self::Id => stored.record.id().is(query),
            Self::Alias => stored.record.aliases().iter().any(|alias| alias.eq_ignore_ascii_case(query)),
            Self::Number => {
                let has_number = |alias: &String| Id::parse(alias).is_some_and(|alias| alias.has_number(query));
                stored.record.id().has_number(query) || stored.record.aliases().iter().any(has_number)
            }
            Self::Beginning => stored.record.id().starts_with(query),
            Self::Foreign => stored.record.aliases().iter().any(|alias| alias.strip_prefix('#') == Some(query)),
        }
    }
}
