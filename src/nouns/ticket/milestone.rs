//! `cmpm ticket milestone`

use std::collections::BTreeMap;

use crate::base::{Explain, Explained, Timestamp};
use crate::config;
use crate::engine::graph::Graph;
use crate::report::prelude::*;
use crate::store::{Listed, Listing};

use super::model::Ticket;
use super::model::due::end_of;
use super::model::milestones::milestones_of;
use super::model::progress::{Progress, all_progress, progress_of};
use super::model::relations::{Names, fold, graph_of};
use super::view::order::sort;
use super::view::picture::{Look, Picture};
use super::view::row::{TicketRow, render_rows};

/// List milestones, or show one with its tickets
///
/// A milestone is what tickets name under `milestone:`, and what the settings name under `milestones:`, there with the day it is
/// due. A ticket belongs to it with all its parts.
///
/// Example: `cmpm ticket milestone v1`
#[derive(Debug, Args)]
pub struct Milestones {
    /// Only this one, with its tickets
    #[arg(add = Takes::Milestone)]
    name: Option<String>,
    #[command(flatten)]
    look: Look,
}

/// Milestones, what is due first before the others.
#[derive(Debug, Serialize, JsonSchema)]
pub struct MilestoneList {
    milestones: Vec<Milestone>,
}

/// What is to be reached.
#[derive(Debug, Serialize, JsonSchema)]
struct Milestone {
    /// As the settings write it, else as the first of its tickets does.
    name: String,
    /// What it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<String>,
    /// The day by which its tickets should be done.
    #[serde(skip_serializing_if = "Option::is_none")]
    due: Option<String>,
    /// Whether that day is over, and a ticket still open.
    overdue: bool,
    /// What is done of its tickets, by those that have no parts.
    #[serde(skip_serializing_if = "Option::is_none")]
    progress: Option<Progress>,
    /// How many of these are open.
    open: usize,
    /// Its tickets, if it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    tickets: Option<Vec<TicketRow>>,
}

/// A name that nothing has.
#[derive(Debug, thiserror::Error)]
#[error("there is no milestone `{name}`")]
struct UnknownMilestone {
    name: String,
    known: Vec<String>,
}

impl Explain for UnknownMilestone {
    fn explain(&self) -> Explained {
        Explained::wrong("not_found").hint(if self.known.is_empty() {
            "a ticket names its milestone under `milestone:`, .cmpm/config.yaml its day under `milestones:`".to_owned()
        } else {
            format!("there are {}", self.known.join(", "))
        })
    }
}

impl Verb for Milestones {
    type Report = WithFindings<MilestoneList>;
    const METADATA: Metadata = Metadata::READS;

    fn run(self, context: &Context) -> Result<WithFindings<MilestoneList>> {
        let Picture { listing: Listing { records, findings }, around } = Picture::load(context, self.look)?.merged();
        let names = Names::new(&records);
        let graph = graph_of(&records, &names);
        let mut groups = groups(&context.config()?.milestones, &records);
        if let Some(name) = &self.name {
            let known = groups.values().map(|group| group.name.clone()).collect();
            groups.retain(|key, _| *key == fold(name));
            if groups.is_empty() {
                return Err(UnknownMilestone { name: text::one_line(name), known }.into());
            }
        }
        let progress = all_progress(&records);
        let now = context.clock.now();
        let row = |stored: &&Listed<Ticket>| around.row(stored).with(&progress, now);
        let milestone = |group: Group<'_>| {
            let mut tickets = group.tickets.clone();
            sort(&mut tickets);
            let rows = self.name.is_some().then(|| tickets.iter().map(row).collect());
            Milestone { tickets: rows, ..group.milestone(&graph, now) }
        };
        let mut milestones: Vec<Milestone> = groups.into_values().map(milestone).collect();
        milestones.sort_by_cached_key(|milestone| {
            let end = milestone.due.as_deref().and_then(end_of).map_or(i64::MAX, Timestamp::seconds);
            (end, milestone.name.clone())
        });
        Ok(MilestoneList { milestones }.with(findings))
    }
}

/// A milestone and its tickets.
struct Group<'a> {
    name: String,
    settings: config::Milestone,
    tickets: Vec<&'a Listed<Ticket>>,
}

fn groups<'a>(settings: &BTreeMap<String, config::Milestone>, records: &'a [Listed<Ticket>]) -> BTreeMap<String, Group<'a>> {
    let group = |(name, settings): (&String, &config::Milestone)| {
        (fold(name), Group { name: name.clone(), settings: settings.clone(), tickets: Vec::new() })
    };
    let mut groups: BTreeMap<String, Group<'a>> = settings.iter().map(group).collect();
    let milestones = milestones_of(records);
    for stored in records {
        for name in milestones.get(stored.record.id.as_str()).into_iter().flatten() {
            let new = || Group { name: text::one_line(name), settings: config::Milestone::default(), tickets: Vec::new() };
            groups.entry(fold(name)).or_insert_with(new).tickets.push(stored);
        }
    }
    groups
}

impl Group<'_> {
    fn milestone(self, graph: &Graph<'_>, now: Timestamp) -> Milestone {
        let tickets = &self.tickets;
        let leaves = || tickets.iter().filter(|stored| graph.children(stored.record.id.as_str()).is_empty());
        let open = leaves().filter(|stored| !stored.record.category.is_closed()).count();
        let config::Milestone { due, title } = self.settings;
        let progress = progress_of(leaves().map(|stored| &stored.record));
        Milestone {
            name: self.name,
            title,
            overdue: tickets.iter().any(|stored| !stored.record.category.is_closed())
                && due.as_deref().and_then(end_of).is_some_and(|end| end <= now),
            due,
            progress,
            open,
            tickets: None,
        }
    }
}

impl Report for MilestoneList {
    const SCHEMA: &'static str = "cmpm.ticket.milestone/1";

    fn render(&self, screen: &Screen) -> String {
        if self.milestones.is_empty() {
            return "No milestones: no ticket names one under `milestone:`, and the settings none under `milestones:`.\n".to_owned();
        }
        let mut table = Table::new(["MILESTONE", "DUE", "DONE", "OPEN", "TITLE"]);
        for milestone in &self.milestones {
            let due = match (&milestone.due, milestone.overdue) {
                (Some(due), true) => (format!("{due}, overdue"), Some(Tone::Bad)),
                (due, _) => (due.clone().unwrap_or_else(|| "-".to_owned()), None),
            };
            let done = milestone.progress.map_or_else(|| "-".to_owned(), |done| format!("{done} ({}/{})", done.done, done.total));
            let (open, title) = (milestone.open.to_string(), milestone.title.as_deref().unwrap_or("-"));
            table.row([(&milestone.name, Some(Tone::Key)), (&due.0, due.1), (&done, None), (&open, None), (title, None)]);
        }
        let mut out = table.render(screen);
        for tickets in self.milestones.iter().filter_map(|milestone| milestone.tickets.as_ref()) {
            let _ = write!(out, "\n{}", render_rows(tickets, screen));
        }
        out
    }
}
