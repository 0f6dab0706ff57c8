//! `cmpm delegate resume`

use crate::report::prelude::*;
use crate::run::{Outcome, Queue, State};

use super::row::{RunRow, next_step, render_reasons, render_rows};

/// Resume or retry a run
///
/// After a crash: where it stopped, be it in the agent's work or in the middle of a merge. After a failure: another attempt
/// in the same worktree.
/// Example: `cmpm delegate resume RUN-4f2`
#[derive(Debug, Args)]
pub struct Resume {
    /// Run to resume
    #[arg(add = Takes::Run)]
    run: String,
    /// Fail instead of waiting when all slots are taken
    #[arg(long)]
    no_wait: bool,
}

/// The run as it is now.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Resumed {
    #[serde(flatten)]
    pub(super) row: RunRow,
}

impl Verb for Resume {
    type Report = Resumed;
    const METADATA: Metadata = Metadata::WRITES;

    fn run(self, context: &Context) -> Result<Resumed> {
        let trust = super::trust(context)?;
        let runs = super::runs(context, &trust)?;
        let mut run = runs.require(&self.run)?;
        runs.require_attempt(&run)?;
        let places = context.config()?.delegate.max_parallel;
        runs.resume(&mut run, Queue { places, wait: !self.no_wait })?;
        Ok(Resumed { row: RunRow::from(&run) })
    }
}

impl Report for Resumed {
    const SCHEMA: &'static str = "cmpm.delegate.resume/1";

    fn render(&self, screen: &Screen) -> String {
        let rows = std::slice::from_ref(&self.row);
        let mut out = render_rows(rows, None, screen) + &render_reasons(rows, screen);
        if let Some(step) = next_step(&self.row) {
            out.push_str(&screen.paint(Tone::Quiet, &format!("next: {step}\n")));
        }
        out
    }

    fn exit(&self) -> Exit {
        match (self.row.state, self.row.outcome) {
            (State::Merged | State::Rejected | State::Discarded, _) => Exit::Done,
            (_, outcome) => outcome.map_or(Exit::No, Outcome::exit),
        }
    }
}
