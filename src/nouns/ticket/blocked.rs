//! `cmpm blocked`

use std::collections::HashMap;

use crate::config::Category;
use crate::engine::graph::Graph;
use crate::report::prelude::*;
use crate::report::{Limit, TableColumn, is_zero};
use crate::store::{Listed, Listing};

use super::model::relations::{Names, fold, graph_of};
use super::model::{Ticket, is_stuck};
use super::view::picture::{Look, Picture};
use super::view::row::{TicketRow, tone};

/// More steps of a chain are counted, not listed.
const STEPS: usize = 20;
/// At most this many steps of it are shown to people.
const SHOWN: usize = 4;

/// List blocked tickets, each with what it waits for
///
/// A ticket waits for what it or a ticket above it depends on, and that for other tickets; or its status says that it cannot go on. At the end stands what everything
/// waits for: begin there.
///
/// Example: `cmpm blocked ISS-7k3`
#[derive(Debug, Args)]
pub struct Blocked {
    /// Only this ticket
    #[arg(add = Takes::Ticket)]
    id: Option<String>,
    #[command(flatten)]
    look: Look,
    #[command(flatten)]
    limit: Limit,
}

/// Tickets that wait.
#[derive(Debug, Serialize, JsonSchema)]
pub struct BlockedTickets {
    /// The open tickets that wait for others, in order of their ids.
    tickets: Vec<Waiting>,
    /// How many more there are beyond the limit.
    #[serde(skip_serializing_if = "is_zero")]
    #[schemars(default)]
    more: usize,
    /// What they wait for in the end, what frees most first.
    roots: Vec<Root>,
    /// The ticket that was asked for waits for nothing.
    #[serde(skip)]
    free: Option<Id>,
}

/// A ticket that waits.
#[derive(Debug, Serialize, JsonSchema)]
struct Waiting {
    ticket: TicketRow,
    /// All that it waits for directly or because a ticket above it does; nothing where only its status says that it is blocked.
    blockers: Vec<Reason>,
    /// What it waits for, what that waits for, and so on; the first steps of it.
    chain: Vec<String>,
    /// How many steps that chain has.
    steps: usize,
    /// Whether the chain never ends.
    cycle: bool,
}

/// Something that a ticket waits for.
#[derive(Debug, Serialize, JsonSchema)]
struct Reason {
    id: String,
    /// The ticket above that says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    through: Option<String>,
}

/// Where a chain ends.
#[derive(Debug, Serialize, JsonSchema)]
struct Root {
    id: String,
    title: String,
    status: String,
    category: Category,
    #[serde(skip_serializing_if = "Option::is_none")]
    assignee: Option<String>,
    /// How many unfinished tickets wait for it, directly or through others.
    wanted_by: usize,
}

impl Verb for Blocked {
    type Report = WithFindings<BlockedTickets>;
    const METADATA: Metadata = Metadata::READS;

    fn run(self, context: &Context) -> Result<WithFindings<BlockedTickets>> {
        let picture = Picture::load(context, self.look)?.merged();
        let only = self.id.as_ref().map(|id| picture.find(&context.name_of(id)).map(|stored| stored.record.id.clone())).transpose()?;
        let Picture { listing: Listing { records, findings }, around } = picture;
        let names = Names::new(&records);
        let graph = graph_of(&records, &names);
        let mut chains = Chains::new(&graph);
        let asked = |stored: &&Listed<Ticket>| only.as_ref().is_none_or(|id| *id == stored.record.id);
        let open = records.iter().filter(asked).filter(|stored| !stored.record.category.is_closed());
        let mut tickets: Vec<Waiting> = open.filter_map(|stored| chains.waiting(stored, around.row(stored))).collect();
        tickets.sort_by(|a, b| a.ticket.id.cmp(&b.ticket.id));
        let roots = chains.roots(&tickets, &records);
        let free = only.filter(|_| tickets.is_empty());
        let more = self.limit.cut(&mut tickets);
        Ok(BlockedTickets { free, tickets, more, roots }.with(findings))
    }
}

/// Follows what tickets wait for. Each ticket is followed once.
struct Chains<'a, 'g> {
    graph: &'g Graph<'a>,
    /// What an id waits for first; `None` at the end of a chain.
    next: HashMap<&'a str, Option<&'a str>>,
    /// Where a chain that begins with an id ends, and after how many steps; `None` if it never does.
    ends: HashMap<&'a str, Option<(&'a str, usize)>>,
}

impl<'a, 'g> Chains<'a, 'g> {
    fn new(graph: &'g Graph<'a>) -> Self {
        Self { graph, next: HashMap::new(), ends: HashMap::new() }
    }

