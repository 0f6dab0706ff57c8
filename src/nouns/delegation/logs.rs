//! `cmpm delegate logs`

use std::path::Path;
use std::thread;
use std::time::Duration;

use crate::base::progress::Event;
use crate::fs::read;
use crate::report::prelude::*;
use crate::run::Runs;

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
    pub(super) text: String,
}

impl Verb for Logs {
    type Report = Log;
    const METADATA: Metadata = Metadata::READS;

    fn run(self, context: &Context) -> Result<Log> {
        let trust = super::trust(context)?;
        let runs = super::runs(context, &trust)?;
        if self.setup {
            let run = super::require(context, &runs, Some(&self.run))?;
            return Ok(Log { attempt: run.status.attempt, text: runs.setup_output(&run)? });
        }
        let name = if self.errors { "stderr" } else { "stdout" };
        if self.follow && self.attempt.is_none() {
            return follow(context, &runs, (&self.run, name));
        }
        let run = super::require(context, &runs, Some(&self.run))?;
        let attempt = self.attempt.unwrap_or(run.status.attempt.max(1));
        let text = read::find_text(&run.dir.attempt(attempt).join(name))?.unwrap_or_default();
        if text.is_empty() && !self.errors && has_errors(&run.dir.attempt(attempt))? {
            let message =
                format!("it has printed nothing to standard output; `cmpm delegate logs {} --errors` shows the rest", run.job.run);
            context.events.emit(Event::Note { message });
        }
        Ok(Log { attempt, text })
    }
}

/// Shows what a run prints as it comes, attempt after attempt, until the run ends or the reader wants no more; what is left to show.
pub fn follow(context: &Context, runs: &Runs<'_>, (query, name): (&str, &str)) -> Result<Log> {
    let (mut attempt, mut shown) = (0, 0);
    loop {
        let run = super::require(context, runs, Some(query))?;
        let current = run.status.attempt.max(1);
        // What the one before printed last is shown before the next one's.
        let next = if attempt == 0 { current } else { current.min(attempt + 1) };
        let rest = |attempt: u32, shown: usize| -> Result<String> {
            let whole = read::find_text(&run.dir.attempt(attempt).join(name))?.unwrap_or_default();
            Ok(whole.get(shown..).unwrap_or_default().to_owned())
        };
        let mut new = if attempt == 0 { String::new() } else { rest(attempt, shown)? };
        shown += new.len();
        if next != attempt {
            (attempt, shown) = (next, 0);
            let more = rest(attempt, 0)?;
            shown += more.len();
            new.push_str(&more);
        }
        if attempt == current && !run.is_driven() || context.cancel.is_cancelled() {
            return Ok(Log { attempt, text: new });
        }
        // The reader went away: nothing is left to do.
        if !new.is_empty() && !(context.stream)(&text::printable(&new)) {
            return Ok(Log { attempt, text: String::new() });
        }
        thread::sleep(PAUSE);
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
