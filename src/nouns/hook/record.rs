//! What was put into hooks of this clone, byte for byte, so that exactly that can be taken out again.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::model::HookError;
use crate::base::Result;
use crate::fs::{lock, read, write};

/// How long to wait for another cmpm that changes hooks.
const PATIENCE: Duration = Duration::from_secs(10);

/// The record, kept in `hooks.json` among the live facts; locked while it is open.
#[derive(Debug)]
pub struct Record {
    file: PathBuf,
    /// What was put into which file.
    pub files: BTreeMap<PathBuf, Inserted>,
    _lock: lock::Lock,
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
///
/// # Errors
/// The record cannot be read.
pub fn recorded(common: &Path) -> Result<Vec<PathBuf>> {
    Ok(load(&file(common))?.into_keys().collect())
}

fn file(common: &Path) -> PathBuf {
    common.join("cmpm/hooks.json")
}

fn load(file: &Path) -> Result<BTreeMap<PathBuf, Inserted>> {
    let Some(bytes) = read::find(file)? else { return Ok(BTreeMap::new()) };
    let fail = |error: serde_json::Error| HookError::Record { file: file.display().to_string(), reason: error.to_string() };
    Ok(serde_json::from_slice(&bytes).map_err(fail)?)
}

impl Record {
    /// Opens the record of a clone.
    ///
    /// # Errors
    /// It cannot be read, or somebody else holds it for long.
    pub fn open(common: &Path) -> Result<Self> {
        let lock = lock::acquire(&common.join("cmpm/locks/hooks"), PATIENCE)?;
        let file = file(common);
        let files = load(&file)?;
        Ok(Self { file, files, _lock: lock })
    }

    /// Writes it, durably; an empty record is no file.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn save(&self) -> Result<()> {
        if self.files.is_empty() {
            return Ok(write::remove(&self.file)?);
        }
        let fail = |error: serde_json::Error| HookError::Record { file: self.file.display().to_string(), reason: error.to_string() };
        let text = serde_json::to_string_pretty(&self.files).map_err(fail)?;
        Ok(write::replace(&self.file, (text + "\n").as_bytes())?)
    }
}