    fn next(&mut self, id: &'a str) -> Option<&'a str> {
        let graph = self.graph;
        *self.next.entry(id).or_insert_with(|| graph.blockers(id).first().map(|blocker| blocker.id))
    }

    fn waiting(&mut self, stored: &'a Listed<Ticket>, ticket: TicketRow) -> Option<Waiting> {
        let blockers = self.graph.blockers(stored.record.id.as_str());
        let Some(first) = blockers.first().map(|blocker| blocker.id) else {
            let waiting = Waiting { ticket, blockers: Vec::new(), chain: Vec::new(), steps: 0, cycle: false };
            return is_stuck(&stored.record.status).then_some(waiting);
        };
        let end = self.end(first);
        let steps = end.map_or(0, |(_, steps)| steps + 1);
        let mut chain = vec![first.to_owned()];
        let mut here = first;
        while let Some(next) = self.next(here).filter(|_| chain.len() < STEPS) {
            here = next;
            let again = end.is_none() && chain.iter().any(|known| known == here);
            chain.push(here.to_owned());
            if again {
                break;
            }
        }
        let reason =
            |blocker: &crate::engine::graph::Blocker<'_>| Reason { id: blocker.id.to_owned(), through: blocker.through.map(str::to_owned) };
        let blockers = blockers.iter().map(reason).collect();
        Some(Waiting { ticket, blockers, chain, steps, cycle: end.is_none() })
    }

    /// The end of the chain that begins with `id`.
    fn end(&mut self, id: &'a str) -> Option<(&'a str, usize)> {
        let mut path = Vec::new();
        let mut on_path = std::collections::HashSet::new();
        let mut here = id;
        let mut end = loop {
            if let Some(known) = self.ends.get(here) {
                break *known;
            }
            if !on_path.insert(here) {
                break None;
            }
            path.push(here);
            match self.next(here) {
                Some(next) => here = next,
                None => {
                    path.pop();
                    self.ends.insert(here, Some((here, 0)));
                    break Some((here, 0));
                }
            }
        };
        while let Some(id) = path.pop() {
            end = end.map(|(root, steps)| (root, steps + 1));
            self.ends.insert(id, end);
        }
        end
    }

    fn roots(&self, tickets: &[Waiting], records: &'a [Listed<Ticket>]) -> Vec<Root> {
        let mut ids: Vec<&str> = tickets
            .iter()
            .filter_map(|waiting| self.ends.get(waiting.chain.first()?.as_str()).copied().flatten())
            .map(|(root, _)| root)
            .collect();
        ids.sort_unstable();
        ids.dedup();
        let wanted = self.graph.waiting_for(&ids);
        let known: HashMap<String, &Ticket> = records.iter().map(|stored| (fold(stored.record.id.as_str()), &stored.record)).collect();
        let root = |(id, wanted_by): (&&str, usize)| {
            let ticket = known.get(&fold(id))?;
            let (title, status) = (ticket.title.clone(), ticket.status.clone());
            Some(Root {
                id: (*id).to_owned(),
                title,
                status,
                category: ticket.category,
                assignee: ticket.assignee.clone().into_inner(),
                wanted_by,
            })
        };
        let mut roots: Vec<Root> = ids.iter().zip(wanted).filter_map(root).collect();
        roots.sort_by(|a, b| b.wanted_by.cmp(&a.wanted_by).then_with(|| a.id.cmp(&b.id)));
        roots
    }
}

impl Waiting {
    /// `ISS-2 → ISS-1`, with the middle left out where it is long, and what else it waits for.
    fn way(&self) -> String {
        if self.chain.is_empty() {
            return format!("{}, as its status says", text::one_line(&self.ticket.status));
        }
        let mut said = self.chain.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(" → ");
        let more = if self.cycle { self.chain.len() } else { self.steps }.saturating_sub(SHOWN);
        if more > 0 {
            let _ = write!(said, " → {more} more");
        }
        if self.cycle {
            said.push_str(", in a cycle");
        }
        if let Some(through) = self.blockers.first().and_then(|blocker| blocker.through.as_ref()) {
            let _ = write!(said, ", as {through} does");
        }
        let others: Vec<&str> = self.blockers.iter().skip(1).map(|blocker| blocker.id.as_str()).collect();
        match others.as_slice() {
            [] => {}
            [one] => {
                let _ = write!(said, "; and {one}");
            }
            several => {
                let _ = write!(said, "; and {} more", several.len());
            }
        }
        said
    }
}

impl Report for BlockedTickets {
    const SCHEMA: &'static str = "cmpm.ticket.blocked/1";

    fn render(&self, screen: &Screen) -> String {
        if let Some(id) = &self.free {
            return format!("{id} is not blocked.\n");
        }
        if self.tickets.is_empty() {
            return "No blocked tickets.\n".to_owned();
        }
        let mut table = Table::new(["ID", "WAITS FOR", "TITLE"]);
        for waiting in &self.tickets {
            table.row([(waiting.ticket.id.as_str(), Some(waiting.ticket.tone())), (&waiting.way(), None), (&waiting.ticket.title, None)]);
        }
        let mut out = table.render(screen) + &screen.showing(self.tickets.len(), self.more);
        if self.roots.is_empty() {
            return out;
        }
        let _ = writeln!(out, "\n{}", screen.paint(Tone::Title, "Begin here"));
        let mut table = Table::new([
            "ID".into(),
            TableColumn::weighing(2, "STATUS"),
            TableColumn::weighing(3, "FREES"),
            TableColumn::weighing(1, "WHO"),
            "TITLE".into(),
        ]);
        for root in &self.roots {
            let frees = text::plural(root.wanted_by, "ticket");
            let who = root.assignee.as_deref().unwrap_or("-");
            table.row([(&root.id, Some(Tone::Key)), (&root.status, tone(root.category)), (&frees, None), (who, None), (&root.title, None)]);
        }
        out + &table.render(screen)
    }
}
