//! Reserves ids: one empty file each, so that no two processes of a clone ever use the same.

use std::path::Path;

use crate::base::Id;
use crate::base::random::Random;
use crate::fs::{FsError, write};

/// A new id with `prefix`, reserved in `folder`.
pub fn reserve(folder: &Path, prefix: &str, random: &Random) -> Result<Id, FsError> {
    loop {
        let id = Id::random(prefix, random);
        if write::claim_name(&folder.join(id.as_str()))? {
            return Ok(id);
        }
    }
}
