//! What a kind of record must say of itself to be kept in files.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::base::{Finding, Id, RepoPath, json};
use crate::config::Config;
use crate::document::{Document, Value};

use super::StoreError;
use super::cache::{Columns, Row};

/// A kind of record, one file each.
pub trait Record: Sized + Send + Sync + Serialize + DeserializeOwned {
    /// The noun that users type: `ticket`, `memory`.
    const NOUN: &'static str;
    /// How many columns caches have for it.
    const COLUMNS: usize = 1;
    /// Where its files live.
    fn folders(config: &Config) -> Vec<RepoPath>;
    /// Whether a Markdown file in those folders is of this kind.
    fn is_member(path: &RepoPath) -> bool;
    /// Whether no file in a folder of those, or below it, ever is.
    fn is_aside(_folder: &RepoPath) -> bool {
        false
    }
    /// The file as a document; other than Markdown with front matter only where old files of this kind are.
    fn document(bytes: Vec<u8>) -> Document {
        Document::parse(bytes)
    }
    /// Reads a file; a finding if it is not a record. Lesser findings go to `findings`.
    fn read(entry: &Entry<'_>, findings: &mut Vec<Finding>) -> Result<Self, Finding>;
    /// Puts findings about many files that say the same into one.
    fn gather(_findings: &mut Vec<Finding>) {}
    /// What caches keep of it: so many columns, which `from_row` reads.
    fn to_columns(&self, columns: &mut Columns<'_>) -> Option<()> {
        columns.text(&json::line(self).ok()?);
        Some(())
    }
    /// What `to_columns` wrote; `None` on any doubt.
    fn from_row(row: Row<'_>) -> Option<Self> {
        serde_json::from_str(row.text(0)?).ok()
    }
    /// The id among what `to_columns` wrote, where that is a column.
    fn id_in_row(_row: Row<'_>) -> Option<&str> {
        None
    }
    fn id(&self) -> &Id;
    /// What it is called, for people who choose one; nothing where it has no title.
    fn headline(&self) -> &str {
        ""
    }
    /// Other ids it answers to.
    fn aliases(&self) -> &[String];
}

/// What a record is read from.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a> {
    /// Where the file is.
    pub path: &'a RepoPath,
    pub document: &'a Document,
    pub config: &'a Config,
}

/// A record with the file it was read from.
#[derive(Debug, Clone)]
pub struct Stored<R, D = Document> {
    pub record: R,
    /// Its file.
    pub path: RepoPath,
    /// The file's content.
    pub document: D,
    /// Where the file was read.
    pub source: Source,
}

/// A record, and where its file is; `Store::open` reads the file.
pub type Listed<R> = Stored<R, ()>;

/// Where a file was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The work tree, as it is on disk.
    WorkTree,
    /// A commit or a tree.
    Commit(crate::git::Oid),
    /// The index.
    Index,
}

impl<R: Clone, D> Stored<R, D> {
    /// The same without its document.
    pub fn to_listed(&self) -> Listed<R> {
        Listed { record: self.record.clone(), path: self.path.clone(), document: (), source: self.source.clone() }
    }
}

impl<R> Stored<R> {
    /// Sets a key in the file's front matter; nothing else changes.
    pub fn set(&mut self, key: &str, value: &Value) -> Result<(), StoreError> {
        self.document.edit(key, value).map_err(|error| StoreError::edit(&self.path, key, &error))
    }

    /// Removes a key from the file's front matter.
    pub fn remove(&mut self, key: &str) -> Result<(), StoreError> {
        self.document.take_away(key).map_err(|error| StoreError::edit(&self.path, key, &error))
    }

    /// Adds text at the end of a section of the body; the section is made if there is none.
    pub fn append(&mut self, heading: &str, text: &str) -> Result<(), StoreError> {
        self.document.append_section(heading, text).map_err(|error| StoreError::edit(&self.path, heading, &error))
    }
}
