//! `cmpm ticket show`

use std::fmt::Write as _;

use clap::Args;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::{Finding, RepoPath, Result, text};
use crate::context::Context;
use crate::report::{Metadata, Report, Screen, Tone, Verb};
use crate::store::{Source, StoreError};

use super::at::snapshot_at;
use super::comment::{Remark, comments_of};
use super::model::{Kind, Ticket};
use super::row::{TicketRow, tone};
use super::values::BrokenFile;

/// Show a ticket
///
/// Takes an id, the beginning of one, an alias, or the file's path.
/// Example: `cmpm ticket show ISS-7k3`
#[derive(Debug, Args, Deserialize, JsonSchema)]
pub struct Show {
    /// The kind the ticket must be of
    #[arg(skip)]
    pub kind: Option<Kind>,
    /// Ticket to show
    id: String,
    /// As it was in a commit, such as HEAD~2 or v1.0
    #[arg(long, value_name = "REV")]
    at: Option<String>,
}

/// Everything about one ticket.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Shown {
    #[serde(flatten)]
    ticket: Ticket,
    path: RepoPath,
    source: Source,
    body: String,
    children: Vec<TicketRow>,
    comments: Vec<Remark>,
    #[serde(skip)]
    findings: Vec<Finding>,
}

impl Verb for Show {
    type Report = Shown;
    const METADATA: Metadata = Metadata::READS;

    fn run(self, context: &Context) -> Result<Shown> {
        let store = context.store()?;
        let snapshot = snapshot_at(context, self.at.as_deref())?;
        let scan = store.list::<Ticket>(&snapshot);
        let name = context.name_of(&self.id);
        let found = scan.find(&name);
        if let (Err(StoreError::NotFound { .. }), Some(broken)) = (&found, BrokenFile::find(&name, &scan.findings)) {
            return Err(broken.into());
        }
        let stored = store.open(&snapshot, found?)?;
        stored.record.require_kind(self.kind)?;
        let is_child = |other: &Ticket| other.parent.as_ref().is_some_and(|parent| stored.record.id.is(parent));
        Ok(Shown {
            children: scan.records.iter().filter(|other| is_child(&other.record)).map(TicketRow::from).collect(),
            comments: comments_of(store, &snapshot, &stored.record.id),
            findings: scan.findings.iter().filter(|finding| finding.path == stored.path).cloned().collect(),
            body: stored.document.body().to_owned(),
            path: stored.path,
            source: stored.source,
            ticket: stored.record,
        })
    }
}

impl Report for Shown {
    const SCHEMA: &'static str = "cmpm.ticket.show/1";

    fn render(&self, screen: &Screen) -> String {
        let ticket = &self.ticket;
        let mut out =
            format!("{} {}\n", screen.paint(Tone::Key, ticket.id.as_str()), screen.paint(Tone::Title, &text::one_line(&ticket.title)));
        let status_word = text::one_line(&ticket.status);
        let status = tone(ticket.category).map_or_else(|| status_word.clone(), |tone| screen.paint(tone, &status_word));
        let mut line = |label: &str, value: String| {
            if !value.is_empty() {
                let _ = writeln!(out, "{}  {}", screen.paint(Tone::Quiet, &format!("{label:<9}")), value);
            }
        };
        let optional = |value: &Option<String>| text::one_line(value.as_deref().unwrap_or_default());
        let list = |values: &[String]| text::one_line(&values.join(", "));
        line("kind", ticket.kind.as_str().to_owned());
        line("status", status);
        line("priority", optional(&ticket.priority));
        line("parent", optional(&ticket.parent));
        line("assignee", optional(&ticket.assignee));
        line("agent", optional(&ticket.agent));
        line("labels", list(&ticket.labels));
        line("needs", list(&ticket.depends_on));
        line("blocks", list(&ticket.blocks));
        line("paths", list(&ticket.paths));
        line("due", optional(&ticket.due));
        line("created", optional(&ticket.created));
        line("file", self.path.to_string());
        let body = text::printable(self.body.trim());
        if !body.is_empty() {
            let _ = writeln!(out, "\n{body}");
        }
        if !self.children.is_empty() {
            let _ = writeln!(out, "\n{}", screen.paint(Tone::Title, "Parts"));
            out.push_str(&super::row::render_rows(&self.children, screen));
        }
        for remark in &self.comments {
            let author = remark.author.as_deref().unwrap_or("somebody");
            let when = remark.created.as_deref().unwrap_or("some time");
            let head = text::one_line(&format!("{author}, {when}"));
            let _ = writeln!(out, "\n{}\n{}", screen.paint(Tone::Title, &head), text::printable(&remark.text));
        }
        out
    }

    fn findings(&self) -> &[Finding] {
        &self.findings
    }
}
