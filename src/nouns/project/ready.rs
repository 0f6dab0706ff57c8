//! `cmpm ready`

use std::collections::HashMap;

use rayon::prelude::*;

use crate::base::TOGETHER;
use crate::config::Category;
use crate::nouns::agent::require_agent;
use crate::nouns::ticket::{Look, Picture, Reason, Ticket, TicketRow, all_progress, find_unknown, render_rows, urgency};
use crate::report::prelude::*;
use crate::report::{Limit, is_zero};
use crate::store::Listed;
use crate::words::Kind;

/// List tickets that are ready to start
///
/// Nobody began them or works on them, nothing they or the tickets above them wait for is unfinished, they have no parts, and
/// their time has come. Pull requests wait for review, and are not among them. What was started or finished in a worktree next to this one or on the integration branch is not offered.
/// In this order: the more urgent, what is due sooner, what more unfinished tickets wait for (directly or through others), the
/// older.
///
/// Example: `cmpm ready --kind task --agent documentation`
#[derive(Debug, Args)]
pub struct Ready {
    /// Only tickets of this kind
    #[arg(long, short, value_name = "KIND")]
    kind: Option<Kind>,
    /// Only tickets that would go to this agent
    #[arg(long, value_name = "AGENT", add = Takes::Agent)]
    agent: Option<String>,
    /// Say why each open ticket can or cannot be started
    #[arg(long)]
    explain: bool,
    #[command(flatten)]
    look: Look,
    #[command(flatten)]
    limit: Limit,
}

/// What can be started.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ReadyTickets {
    /// The tickets, the most urgent first.
    tickets: Vec<TicketRow>,
    /// How many more there are beyond the limit.
    #[serde(skip_serializing_if = "is_zero")]
    #[schemars(default)]
    more: usize,
    /// How many more nobody began, but cannot be started.
    waiting: usize,
    /// Why each of these cannot; only with `--explain`.
    #[serde(skip_serializing_if = "Option::is_none")]
    reasons: Option<Vec<Waiting>>,
    /// What places each of the tickets that can be started; only with `--explain`.
    #[serde(skip_serializing_if = "Option::is_none")]
    order: Option<Vec<Place>>,
}

/// Why a ticket stands where it does among those that can be started.
#[derive(Debug, Serialize, JsonSchema)]
struct Place {
    id: Id,
    /// How urgent: 0 critical, 1 high, 2 medium or nothing, 3 low.
    urgency: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    due: Option<String>,
    /// How many unfinished tickets wait for it, directly or through others.
    wanted_by: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    created: Option<String>,
}

impl Place {
    fn of(ticket: &Ticket, wanted_by: usize) -> Self {
        let (due, created) = (ticket.due.clone().into_inner(), ticket.created.clone().into_inner());
        Self { id: ticket.id.clone(), urgency: urgency(ticket), due, wanted_by, created }
    }

    /// The reason in words.
    fn why(&self) -> String {
        let urgency = ["critical", "high priority", "", "low priority"].get(usize::from(self.urgency)).copied().unwrap_or_default();
        let due = self.due.as_ref().map(|due| format!("due {due}")).unwrap_or_default();
        let wanted = match self.wanted_by {
            0 => String::new(),
            1 => "1 ticket waits for it".to_owned(),
            more => format!("{more} tickets wait for it"),
        };
        let said: Vec<&str> = [urgency, &due, &wanted].into_iter().filter(|word| !word.is_empty()).collect();
        if said.is_empty() { "nothing blocks it".to_owned() } else { said.join("; ") }
    }
}

/// A ticket that cannot be started.
#[derive(Debug, Serialize, JsonSchema)]
struct Waiting {
    ticket: TicketRow,
    reasons: Vec<Reason>,
}

impl Verb for Ready {
    type Report = WithFindings<ReadyTickets>;
    const METADATA: Metadata = Metadata::READS;

    fn run(self, context: &Context) -> Result<WithFindings<ReadyTickets>> {
        let store = context.store()?;
        if let Some(name) = &self.agent {
            require_agent(&store.work_tree(), name)?;
        }
        let picture = Picture::load(context, self.look)?.merged();
        let mut findings = picture.listing.findings.clone();
        findings.extend(find_unknown(context)?);
        let mut judgement = picture.judge(context, store);
        let shows = |stored: &Listed<Ticket>| self.shows(&stored.record, &store.config().delegate.agent);
        judgement.ready.retain(|stored| shows(stored));
        judgement.waiting.retain(|(stored, _)| shows(stored));
        findings.append(&mut judgement.findings);
        let more = self.limit.cut(&mut judgement.ready);
        let progress = if self.explain { all_progress(&picture.listing.records) } else { HashMap::new() };
        let row = |stored: &Listed<Ticket>| picture.around.row(stored).with(&progress, context.clock.now());
        let wanted_by = |stored: &Listed<Ticket>| judgement.wanted_by.get(stored.record.id.as_str()).copied().unwrap_or(0);
        let place = |stored: &&Listed<Ticket>| Place::of(&stored.record, wanted_by(stored));
        let begun = picture.listing.records.iter().filter(|stored| stored.record.category == Category::Active && shows(stored));
        let begun =
            begun.map(|stored| Waiting { ticket: row(stored), reasons: vec![Reason::Begun { status: stored.record.status.clone() }] });
        let waiting = judgement.waiting.iter().map(|(stored, reasons)| Waiting { ticket: row(stored), reasons: reasons.clone() });
        Ok(ReadyTickets {
            waiting: judgement.waiting.len(),
            more,
            reasons: self.explain.then(|| waiting.chain(begun).collect()),
            order: self.explain.then(|| judgement.ready.iter().map(place).collect()),
            tickets: judgement.ready.par_iter().with_min_len(TOGETHER).map(|stored| row(stored)).collect(),
        }
        .with(findings))
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
        let mut out = match &self.order {
            Some(places) => render_places(&self.tickets, places, screen),
            None => render_rows(&self.tickets, screen),
        };
        if self.tickets.is_empty() {
            out.push_str("Nothing is ready to start.\n");
        }
        out.push_str(&screen.showing(self.tickets.len(), self.more));
        match &self.reasons {
            Some(waiting) if !waiting.is_empty() => {
                let _ = write!(out, "\n{}", render_waiting(waiting, screen));
            }
            None if self.waiting > 0 => {
                let line = format!("{} cannot be started yet; `--explain` says why", text::plural(self.waiting, "more ticket"));
                let _ = writeln!(out, "{}", screen.paint(Tone::Quiet, &line));
            }
            _ => {}
        }
        out
    }
}

fn render_places(tickets: &[TicketRow], places: &[Place], screen: &Screen) -> String {
    let mut table = Table::new(["ID", "WHY", "TITLE"]);
    for (ticket, place) in tickets.iter().zip(places) {
        table.row([(ticket.id.as_str(), Some(ticket.tone())), (&place.why(), None), (&ticket.title, None)]);
    }
    table.render(screen)
}

fn render_waiting(waiting: &[Waiting], screen: &Screen) -> String {
    let mut table = Table::new(["ID", "WHY NOT", "TITLE"]);
    for Waiting { ticket, reasons } in waiting {
        let why: Vec<String> = reasons.iter().map(ToString::to_string).collect();
        table.row([(ticket.id.as_str(), Some(ticket.tone())), (&why.join("; "), None), (&ticket.title, None)]);
    }
    table.render(screen)
}
