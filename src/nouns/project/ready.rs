//! `cmpm ready`

use std::fmt::Write as _;

use clap::Args;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::{Finding, Result, text};
use crate::context::Context;
use crate::nouns::agent::require_agent;
use crate::nouns::ticket::{Kind, Look, Picture, Reason, Ticket, TicketRow, render_rows};
use crate::report::{Metadata, Report, Screen, Table, Tone, Verb};
use crate::store::Listed;

/// List tickets that can be begun
///
/// Nobody began them or works on them, nothing they or the tickets above them wait for is unfinished, they have no parts, and
/// their time has come. The most urgent comes first. What was begun or finished in a worktree beside this one or on the
/// integration branch is not offered.
///
/// Example: `cmpm ready --kind task --agent documentation`
#[derive(Debug, Args, Deserialize, JsonSchema)]
pub struct Ready {
    /// Only tickets of this kind
    #[arg(long, short, value_name = "KIND")]
    kind: Option<Kind>,
    /// Only tickets that this agent would get
    #[arg(long, value_name = "AGENT")]
    agent: Option<String>,
    /// Also say why each of the others cannot be begun
    #[arg(long)]
    #[serde(default)]
    explain: bool,
    #[command(flatten)]
    #[serde(flatten)]
    look: Look,
}

/// What can be begun.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ReadyTickets {
    /// The tickets, the most urgent first.
    tickets: Vec<TicketRow>,
    /// How many more nobody began, but cannot be begun.
    waiting: usize,
    /// Why each of these cannot; only with `--explain`.
    #[serde(skip_serializing_if = "Option::is_none")]
    reasons: Option<Vec<Waiting>>,
    #[serde(skip)]
    findings: Vec<Finding>,
}

/// A ticket that cannot be begun.
#[derive(Debug, Serialize, JsonSchema)]
struct Waiting {
    ticket: TicketRow,
    reasons: Vec<Reason>,
}

impl Verb for Ready {
    type Report = ReadyTickets;
    const METADATA: Metadata = Metadata::READS;

    fn run(self, context: &Context) -> Result<ReadyTickets> {
        let store = context.store()?;
        if let Some(name) = &self.agent {
            require_agent(&store.work_tree(), name)?;
        }
        let picture = Picture::load(context, self.look)?.merged();
        let mut findings = picture.listing.findings.clone();
        let mut judgement = picture.judge(context, store);
        let shows = |stored: &Listed<Ticket>| self.shows(&stored.record, &store.config().delegate.agent);
        judgement.ready.retain(|stored| shows(stored));
        judgement.waiting.retain(|(stored, _)| shows(stored));
        findings.append(&mut judgement.findings);
        Ok(ReadyTickets {
            tickets: judgement.ready.into_iter().map(|stored| picture.around.row(stored)).collect(),
            waiting: judgement.waiting.len(),
            reasons: self.explain.then(|| {
                let waiting = judgement.waiting.into_iter();
                waiting.map(|(stored, reasons)| Waiting { ticket: picture.around.row(stored), reasons }).collect()
            }),
            findings,
        })
    }
}

impl Ready {
    /// A ticket that names no agent goes to the one the settings name.
    fn shows(&self, ticket: &Ticket, default_agent: &str) -> bool {
        let agent = ticket.agent.as_deref().unwrap_or(default_agent);
        self.kind.is_none_or(|kind| ticket.kind == kind) && self.agent.as_ref().is_none_or(|wanted| agent.eq_ignore_ascii_case(wanted))
    }
}

impl Report for ReadyTickets {
    const SCHEMA: &'static str = "cmpm.ready/1";

    fn render(&self, screen: &Screen) -> String {
        let mut out = render_rows(&self.tickets, screen);
        if self.tickets.is_empty() {
            out.push_str("Nothing can be begun right now.\n");
        }
        match &self.reasons {
            Some(waiting) if !waiting.is_empty() => {
                let _ = write!(out, "\n{}", render_waiting(waiting, screen));
            }
            None if self.waiting > 0 => {
                let line = format!("{} cannot be begun yet; `--explain` says why", text::plural(self.waiting, "more ticket"));
                let _ = writeln!(out, "{}", screen.paint(Tone::Quiet, &line));
            }
            _ => {}
        }
        out
    }

    fn findings(&self) -> &[Finding] {
        &self.findings
    }
}

fn render_waiting(waiting: &[Waiting], screen: &Screen) -> String {
    let mut table = Table::new(&["ID", "WHY NOT", "TITLE"]);
    for Waiting { ticket, reasons } in waiting {
        let why: Vec<String> = reasons.iter().map(ToString::to_string).collect();
        table.row([(ticket.id.as_str(), Some(Tone::Key)), (&why.join("; "), None), (&ticket.title, None)]);
    }
    table.render(screen)
}
