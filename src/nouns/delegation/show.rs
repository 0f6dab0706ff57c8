//! `cmpm delegate show`

use crate::report::prelude::*;
use crate::run::{Outcome, Status};

use super::row::{RunRow, damage, next_step, tone};

/// Show a run: its state and what to do next
///
/// Takes a run's id, the beginning of one, or the id of a ticket with one open run.
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
    base: crate::git::Oid,
    target: String,
    status: Status,
}

impl Verb for Show {
    type Report = WithFindings<Shown>;
    const METADATA: Metadata = Metadata::READS;

    fn run(self, context: &Context) -> Result<WithFindings<Shown>> {
        let trust = super::trust(context)?;
        let run = super::runs(context, &trust)?.require_or_waiting(self.run.as_deref())?;
        let findings = damage(&run);
        Ok(Shown { row: RunRow::from(&run), base: run.base(), target: run.job.target, status: run.status }.with(findings))
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
        line("state", row.state.as_str());
        line("outcome", &tone(row.outcome).map_or_else(|| outcome.to_owned(), |tone| screen.paint(tone, outcome)));
        line("why", &text::one_line(&row.reason));
        line("attempt", &status.attempt.to_string());
        line("base", &format!("{} on {}", self.base.short(), self.target));
        line("branch", &row.branch);
        line("worktree", &text::one_line(&row.worktree));
        line("sandbox", &status.sandbox);
        line("time", &status.worked().map(text::duration).unwrap_or_default());
        if let Some(step) = next_step(row) {
            line("next", &step);
        }
        out
    }
}
