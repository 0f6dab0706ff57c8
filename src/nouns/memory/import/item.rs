//! What importers make of a source: memories with the name they have there, and what cannot be carried.

use serde_json::{Map, Value as Json};

use crate::base::{Finding, RepoPath};
use crate::exchange::{Losses, SourceFile, digest};

use super::super::file::draft::Draft;
use super::super::model::Provenance;

/// A memory of another store.
#[derive(Debug, Clone)]
pub struct Item {
    pub draft: Draft,
    /// Its id or place there.
    pub external: String,
    pub digest: String,
    /// The file it stands in.
    pub place: RepoPath,
    /// The line there.
    pub line: Option<u32>,
    /// What its source is from here on, if it is of another project.
    pub origin: Option<Provenance>,
    /// The external name of the one that replaces it.
    pub replaced_by: Option<String>,
}

/// What a source holds.
#[derive(Debug, Default)]
pub struct Parcel {
    pub items: Vec<Item>,
    pub findings: Vec<Finding>,
    lost: Losses,
}

impl Item {
    /// An item that is a whole file.
    pub fn of_file(file: &SourceFile, draft: Draft) -> Self {
        let external = file.place.lossy().into_owned();
        Self { draft, external, digest: digest(&file.text), place: file.place.clone(), line: None, origin: None, replaced_by: None }
    }

    pub fn of_part(file: &SourceFile, part: &str, draft: Draft) -> Self {
        Self { digest: digest(part), ..Self::of_file(file, draft) }
    }

    pub fn at(self, line: u32) -> Self {
        Self { line: Some(line), ..self }
    }
}

impl Parcel {
    /// Notes that something cannot be carried; the same thing is reported once, with how often.
    pub fn lose(&mut self, what: &str, place: &RepoPath) {
        self.lost.add(what, place);
    }

    /// Everything that was found, followed by what was lost.
    pub fn all_findings(&self) -> Vec<Finding> {
        self.findings.iter().cloned().chain(self.lost.findings()).collect()
    }
}

/// What a memory of cmpm has no key for is kept together, under the name of the format.
pub fn kept(format: &str, rest: Map<String, Json>) -> Map<String, Json> {
    let mut more = Map::new();
    if !rest.is_empty() {
        more.insert(format.to_owned(), Json::Object(rest));
    }
    more
}
