//! Memories that are no longer there: what this clone kept when it forgot them, and what commits removed.

use crate::base::{RepoPath, Result};
use crate::context::Context;
use crate::document::Document;
use crate::fs::{read, walk};
use crate::store::{Entry, Record, Store, StoreError};

use super::super::forget::copy_of;
use super::super::model::Memory;

/// A file that once was.
pub struct Former {
    pub memory: Memory,
    pub path: RepoPath,
    pub bytes: Vec<u8>,
    /// The commit whose version it is; none where this clone had kept it.
    pub commit: Option<String>,
}

/// The memory that was forgotten under this id, beginning of an id, alias or path; what this clone kept before what is committed.
pub fn find_former(context: &Context, query: &str) -> Result<Option<Former>> {
    let query = query.trim();
    match only(query, kept(context.store()?, query)?)? {
        Some(former) => Ok(Some(former)),
        None => Ok(only(query, committed(context, query)?)?),
    }
}

impl Former {
    fn is_named(&self, query: &str) -> bool {
        let memory = &self.memory;
        memory.id.is(query)
            || memory.id.starts_with(query)
            || memory.aliases.iter().any(|alias| alias.eq_ignore_ascii_case(query))
            || self.path.lossy() == query.trim_start_matches("./")
    }
}

/// The one that is meant: the newest of those with the whole id, else of the only one whose id begins so.
fn only(query: &str, found: Vec<Former>) -> Result<Option<Former>, StoreError> {
    let exact = found.iter().position(|former| former.memory.id.is(query));
    let mut ids: Vec<String> = found.iter().map(|former| former.memory.id.to_string()).collect();
    ids.sort();
    ids.dedup();
    if exact.is_none() && ids.len() > 1 {
        return Err(StoreError::Ambiguous { noun: "memory", query: query.to_owned(), names: ids.clone(), candidates: ids });
    }
    Ok(found.into_iter().nth(exact.unwrap_or(0)))
}

/// What this clone kept when it was forgotten, and that is missing.
fn kept(store: &Store, query: &str) -> Result<Vec<Former>> {
    let root = copy_of(store, &RepoPath::default());
    let mut found = Vec::new();
    for path in walk::files(&root, &store.config().paths.memory, &|name| name.ends_with("md")).0 {
        let bytes = read::read(&path.below(&root))?;
        let former = former(store, path, bytes, None);
        found.extend(former.filter(|former| former.is_named(query) && is_gone(store, &former.path)));
    }
    Ok(found)
}

/// What commits removed, newest first.
fn committed(context: &Context, query: &str) -> Result<Vec<Former>> {
    let (store, repository) = (context.store()?, context.repository()?);
    let mut found = Vec::new();
    for touch in repository.touches(&[], std::slice::from_ref(&store.config().paths.memory))? {
        for file in touch.files.iter().filter(|file| file.after.is_none() && is_gone(store, &file.path)) {
            for (parent, blob) in touch.parents.iter().zip(&file.before) {
                let Some(blob) = blob else { continue };
                let former = former(store, file.path.clone(), repository.read_blob(*blob)?, Some(parent.to_string()));
                found.extend(former.filter(|former| former.is_named(query)));
            }
        }
    }
    Ok(found)
}

fn is_gone(store: &Store, path: &RepoPath) -> bool {
    !read::exists(&path.below(store.root()))
}

fn former(store: &Store, path: RepoPath, bytes: Vec<u8>, commit: Option<String>) -> Option<Former> {
    let document = Document::parse(bytes.clone());
    let memory = Memory::read(&Entry { path: &path, document: &document, config: store.config() }, &mut Vec::new()).ok()?;
    Some(Former { memory, path, bytes, commit })
}
