//! Memories for the tests of this noun.

use crate::base::RepoPath;
use crate::config::Config;
use crate::document::Document;
use crate::store::{Entry, Record, Source, Stored};

use super::model::Memory;

/// A memory as it would be read from the work tree.
pub fn memory(id: &str, title: &str, body: &str) -> Stored<Memory> {
    let path = RepoPath::parse(format!(".cmpm/memory/pattern/{id}.md")).unwrap();
    let document = Document::parse(format!("---\nid: {id}\ntitle: {title}\n---\n\n{body}\n").into());
    let record = Memory::read(&Entry { path: &path, document: &document, config: &Config::default() }, &mut Vec::new()).unwrap();
    Stored { record, path, document, source: Source::WorkTree }
}
