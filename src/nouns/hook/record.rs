//! What was put into hooks of this clone, byte for byte, so that exactly that can be taken out again.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::model::HookError;
use crate::base::Result;
use crate::fs::{lock, read};
use crate::store::{Change, Place};

/// How long to wait for another cmpm that changes hooks.
const PATIENCE: Duration = Duration::from_secs(10);

/// The record, kept in `hooks.json` among the live facts; locked while it is open.
#[derive(Debug)]
pub struct Record {
    file: PathBuf,
    before: Option<Vec<u8>>,
    /// What was put into which file.
    pub files: BTreeMap<PathBuf, Inserted>,
    _lock: Option<lock::Lock>,
}

/// What was put into one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inserted {
    /// Whether there was no such file before.
    pub created: bool,
    /// The text, in one piece.
    pub text: String,
}

/// The files that something was put into, in order; takes no lock and writes nothing.
pub fn recorded(common: &Path) -> Result<Vec<PathBuf>> {
    let file = file(common);
    Ok(parse(&file, read::find(&file)?.as_deref())?.into_keys().collect())
}

fn file(common: &Path) -> PathBuf {
    common.join("cmpm/hooks.json")
}

fn parse(file: &Path, bytes: Option<&[u8]>) -> Result<BTreeMap<PathBuf, Inserted>> {
    let fail = |error: serde_json::Error| HookError::Record { file: file.display().to_string(), reason: error.to_string() };
    Ok(bytes.map_or(Ok(BTreeMap::new()), serde_json::from_slice).map_err(fail)?)
}

impl Record {
    /// Opens the record of a clone; with `dry_run` only to look at, which leaves no trace.
    pub fn open(common: &Path, dry_run: bool) -> Result<Self> {
        let lock = if dry_run { None } else { Some(lock::acquire(&common.join("cmpm/locks/hooks"), PATIENCE)?) };
        let file = file(common);
        let before = read::find(&file)?;
        let files = parse(&file, before.as_deref())?;
        Ok(Self { file, before, files, _lock: lock })
    }

    /// Whether this is its own file.
    pub fn is_kept_in(&self, place: &Place) -> bool {
        *place == Place::of_clone(&self.file)
    }

    /// What has to be written for it; an empty record is no file.
    pub fn change(&self) -> Result<Change> {
        let fail = |error: serde_json::Error| HookError::Record { file: self.file.display().to_string(), reason: error.to_string() };
        let text = if self.files.is_empty() { None } else { Some(serde_json::to_string_pretty(&self.files).map_err(fail)? + "\n") };
        Ok(Change { place: Place::of_clone(&self.file), before: self.before.clone(), after: text.map(String::into_bytes), folders: 0 })
    }
}
