//! `cmpm merge-driver`: git's contract for `merge.<name>.driver`, kept word for word.

use std::path::{Path, PathBuf};

use super::texts;
use crate::base::progress::Event;
use crate::engine::merge::{self, Three};
use crate::fs::{read, write};
use crate::git;
use crate::report::prelude::*;

/// Merge one file for git
///
/// git calls it as `cmpm init` set it up. Front matter goes key by key, checklists by item, JSON Lines by record, all else line
/// by line. The result is left in the second file; exit 1 says that conflicts are marked in it.
/// Example: `git config merge.cmpm.driver "cmpm merge-driver %O %A %B %P"`
#[derive(Debug, Args)]
#[command(hide = true)]
pub struct MergeDriver {
    /// The common ancestor (%O)
    base: PathBuf,
    /// Our side, and where the result goes (%A)
    ours: PathBuf,
    /// Their side (%B)
    theirs: PathBuf,
    /// The file that is merged (%P)
    path: Option<PathBuf>,
}

/// What came of a merge.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Merged {
    /// The file, as git names it.
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<PathBuf>,
    /// Whether both sides fit together.
    clean: bool,
    /// What a person must decide on.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    open: Vec<String>,
}

impl Verb for MergeDriver {
    type Report = Merged;
    const METADATA: Metadata = Metadata::WRITES;

    fn run(self, context: &Context) -> Result<Merged> {
        let name = self.path.as_deref().map(Path::to_string_lossy).unwrap_or_default();
        if let Some(merged) = self.by_meaning(&context.cwd, &name) {
            let shown = if name.is_empty() { self.ours.to_string_lossy() } else { name };
            if !merged.is_clean() {
                let how = if shown.ends_with(".jsonl") {
                    "keep one line of each, delete the marker lines"
                } else {
                    "keep one value, delete the `#` lines"
                };
                context.events.emit(Event::Note { message: format!("{shown}: conflict in {}: {how}", merged.open.join(", ")) });
            }
            let clean = merged.is_clean();
            return Ok(Merged { path: self.path, clean, open: merged.open });
        }
        let sides = git::Sides { base: &self.base, ours: &self.ours, theirs: &self.theirs };
        let clean = git::merge_file(&context.env, &context.cwd, &sides)?;
        Ok(Merged { path: self.path, clean, open: Vec::new() })
    }
}

impl MergeDriver {
    /// Merges by what the file means and writes the result; `None` where that cannot be done, and nothing was written.
    fn by_meaning(&self, folder: &Path, name: &str) -> Option<merge::Merged> {
        let sides = Three { base: &self.base, ours: &self.ours, theirs: &self.theirs };
        let texts = sides.map(|file| read::read_large(&folder.join(file)).ok()).all()?;
        let merged = texts::merge(name, texts.each().map(Vec::as_slice))?;
        let ours = folder.join(&self.ours);
        if merged.text.as_bytes() != texts.ours {
            write::replace_cache(&ours, merged.text.as_bytes()).ok()?;
        }
        Some(merged)
    }
}

impl Report for Merged {
    const SCHEMA: &'static str = "cmpm.merge-driver/1";

    /// Nothing: git says which files have conflicts.
    fn render(&self, _: &Screen) -> String {
        String::new()
    }

    fn exit(&self) -> Exit {
        if self.clean { Exit::Done } else { Exit::No }
    }
}
