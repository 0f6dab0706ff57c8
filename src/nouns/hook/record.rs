//! What was put into hooks of this clone, byte for byte, so that exactly that can be taken out again.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::model::HookError;
use crate::base::Result;
use crate::fs::{lock, read};
use crate::git::Repository;
use crate::store::{Change, Place};

/// How long to wait for another cmpm that changes hooks.
const PATIENCE: Duration = Duration::from_secs(10);

/// The record, kept in `hooks.json` among the live facts; locked while it is open.
#[derive(Debug)]
pub struct Record {
    file: PathBuf,
    common: PathBuf,
    before: Option<Vec<u8>>,
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
pub fn recorded(repository: &Repository) -> Result<Vec<PathBuf>> {
    let file = file(repository.common_dir());
    Ok(parse(&file, read::find(&file)?.as_deref(), repository)?.into_keys().collect())
}

fn file(common: &Path) -> PathBuf {
    common.join("cmpm/hooks.json")
}

fn parse(file: &Path, bytes: Option<&[u8]>, repository: &Repository) -> Result<BTreeMap<PathBuf, Inserted>> {
    let fail = |error: serde_json::Error| HookError::Record { file: file.display().to_string(), reason: error.to_string() };
    let files: BTreeMap<PathBuf, Inserted> = bytes.map_or(Ok(BTreeMap::new()), serde_json::from_slice).map_err(fail)?;
    let roots: Vec<PathBuf> =
        repository.main_work_dir().into_iter().chain(repository.list_worktrees()?.into_iter().map(|it| it.path)).collect();
    let here = |path: PathBuf| locate(path, repository.common_dir(), &roots);
    Ok(files.into_iter().filter_map(|(path, inserted)| Some((here(path)?, inserted))).collect())
}

/// A recorded file in this clone. Where the repository was copied or moved, an older record names files of the place it was in.
fn locate(recorded: PathBuf, common: &Path, roots: &[PathBuf]) -> Option<PathBuf> {
    let mut folders = roots.iter().map(PathBuf::as_path).chain([common]);
    match (recorded.is_absolute(), recorded.strip_prefix("..")) {
        (false, Ok(below)) => common.parent().map(|root| root.join(below)),
        (false, Err(_)) => Some(common.join(recorded)),
        (true, _) if folders.any(|folder| recorded.starts_with(folder)) => Some(recorded),
        (true, _) => {
            let folder = recorded.parent()?;
            let is_hook = folder.ends_with("hooks") && folder.parent()?.file_name() == common.file_name();
            is_hook.then(|| common.join("hooks").join(recorded.file_name().unwrap_or_default()))
        }
    }
}

/// How a file is recorded: from the git directory or from the folder around it, so that it is found wherever the repository goes.
fn portable(file: &Path, common: &Path) -> PathBuf {
    let around = || Some(Path::new("..").join(file.strip_prefix(common.parent()?).ok()?));
    let inside = file.strip_prefix(common).ok().map(Path::to_owned);
    inside.or_else(|| around().filter(|_| common.ends_with(".git"))).unwrap_or_else(|| file.to_owned())
}

impl Record {
    /// Opens the record of a clone; with `dry_run` only to look at, which leaves no trace.
    pub fn open(repository: &Repository, dry_run: bool) -> Result<Self> {
        let common = repository.common_dir();
        let lock = if dry_run { None } else { Some(lock::acquire(&common.join("cmpm/locks/hooks"), PATIENCE)?) };
        let file = file(common);
        let before = read::find(&file)?;
        let files = parse(&file, before.as_deref(), repository)?;
        Ok(Self { file, common: common.to_owned(), before, files, _lock: lock })
    }

    /// Whether this is its own file.
    pub fn is_kept_in(&self, place: &Place) -> bool {
        *place == Place::of_clone(&self.file)
    }

    /// What has to be written for it; an empty record is no file.
    pub fn change(&self) -> Result<Change> {
        let fail = |error: serde_json::Error| HookError::Record { file: self.file.display().to_string(), reason: error.to_string() };
        let files: BTreeMap<PathBuf, &Inserted> = self.files.iter().map(|(file, put)| (portable(file, &self.common), put)).collect();
        let text = if files.is_empty() { None } else { Some(serde_json::to_string_pretty(&files).map_err(fail)? + "\n") };
        Ok(Change { place: Place::of_clone(&self.file), before: self.before.clone(), after: text.map(String::into_bytes), folders: 0 })
    }
}
