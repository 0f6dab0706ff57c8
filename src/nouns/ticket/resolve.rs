//! `cmpm ticket resolve`

use crate::base::{Explain, Explained};
use crate::document::Value;
use crate::report::prelude::*;
use crate::store::Stored;
use crate::words::Property;

use super::change::which::Several;
use super::change::{Many, change_many, set_status};
use super::file::comment::add_comment;
use super::file::values::require_line;
use super::model::dialect::{Dialect, key_in};
use super::model::{Ticket, TicketError};

/// Move tickets to the next stage
///
/// `engineering`, `qa` and `deployment` say for whom a ticket is ready, `done` and `reject` finish it. In files of ai-trackdown
/// the `state` is written, with who changed it and when.
/// Example: `cmpm resolve qa ISS-7k3 --reason "all criteria are met"`
#[derive(Debug, Args)]
#[command(mut_arg("ids", |ids| ids.add(Takes::OpenTicket)))]
pub struct Resolve {
    /// What they are ready for
    #[arg(value_enum)]
    stage: Stage,
    #[command(flatten)]
    pub which: Several,
    /// Why; it becomes a comment
    #[arg(long, short, value_name = "TEXT", allow_hyphen_values = true)]
    reason: Option<String>,
    /// Who looked at it
    #[arg(long, value_name = "NAME", add = Takes::Person)]
    reviewer: Option<String>,
    /// Who works on it next
    #[arg(long, short, value_name = "NAME", add = Takes::Person)]
    assignee: Option<String>,
    /// Commit what was written
    #[arg(long)]
    commit: bool,
}

/// What comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
enum Stage {
    /// To be built
    Engineering,
    /// To be tested
    Qa,
    /// To be shipped
    Deployment,
    /// Nothing: it is finished
    Done,
    /// Nothing: it will not be done
    Reject,
}

impl Stage {
    /// The word for it in a file's status, or in the `state` of ai-trackdown.
    fn word(self, dialect: Dialect) -> &'static str {
        match (self, dialect) {
            (Self::Engineering, Dialect::Native) => "ready",
            (Self::Engineering, _) => "ready_for_engineering",
            (Self::Qa, Dialect::Native) => "review",
            (Self::Qa, _) => "ready_for_qa",
            (Self::Deployment, _) => "ready_for_deployment",
            (Self::Done, Dialect::TrackdownV1) => "done",
            (Self::Done, dialect) => dialect.word(crate::config::Category::Done),
            (Self::Reject, Dialect::TrackdownV1) => "won_t_do",
            (Self::Reject, dialect) => dialect.word(crate::config::Category::Cancelled),
        }
    }
}

/// Tickets that were handed on.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Resolved {
    tickets: Vec<HandedOn>,
}

/// One of them.
#[derive(Debug, Serialize, JsonSchema)]
struct HandedOn {
    id: Id,
    title: String,
    /// The word that was written.
    status: String,
}

#[derive(Debug, thiserror::Error)]
#[error("rejecting a ticket needs a reason")]
struct NoReason;

impl Explain for NoReason {
    fn explain(&self) -> Explained {
        Explained::wrong("usage").hint("for example `--reason \"nobody needs it any more\"`")
    }
}

impl Verb for Resolve {
    type Report = Resolved;
    const METADATA: Metadata = Metadata::WRITES;

    fn run(self, context: &Context) -> Result<Resolved> {
        if self.stage == Stage::Reject && self.reason.is_none() {
            return Err(NoReason.into());
        }
        for (flag, name) in [("reviewer", &self.reviewer), ("assignee", &self.assignee)] {
            name.iter().try_for_each(|name| require_line(flag, name, true))?;
        }
        let many = Many { which: &self.which, commit: self.commit, transaction: context.store()?.begin("ticket resolve")? };
        let changed = change_many(context, many, "resolve", &mut |stored, transaction| {
            self.hand_on(context, stored)?;
            match &self.reason {
                Some(reason) => add_comment(context, transaction, &stored.record.id, reason).map(|_| None),
                None => Ok(None),
            }
        })?;
        let handed_on = |Stored { record: ticket, .. }: Stored<Ticket>| HandedOn {
            id: ticket.id,
            title: ticket.properties.title,
            status: ticket.properties.status,
        };
        Ok(Resolved { tickets: changed.tickets.into_iter().map(handed_on).collect() })
    }
}

impl Resolve {
    fn hand_on(&self, context: &Context, stored: &mut Stored<Ticket>) -> Result<()> {
        let ticket = &stored.record;
        if ticket.category.is_closed() {
            return Err(TicketError::AlreadyClosed { id: ticket.id.clone(), kind: ticket.kind, status: ticket.status.clone() }.into());
        }
        let (dialect, previous) = (ticket.dialect, ticket.status.clone());
        let word = self.stage.word(dialect);
        if dialect == Dialect::TrackdownV1 {
            stored.set("state", &Value::from(word))?;
            stored.set("state_metadata", &Value::Map(self.metadata(context, &previous)))?;
            word.clone_into(&mut stored.record.status);
        } else {
            set_status(stored, word)?;
            if let Some(name) = &self.reviewer {
                stored.set("reviewer", &Value::from(name.as_str()))?;
            }
        }
        if let Some(name) = &self.assignee {
            let key = key_in(&stored.document, Property::Assignee);
            let name = text::one_line(name);
            stored.set(key, &if key == "assignees" { Value::texts([name]) } else { Value::from(name) })?;
        }
        Ok(())
    }

    /// Who changed the state and when, as ai-trackdown writes it.
    fn metadata(&self, context: &Context, previous: &str) -> Vec<(String, Value)> {
        let by = context.repository().ok().and_then(|repository| repository.identity().ok()).map(|person| person.name);
        let mut entries = vec![
            ("transitioned_at", Value::from(context.clock.now().to_string())),
            ("transitioned_by", Value::from(by.unwrap_or_else(|| "unknown".into()))),
            ("previous_state", Value::from(previous)),
            ("automation_eligible", Value::from(false)),
        ];
        entries.extend(self.reason.as_ref().map(|reason| ("transition_reason", Value::from(text::one_line(reason)))));
        entries.extend(self.reviewer.as_ref().map(|name| ("reviewer", Value::from(name.as_str()))));
        entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
    }
}

impl Report for Resolved {
    const SCHEMA: &'static str = "cmpm.ticket.resolve/1";

    fn render(&self, screen: &Screen) -> String {
        let line = |ticket: &HandedOn| {
            let id = screen.paint(Tone::Key, ticket.id.as_str());
            format!("{id} is {}: {}\n", text::one_line(&ticket.status), text::one_line(&ticket.title))
        };
        self.tickets.iter().map(line).collect()
    }
}
