//! `cmpm memory forget`

use crate::fs::read;
use crate::report::Effect;
use crate::report::prelude::*;
use crate::store::{Change, Place, Store};

use super::model::Memory;

/// Forget a memory
///
/// Takes its file away. `cmpm memory restore` brings it back, and so does `cmpm undo` right away. If something else is true
/// now, `cmpm memory supersede` says so and keeps the old one readable.
/// Example: `cmpm memory forget MEM-c9w`
#[derive(Debug, Args)]
pub struct Forget {
    /// Memory to forget
    #[arg(add = Takes::Memory)]
    id: String,
    /// Commit the removal
    #[arg(long)]
    commit: bool,
}

/// A forgotten memory.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Forgotten {
    id: Id,
    title: String,
    path: RepoPath,
}

impl Verb for Forget {
    type Report = Forgotten;
    const METADATA: Metadata = Metadata { effect: Effect::Destructive, person_only: false };

    fn run(self, context: &Context) -> Result<Forgotten> {
        let store = context.store()?;
        let stored = store.require::<Memory>(&context.name_of(&self.id))?;
        let ready = context.ready_to_commit(self.commit)?;
        let bytes = stored.document.bytes().to_vec();
        let copy = copy_of(store, &stored.path);
        let mut transaction = store.transaction("memory forget");
        transaction.add(Change::write(Place::of_clone(&copy), read::find(&copy)?, bytes.clone()));
        transaction.add(Change::remove(Place::from(&stored.path), bytes, 0));
        transaction.commit()?;
        let message = format!("forget memory {}: {}", stored.record.id, stored.record.title);
        ready.commit_paths(std::slice::from_ref(&stored.path), &message)?;
        Ok(Forgotten { id: stored.record.id, title: stored.record.title, path: stored.path })
    }
}

/// Where this clone keeps what was forgotten: below a folder, under its own path.
pub fn copy_of(store: &Store, path: &RepoPath) -> std::path::PathBuf {
    path.below(&store.live().join("forgotten"))
}

impl Report for Forgotten {
    const SCHEMA: &'static str = "cmpm.memory.forget/1";

    fn render(&self, screen: &Screen) -> String {
        let id = screen.paint(Tone::Key, self.id.as_str());
        format!("Forgot {id}: {}\n`cmpm memory restore {}` brings it back\n", text::one_line(&self.title), self.id)
    }
}
