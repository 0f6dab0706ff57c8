//! A ticket as one row of a list.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;
use std::ops::Deref;

use crate::base::Timestamp;
use crate::config::Category;
use crate::report::prelude::*;
use crate::report::{Content, TableColumn};
use crate::store::overlay::Standing;
use crate::store::{Source, Stored};
use crate::words::{Kind, Listed, ListedForm, Properties, Property};

use super::super::model::Ticket;
use super::super::model::acceptance::Criteria;
use super::super::model::due::end_of;
use super::super::model::progress::Progress;
use super::picture::{TicketClaim, TicketPlace, describe_places};

/// Stands before a ticket that is not in this work tree.
const ELSEWHERE: &str = "↗";

/// What a list says of a ticket.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct TicketRow {
    /// Its id.
    pub id: Id,
    /// What it is about.
    pub kind: Kind,
    #[serde(flatten, serialize_with = "Properties::serialize_given")]
    #[schemars(with = "ListedForm")]
    pub properties: Properties,
    /// What the status word means.
    pub category: Category,
    /// Whether that time is over.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub overdue: bool,
    /// Its acceptance criteria, counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub criteria: Option<Criteria>,
    /// What is done of its parts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub progress: Option<Progress>,
    /// Its file.
    pub path: RepoPath,
    /// Where the file was read.
    pub source: Source,
    /// Other versions of it, and where they are.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub places: Vec<TicketPlace>,
    /// Who works on it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claim: Option<TicketClaim>,
    /// How much of its id is enough to name it.
    #[serde(skip)]
    pub short: usize,
}

impl<D> From<&Stored<Ticket, D>> for TicketRow {
    fn from(stored: &Stored<Ticket, D>) -> Self {
        let ticket = &stored.record;
        Self {
            id: ticket.id.clone(),
            kind: ticket.kind,
            properties: ticket.to_listed(),
            category: ticket.category,
            overdue: false,
            criteria: ticket.criteria,
            progress: None,
            path: stored.path.clone(),
            source: stored.source.clone(),
            places: Vec::new(),
            claim: None,
            short: 0,
        }
    }
}

impl Deref for TicketRow {
    type Target = Properties;
    fn deref(&self) -> &Properties {
        &self.properties
    }
}

impl TicketRow {
    /// The same with what is not in the ticket's own file: what is done of its parts, and whether it is late.
    pub fn with<I: Borrow<str> + Hash + Eq>(mut self, progress: &HashMap<I, Progress>, now: Timestamp) -> Self {
        self.progress = progress.get(self.id.as_str()).copied();
        self.overdue = !self.category.is_closed() && self.due.as_deref().and_then(end_of).is_some_and(|end| end <= now);
        self
    }

    /// Whether it is not in this work tree.
    pub fn is_elsewhere(&self) -> bool {
        self.places.first().is_some_and(|place| place.standing == Standing::Only)
    }

    /// How its id looks.
    pub fn tone(&self) -> Tone {
        Tone::Id(self.short)
    }

    /// How far it is: by its parts (`60%`), else by its acceptance criteria (`3/5`).
    pub fn done(&self) -> Option<String> {
        self.progress.map(|progress| progress.to_string()).or_else(|| self.criteria.map(|criteria| criteria.to_string()))
    }
}

pub fn tone(category: Category) -> Option<Tone> {
    match category {
        Category::Todo => None,
        Category::Active => Some(Tone::Careful),
        Category::Done => Some(Tone::Good),
        Category::Cancelled => Some(Tone::Quiet),
    }
}

/// The columns of a list of tickets. Elsewhere what a property says of itself decides (`Listed::Column`).
fn columns(properties: &[Property], sorted: &[String], is_late: bool) -> Vec<TableColumn> {
    let mut columns = vec![
        "ID".into(),
        TableColumn::from("").if_any(),
        TableColumn::weighing(4, "KIND"),
        TableColumn::weighing(8, "STATUS"),
        TableColumn::weighing(7, "PRIORITY"),
        TableColumn::weighing(2, "CRITERIA").if_any(),
        TableColumn::weighing(2, "PARTS").if_any(),
        TableColumn::weighing(6, "ASSIGNEE").if_varied(),
    ];
    let heading = |property: &Property| property.name().replace('_', " ").to_uppercase();
    let is_sorted = |property: &Property| sorted.iter().any(|key| Property::of_key(key.trim().trim_start_matches('-')) == Some(*property));
    let weight = |property: &Property| match property {
        property if is_sorted(property) => 9,
        // What is overdue says more than who has it.
        Property::Due if is_late => 7,
        _ => 5,
    };
    columns.extend(properties.iter().map(|property| TableColumn::weighing(weight(property), &heading(property)).if_any()));
    columns.extend([TableColumn::weighing(3, "CLAIMED BY").if_any(), TableColumn::weighing(1, "ELSEWHERE").if_any(), "TITLE".into()]);
    columns
}

pub fn render_rows(rows: &[TicketRow], screen: &Screen) -> String {
    render_sorted(rows, &[], screen)
}

/// Rows as a table; what they are sorted by stays where there is little room.
pub fn render_sorted(rows: &[TicketRow], sorted: &[String], screen: &Screen) -> String {
    let properties: Vec<Property> = Property::ALL.iter().copied().filter(|property| property.row().listed == Listed::Column).collect();
    let mut table = Table::new(columns(&properties, sorted, rows.iter().any(|row| row.overdue)));
    table.fill(rows, |row| {
        let places = describe_places(&row.places, &row.status);
        let mut cells: Vec<Content> = vec![
            (row.id.to_string(), Some(row.tone())),
            (if row.is_elsewhere() { ELSEWHERE } else { " " }.to_owned(), Some(Tone::Careful)),
            (row.kind.as_str().to_owned(), None),
            (row.status.clone(), tone(row.category)),
            (row.priority.as_deref().unwrap_or_default().to_owned(), None),
            (row.criteria.map(|criteria| criteria.to_string()).unwrap_or_default(), None),
            (row.progress.map(|progress| progress.to_string()).unwrap_or_default(), None),
            (row.assignee.as_deref().unwrap_or_default().to_owned(), None),
        ];
        let late = |property: Property| (property == Property::Due && row.overdue).then_some(Tone::Bad);
        cells.extend(properties.iter().map(|property| (row.texts(*property).join(", "), late(*property))));
        cells.push((row.claim.as_ref().map(TicketClaim::who).unwrap_or_default(), None));
        cells.push((places, Some(Tone::Careful)));
        for cell in cells.iter_mut().filter(|(text, _)| text.is_empty()) {
            *cell = ("-".to_owned(), None);
        }
        cells.push((row.title.clone(), None));
        cells
    });
    let count = rows.iter().filter(|row| row.is_elsewhere()).count();
    let legend = format!("{ELSEWHERE} {} only in another worktree or on another branch", if count == 1 { "is" } else { "are" });
    let legend = if count > 0 { screen.paint(Tone::Quiet, &legend) + "\n" } else { String::new() };
    table.render(screen) + &legend
}
