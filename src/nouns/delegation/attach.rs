//! `cmpm delegate attach`

use crate::report::prelude::*;
use crate::run::Only;

use super::logs::follow;
use super::row::{RunRow, next_step, render_reasons, render_rows};

/// Follow a run until it ends, then say how it stands
///
/// Shows what its program prints, as `logs -f` does. Ctrl-C leaves the run as it is. Without a run it is the only one at work.
/// Example: `cmpm delegate attach RUN-4f2`
#[derive(Debug, Args)]
pub struct Attach {
    /// Run to follow
    #[arg(add = Takes::Run)]
    run: Option<String>,
}

/// The run as it was last seen.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Attached {
    #[serde(flatten)]
    row: RunRow,
    /// What was not shown yet.
    #[serde(skip)]
    rest: String,
}

impl Verb for Attach {
    type Report = Attached;
    const METADATA: Metadata = Metadata::READS;

    fn run(self, context: &Context) -> Result<Attached> {
        let trust = super::trust(context)?;
        let runs = super::runs(context, &trust)?;
        let run = super::require_one(context, &runs, (self.run.as_deref(), Only::AtWork))?;
        let id = run.job.run.as_str();
        let log = follow(context, &runs, (id, "stdout"))?;
        let row = RunRow::from(&super::require(context, &runs, Some(id))?);
        Ok(Attached { row, rest: log.text })
    }
}

impl Report for Attached {
    const SCHEMA: &'static str = "cmpm.delegate.attach/1";

    fn render(&self, screen: &Screen) -> String {
        let rows = std::slice::from_ref(&self.row);
        let mut out = text::printable(&self.rest) + &render_rows(rows, None, screen) + &render_reasons(rows, screen);
        if let Some(step) = next_step(&self.row) {
            out.push_str(&screen.paint(Tone::Quiet, &format!("next: {step}\n")));
        }
        out
    }
}
