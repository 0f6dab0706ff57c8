//! `cmpm ticket graph`

mod export;
mod tree;

use std::collections::{HashMap, HashSet};

use crate::config::Category;
use crate::engine::graph::Graph;
use crate::report::prelude::*;
use crate::store::{Listed, Listing};
use crate::words::{Holds, Kind, Order, Property};

use super::model::Ticket;
use super::model::progress::{Progress, progress_in};
use super::model::readiness::urgency;
use super::model::relations::{Names, graph_of};
use super::view::picture::{Look, Picture};

/// Show how tickets depend on each other
///
/// A tree of tickets and their parts, each with what it waits for; of one ticket, also what it waits for and who waits for it,
/// to the end. `--format dot` and `mermaid` are for drawing.
///
/// Example: `cmpm ticket graph EP-7k3 --format mermaid`
#[derive(Debug, Args)]
pub struct ShowGraph {
    /// Only this ticket and everything connected to it
    #[arg(add = Takes::Ticket)]
    id: Option<String>,
    /// The form: a tree for people, DOT for Graphviz, Mermaid for Markdown, JSON for programs
    #[arg(long, short, value_enum, default_value_t, value_name = "FORM")]
    format: Form,
    /// Also finished and cancelled tickets
    #[arg(long, short)]
    all: bool,
    #[command(flatten)]
    look: Look,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, JsonSchema, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
enum Form {
    #[default]
    Tree,
    Dot,
    Mermaid,
    Json,
}

/// Tickets, and what they say of each other.
#[derive(Debug, Serialize, JsonSchema)]
pub struct TicketGraph {
    /// The ticket that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    focus: Option<Id>,
    /// The tickets.
    nodes: Vec<TicketNode>,
    /// What they say of each other.
    edges: Vec<Edge>,
    /// The cycles in which tickets wait for each other.
    cycles: Vec<Vec<String>>,
    /// How many tickets are not shown.
    hidden: usize,
    #[serde(skip)]
    form: Form,
}

/// A ticket of the graph.
#[derive(Debug, Serialize, JsonSchema)]
struct TicketNode {
    id: Id,
    kind: Kind,
    title: String,
    status: String,
    category: Category,
    /// Whether it waits for something unfinished, or a ticket above it does.
    blocked: bool,
    /// What is done of its parts.
    #[serde(skip_serializing_if = "Option::is_none")]
    progress: Option<Progress>,
    #[serde(skip)]
    urgency: u8,
}

/// What one ticket says of another.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
struct Edge {
    from: String,
    to: String,
    /// The key under which the first names the second; `blocks` is told from the other side, as `depends_on`.
    #[schemars(schema_with = "crate::words::naming_form")]
    relation: Property,
}

impl Edge {
    /// What the arrow from the first to the second says.
    fn arrow(&self) -> (&'static str, Order) {
        match self.relation.row().holds {
            Holds::Tickets { verb, order, .. } => (verb, order),
            _ => ("", Order::Free),
        }
    }
}

impl Verb for ShowGraph {
    type Report = WithFindings<TicketGraph>;
    const METADATA: Metadata = Metadata::READS;

    fn run(self, context: &Context) -> Result<WithFindings<TicketGraph>> {
        let picture = Picture::load(context, self.look)?.merged();
        let focus = self.id.as_ref().map(|id| picture.find(&context.name_of(id)).map(|stored| stored.record.id.clone())).transpose()?;
        let Picture { listing: Listing { records, findings }, .. } = picture;
        let names = Names::new(&records);
        let graph = graph_of(&records, &names);
        let tickets = unique(&records);
        let edges = edges(&records, &names);
        let shown = match &focus {
            Some(id) => around(id.as_str(), &edges),
            None => relevant(&tickets, &graph, self.all),
        };
        let progress = progress_in(&graph, &records);
        let nodes = tickets.iter().filter(|ticket| shown.contains(ticket.id.as_str()));
        let nodes: Vec<TicketNode> = nodes.map(|ticket| TicketNode::new(ticket, &graph, progress.get(ticket.id.as_str()))).collect();
        let is_shown = |id: &str| shown.contains(id);
        let own = |cycle: &Vec<&str>| cycle.iter().any(|id| is_shown(id));
        Ok(TicketGraph {
            cycles: graph.cycles().iter().filter(|cycle| own(cycle)).map(|cycle| cycle.iter().map(ToString::to_string).collect()).collect(),
            hidden: tickets.len() - nodes.len(),
            edges: edges.iter().filter(|edge| is_shown(edge.from) && is_shown(edge.to)).map(|edge| edge.to_edge()).collect(),
            form: self.format,
            focus,
            nodes,
        }
        .with(findings))
    }
}

/// The tickets, of several files with one id the first.
fn unique(records: &[Listed<Ticket>]) -> Vec<&Ticket> {
    let mut seen = HashSet::new();
    records.iter().map(|stored| &stored.record).filter(|ticket| seen.insert(ticket.id.as_str())).collect()
}

/// An edge whose ids are those of tickets that are there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Link<'a> {
    from: &'a str,
    to: &'a str,
    relation: Property,
}

