//! `cmpm delegate reject`

use crate::base::{Explain, Explained};
use crate::report::prelude::*;

use super::row::render_errors;
use super::several::{Decided, with_text};

/// Reject a run
///
/// Its page is committed on the target, together with a memory of what went wrong, if something did; its worktree goes. Its work
/// is kept, and `restore` brings it back. Without `-m` a terminal opens the editor for the reason, which the next run on the ticket
/// is told. Without a run it is the only one that waits for review. Of several, each has its own result.
/// Example: `cmpm delegate reject RUN-4f2 -m "the wrong approach"`
#[derive(Debug, Args)]
pub struct Reject {
    /// Runs to reject
    #[arg(value_name = "RUN", add = Takes::Run)]
    runs: Vec<String>,
    /// Why; shown on the run's page
    #[arg(long, short, value_name = "TEXT", allow_hyphen_values = true)]
    message: Option<String>,
    /// Give no reason
    #[arg(long, conflicts_with = "message")]
    no_reason: bool,
}

/// Why a run is not rejected.
#[derive(Debug, thiserror::Error)]
#[error("a rejection needs a reason")]
struct NoReason;

impl Explain for NoReason {
    fn explain(&self) -> Explained {
        Explained::wrong("no_reason").hint("say with `-m \"…\"` what the next run should do differently, or use `--no-reason`")
    }
}

/// A rejected run.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Rejected {
    run: Id,
    ticket: Id,
    /// The memories of what went wrong in it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<Id>,
    /// Whether nobody has the ticket any more.
    #[serde(skip)]
    free: bool,
}

impl Verb for Reject {
    type Report = Decided<Rejected>;
    const METADATA: Metadata = Metadata::DECIDES;

    fn run(self, context: &Context) -> Result<Decided<Rejected>> {
        let trust = super::trust(context)?;
        let runs = super::runs(context, &trust)?;
        with_text(context, self.message.as_deref().or(self.no_reason.then_some("")), |reason| {
            if reason.is_empty() && !self.no_reason {
                return Err(NoReason.into());
            }
            Decided::of(&self.runs, |query| {
                let mut run = super::require(context, &runs, query)?;
                let held = runs.find_held(&run)?;
                runs.reject(&mut run, reason)?;
                let free = held.is_none() && runs.find_claim(&run)?.is_none() && runs.open_siblings(&run.job)?.is_empty();
                Ok(Rejected { run: run.job.run, ticket: run.job.ticket.id, errors: run.status.errors, free })
            })
        })
    }
}

impl Report for Rejected {
    const SCHEMA: &'static str = "cmpm.delegate.reject/1";

    fn render(&self, screen: &Screen) -> String {
        let run = screen.paint(Tone::Key, self.run.as_str());
        let free = if self.free { format!("; {} is free again", screen.paint(Tone::Key, self.ticket.as_str())) } else { String::new() };
        format!("Rejected {run}{free}\n") + &render_errors(&self.errors, screen)
    }
}
