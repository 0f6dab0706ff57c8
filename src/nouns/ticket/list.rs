//! `cmpm ticket list`

use crate::report::prelude::*;
use crate::store::{Listed, Listing};

use super::change::which::OfKind;
use super::model::Ticket;
use super::model::progress::all_progress;
use super::view::at::picture_at;
use super::view::filter::Filter;
use super::view::order::Order;
use super::view::picture::{Look, Picture};
use super::view::row::{TicketRow, render_rows};

/// List tickets
///
/// Shows open tickets; `--all` adds finished and cancelled ones. What a worktree next to this one or the integration branch says
/// otherwise is reported.
///
/// Example: `cmpm issue list --status active --label docs`
#[derive(Debug, Args)]
pub struct List {
    #[command(flatten)]
    pub which: OfKind,
    /// Also finished and cancelled tickets
    #[arg(long, short)]
    all: bool,
    /// Show them as of a commit, such as HEAD~2 or v1.0
    #[arg(long, value_name = "REV", add = Takes::Branch)]
    at: Option<String>,
    #[command(flatten)]
    filter: Filter,
    /// Sort by one key or several, such as `--sort priority,-due`; `-` reverses the order
    #[arg(long, value_name = "KEYS", value_delimiter = ',', allow_hyphen_values = true)]
    sort: Vec<String>,
    #[command(flatten)]
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
}

impl Verb for List {
    type Report = WithFindings<Tickets>;
    const METADATA: Metadata = Metadata::READS;

    fn run(self, context: &Context) -> Result<WithFindings<Tickets>> {
        let Picture { listing: scan, around } = picture_at(context, self.look, self.at.as_deref())?;
        let predicate = self.filter.predicate(context, &scan)?;
        let Listing { records, findings } = scan;
        let of_kind: Vec<_> = records.iter().filter(|stored| self.which.means(stored.record.kind)).collect();
        let order = Order::parse(&self.sort, &records, context.clock.now())?;
        let passing = of_kind.iter().copied().filter(|stored| predicate.lets_through(stored));
        let all = self.all || predicate.speaks_of_status();
        let (mut shown, finished): (Vec<&Listed<Ticket>>, Vec<_>) = passing.partition(|stored| all || !stored.record.category.is_closed());
        order.sort(&mut shown);
        let progress = all_progress(&records);
        let row = |stored: &Listed<Ticket>| around.row(stored).with(&progress, context.clock.now());
        let tickets: Vec<TicketRow> = shown.into_iter().map(row).collect();
        Ok(Tickets { hidden: of_kind.len() - tickets.len(), finished: !finished.is_empty(), tickets }.with(findings))
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
            let rest = if self.finished { "; `--all` also shows finished ones" } else { "" };
            let line = format!("{} not shown{rest}", text::plural(self.hidden, "ticket"));
            out.push_str(&screen.paint(Tone::Quiet, &line));
            out.push('\n');
        }
        out
    }
}
