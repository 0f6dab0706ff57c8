//! `cmpm delegate logs`

use std::path::Path;
use std::thread;
use std::time::Duration;

use crate::base::progress::Event;
use crate::fs::read;
use crate::report::prelude::*;

/// How often a followed log is looked at.
const PAUSE: Duration = Duration::from_millis(200);

/// Show what a run's program printed
///
/// Examples: `cmpm delegate logs RUN-4f2 -f`, `cmpm delegate logs RUN-4f2 --setup`
#[derive(Debug, Args)]
pub struct Logs {
    /// Run to look at
    #[arg(add = Takes::Run)]
    run: String,
    /// Keep printing until the run ends
    #[arg(long, short)]
    follow: bool,
    /// Standard error instead of standard output
    #[arg(long)]
    errors: bool,
    /// This attempt instead of the last one
    #[arg(long, value_name = "NUMBER")]
    attempt: Option<u32>,
    /// What the setup of its worktree printed instead
    #[arg(long, conflicts_with_all = ["follow", "errors", "attempt"])]
    setup: bool,
}

/// What a program printed.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Log {
    attempt: u32,
    text: String,
}

impl Verb for Logs {
    type Report = Log;
    const METADATA: Metadata = Metadata::READS;

    fn run(self, context: &Context) -> Result<Log> {
        let trust = super::trust(context)?;
        let runs = super::runs(context, &trust)?;
        let mut shown = 0;
        if self.setup {
            let run = super::require(context, &runs, Some(&self.run))?;
            return Ok(Log { attempt: run.status.attempt, text: runs.setup_output(&run)? });
        }
        loop {
            let run = super::require(context, &runs, Some(&self.run))?;
            let attempt = self.attempt.unwrap_or(run.status.attempt.max(1));
            let name = if self.errors { "stderr" } else { "stdout" };
            let whole = read::find_text(&run.dir.attempt(attempt).join(name))?.unwrap_or_default();
            let new = whole.get(shown..).unwrap_or_default();
            if !self.follow || !run.is_driven() || context.cancel.is_cancelled() {
                if whole.is_empty() && !self.errors && has_errors(&run.dir.attempt(attempt))? {
                    let message =
                        format!("it has printed nothing to standard output; `cmpm delegate logs {} --errors` shows the rest", run.job.run);
                    context.events.emit(Event::Note { message });
                }
                return Ok(Log { attempt, text: new.to_owned() });
            }
            // The reader went away: nothing is left to do.
            if !new.is_empty() && !(context.stream)(&text::printable(new)) {
                return Ok(Log { attempt, text: String::new() });
            }
            shown = whole.len();
            thread::sleep(PAUSE);
        }
    }
}

fn has_errors(attempt: &Path) -> Result<bool> {
    Ok(read::find_metadata(&attempt.join("stderr"))?.is_some_and(|found| found.len() > 0))
}

impl Report for Log {
    const SCHEMA: &'static str = "cmpm.delegate.logs/1";

    fn render(&self, _: &Screen) -> String {
        text::printable(&self.text)
    }
}
