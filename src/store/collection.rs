//! Finds one record among many: by id, by alias, by the beginning of an id, or by path.

use super::{Record, Scan, StoreError, Stored};

impl<R: Record> Scan<R> {
    /// The record that `query` names, if exactly one does.
    ///
    /// # Errors
    /// `NotFound`, or `Ambiguous` with the candidates.
    pub fn require(mut self, query: &str) -> Result<Stored<R>, StoreError> {
        let index = self.position(query)?;
        Ok(self.records.swap_remove(index))
    }

    /// The record that `query` names, left among the others.
    ///
    /// # Errors
    /// `NotFound`, or `Ambiguous` with the candidates.
    pub fn find(&self, query: &str) -> Result<&Stored<R>, StoreError> {
        let index = self.position(query)?;
        self.records.get(index).ok_or_else(|| StoreError::NotFound { noun: R::NOUN, query: query.to_owned() })
    }

    /// The place of the record that `query` names.
    ///
    /// # Errors
    /// `NotFound`, or `Ambiguous` with the candidates.
    fn position(&self, query: &str) -> Result<usize, StoreError> {
        let query = query.trim();
        let file = query.trim_start_matches("./");
        // Who works in a folder names its files without the way there.
        let below = |stored: &Stored<R>| file.ends_with("md") && stored.path.lossy().strip_suffix(file).is_some_and(|way| way.ends_with('/'));
        let steps: [&dyn Fn(&Stored<R>) -> bool; 5] = [
            &|stored| stored.path.lossy() == file,
            &below,
            &|stored| stored.record.id().is(query),
            &|stored| stored.record.aliases().iter().any(|alias| alias.eq_ignore_ascii_case(query)),
            &|stored| stored.record.id().starts_with(query),
        ];
        for fits in steps {
            let found: Vec<usize> = self.records.iter().enumerate().filter(|(_, stored)| fits(stored)).map(|(index, _)| index).collect();
            match found.as_slice() {
                [] => {}
                [only] => return Ok(*only),
                several => return Err(self.ambiguous(query, several)),
            }
        }
        Err(StoreError::NotFound { noun: R::NOUN, query: query.to_owned() })
    }

    fn ambiguous(&self, query: &str, found: &[usize]) -> StoreError {
        const SHOWN: usize = 8;
        let describe = |stored: &Stored<R>| format!("{} ({})", stored.record.id(), stored.path);
        let mut candidates: Vec<String> = found.iter().filter_map(|index| self.records.get(*index)).take(SHOWN).map(describe).collect();
        if found.len() > SHOWN {
            candidates.push(format!("{} more", found.len() - SHOWN));
        }
        StoreError::Ambiguous { noun: R::NOUN, query: query.to_owned(), candidates }
    }
}
