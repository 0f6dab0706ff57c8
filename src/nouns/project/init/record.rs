//! What `init` put into this clone, so that exactly that can be taken out again. Blocks and committed files are known by
//! their text as well: the record does not travel with a clone.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::base::{Explain, Explained, RepoPath, Result};
use crate::fs::read;
use crate::store::{Change, Place};

/// The record of one clone, kept in `init.json` among its live facts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Installed {
    /// Files that can be committed: those made whole, and blocks in files of others.
    #[serde(default)]
    pub files: BTreeMap<RepoPath, Inserted>,
    /// Files of this clone alone.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub own: BTreeMap<RepoPath, Inserted>,
    /// What was put into git's settings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settings: Option<String>,
}

/// What was put into one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inserted {
    pub text: String,
    /// How many folders around the file were made for it.
    #[serde(default)]
    pub folders: usize,
}

/// A record that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("{} cannot be read: {reason}", path.display())]
struct RecordError {
    path: PathBuf,
    reason: String,
}

impl Explain for RecordError {
    fn explain(&self) -> Explained {
        Explained::wrong("init_record").hint("nothing was written; move that file away and run `cmpm init` again")
    }
}

/// The record as it is on disk, and as it will be.
#[derive(Debug)]
pub struct Record {
    path: PathBuf,
    before: Option<Vec<u8>>,
    /// As it was.
    pub old: Installed,
    /// As it will be.
    pub new: Installed,
}

impl Record {
    /// The record among the live facts of a clone; empty if nothing was put in yet.
    pub fn load(live: &Path) -> Result<Self> {
        let path = live.join("init.json");
        let before = read::find(&path)?;
        let old: Installed = match &before {
            None => Installed::default(),
            Some(bytes) => serde_json::from_slice(bytes).map_err(|error| RecordError { path: path.clone(), reason: error.to_string() })?,
        };
        Ok(Self { path, before, new: old.clone(), old })
    }

    /// What has to be written for it; an empty record is no file.
    pub fn change(&self) -> Result<Change> {
        let fail = |error: serde_json::Error| RecordError { path: self.path.clone(), reason: error.to_string() };
        let is_empty = self.new == Installed::default();
        let text = if is_empty { None } else { Some(serde_json::to_string_pretty(&self.new).map_err(fail)? + "\n") };
        let after = text.map(String::into_bytes);
        Ok(Change { place: Place::of_clone(&self.path), before: self.before.clone(), after, folders: 0 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_noted_is_read_again_and_nothing_is_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let mut record = Record::load(folder.path()).unwrap();
        assert_eq!(record.change().unwrap().after, None);
        record.new.settings = Some("[merge]\n".into());
        record.new.files.insert(RepoPath::parse("a").unwrap(), Inserted { text: "all".into(), folders: 1 });
        let after = record.change().unwrap().after.unwrap();
        crate::fs::write::replace(&folder.path().join("init.json"), &after).unwrap();
        let read = Record::load(folder.path()).unwrap();
        assert_eq!(read.old, record.new);
        assert_eq!(read.change().unwrap().before, read.change().unwrap().after, "and nothing changes by reading");
    }

    #[test]
    fn a_record_without_counts_is_read() {
        let old = r#"{"files": {"AGENTS.md": {"created": true, "text": "x"}}}"#;
        let folder = tempfile::tempdir().unwrap();
        crate::fs::write::replace(&folder.path().join("init.json"), old.as_bytes()).unwrap();
        assert_eq!(Record::load(folder.path()).unwrap().old.files.len(), 1);
        crate::fs::write::replace(&folder.path().join("init.json"), b"{").unwrap();
        assert_eq!(Record::load(folder.path()).unwrap_err().code(), "init_record");
    }
}
