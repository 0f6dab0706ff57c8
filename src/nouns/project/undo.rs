//! `cmpm undo`

use clap::Args;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::{Exit, Explain, RepoPath, Result, text};
use crate::context::Context;
use crate::report::{Metadata, Report, Screen, Tone, Verb};

/// Take back what the last cmpm command wrote
///
/// Works on files that nobody changed since; what is committed is git's to take back.
/// Example: `cmpm undo --dry-run`
#[derive(Debug, Args, Deserialize, JsonSchema)]
pub struct Undo {
    /// Only say what would be taken back
    #[arg(long, short = 'n')]
    #[serde(default)]
    dry_run: bool,
}

/// What was taken back.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Undone {
    /// The command: `ticket create`.
    operation: String,
    /// The files it had written.
    paths: Vec<RepoPath>,
    dry_run: bool,
}

/// Why nothing is taken back.
#[derive(Debug, thiserror::Error)]
#[error("there is nothing to take back")]
struct NothingToUndo;

impl Explain for NothingToUndo {
    fn exit(&self) -> Exit {
        Exit::Wrong
    }
    fn code(&self) -> &'static str {
        "nothing_to_undo"
    }
    fn hints(&self) -> Vec<String> {
        vec!["`git log` shows what is committed".into()]
    }
}

impl Verb for Undo {
    type Report = Undone;
    const METADATA: Metadata = Metadata::DECIDES;

    fn run(self, context: &Context) -> Result<Undone> {
        let store = context.store()?;
        let last = if self.dry_run { store.last_operation()? } else { store.undo()? };
        let entry = last.ok_or(NothingToUndo)?;
        let paths = entry.steps.into_iter().map(|step| step.path).collect();
        Ok(Undone { operation: entry.operation, paths, dry_run: self.dry_run })
    }
}

impl Report for Undone {
    const SCHEMA: &'static str = "cmpm.undo/1";

    fn render(&self, screen: &Screen) -> String {
        let verb = if self.dry_run { "Would take back" } else { "Took back" };
        let files: String = self.paths.iter().map(|path| format!("{}\n", screen.paint(Tone::Quiet, &path.to_string()))).collect();
        format!("{verb} `{}` ({})\n{files}", self.operation, text::plural(self.paths.len(), "file"))
    }
}
