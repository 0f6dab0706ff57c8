//! One file of an operation: where it is, what it holds before and after, and how git and the system want it written.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::base::RepoPath;
use crate::fs::read;

/// Where a file is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    pub path: RepoPath,
    /// The folder that the path begins at, for files of this clone alone (hooks, git's settings); else the work tree.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folder: Option<PathBuf>,
    /// How it is written.
    #[serde(default)]
    pub kind: Kind,
}

/// How a file is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// As any file.
    #[default]
    Plain,
    /// A new one is made executable.
    Program,
    /// Under `<file>.lock`, as git writes its own.
    GitSettings,
}

/// A file of an operation as the log knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    #[serde(flatten)]
    pub place: Place,
    /// Whether there was a file before; its bytes are in `<n>.before`.
    pub existed: bool,
    /// Whether there is a file afterwards; its bytes are in `<n>.after`.
    pub exists: bool,
    /// How many folders around it come and go with it.
    #[serde(default)]
    pub folders: usize,
}

/// A step with its bytes, as callers give it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub place: Place,
    /// What it holds now; `None`: it is not there.
    pub before: Option<Vec<u8>>,
    /// What it will hold; `None`: it will be gone.
    pub after: Option<Vec<u8>>,
    /// How many folders around it go with it, as far as they are empty then.
    pub folders: usize,
}

impl From<&RepoPath> for Place {
    fn from(path: &RepoPath) -> Self {
        Self { path: path.clone(), folder: None, kind: Kind::Plain }
    }
}

impl Place {
    /// A file of this clone that is never committed, by its absolute path.
    pub fn of_clone(file: &Path) -> Self {
        let folder = file.parent().unwrap_or(Path::new("/"));
        Self { path: RepoPath::relative(folder, file).unwrap_or_default(), folder: Some(folder.to_owned()), kind: Kind::Plain }
    }

    /// The same file, written in another way.
    pub fn written_as(mut self, kind: Kind) -> Self {
        self.kind = kind;
        self
    }

    /// The file, for the work tree at `root`.
    pub fn file(&self, root: &Path) -> PathBuf {
        self.path.below(self.folder.as_deref().unwrap_or(root))
    }

    /// The file as people in the work tree at `root` name it.
    pub fn shown(&self, root: &Path) -> String {
        let file = self.file(root);
        RepoPath::relative(root, &file).map_or_else(|| file.display().to_string(), |path| path.to_string())
    }

    /// How many folders on the way to the file are not there.
    pub fn missing_folders(&self, root: &Path) -> usize {
        let file = self.file(root);
        file.ancestors().skip(1).take_while(|folder| !read::exists(folder)).count()
    }
}

impl Change {
    /// A file that is written; `before` is what it holds now.
    pub fn write(place: Place, before: Option<Vec<u8>>, after: Vec<u8>) -> Self {
        Self { place, before, after: Some(after), folders: 0 }
    }

    /// A file that is removed, with up to `folders` empty folders around it.
    pub fn remove(place: Place, before: Vec<u8>, folders: usize) -> Self {
        Self { place, before: Some(before), after: None, folders }
    }

    /// How the log keeps it, seen before anything happens.
    pub(super) fn step(&self, root: &Path) -> Step {
        let (existed, exists) = (self.before.is_some(), self.after.is_some());
        let folders = if existed { self.folders } else { self.place.missing_folders(root) };
        Step { place: self.place.clone(), existed, exists, folders }
    }
}
