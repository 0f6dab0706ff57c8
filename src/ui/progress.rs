//! Draws what a long verb tells while it runs.

use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::json;

use crate::base::progress::{Event, Events};
use crate::base::text;

/// Events as a spinner on a terminal, as lines elsewhere, as NDJSON with `--json`; all on stderr.
pub struct Progress {
    json: bool,
    quiet: bool,
    spinner: Option<ProgressBar>,
}

impl Progress {
    /// Looks once at where stderr goes. The spinner appears with the first event only.
    pub fn new(json: bool, quiet: bool) -> Self {
        let spinner = (!json && !quiet && io::stderr().is_terminal()).then(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            bar.with_style(ProgressStyle::default_spinner())
        });
        Self { json, quiet, spinner }
    }
}

impl Events for Progress {
    fn emit(&self, event: Event) {
        if self.quiet {
            return;
        }
        let line = match &event {
            _ if self.json => json!(event).to_string(),
            Event::Stage { subject, stage } => format!("{subject} {stage}"),
            Event::Note { message } => message.clone(),
        };
        match (&self.spinner, &event) {
            (Some(bar), Event::Stage { .. }) => {
                bar.enable_steady_tick(Duration::from_millis(120));
                bar.set_message(text::one_line(&line));
            }
            (Some(bar), Event::Note { .. }) => bar.suspend(|| write_line(&line)),
            (None, _) => write_line(&line),
        }
    }

    fn finish(&self) {
        if let Some(bar) = &self.spinner {
            bar.finish_and_clear();
        }
    }
}

fn write_line(line: &str) {
    // Nobody reading progress is no reason to stop the work.
    drop(writeln!(io::stderr().lock(), "{}", text::printable(line)));
}
