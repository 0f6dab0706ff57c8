//! `cmpm delegate show`

use crate::git::Oid;
use crate::report::prelude::*;
use crate::run::{JobError, Only, Outcome, PlacedComment, Progress, Runs, Status};

use super::colleagues::comment;
use super::row::{RunRow, damage, next_step, tone};

/// Show a run: its state and what to do next
///
/// Takes a run's id, the beginning of one, or the id of a ticket with one open run. A run of another clone is shown from its page.
/// Example: `cmpm delegate show RUN-4f2`
#[derive(Debug, Args)]
pub struct Show {
    /// Run to show; the only one that waits for review if left out
    #[arg(add = Takes::Run)]
    run: Option<String>,
}

/// Everything about one run.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Shown {
    #[serde(flatten)]
    row: RunRow,
    #[serde(skip_serializing_if = "Option::is_none")]
    base: Option<Oid>,
    target: String,
    status: Status,
    /// How far the agent says it is; a claim.
    #[serde(skip_serializing_if = "Option::is_none")]
    progress: Option<Progress>,
    /// What was said about its work.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    comments: Vec<PlacedComment>,
    /// The text of the page of a run of another clone.
    #[serde(skip)]
    text: String,
}

impl Verb for Show {
    type Report = WithFindings<Shown>;
    const METADATA: Metadata = Metadata::READS;

    fn run(self, context: &Context) -> Result<WithFindings<Shown>> {
        let trust = super::trust(context)?;
        let runs = super::runs(context, &trust)?;
        let run = match runs.require_or_only(self.run.as_deref(), Only::Waiting) {
            Err(failure) if matches!(failure.downcast_ref(), Some(JobError::NotFound { .. })) => {
                return self.elsewhere(context, &runs)?.ok_or(failure).map(|shown| shown.with(Vec::new()));
            }
            run => run?,
        };
        let findings = damage(&run);
        let (row, base) = (RunRow::from(&run), Some(run.base()));
        let progress = run.dir.progress()?;
        let comments = runs.placed_comments(&run)?;
        let (target, status) = (run.job.target, run.status);
        Ok(Shown { row, base, progress, target, status, comments, text: String::new() }.with(findings))
    }
}

impl Show {
    /// A run of another clone, which only its page tells of.
    fn elsewhere(&self, context: &Context, runs: &Runs<'_>) -> Result<Option<Shown>> {
        let query = self.run.as_deref().unwrap_or_default();
        let Some(page) = super::find_elsewhere(context, &runs.list()?, query)? else { return Ok(None) };
        let Some(row) = page.record.row(&page.path) else { return Ok(None) };
        let store = context.store()?;
        let text = store.open(&store.work_tree(), &page)?.document.body().to_owned();
        let (base, target, status) = page.record.details();
        Ok(Some(Shown { row, base, target, status, progress: None, comments: Vec::new(), text }))
    }
}

impl Report for Shown {
    const SCHEMA: &'static str = "cmpm.delegate.show/1";

    fn render(&self, screen: &Screen) -> String {
        let (row, status) = (&self.row, &self.status);
        let title = screen.paint(Tone::Title, &text::one_line(&row.title));
        let mut out = format!("{} {title}\n", screen.paint(Tone::Key, row.run.as_str()));
        let outcome = row.outcome.map_or("-", Outcome::as_str);
        let mut line = |label: &str, value: &str| {
            if !value.is_empty() {
                let _ = writeln!(out, "{}  {value}", screen.paint(Tone::Quiet, &format!("{label:<9}")));
            }
        };
        line("ticket", row.ticket.as_str());
        line("agent", &format!("{} ({})", row.agent, row.runner));
        line("state", row.stage());
        line("outcome", &tone(row.outcome).map_or_else(|| outcome.to_owned(), |tone| screen.paint(tone, outcome)));
        line("why", &text::one_line(&row.reason));
        line("says", &self.progress.as_ref().map(Progress::to_string).unwrap_or_default());
        line("attempt", &status.attempt.to_string());
        line("base", &self.base.map(|base| format!("{} on {}", base.short(), self.target)).unwrap_or_default());
        line("branch", &row.branch);
        line("worktree", &text::one_line(&row.worktree));
        line("sandbox", &status.sandbox);
        line("time", &status.worked().map(text::duration).unwrap_or_default());
        line("comments", &comment::count(&self.comments));
        if let Some(page) = &row.page {
            line("page", &format!("{page}; the run is of another clone, and this is all that is here of it"));
        }
        if let Some(step) = next_step(row) {
            line("next", &step);
        }
        if !self.text.is_empty() {
            let _ = write!(out, "\n{}\n", text::printable(self.text.trim()));
        }
        out
    }
}
