//! `cmpm ticket reopen`

use crate::report::Answers;
use crate::report::prelude::*;

use super::change::which::Several;
use super::change::{StatusChange, change_status};
use super::model::Ticket;

/// Reopen a finished ticket, or several
///
/// One that was put away comes back to its place.
/// Example: `cmpm issue reopen ISS-7k3 -m "it came back"`
#[derive(Debug, Args)]
#[command(mut_arg("ids", |id| id.add(Takes::ClosedTicket)))]
pub struct Reopen {
    #[command(flatten)]
    pub which: Several,
    /// Why
    #[arg(long, short = 'm', value_name = "TEXT", allow_hyphen_values = true)]
    reason: Option<String>,
    /// Commit what was written
    #[arg(long)]
    commit: bool,
}

/// A ticket that is open again.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Reopened {
    id: Id,
    title: String,
    status: String,
}

impl Verb for Reopen {
    type Report = Answers<Reopened>;
    const METADATA: Metadata = Metadata::WRITES;

    fn run(self, context: &Context) -> Result<Answers<Reopened>> {
        let change = StatusChange {
            which: &self.which,
            reason: self.reason.as_deref(),
            commit: self.commit,
            spent: Vec::new(),
            word: Ticket::reopened_word,
        };
        let reopened = |ticket: Ticket| Reopened { id: ticket.id, title: ticket.properties.title, status: ticket.properties.status };
        Ok(change_status(context, &change, "reopen")?.into_iter().map(reopened).collect::<Vec<_>>().into())
    }
}

impl Report for Reopened {
    const SCHEMA: &'static str = "cmpm.ticket.reopen/1";

    fn render(&self, screen: &Screen) -> String {
        format!("Reopened {}: {}\n", screen.paint(Tone::Key, self.id.as_str()), text::one_line(&self.title))
    }
}
