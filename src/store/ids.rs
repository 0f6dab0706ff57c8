//! Reserves ids: one empty file each, so that no two processes of a clone ever use the same.

use std::path::Path;

use super::StoreError;
use crate::base::random::Random;
use crate::base::{Id, Result};
use crate::fs::write;

/// With 40 random bits even a second try is rare; with fixed ones, as in tests, there may be many.
const TRIES: usize = 20_000;

/// A new id with `prefix`, reserved in `folder`.
pub fn reserve(folder: &Path, prefix: &str, random: &Random) -> Result<Id> {
    reserve_within(TRIES, folder, &|| Id::random(prefix, random))
}

fn reserve_within(tries: usize, folder: &Path, new: &dyn Fn() -> Id) -> Result<Id> {
    for _ in 0..tries {
        let id = new();
        if write::claim_name(&folder.join(id.as_str()))? {
            return Ok(id);
        }
    }
    Err(StoreError::NoFreeId { folder: folder.to_owned(), tries }.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_of_one_number_gives_one_id_and_then_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let same = || Id::random("ISS", &Random::fixed(7));
        let first = reserve_within(3, folder.path(), &same).unwrap();
        let failure = reserve_within(3, folder.path(), &same).unwrap_err();
        assert_eq!(first.as_str(), "ISS-00000007");
        assert!(failure.to_string().ends_with("after 3 tries: the random numbers of this machine repeat"), "{failure}");
    }
}
