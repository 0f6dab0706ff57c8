//! `cmpm memory restore`

use crate::base::{Explain, Explained};
use crate::fs::read;
use crate::report::prelude::*;
use crate::store::{Change, Place, Store};

use super::file::former::find_former;
use super::forget::copy_of;
use super::model::Memory;

/// Restore a forgotten memory
///
/// As it was: from this clone, where it was forgotten here, else from git's history.
/// Example: `cmpm memory restore MEM-c9w2k1ra`
#[derive(Debug, Args)]
pub struct Restore {
    /// Memory to restore: its id, the beginning of one, or its path
    id: String,
    /// Commit the file
    #[arg(long)]
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

#[derive(Debug, thiserror::Error)]
enum RestoreError {
    #[error("there is no forgotten memory `{query}`")]
    NotForgotten { query: String },
    #[error("{path} already exists")]
    NotGone { path: String },
}

impl Explain for RestoreError {
    fn explain(&self) -> Explained {
        match self {
            Self::NotForgotten { .. } => {
                Explained::wrong("not_found").hint("give the whole id; `git log --diff-filter=D -- .cmpm/memory` shows what was removed")
            }
            Self::NotGone { .. } => Explained::wrong("exists").hint("`cmpm memory show` shows it"),
        }
    }
}

impl Verb for Restore {
    type Report = Restored;
    const METADATA: Metadata = Metadata::WRITES;

    fn run(self, context: &Context) -> Result<Restored> {
        let store = context.store()?;
        let former = find_former(context, &self.id)?.ok_or_else(|| self.missing(store))?;
        let ready = context.ready_to_commit(self.commit)?;
        let mut transaction = store.transaction("memory restore");
        let copy = copy_of(store, &former.path);
        if let Some(bytes) = read::find(&copy)? {
            // Else it could later come back in the place of something newer.
            transaction.add(Change::remove(Place::of_clone(&copy), bytes, 0));
        }
        transaction.create(&former.path, former.bytes);
        transaction.commit()?;
        ready.commit_paths(std::slice::from_ref(&former.path), &format!("restore memory {}: {}", former.memory.id, former.memory.title))?;
        Ok(Restored { id: former.memory.id, title: former.memory.title, path: former.path, commit: former.commit })
    }
}

impl Restore {
    fn missing(&self, store: &Store) -> RestoreError {
        match store.require::<Memory>(&self.id) {
            Ok(stored) => RestoreError::NotGone { path: stored.path.to_string() },
            Err(_) => RestoreError::NotForgotten { query: self.id.clone() },
        }
    }
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
