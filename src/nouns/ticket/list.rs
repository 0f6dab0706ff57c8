//! `cmpm ticket list`

use clap::Args;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::{Finding, Result, text};
use crate::config::Config;
use crate::context::Context;
use crate::report::{Metadata, Report, Screen, Tone, Verb};
use crate::store::{Listed, Listing};
use crate::words::{Kind, Takes};

use super::at::picture_at;
use super::filter::Filter;
use super::model::{self, Ticket, TicketError};
use super::order::Order;
use super::picture::{Look, Picture};
use super::progress::all_progress;
use super::row::{TicketRow, render_rows};

/// List tickets
///
/// Shows open tickets; `--all` adds finished and cancelled ones. What a worktree beside this one or the integration branch says
/// otherwise is told.
///
/// Example: `cmpm issue list --status active --label docs`
#[derive(Debug, Args, Deserialize, JsonSchema)]
pub struct List {
    /// Only tickets of this kind
    #[arg(skip)]
    pub kind: Option<Kind>,
    /// Also finished and cancelled tickets
    #[arg(long, short)]
    #[serde(default)]
    all: bool,
    /// Only this status, or this category: todo, active, done, cancelled
    #[arg(long, short, visible_alias = "state", value_name = "STATUS", add = Takes::Status)]
    status: Option<String>,
    /// Only this priority
    #[arg(long, short, value_name = "PRIORITY", add = Takes::Priority)]
    priority: Option<String>,
    /// Only tickets with this label
    #[arg(long, short, visible_aliases = ["labels", "tags"], alias = "tag", value_name = "LABEL", add = Takes::Label)]
    label: Option<String>,
    /// Only tickets of this person or agent
    #[arg(long, value_name = "NAME", add = Takes::Person)]
    assignee: Option<String>,
    /// Only parts of this ticket
    #[arg(long, visible_aliases = ["epic", "issue"], value_name = "ID", add = Takes::Ticket)]
    parent: Option<String>,
    /// As they were in a commit, such as HEAD~2 or v1.0
    #[arg(long, value_name = "REV", add = Takes::Branch)]
    at: Option<String>,
    #[command(flatten)]
    #[serde(flatten)]
    filter: Filter,
    /// In this order, by one key or several: `--sort priority,-due`; `-` turns it round
    #[arg(long, value_name = "KEYS", value_delimiter = ',', allow_hyphen_values = true)]
    #[serde(default)]
    sort: Vec<String>,
    #[command(flatten)]
    #[serde(flatten)]
    look: Look,
}

/// Tickets, and the files that could not be read as one.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Tickets {
    /// The tickets, in order of their files if none is asked for.
    tickets: Vec<TicketRow>,
    /// How many more there are without the filters of `list`.
    hidden: usize,
    #[serde(skip)]
    finished: bool,
    #[serde(skip)]
    findings: Vec<Finding>,
}

impl Verb for List {
    type Report = Tickets;
    const METADATA: Metadata = Metadata::READS;

    fn run(self, context: &Context) -> Result<Tickets> {
        let store = context.store()?;
        let Picture { listing: scan, around } = picture_at(context, self.look, self.at.as_deref())?;
        let parent = self.parent.as_ref().map(|query| whole_parent(&scan, query)).transpose()?;
        if let Some(word) = &self.status {
            require_status(&scan, word, store.config())?;
        }
        let Listing { records, findings } = scan;
        let of_kind: Vec<_> = records.iter().filter(|stored| self.kind.is_none_or(|kind| stored.record.kind == kind)).collect();
        let sieve = self.filter.sieve(context, &records)?;
        let order = Order::parse(&self.sort, &records, context.clock.now())?;
        let passes =
            |stored: &Listed<Ticket>| self.passes(stored) && is_part_of(&stored.record, parent.as_deref()) && sieve.lets_through(stored);
        let passing = of_kind.iter().copied().filter(|stored| passes(stored));
        let (mut shown, finished): (Vec<&Listed<Ticket>>, Vec<_>) =
            passing.partition(|stored| self.shows(stored) || sieve.speaks_of_status());
        order.sort(&mut shown);
        let progress = all_progress(&records);
        let row = |stored: &Listed<Ticket>| around.row(stored).with(&progress, context.clock.now());
        let tickets: Vec<TicketRow> = shown.into_iter().map(row).collect();
        Ok(Tickets { hidden: of_kind.len() - tickets.len(), finished: !finished.is_empty(), tickets, findings })
    }
}

/// The id that tickets name as their parent: as typed where one does (the parent's own file may be gone), else whose beginning was typed.
fn whole_parent(scan: &Listing<Ticket>, query: &str) -> Result<String> {
    let named = scan.records.iter().any(|stored| is_part_of(&stored.record, Some(query)));
    if named { Ok(query.to_owned()) } else { Ok(scan.find(query)?.record.id.to_string()) }
}

/// Refuses a word that means nothing, here or anywhere: an empty list would look like an answer.
fn require_status(scan: &Listing<Ticket>, word: &str, config: &Config) -> Result<(), TicketError> {
    let written = || scan.records.iter().any(|stored| stored.record.has_status(word));
    if model::category(word, config).is_some() || written() { Ok(()) } else { Err(TicketError::UnknownStatus { word: word.to_owned() }) }
}

fn is_part_of(ticket: &Ticket, parent: Option<&str>) -> bool {
    parent.is_none_or(|wanted| ticket.parent.as_ref().is_some_and(|parent| parent.eq_ignore_ascii_case(wanted)))
}

impl List {
    /// Whether it is shown if it passes; what is finished only on request.
    fn shows(&self, stored: &Listed<Ticket>) -> bool {
        self.all || self.status.is_some() || !stored.record.category.is_closed()
    }

    fn passes(&self, stored: &Listed<Ticket>) -> bool {
        let ticket = &stored.record;
        let same = |wanted: &Option<String>, found: Option<&String>| match wanted {
            Some(wanted) => found.is_some_and(|found| found.eq_ignore_ascii_case(wanted)),
            None => true,
        };
        self.status.as_ref().is_none_or(|status| ticket.has_status(status))
            && same(&self.priority, ticket.priority.as_ref())
            && same(&self.assignee, ticket.assignee.as_ref())
            && self.label.as_ref().is_none_or(|label| ticket.labels.iter().any(|found| found.eq_ignore_ascii_case(label)))
    }
}

impl Report for Tickets {
    const SCHEMA: &'static str = "cmpm.ticket.list/1";

    fn render(&self, screen: &Screen) -> String {
        let mut out = render_rows(&self.tickets, screen);
        if self.tickets.is_empty() {
            out.push_str("No tickets to show.\n");
        }
        if self.hidden > 0 {
            let rest = if self.finished { "; `--all` shows finished ones too" } else { "" };
            let line = format!("{} not shown{rest}", text::plural(self.hidden, "ticket"));
            out.push_str(&screen.paint(Tone::Quiet, &line));
            out.push('\n');
        }
        out
    }

    fn findings(&self) -> &[Finding] {
        &self.findings
    }
}
