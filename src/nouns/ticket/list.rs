//! `cmpm ticket list`

use std::collections::HashMap;

use rayon::prelude::*;

use crate::base::TOGETHER;
use crate::report::prelude::*;
use crate::report::{Limit, is_zero};
use crate::store::{Listed, Listing};

use super::change::which::OfKind;
use super::model::Ticket;
use super::model::progress::{Progress, all_progress};
use super::view::at::picture_at;
use super::view::filter::Filter;
use super::view::order::Order;
use super::view::picture::{Look, Picture};
use super::view::row::{TicketRow, render_sorted};

/// List tickets
///
/// Shows open tickets in the order of `cmpm ready`: the more urgent, what is due sooner, the older; `--all` adds finished and cancelled
/// ones, the newest first. What a worktree next to this one or the integration branch says otherwise is reported.
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
    limit: Limit,
    #[command(flatten)]
    look: Look,
}

/// Tickets, and the files that could not be read as one.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Tickets {
    /// The tickets, open ones as `ready` orders them and then finished ones, if no order is asked for.
    tickets: Vec<TicketRow>,
    /// How many more there are beyond the limit.
    #[serde(skip_serializing_if = "is_zero")]
    #[schemars(default)]
    more: usize,
    /// How many that pass the filters are left out because they are finished.
    hidden: usize,
    #[serde(skip)]
    sorted: Vec<String>,
}

impl Verb for List {
    type Report = WithFindings<Tickets>;
    const METADATA: Metadata = Metadata::READS;

    fn run(self, context: &Context) -> Result<WithFindings<Tickets>> {
        let Picture { listing: scan, around } = picture_at(context, self.look, self.at.as_deref())?;
        let predicate = self.filter.predicate(context, &scan)?;
        let Listing { mut records, findings } = scan;
        let order = Order::parse(&self.sort, &records, context.clock.now())?;
        let progress = all_progress(&records);
        let progress: HashMap<String, Progress> = progress.into_iter().map(|(id, progress)| (id.to_owned(), progress)).collect();
        let all = self.all || predicate.speaks_of_status();
        let mut hidden = 0;
        // What is not shown takes no room while rows are made of the rest.
        records.retain(|stored| {
            let passes = self.which.means(stored.record.kind) && predicate.lets_through(stored);
            let is_hidden = passes && !all && stored.record.category.is_closed();
            hidden += usize::from(is_hidden);
            passes && !is_hidden
        });
        records.shrink_to_fit();
        let mut shown: Vec<&Listed<Ticket>> = records.iter().collect();
        order.sort(&mut shown);
        let more = self.limit.cut(&mut shown);
        let row = |stored: &Listed<Ticket>| around.row(stored).with(&progress, context.clock.now());
        let tickets = shown.into_par_iter().with_min_len(TOGETHER).map(row).collect();
        Ok(Tickets { tickets, more, hidden, sorted: self.sort }.with(findings))
    }
}

impl Report for Tickets {
    const SCHEMA: &'static str = "cmpm.ticket.list/1";

    fn render(&self, screen: &Screen) -> String {
        let mut out = render_sorted(&self.tickets, &self.sorted, screen);
        if self.tickets.is_empty() {
            out.push_str("No tickets to show.\n");
        }
        out.push_str(&screen.showing(self.tickets.len(), self.more));
        if self.hidden > 0 {
            let line = format!("{} not shown; `--all` shows them", text::plural(self.hidden, "finished ticket"));
            out.push_str(&screen.paint(Tone::Quiet, &line));
            out.push('\n');
        }
        out
    }
}
