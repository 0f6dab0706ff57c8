//! `cmpm ticket archive`

use crate::report::prelude::*;
use crate::store::{Record, Stored};

use super::change::which::{OfKind, Several};
use super::change::{Many, change_many};
use super::file::place;
use super::model::{Ticket, TicketError};

/// Archive finished tickets
///
/// Their files go to a folder for this year below `archive/`, all at once; their ids, comments and links, and the links of
/// other tickets, comments and memories to them, still work. `reopen`
/// brings a ticket back and opens it, `unarchive` only brings it back.
/// Examples: `cmpm issue archive ISS-7k3`, `cmpm ticket archive --finished`
#[derive(Debug, Args)]
pub struct Archive {
    #[command(flatten)]
    pub which: OfKind,
    /// Tickets to archive
    #[arg(required_unless_present = "finished", add = Takes::ClosedTicket)]
    ids: Vec<String>,
    /// Every ticket that is finished or cancelled
    #[arg(long, conflicts_with = "ids")]
    finished: bool,
    /// Commit what was moved
    #[arg(long)]
    commit: bool,
}

/// Bring archived tickets back
///
/// Their files go where they were. A finished ticket stays finished; `reopen` opens it too.
/// Example: `cmpm issue unarchive ISS-7k3`
#[derive(Debug, Args)]
pub struct Unarchive {
    #[command(flatten)]
    pub which: Several,
    /// Commit what was moved
    #[arg(long)]
    commit: bool,
}

/// What was put away.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Archived {
    tickets: Vec<Moved>,
}

/// What came back.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Unarchived {
    tickets: Vec<Moved>,
}

/// A ticket whose file is at another place now.
#[derive(Debug, Serialize, JsonSchema)]
struct Moved {
    id: Id,
    title: String,
    /// Where it is now.
    path: RepoPath,
}

impl Verb for Archive {
    type Report = Archived;
    const METADATA: Metadata = Metadata::WRITES;

    fn run(self, context: &Context) -> Result<Archived> {
        let store = context.store()?;
        let transaction = store.begin("ticket archive")?;
        let ids = if self.finished { finished(context, &self.which)? } else { self.ids };
        let which = Several { kind: self.which.kind, ids };
        let date = context.clock.now().date();
        let year = date.split('-').next().unwrap_or_default();
        let many = Many { which: &which, commit: self.commit, transaction };
        let mut tickets = Vec::new();
        change_many(context, many, "archive", &mut |stored, _| {
            let ticket = &stored.record;
            if !ticket.category.is_closed() {
                return Err(TicketError::NotClosed { id: ticket.id.clone(), kind: ticket.kind, status: ticket.status.clone() }.into());
            }
            let to = place::archived(&place::root_of(store, &stored.path), &stored.path, year);
            tickets.extend(to.clone().map(|to| moved(stored, to)));
            Ok(to)
        })?;
        Ok(Archived { tickets })
    }
}

impl Verb for Unarchive {
    type Report = Unarchived;
    const METADATA: Metadata = Metadata::WRITES;

    fn run(self, context: &Context) -> Result<Unarchived> {
        let store = context.store()?;
        let many = Many { which: &self.which, commit: self.commit, transaction: store.begin("ticket unarchive")? };
        let mut tickets = Vec::new();
        change_many(context, many, "unarchive", &mut |stored, _| {
            let to = place::restored(&place::root_of(store, &stored.path), &stored.path, stored.record.kind);
            tickets.extend(to.clone().map(|to| moved(stored, to)));
            Ok(to)
        })?;
        Ok(Unarchived { tickets })
    }
}

/// The files of every finished ticket that is not put away yet.
fn finished(context: &Context, of: &OfKind) -> Result<Vec<String>> {
    let store = context.store()?;
    let listed = store.list::<Ticket>(&store.work_tree()).records;
    let closed = listed.iter().filter(|stored| stored.record.category.is_closed() && of.means(stored.record.kind));
    let here = closed.filter(|stored| place::archived(&place::root_of(store, &stored.path), &stored.path, "0").is_some());
    // By their paths: one id may be there twice.
    Ok(here.map(|stored| stored.path.lossy().into_owned()).collect())
}

fn moved(stored: &Stored<Ticket>, to: RepoPath) -> Moved {
    Moved { id: stored.record.id().clone(), title: stored.record.title.clone(), path: to }
}

fn render(tickets: &[Moved], word: &str, screen: &Screen) -> String {
    if tickets.is_empty() {
        return "Nothing to move.\n".to_owned();
    }
    let line = |ticket: &Moved| {
        let (id, path) = (screen.paint(Tone::Key, ticket.id.as_str()), screen.paint(Tone::Quiet, &ticket.path.to_string()));
        format!("{word} {id}: {}\n{path}\n", text::one_line(&ticket.title))
    };
    tickets.iter().map(line).collect()
}

impl Report for Archived {
    const SCHEMA: &'static str = "cmpm.ticket.archive/1";

    fn render(&self, screen: &Screen) -> String {
        render(&self.tickets, "Archived", screen)
    }
}

impl Report for Unarchived {
    const SCHEMA: &'static str = "cmpm.ticket.unarchive/1";

    fn render(&self, screen: &Screen) -> String {
        render(&self.tickets, "Brought back", screen)
    }
}
