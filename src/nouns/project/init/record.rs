//! What `init` put into this clone, byte for byte, so that exactly that can be taken out again.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::plan::Planned;
use crate::base::{Explain, RepoPath, Result};
use crate::fs::{read, write};

/// The record of one clone, kept in `init.json` among its live facts.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Installed {
    files: BTreeMap<RepoPath, Inserted>,
}

/// What was put into one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Inserted {
    /// Whether there was no such file before.
    created: bool,
    /// The text, which stands in the file in one piece.
    text: String,
}

/// A record that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("{} cannot be read: {reason}", path.display())]
struct RecordError {
    path: PathBuf,
    reason: String,
}

impl Explain for RecordError {
    fn code(&self) -> &'static str {
        "init_record"
    }
    fn hints(&self) -> Vec<String> {
        vec!["nothing was written; move that file away and run `cmpm init` again".into()]
    }
}

impl Installed {
    /// The record among the live facts of a clone; empty if nothing was put in yet.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn load(live: &Path) -> Result<Self> {
        let path = file(live);
        let Some(bytes) = read::find(&path)? else { return Ok(Self::default()) };
        serde_json::from_slice(&bytes).map_err(|error| RecordError { path, reason: error.to_string() }.into())
    }

    /// Notes what is about to be written.
    pub fn add(&mut self, planned: &Planned) {
        let known = self.files.get(&planned.path).filter(|_| planned.before.is_some());
        let text = match (known, &planned.replaced) {
            // The line ends that set the first block apart are cmpm's too.
            (Some(known), Some(old)) if known.text.contains(old) => known.text.replace(old, &planned.inserted),
            _ => planned.inserted.clone(),
        };
        let created = known.map_or(planned.before.is_none(), |known| known.created);
        self.files.insert(planned.path.clone(), Inserted { created, text });
    }

    /// Writes the record, durably.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn save(&self, live: &Path) -> Result<()> {
        let path = file(live);
        let text = serde_json::to_string_pretty(self).map_err(|error| RecordError { path: path.clone(), reason: error.to_string() })?;
        Ok(write::replace(&path, (text + "\n").as_bytes())?)
    }
}

fn file(live: &Path) -> PathBuf {
    live.join("init.json")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn planned(before: Option<&str>, inserted: &str, replaced: Option<&str>) -> Planned {
        let owned = |text: &str| text.to_owned();
        Planned {
            path: RepoPath::parse("AGENTS.md").unwrap(),
            before: before.map(|text| text.as_bytes().to_vec()),
            after: Vec::new(),
            inserted: owned(inserted),
            replaced: replaced.map(owned),
        }
    }

    #[test]
    fn what_set_the_first_block_apart_stays_on_record() {
        let folder = tempfile::tempdir().unwrap();
        let mut record = Installed::load(folder.path()).unwrap();
        record.add(&planned(Some("a"), "\n\nold\n", None));
        record.save(folder.path()).unwrap();
        let mut record = Installed::load(folder.path()).unwrap();
        record.add(&planned(Some("a\n\nold\n"), "new", Some("old")));
        let wanted = Inserted { created: false, text: "\n\nnew\n".into() };
        assert_eq!(record.files.values().collect::<Vec<_>>(), [&wanted]);
        record.add(&planned(None, "all", None));
        assert_eq!(record.files.values().collect::<Vec<_>>(), [&Inserted { created: true, text: "all".into() }]);
    }
}
