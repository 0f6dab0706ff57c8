//! `cmpm delegate cancel`

use crate::report::prelude::*;
use crate::run::Only;

/// Stop a run
///
/// The program is asked to end, then killed with everything it started. What it left can be reviewed and resumed. Without a run it is
/// the only one at work.
/// Example: `cmpm delegate cancel RUN-4f2`
#[derive(Debug, Args)]
pub struct Cancel {
    /// Run to stop
    #[arg(add = Takes::Run)]
    run: Option<String>,
}

/// A run that was asked to stop.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Cancelled {
    run: Id,
    /// Whether another process has to notice first.
    pending: bool,
}

impl Verb for Cancel {
    type Report = Cancelled;
    const METADATA: Metadata = Metadata::WRITES;

    fn run(self, context: &Context) -> Result<Cancelled> {
        let trust = super::trust(context)?;
        let runs = super::runs(context, &trust)?;
        let mut run = super::require_one(context, &runs, (self.run.as_deref(), Only::AtWork))?;
        let pending = run.is_driven();
        runs.cancel(&mut run)?;
        Ok(Cancelled { run: run.job.run, pending })
    }
}

impl Report for Cancelled {
    const SCHEMA: &'static str = "cmpm.delegate.cancel/1";

    fn render(&self, screen: &Screen) -> String {
        let run = screen.paint(Tone::Key, self.run.as_str());
        if self.pending { format!("Asked {run} to stop\n") } else { format!("Cancelled {run}\n") }
    }
}
