//! `cmpm delegate reject`

use crate::report::prelude::*;

use super::row::render_errors;

/// Reject a run
///
/// Its page is committed on the target, together with a memory of what went wrong, if something did; its worktree goes. Its work
/// is kept, and `restore` brings it back.
/// Example: `cmpm delegate reject RUN-4f2 -m "the wrong approach"`
#[derive(Debug, Args)]
pub struct Reject {
    /// Run to reject
    #[arg(add = Takes::Run)]
    run: String,
    /// Why; shown on the run's page
    #[arg(long, short, value_name = "TEXT", allow_hyphen_values = true, default_value = "")]
    message: String,
}

/// A rejected run.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Rejected {
    run: Id,
    ticket: Id,
    /// The memories of what went wrong in it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<Id>,
}

impl Verb for Reject {
    type Report = Rejected;
    const METADATA: Metadata = Metadata::DECIDES;

    fn run(self, context: &Context) -> Result<Rejected> {
        let trust = super::trust(context)?;
        let runs = super::runs(context, &trust)?;
        let mut run = runs.require(&self.run)?;
        runs.reject(&mut run, &self.message)?;
        Ok(Rejected { run: run.job.run, ticket: run.job.ticket.id, errors: run.status.errors })
    }
}

impl Report for Rejected {
    const SCHEMA: &'static str = "cmpm.delegate.reject/1";

    fn render(&self, screen: &Screen) -> String {
        let run = screen.paint(Tone::Key, self.run.as_str());
        let free = format!("Rejected {run}; {} is free again\n", screen.paint(Tone::Key, self.ticket.as_str()));
        free + &render_errors(&self.errors, screen)
    }
}
