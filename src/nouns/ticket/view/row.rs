//! A ticket as one row of a list.

use std::ops::Deref;

use crate::base::Timestamp;
use crate::config::Category;
use crate::report::prelude::*;
use crate::store::{Source, Stored};
use crate::words::{Kind, Listed, ListedForm, Properties, Property};

use super::super::model::Ticket;
use super::super::model::acceptance::Criteria;
use super::super::model::due::end_of;
use super::super::model::progress::{AllProgress, Progress};
use super::picture::{TicketClaim, TicketPlace, describe_places};

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
    pub fn with(mut self, progress: &AllProgress<'_>, now: Timestamp) -> Self {
        self.progress = progress.get(self.id.as_str()).copied();
        self.overdue = !self.category.is_closed() && self.due.as_deref().and_then(end_of).is_some_and(|end| end <= now);
        self
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

/// Rows as a table; who has claimed them and where else they are only if there is something to say.
pub fn render_rows(rows: &[TicketRow], screen: &Screen) -> String {
    let done: Vec<Option<String>> = rows.iter().map(TicketRow::done).collect();
    let some_done = done.iter().any(Option::is_some);
    let columns: Vec<(Property, String)> = Property::ALL
        .iter()
        .filter(|property| property.row().listed == Listed::Column && rows.iter().any(|row| !row.texts(**property).is_empty()))
        .map(|property| (*property, property.name().replace('_', " ").to_uppercase()))
        .collect();
    let (claimed, elsewhere) = (rows.iter().any(|row| row.claim.is_some()), rows.iter().any(|row| !row.places.is_empty()));
    // Columns that would be empty are not there.
    let mut headings = vec!["ID", "KIND", "STATUS", "PRIORITY"];
    headings.extend(some_done.then_some("DONE"));
    headings.extend(columns.iter().map(|(_, heading)| heading.as_str()));
    headings.extend(claimed.then_some("CLAIMED BY"));
    headings.extend(elsewhere.then_some("ELSEWHERE"));
    headings.push("TITLE");
    let mut table = Table::new(&headings);
    for (row, done) in rows.iter().zip(&done) {
        let by = row.claim.as_ref().map_or("-", |claim| &claim.by);
        let places = describe_places(&row.places, &row.status);
        let mut cells = vec![
            (row.id.as_str(), Some(Tone::Key)),
            (row.kind.as_str(), None),
            (row.status.as_str(), tone(row.category)),
            (row.priority.as_deref().unwrap_or("-"), None),
        ];
        cells.extend(some_done.then_some((done.as_deref().unwrap_or("-"), None)));
        let texts: Vec<String> = columns.iter().map(|(property, _)| row.texts(*property).join(", ")).collect();
        for ((property, _), text) in columns.iter().zip(&texts) {
            let late = (*property == Property::Due && row.overdue).then_some(Tone::Bad);
            cells.push((if text.is_empty() { "-" } else { text }, late));
        }
        cells.extend(claimed.then_some((by, None)));
        cells.extend(
            elsewhere.then_some((if places.is_empty() { "-" } else { &places }, Some(Tone::Careful).filter(|_| !places.is_empty()))),
        );
        cells.push((&row.title, None));
        table.cells(cells);
    }
    table.render(screen)
}
