//! `cmpm ticket show`

use crate::report::Answers;
use crate::report::prelude::*;
use crate::store::{Source, StoreError};
use crate::words::Property;

use super::change::details::WRITTEN;
use super::change::which::Several;
use super::comments::{CommentRow, comment_rows, render_comments};
use super::file::values::BrokenFile;
use super::model::Ticket;
use super::model::due::is_overdue;
use super::model::progress::{AllProgress, Progress, all_progress};
use super::model::properties::told;
use super::view::at::{picture_at, snapshot_at};
use super::view::picture::{Look, Picture, TicketClaim, TicketPlace};
use super::view::row::{TicketRow, tone};

/// Show a ticket, or several
///
/// A ticket that is only in another worktree or on the integration branch is shown from there.
///
/// Example: `cmpm ticket show ISS-7k3`
#[derive(Debug, Args)]
pub struct Show {
    #[command(flatten)]
    pub which: Several,
    /// Show it as of a commit, such as HEAD~2 or v1.0
    #[arg(long, value_name = "REV", add = Takes::Branch)]
    at: Option<String>,
    #[command(flatten)]
    look: Look,
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
    /// What is done of its parts.
    #[serde(skip_serializing_if = "Option::is_none")]
    progress: Option<Progress>,
    /// Whether it should have been finished already.
    overdue: bool,
    comments: Vec<CommentRow>,
    /// Other versions of it, and where they are.
    places: Vec<TicketPlace>,
    /// Who works on it.
    #[serde(skip_serializing_if = "Option::is_none")]
    claim: Option<TicketClaim>,
}

impl Verb for Show {
    type Report = Answers<WithFindings<Shown>>;
    const METADATA: Metadata = Metadata::READS;

    fn run(self, context: &Context) -> Result<Answers<WithFindings<Shown>>> {
        let names: Vec<String> = self.which.ids.iter().map(|id| context.name_of(id)).collect();
        let few = if self.at.is_none() { Picture::around(context, self.look, &names)? } else { None };
        let picture = few.map_or_else(|| picture_at(context, self.look, self.at.as_deref()), Ok)?;
        let progress = all_progress(&picture.listing.records);
        let shown = names.into_iter().map(|name| self.show(context, &picture, (&progress, name)));
        Ok(shown.collect::<Result<Vec<_>>>()?.into())
    }
}

impl Show {
    fn show(&self, context: &Context, picture: &Picture, (progress, name): (&AllProgress<'_>, String)) -> Result<WithFindings<Shown>> {
        let store = context.store()?;
        let Picture { listing: scan, around } = picture;
        let found = picture.find(&name);
        if let (Err(StoreError::NotFound { .. }), Some(broken)) = (&found, BrokenFile::find(&name, &scan.findings)) {
            return Err(broken.into());
        }
        let listed = found?;
        let snapshot = match &self.at {
            Some(revision) => snapshot_at(context, Some(revision))?,
            None => around.snapshot((store, context.repository()?), &listed.record.id),
        };
        let stored = store.open(&snapshot, listed)?;
        stored.record.require_kind(self.which.kind)?;
        let is_child = |other: &Ticket| other.parent.as_ref().is_some_and(|parent| stored.record.id.is(parent));
        let now = context.clock.now();
        let children = scan.records.iter().filter(|other| is_child(&other.record));
        let findings = scan.findings.iter().filter(|finding| finding.path == stored.path).cloned().collect();
        Ok(Shown {
            children: children.map(|child| around.row(child).with(progress, now)).collect(),
            progress: progress.get(stored.record.id.as_str()).copied(),
            overdue: is_overdue(&stored.record, now),
            comments: comment_rows(store, &snapshot, &stored.record.id),
            places: around.places(&stored.record.id),
            claim: around.claim(&stored.record.id),
            body: stored.document.body().to_owned(),
            path: stored.path,
            source: stored.source,
            ticket: stored.record,
        }
        .with(findings))
    }
}

/// The body without a heading that only says the title again, as many trackers write it.
fn without_title<'a>(body: &'a str, ticket: &Ticket) -> &'a str {
    let (first, rest) = body.split_once('\n').unwrap_or((body, ""));
    let heading = first.strip_prefix("# ").map(str::trim);
    let said = heading.map(|heading| heading.strip_prefix(ticket.id.as_str()).unwrap_or(heading).trim_start_matches([':', ' ', '-']));
    if said.is_some_and(|said| said == ticket.title.trim()) { rest.trim_start() } else { body }
}

impl Report for Shown {
    const SCHEMA: &'static str = "cmpm.ticket.show/1";
    const LONG: bool = true;

    fn render(&self, screen: &Screen) -> String {
        let ticket = &self.ticket;
        let mut out =
            format!("{} {}\n", screen.paint(Tone::Key, ticket.id.as_str()), screen.paint(Tone::Title, &text::one_line(&ticket.title)));
        let status_word = text::one_line(&ticket.status);
        let status = tone(ticket.category).map_or_else(|| status_word.clone(), |tone| screen.paint(tone, &status_word));
        let mut lines: Vec<(String, String)> = Vec::new();
        let mut line = |label: &str, value: String| {
            if !value.is_empty() {
                lines.push((label.to_owned(), value));
            }
        };
        line("kind", ticket.kind.as_str().to_owned());
        line("status", status);
        for (property, _) in ticket.given().filter(|(property, _)| !matches!(property, Property::Title | Property::Status)) {
            let texts = text::one_line(&told(ticket, property));
            let value =
                if property == Property::Due && self.overdue { screen.paint(Tone::Bad, &format!("{texts}, overdue")) } else { texts };
            line(&property.name().replace('_', " "), value);
        }
        for (key, texts) in WRITTEN.iter().filter_map(|key| ticket.other.get_key_value(*key)) {
            line(&key.replace('_', " "), text::one_line(&texts.join(", ")));
        }
        line("parts", self.progress.map(|parts| format!("{parts} done ({} of {})", parts.done, parts.total)).unwrap_or_default());
        line("criteria", ticket.criteria.map(|criteria| format!("{criteria} done")).unwrap_or_default());
        line("file", self.path.to_string());
        line("claimed", self.claim.as_ref().map(TicketClaim::describe).unwrap_or_default());
        for place in &self.places {
            line("elsewhere", place.describe(&ticket.status));
        }
        let width = lines.iter().map(|(label, _)| label.len()).max().unwrap_or_default().max(9);
        for (label, value) in lines {
            let _ = writeln!(out, "{}  {value}", screen.paint(Tone::Quiet, &format!("{label:<width$}")));
        }
        let body = text::printable(without_title(self.body.trim(), ticket));
        if !body.is_empty() {
            let _ = writeln!(out, "\n{body}");
        }
        if !self.children.is_empty() {
            let _ = writeln!(out, "\n{}", screen.paint(Tone::Title, "Parts"));
            out.push_str(&super::view::row::render_rows(&self.children, screen));
        }
        out.push_str(&render_comments(&self.comments, screen));
        out
    }
}
