//! What must survive a power loss: gix syncs nothing by itself, so objects are synced before a reference points to them.

use std::path::{Path, PathBuf};

use super::{GitError, Oid, Repository};
use crate::fs::write;

impl Repository {
    /// Remembers an object for `sync_objects`.
    pub(super) fn remember(&self, oid: gix::ObjectId) -> Oid {
        if let Ok(mut fresh) = self.fresh.lock() {
            fresh.push(oid);
        }
        oid.into()
    }

    /// Brings every object written through this handle to disk.
    pub fn sync_objects(&self) -> Result<(), GitError> {
        let objects: Vec<PathBuf> = match self.fresh.lock() {
            Ok(fresh) => fresh.iter().map(|oid| self.loose_path(&oid.to_string())).collect(),
            Err(_) => return Ok(()),
        };
        let mut folders: Vec<&Path> = Vec::new();
        for file in &objects {
            sync(file)?;
            folders.extend(file.parent());
        }
        folders.sort_unstable();
        folders.dedup();
        for folder in folders {
            sync(folder)?;
        }
        if !objects.is_empty() {
            sync(&self.common_dir().join("objects"))?;
        }
        if let Ok(mut fresh) = self.fresh.lock() {
            let synced = objects.len().min(fresh.len());
            fresh.drain(..synced);
        }
        Ok(())
    }

    /// Brings a reference that was just written to disk.
    pub(super) fn sync_ref(&self, name: &str) -> Result<(), GitError> {
        let file = self.common_dir().join(name);
        sync(&file)?;
        file.parent().map_or(Ok(()), sync)
    }

    fn loose_path(&self, hex: &str) -> PathBuf {
        let (folder, file) = hex.split_at_checked(2).unwrap_or((hex, ""));
        self.common_dir().join("objects").join(folder).join(file)
    }
}

/// Syncs a file or folder. What is not there was packed by another git, which syncs its packs.
fn sync(path: &Path) -> Result<(), GitError> {
    match write::sync(path) {
        Err(error) if !error.is_missing() => Err(error.into()),
        _ => Ok(()),
    }
}