impl Link<'_> {
    fn to_edge(self) -> Edge {
        Edge { from: self.from.to_owned(), to: self.to.to_owned(), relation: self.relation }
    }
}

/// Every edge between tickets that are there, each once.
fn edges<'a>(records: &'a [Listed<Ticket>], names: &Names<'a>) -> Vec<Link<'a>> {
    let mut links = Vec::new();
    for Listed { record: ticket, .. } in records {
        let from = ticket.id.as_str();
        for (relation, names_of, order) in ticket.given().filter_map(|(property, texts)| Some((property, texts, property.order()?))) {
            links.extend(names_of.iter().filter_map(|text| names.find(text)).map(|to| match order {
                Order::Before => Link { from: to, to: from, relation: Property::DependsOn },
                Order::Part | Order::After | Order::Free => Link { from, to, relation },
            }));
        }
    }
    links.sort_unstable();
    links.dedup();
    links
}

/// What is open, and what has open parts.
fn relevant<'a>(tickets: &[&'a Ticket], graph: &Graph<'a>, all: bool) -> HashSet<&'a str> {
    let closed: HashSet<&str> = tickets.iter().filter(|ticket| ticket.category.is_closed()).map(|ticket| ticket.id.as_str()).collect();
    let mut open = graph.sums(&|id| u32::from(!closed.contains(id)));
    open.retain(|_, count| *count > 0);
    let shows = |ticket: &&&Ticket| all || !ticket.category.is_closed() || open.contains_key(ticket.id.as_str());
    tickets.iter().filter(shows).map(|ticket| ticket.id.as_str()).collect()
}

/// Who is named by whom, and as what.
type Ways<'a> = HashMap<(&'a str, Property), Vec<&'a str>>;

/// A ticket, what it is a part of, all its parts, all that these wait for or that waits for these, and what else is named.
fn around<'a>(id: &'a str, links: &[Link<'a>]) -> HashSet<&'a str> {
    let mut ahead: Ways<'a> = HashMap::new();
    let mut back: Ways<'a> = HashMap::new();
    for link in links {
        ahead.entry((link.from, link.relation)).or_default().push(link.to);
        back.entry((link.to, link.relation)).or_default().push(link.from);
    }
    let reach = |from: Vec<&'a str>, ways: &[(&Ways<'a>, Property)]| -> HashSet<&'a str> {
        let mut found: HashSet<&'a str> = HashSet::new();
        let mut stack = from;
        while let Some(id) = stack.pop() {
            if found.insert(id) {
                ways.iter().filter_map(|(map, relation)| map.get(&(id, *relation))).for_each(|next| stack.extend(next));
            }
        }
        found
    };
    let parts = reach(vec![id], &[(&back, Property::Parent)]);
    let above = reach(vec![id], &[(&ahead, Property::Parent)]);
    let of = |set: &HashSet<&'a str>| set.iter().copied().collect::<Vec<_>>();
    let waits = reach(of(&parts.union(&above).copied().collect()), &[(&ahead, Property::DependsOn)]);
    let wanted = reach(of(&parts), &[(&back, Property::DependsOn)]);
    let named = Property::links().filter(|property| property.order() == Some(Order::Free)).flat_map(|relation| {
        [&ahead, &back].into_iter().filter_map(move |map| map.get(&(id, relation)).cloned()).flatten().collect::<Vec<_>>()
    });
    let named: Vec<&'a str> = named.collect();
    parts.into_iter().chain(above).chain(waits).chain(wanted).chain(named).collect()
}

impl TicketNode {
    fn new(ticket: &Ticket, graph: &Graph<'_>, progress: Option<&Progress>) -> Self {
        Self {
            id: ticket.id.clone(),
            kind: ticket.kind,
            title: ticket.title.clone(),
            status: ticket.status.clone(),
            category: ticket.category,
            blocked: !ticket.category.is_closed() && !graph.blockers(ticket.id.as_str()).is_empty(),
            progress: progress.copied(),
            urgency: urgency(ticket),
        }
    }
}

impl Report for TicketGraph {
    const SCHEMA: &'static str = "cmpm.ticket.graph/1";

    fn render(&self, screen: &Screen) -> String {
        match self.form {
            Form::Tree => tree::render(self, screen),
            Form::Dot => export::dot(self),
            Form::Mermaid => export::mermaid(self),
            Form::Json => format!("{:#}\n", serde_json::json!(self)),
        }
    }
}
