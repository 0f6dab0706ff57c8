//! `cmpm ticket complete`

use crate::document::Value;
use crate::report::Answers;
use crate::report::prelude::*;

use super::change::which::Several;
use super::change::{StatusChange, change_status};
use super::model::Ticket;
use super::model::loose::LooseEnds;
use super::view::family::family;

/// Complete a ticket, or several
///
/// The file stays; `reopen` undoes this. The reason becomes a comment. What is still open around it (acceptance criteria, parts,
/// what it depends on) is listed.
/// Example: `cmpm issue complete ISS-7k3 -m "merged with the parser"`
#[derive(Debug, Args)]
#[command(mut_arg("ids", |id| id.add(Takes::OpenTicket)))]
pub struct Complete {
    #[command(flatten)]
    pub which: Several,
    /// What was done
    #[arg(long, short = 'm', visible_alias = "comment", value_name = "TEXT", allow_hyphen_values = true)]
    reason: Option<String>,
    /// How many tokens it took
    #[arg(long, value_name = "NUMBER")]
    actual_tokens: Option<u64>,
    /// How long it took, such as 8h
    #[arg(long, value_name = "TIME")]
    time_spent: Option<String>,
    /// Commit what was written
    #[arg(long)]
    commit: bool,
}

/// A finished ticket.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Completed {
    id: Id,
    title: String,
    status: String,
    /// What is still open around it.
    open: LooseEnds,
}

impl Verb for Complete {
    type Report = Answers<Completed>;
    const METADATA: Metadata = Metadata::WRITES;

    fn run(self, context: &Context) -> Result<Answers<Completed>> {
        let change = StatusChange {
            which: &self.which,
            reason: self.reason.as_deref(),
            commit: self.commit,
            spent: self.spent(),
            word: Ticket::completed_word,
        };
        let tickets = change_status(context, &change, "complete")?;
        let store = context.store()?;
        let ids: Vec<&str> = tickets.iter().map(|ticket| ticket.id.as_str()).collect();
        let records = store.list_chosen(&store.work_tree(), &|all| family(&ids, all)).records;
        let completed = |ticket: Ticket| {
            let open = LooseEnds::of(&ticket, &records);
            Completed { id: ticket.id, title: ticket.properties.title, status: ticket.properties.status, open }
        };
        Ok(tickets.into_iter().map(completed).collect::<Vec<_>>().into())
    }
}

impl Complete {
    fn spent(&self) -> Vec<(&'static str, Value)> {
        let tokens = self.actual_tokens.map(|tokens| ("actual_tokens", Value::from(tokens)));
        let time = self.time_spent.as_ref().map(|time| ("time_spent", Value::from(text::one_line(time))));
        tokens.into_iter().chain(time).collect()
    }
}

impl Report for Completed {
    const SCHEMA: &'static str = "cmpm.ticket.complete/1";

    fn render(&self, screen: &Screen) -> String {
        let open = self.open.line().map(|line| format!("{}\n", screen.paint(Tone::Careful, &line))).unwrap_or_default();
        format!("Completed {}: {}\n{open}", screen.paint(Tone::Key, self.id.as_str()), text::one_line(&self.title))
    }
}
