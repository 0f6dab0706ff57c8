//! `cmpm undo`

use crate::base::{Explain, Explained};
use crate::report::prelude::*;

/// Undo what the last cmpm command wrote
///
/// Works on files that nobody changed since; what is committed is git's to undo.
/// Example: `cmpm undo --dry-run`
#[derive(Debug, Args)]
pub struct Undo {
    /// Only say what would be undone
    #[arg(long, short = 'n')]
    dry_run: bool,
}

/// What was undone.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Undone {
    /// The command: `ticket create`.
    operation: String,
    /// The files it had written.
    paths: Vec<String>,
    dry_run: bool,
}

/// Why nothing is undone.
#[derive(Debug, thiserror::Error)]
enum UndoError {
    #[error("there is nothing to undo")]
    Nothing,
    #[error("what `{operation}` wrote is already committed: {path}")]
    Committed { operation: String, path: RepoPath },
}

impl Explain for UndoError {
    fn explain(&self) -> Explained {
        let explained = match self {
            Self::Nothing => Explained::wrong("nothing_to_undo"),
            Self::Committed { .. } => Explained::wrong("committed"),
        };
        explained.hint("`git log` shows what is committed; `git revert` takes a commit back")
    }
}

impl Verb for Undo {
    type Report = Undone;
    const METADATA: Metadata = Metadata::DECIDES;

    fn run(self, context: &Context) -> Result<Undone> {
        let store = context.store()?;
        let entry = store.last_operation()?.ok_or(UndoError::Nothing)?;
        let repository = context.repository()?;
        if let Some(head) = repository.head()?.oid() {
            // Files of the clone alone are never committed.
            for step in store.written(&entry)?.into_iter().filter(|step| step.place.folder.is_none()) {
                let path = &step.place.path;
                // A file that is gone here and there was committed only if some commit knows it.
                let known = step.exists || repository.last_commit_touching(path, head)?.is_some();
                if known && repository.is_path_committed(path, head)? {
                    return Err(UndoError::Committed { operation: entry.operation.clone(), path: path.clone() }.into());
                }
            }
        }
        if !self.dry_run {
            store.undo()?;
        }
        let paths = entry.steps.iter().map(|step| step.place.shown(&entry.root)).collect();
        Ok(Undone { operation: entry.operation, paths, dry_run: self.dry_run })
    }
}

impl Report for Undone {
    const SCHEMA: &'static str = "cmpm.undo/1";

    fn render(&self, screen: &Screen) -> String {
        let verb = if self.dry_run { "Would undo" } else { "Undid" };
        let files: String = self.paths.iter().map(|path| format!("{}\n", screen.paint(Tone::Quiet, &text::one_line(path)))).collect();
        format!("{verb} `{}` ({})\n{files}", self.operation, text::plural(self.paths.len(), "file"))
    }
}
