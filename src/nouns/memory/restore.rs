//! `cmpm memory restore`

use clap::Args;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::{Id, RepoPath, Result, text};
use crate::context::Context;
use crate::document::Document;
use crate::fs::{read, walk};
use crate::report::{Metadata, Report, Screen, Tone, Verb};
use crate::store::{Entry, Record, Store};

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
        let former = match self.kept(store)? {
            Some(former) => former,
            None => self.committed(context)?.ok_or_else(|| self.missing(store))?,
        };
        let mut transaction = store.transaction("memory restore");
        transaction.create(&former.path, former.bytes);
        let written = transaction.commit()?;
        if self.commit {
            context.repository()?.commit_paths(&written, &format!("restore memory {}: {}", former.memory.id, former.memory.title))?;
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

    /// What this clone kept when it was forgotten, and that is not there now.
    fn kept(&self, store: &Store) -> Result<Option<Former>> {
        let root = copy_of(store, &RepoPath::default());
        let memory = root.join(store.config().paths.memory.lossy().as_ref());
        for file in walk::files(&memory, &|name| name.ends_with("md")).0 {
            let Some(path) = RepoPath::relative(&root, &file) else { continue };
            let found = former(store, path, read::read(&file)?, None);
            if let Some(former) = found.filter(|former| self.names(former) && is_gone(store, &former.path)) {
                return Ok(Some(former));
            }
        }
        Ok(None)
    }

    /// The newest version that a commit removed.
    fn committed(&self, context: &Context) -> Result<Option<Former>> {
        let (store, repository) = (context.store()?, context.repository()?);
        for version in repository.removed_files(&store.config().paths.memory)? {
            if !is_gone(store, &version.path) {
                continue;
            }
            for parent in repository.read_commit(version.commit)?.parents {
                let Some(bytes) = repository.find_blob(parent, &version.path)? else { continue };
                let found = former(store, version.path.clone(), bytes, Some(parent.to_string()));
                if let Some(former) = found.filter(|former| self.names(former)) {
                    return Ok(Some(former));
                }
            }
        }
        Ok(None)
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
