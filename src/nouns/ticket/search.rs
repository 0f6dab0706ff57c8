//! `cmpm ticket search`

use std::collections::HashMap;
use std::fmt::Write as _;

use clap::Args;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::{Finding, RepoPath, Result, text};
use crate::context::Context;
use crate::engine::search::{Hit, Query, Term, snippet};
use crate::report::{Metadata, Report, Screen, Tone, Verb};
use crate::store::{Libraries, Listed, Listing};
use crate::words::Takes;

use super::comment_file::CommentFile;
use super::model::Ticket;
use super::row::{TicketRow, tone};
use super::which::OfKind;

/// Search tickets by their words
///
/// Title, text, labels and comments count; finished tickets too. The best answers come first. `cmpm search` looks into memories
/// and runs as well.
/// Example: `cmpm issue search broken links --status todo`
#[derive(Debug, Args, Deserialize, JsonSchema)]
pub struct Search {
    #[command(flatten)]
    #[serde(flatten)]
    pub which: OfKind,
    /// Words to look for
    #[arg(required = true)]
    words: Vec<String>,
    /// Only this status, or this category: todo, active, done, cancelled
    #[arg(long, short, visible_alias = "state", value_name = "STATUS", add = Takes::Status)]
    status: Option<String>,
    /// How many answers at most
    #[arg(long, short = 'n', value_name = "COUNT", default_value_t = twenty())]
    #[serde(default = "twenty")]
    limit: usize,
}

fn twenty() -> usize {
    20
}

/// What was found.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Found {
    /// The tickets, best first.
    hits: Vec<FoundTicket>,
    /// How many more there are beyond the limit.
    more: usize,
    #[serde(skip)]
    findings: Vec<Finding>,
}

/// A ticket, and why it was found.
#[derive(Debug, Serialize, JsonSchema)]
struct FoundTicket {
    #[serde(flatten)]
    ticket: TicketRow,
    /// The words that were found.
    matched: Vec<String>,
    snippet: String,
}

impl Verb for Search {
    type Report = Found;
    const METADATA: Metadata = Metadata::READS;

    fn run(self, context: &Context) -> Result<Found> {
        let query = Query::parse(&self.words.join(" ")).required("cmpm issue search broken links")?;
        let store = context.store()?;
        let Listing { records, mut findings } = store.list::<Ticket>(&store.work_tree());
        let mut libraries = Libraries::default();
        libraries.add::<Ticket>(store, Page::Ticket);
        libraries.add::<CommentFile>(store, Page::Comment);
        let hits = libraries.search(&query, usize::MAX).best;
        let mut found = by_ticket(&records, &hits, &libraries);
        found.retain(|(stored, _)| self.fits(&stored.record));
        let more = found.len().saturating_sub(self.limit);
        found.truncate(self.limit);
        let row = |(stored, hits): Answer<'_>| {
            let is_matched = |term: &&Term| hits.iter().any(|hit| hit.matched().any(|text| text == term.text));
            let matched = query.terms().iter().filter(is_matched).map(|term| term.text.clone()).collect();
            let (text, _) = hits.first().and_then(|best| libraries.text(best.index)).unwrap_or_default();
            FoundTicket { ticket: TicketRow::from(stored), matched, snippet: snippet(&text, &query).text }
        };
        let hits = found.into_iter().map(row).collect();
        findings.extend(libraries.findings(|page| *page == Page::Comment));
        Ok(Found { hits, more, findings })
    }
}

impl Search {
    fn fits(&self, ticket: &Ticket) -> bool {
        self.which.means(ticket.kind) && self.status.as_ref().is_none_or(|status| ticket.has_status(status))
    }
}

/// What a hit is.
#[derive(PartialEq)]
enum Page {
    Ticket,
    Comment,
}

/// A ticket, with what was found of it and its comments, best first.
type Answer<'a> = (&'a Listed<Ticket>, Vec<&'a Hit>);

/// The tickets that were found themselves or through their comments, in the order of their best hits.
fn by_ticket<'a>(tickets: &'a [Listed<Ticket>], hits: &'a [Hit], libraries: &Libraries<'_, Page>) -> Vec<Answer<'a>> {
    let by_path: HashMap<&RepoPath, &Listed<Ticket>> = tickets.iter().map(|stored| (&stored.path, stored)).collect();
    // Of several with one id the first.
    let by_id: HashMap<String, &Listed<Ticket>> =
        tickets.iter().rev().map(|stored| (stored.record.id.as_str().to_ascii_lowercase(), stored)).collect();
    let (mut found, mut places): (Vec<Answer<'a>>, HashMap<&RepoPath, usize>) = (Vec::new(), HashMap::new());
    for hit in hits {
        let Some((page, kind)) = libraries.page(hit.index) else { continue };
        let ticket = match kind {
            Page::Ticket => by_path.get(&page.path),
            Page::Comment => by_id.get(&page.name.to_ascii_lowercase()),
        };
        let Some(stored) = ticket else { continue };
        let place = *places.entry(&stored.path).or_insert(found.len());
        match found.get_mut(place) {
            Some((_, hits)) => hits.push(hit),
            None => found.push((stored, vec![hit])),
        }
    }
    found
}

impl Report for Found {
    const SCHEMA: &'static str = "cmpm.ticket.search/1";

    fn render(&self, screen: &Screen) -> String {
        if self.hits.is_empty() {
            return "No ticket answers this.\n".to_owned();
        }
        let mut out = String::new();
        for FoundTicket { ticket, snippet, .. } in &self.hits {
            let (id, title) = (screen.paint(Tone::Key, ticket.id.as_str()), screen.paint(Tone::Title, &text::one_line(&ticket.title)));
            let status = text::one_line(&ticket.status);
            let status = tone(ticket.category).map_or_else(|| status.clone(), |tone| screen.paint(tone, &status));
            let _ = writeln!(out, "{id}  {status}  {title}");
            if !snippet.is_empty() {
                let _ = writeln!(out, "  {snippet}");
            }
        }
        out + &screen.more(self.more)
    }

    fn findings(&self) -> &[Finding] {
        &self.findings
    }
}
