//! `cmpm delegate diff`

use crate::git::{DiffText, FileStat};
use crate::report::prelude::*;
use crate::run::PlacedComment;

use super::colleagues::comment;
use super::row::damage;

/// Show what a run changes
///
/// Comments stand below the lines they are about.
/// Example: `cmpm delegate diff RUN-4f2 docs/`
#[derive(Debug, Args)]
pub struct Diff {
    /// Run to look at; the only one that waits for review if left out
    #[arg(add = Takes::Run)]
    run: Option<String>,
    /// Only these files and folders
    paths: Vec<String>,
    /// Only the file names, with the number of lines added and removed
    #[arg(long)]
    stat: bool,
}

/// The change of a run.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Difference {
    files: Vec<FileStat>,
    /// As `git diff` shows it; empty with `--stat`.
    diff: String,
    /// What was said about its lines.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    comments: Vec<PlacedComment>,
    #[serde(skip)]
    coloured: String,
}

impl Verb for Diff {
    type Report = WithFindings<Difference>;
    const METADATA: Metadata = Metadata::READS;

    fn run(self, context: &Context) -> Result<WithFindings<Difference>> {
        let trust = super::trust(context)?;
        let runs = super::runs(context, &trust)?;
        let run = super::require(context, &runs, self.run.as_deref())?;
        let findings = damage(&run);
        super::note_shown(context, &runs, &run);
        let paths: Vec<RepoPath> = self.paths.iter().filter_map(RepoPath::parse).collect();
        let mut files = runs.changed_files(&run)?;
        files.retain(|file| paths.is_empty() || paths.iter().any(|path| file.path.is_below(path)));
        let Some(work) = run.status.work.filter(|_| !self.stat) else {
            return Ok(Difference { files, diff: String::new(), comments: Vec::new(), coloured: String::new() }.with(findings));
        };
        let render = |colour: bool| -> Result<String> {
            let bytes = runs.repository.diff_text(&DiffText { old: run.base(), new: work, paths: &paths, colour })?;
            Ok(String::from_utf8_lossy(&bytes).into_owned())
        };
        let mut comments = runs.placed_comments(&run)?;
        let is_wanted = |path: &RepoPath| paths.is_empty() || paths.iter().any(|wanted| path.is_below(wanted));
        comments.retain(|placed| placed.comment.path.as_ref().map_or(paths.is_empty(), is_wanted));
        Ok(Difference { files, diff: render(false)?, comments, coloured: render(true)? }.with(findings))
    }
}

impl Report for Difference {
    const SCHEMA: &'static str = "cmpm.delegate.diff/1";

    fn render(&self, screen: &Screen) -> String {
        if self.diff.is_empty() {
            let lines = |file: &FileStat| format!("{}  +{} -{}\n", file.path, file.added, file.removed);
            return if self.files.is_empty() { "No file changed.\n".into() } else { self.files.iter().map(lines).collect() };
        }
        // git's own colours are kept; escape sequences from files are not, so the plain text is the safe one.
        let plain = text::printable(&self.diff);
        let shown = if screen.colour && !self.diff.contains('\u{1b}') { &self.coloured } else { &plain };
        if self.comments.is_empty() { shown.clone() } else { comment::beside(&plain, shown, &self.comments) }
    }
}
