//! A ticket as one row of a list.

use schemars::JsonSchema;
use serde::Serialize;

use crate::base::{Id, RepoPath};
use crate::config::Category;
use crate::report::{Screen, Table, Tone};
use crate::store::{Source, Stored};

use super::model::{Kind, Ticket};

/// What a list says of a ticket.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct TicketRow {
    /// Its id.
    pub id: Id,
    /// What it is about.
    pub kind: Kind,
    /// One line.
    pub title: String,
    /// The status word as written.
    pub status: String,
    /// What the word means.
    pub category: Category,
    /// How urgent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<String>,
    /// The ticket it is a part of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// Who works on it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assignee: Option<String>,
    /// Labels and tags.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<String>,
    /// Its file.
    pub path: RepoPath,
    /// Where the file was read.
    pub source: Source,
}

impl<D> From<&Stored<Ticket, D>> for TicketRow {
    fn from(stored: &Stored<Ticket, D>) -> Self {
        let ticket = &stored.record;
        Self {
            id: ticket.id.clone(),
            kind: ticket.kind,
            title: ticket.title.clone(),
            status: ticket.status.clone(),
            category: ticket.category,
            priority: ticket.priority.clone(),
            parent: ticket.parent.clone(),
            assignee: ticket.assignee.clone(),
            labels: ticket.labels.clone(),
            path: stored.path.clone(),
            source: stored.source.clone(),
        }
    }
}

/// How a category looks.
#[must_use]
pub fn tone(category: Category) -> Option<Tone> {
    match category {
        Category::Todo => None,
        Category::Active => Some(Tone::Careful),
        Category::Done => Some(Tone::Good),
        Category::Cancelled => Some(Tone::Quiet),
    }
}

/// Rows as a table.
#[must_use]
pub fn render_rows(rows: &[TicketRow], screen: &Screen) -> String {
    let mut table = Table::new(&["ID", "KIND", "STATUS", "PRIORITY", "TITLE"]);
    for row in rows {
        table.row([
            (row.id.as_str(), Some(Tone::Key)),
            (row.kind.as_str(), None),
            (&row.status, tone(row.category)),
            (row.priority.as_deref().unwrap_or("-"), None),
            (&row.title, None),
        ]);
    }
    table.render(screen)
}
