//! `cmpm memory restore`

use clap::Args;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::{Id, RepoPath, Result, text};
use crate::context::Context;
use crate::document::Document;
use crate::fs::{read, walk};
use crate::report::{Metadata, Report, Screen, Tone, Verb};
use crate::store::{Change, Entry, Place, Record, Store, StoreError};

use super::forget::copy_of;
use super::model::{Memory, MemoryError};

/// Bring a forgotten memory back
///
/// As it was: from this clone, where it was forgotten here, else from git's history.
/// Example: `cmpm memory restore MEM-c9w2k1ra`
#[derive(Debug, Args, Deserialize, JsonSchema)]
pub struct Restore {
    /// Memory to bring back: its id, the beginning of one, or its path
    id: String,
    /// Commit the file
    #[arg(long)]
    #[serde(default)]
    commit: bool,
}

/// A memory that is back.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Restored {
    id: Id,
    title: String,
    path: RepoPath,
    /// The commit whose version it is; absent where this clone had kept it.
    #[serde(skip_serializing_if = "Option::is_none")]
    commit: Option<String>,
}

/// A file that once was.
struct Former {
    memory: Memory,
    path: RepoPath,
    bytes: Vec<u8>,
    commit: Option<String>,
}

impl Verb for Restore {
    type Report = Restored;
    const METADATA: Metadata = Metadata::WRITES;

    fn run(self, context: &Context) -> Result<Restored> {
        let store = context.store()?;
        let kept = self.only(self.kept(store)?)?;
        let former = match kept {
            Some(former) => former,
            None => self.only(self.committed(context)?)?.ok_or_else(|| self.missing(store))?,
        };
        let ready = context.ready_to_commit(self.commit)?;
        let mut transaction = store.transaction("memory restore");
        let copy = copy_of(store, &former.path);
        if let Some(bytes) = read::find(&copy)? {
            // Else it could later come back in the place of something newer.
            transaction.add(Change::remove(Place::of_clone(&copy), bytes, 0));
        }
        transaction.create(&former.path, former.bytes);
        transaction.commit()?;
        if let Some(ready) = ready {
            ready.commit_paths(
                std::slice::from_ref(&former.path),
                &format!("restore memory {}: {}", former.memory.id, former.memory.title),
            )?;
        }
        Ok(Restored { id: former.memory.id, title: former.memory.title, path: former.path, commit: former.commit })
    }
}

impl Restore {
    fn names(&self, former: &Former) -> bool {
        let query = self.id.trim();
        former.memory.id.is(query) || former.memory.id.starts_with(query) || former.path.lossy() == query.trim_start_matches("./")
    }

    fn missing(&self, store: &Store) -> MemoryError {
        match store.require::<Memory>(&self.id) {
            Ok(stored) => MemoryError::NotGone { path: stored.path.to_string() },
            Err(_) => MemoryError::NotForgotten { query: self.id.clone() },
        }
    }

    /// The one that is meant: the newest of those with the whole id, else of the only one whose id begins so.
    fn only(&self, found: Vec<Former>) -> Result<Option<Former>, StoreError> {
        let exact = found.iter().position(|former| former.memory.id.is(self.id.trim()));
        let mut ids: Vec<String> = found.iter().map(|former| former.memory.id.to_string()).collect();
        ids.sort();
        ids.dedup();
        if exact.is_none() && ids.len() > 1 {
            return Err(StoreError::Ambiguous { noun: "memory", query: self.id.clone(), candidates: ids });
        }
        Ok(found.into_iter().nth(exact.unwrap_or(0)))
    }

    /// What this clone kept when it was forgotten, and that is not there now.
    fn kept(&self, store: &Store) -> Result<Vec<Former>> {
        let root = copy_of(store, &RepoPath::default());
        let mut found = Vec::new();
        for path in walk::files(&root, &store.config().paths.memory, &|name| name.ends_with("md")).0 {
            let bytes = read::read(&path.below(&root))?;
            let former = former(store, path, bytes, None);
            found.extend(former.filter(|former| self.names(former) && is_gone(store, &former.path)));
        }
        Ok(found)
    }

    /// What commits removed, newest first.
    fn committed(&self, context: &Context) -> Result<Vec<Former>> {
        let (store, repository) = (context.store()?, context.repository()?);
        let mut found = Vec::new();
        for version in repository.removed_files(&store.config().paths.memory)? {
            if !is_gone(store, &version.path) {
                continue;
            }
            for parent in repository.read_commit(version.commit)?.parents {
                let Some(bytes) = repository.find_blob(parent, &version.path)? else { continue };
                let former = former(store, version.path.clone(), bytes, Some(parent.to_string()));
                found.extend(former.filter(|former| self.names(former)));
            }
        }
        Ok(found)
    }
}

fn is_gone(store: &Store, path: &RepoPath) -> bool {
    !read::exists(&path.below(store.root()))
}

fn former(store: &Store, path: RepoPath, bytes: Vec<u8>, commit: Option<String>) -> Option<Former> {
    let document = Document::parse(bytes.clone());
    let memory = Memory::read(&Entry { path: &path, document: &document, config: store.config() }, &mut Vec::new()).ok()?;
    Some(Former { memory, path, bytes, commit })
}

impl Report for Restored {
    const SCHEMA: &'static str = "cmpm.memory.restore/1";

    fn render(&self, screen: &Screen) -> String {
        let from = self.commit.as_ref().and_then(|commit| commit.get(..7)).map(|commit| format!(" as of {commit}")).unwrap_or_default();
        let id = screen.paint(Tone::Key, self.id.as_str());
        let path = screen.paint(Tone::Quiet, &self.path.to_string());
        format!("Restored {id}{from}: {}\n{path}\n", text::one_line(&self.title))
    }
}
