//! `cmpm ticket search`

use std::fmt::Write as _;

use clap::Args;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::{Exit, Explain, Finding, Result, text};
use crate::context::Context;
use crate::engine::search::{self, Corpus, Field, Hit, Query, SNIPPET_COLUMNS, snippet};
use crate::report::{Metadata, Report, Screen, Takes, Tone, Verb};
use crate::store::{Scan, Stored};

use super::comment::comments_of;
use super::model::{Kind, Ticket};
use super::row::{TicketRow, tone};

/// Search tickets by their words
///
/// Title, text, labels and comments count; finished tickets too. The best answers come first. `cmpm search` looks into memories
/// and runs as well.
/// Example: `cmpm issue search broken links --status todo`
#[derive(Debug, Args, Deserialize, JsonSchema)]
pub struct Search {
    /// Only tickets of this kind
    #[arg(skip)]
    pub kind: Option<Kind>,
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

#[derive(Debug, thiserror::Error)]
#[error("there is nothing to search for")]
struct NoWords;

impl Explain for NoWords {
    fn exit(&self) -> Exit {
        Exit::Wrong
    }
    fn code(&self) -> &'static str {
        "usage"
    }
    fn hints(&self) -> Vec<String> {
        vec!["for example `cmpm issue search broken links`".into()]
    }
}

impl Verb for Search {
    type Report = Found;
    const METADATA: Metadata = Metadata::READS;

    fn run(self, context: &Context) -> Result<Found> {
        let query = Query::parse(&self.words.join(" "));
        if query.is_empty() {
            return Err(NoWords.into());
        }
        let store = context.store()?;
        let Scan { records, findings } = store.scan::<Ticket>(&store.work_tree());
        let fits = |ticket: &Ticket| {
            self.kind.is_none_or(|kind| kind == ticket.kind) && self.status.as_ref().is_none_or(|status| ticket.has_status(status))
        };
        let records: Vec<Stored<Ticket>> = records.into_iter().filter(|stored| fits(&stored.record)).collect();
        let body = |stored: &Stored<Ticket>| {
            let comments = comments_of(store, &store.work_tree(), &stored.record.id);
            comments.iter().fold(stored.document.body().trim().to_owned(), |body, remark| body + "\n\n" + &remark.text)
        };
        let bodies: Vec<String> = records.iter().map(body).collect();
        let texts: Vec<_> = records.iter().zip(&bodies).map(|(stored, body)| texts_of(&stored.record, body)).collect();
        let corpus: Corpus<'_> = texts.iter().map(|texts| search::Source::of(texts)).collect();
        let found = search::search(&corpus, &query, self.limit);
        let row = |hit: &Hit| {
            let matched = hit.matched().map(str::to_owned).collect();
            let snippet = snippet(bodies.get(hit.index)?, &query, SNIPPET_COLUMNS).text;
            Some(FoundTicket { ticket: TicketRow::from(records.get(hit.index)?), matched, snippet })
        };
        let hits: Vec<FoundTicket> = found.best.iter().filter_map(row).collect();
        Ok(Found { more: found.total.saturating_sub(hits.len()), hits, findings })
    }
}

fn texts_of<'a>(ticket: &'a Ticket, body: &'a str) -> Vec<(&'a str, Field)> {
    let labels = ticket.labels.iter().map(|label| (label.as_str(), Field::Tags));
    let paths = ticket.paths.iter().map(|path| (path.as_str(), Field::Details));
    [(ticket.title.as_str(), Field::Title), (body, Field::Body)].into_iter().chain(labels).chain(paths).collect()
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
        if self.more > 0 {
            let _ = writeln!(out, "{}", screen.paint(Tone::Quiet, &format!("{} more; `--limit` shows more of them", self.more)));
        }
        out
    }

    fn findings(&self) -> &[Finding] {
        &self.findings
    }
}
