//! `cmpm ticket search`

use std::collections::HashMap;
use std::sync::OnceLock;

use crate::engine::search::{Field, Hit, Joined, Query, Statistics, rank, snippet};
use crate::report::prelude::*;
use crate::store::{Libraries, Listed, Listing};

use super::change::which::OfKind;
use super::file::comment::{CommentFile, Owners, comment_places, split_path};
use super::model::Ticket;
use super::view::row::{TicketRow, tone};

/// Search tickets by their words
///
/// Title, text, labels and comments count; finished tickets too. The best answers come first. `cmpm search` looks into memories
/// and runs as well.
/// Example: `cmpm issue search broken links --status todo`
#[derive(Debug, Args)]
pub struct Search {
    #[command(flatten)]
    pub which: OfKind,
    /// Words to look for
    #[arg(required = true)]
    words: Vec<String>,
    /// Only this status, or this category: todo, active, done, cancelled
    #[arg(long, short, visible_alias = "state", value_name = "STATUS", add = Takes::Status)]
    status: Option<String>,
    /// Show at most this many results
    #[arg(long, short = 'n', value_name = "COUNT", default_value_t = 20)]
    limit: usize,
}

/// What was found.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Found {
    /// The tickets, best first.
    hits: Vec<FoundTicket>,
    /// How many more there are beyond the limit.
    more: usize,
}

/// A ticket, and why it was found.
#[derive(Debug, Serialize, JsonSchema)]
struct FoundTicket {
    #[serde(flatten)]
    ticket: TicketRow,
    /// Other files that have its id.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    also: Vec<RepoPath>,
    /// The words that were found.
    matched: Vec<String>,
    snippet: String,
}

impl Verb for Search {
    type Report = WithFindings<Found>;
    const METADATA: Metadata = Metadata::READS;

    fn run(self, context: &Context) -> Result<WithFindings<Found>> {
        let query = Query::parse(&self.words.join(" ")).required("cmpm issue search broken links")?;
        let store = context.store()?;
        let Listing { records, mut findings } = store.list::<Ticket>(&store.work_tree());
        let mut libraries = Libraries::default();
        libraries.add::<Ticket>(store, Page::Ticket);
        libraries.add::<CommentFile>(store, Page::Comment);
        let (statistics, found) = libraries.found(&query);
        let tickets = Tickets::new(&records, |ticket| self.fits(ticket));
        let places: Vec<RepoPath> = comment_places(store.config()).collect();
        let joined = Joined::new(&query, &found, |page| tickets.of(&libraries, page, &places));
        let statistics = Statistics { documents: records.len(), ..statistics };
        let found = rank(&query, (&statistics, &joined.matches), self.limit);
        let row = |hit: &Hit| {
            let (first, also) = tickets.of_id(hit.index)?;
            let snippets = joined.pages(hit.index).filter_map(|page| Some(snippet(&libraries.text(page)?.0, &query)));
            let best = snippets.reduce(|best, other| if other.hits.len() > best.hits.len() { other } else { best });
            let matched = hit.matched().map(str::to_owned).collect();
            Some(FoundTicket { ticket: TicketRow::from(first), also, matched, snippet: best.unwrap_or_default().text })
        };
        let hits: Vec<FoundTicket> = found.best.iter().filter_map(row).collect();
        findings.extend(libraries.findings(|page| *page == Page::Comment));
        Ok(Found { more: found.total.saturating_sub(hits.len()), hits }.with(findings))
    }
}

impl Search {
    fn fits(&self, ticket: &Ticket) -> bool {
        self.which.means(ticket.kind) && self.status.as_ref().is_none_or(|status| ticket.has_status(status))
    }
}

#[derive(PartialEq)]
enum Page {
    Ticket,
    Comment,
}

/// The tickets that may be answers. Files with one id are one ticket; its number is that of the first of them.
struct Tickets<'a> {
    records: &'a [Listed<Ticket>],
    by_path: HashMap<&'a RepoPath, usize>,
    by_id: HashMap<&'a str, usize>,
    /// Numbers of tickets, and of further files with their ids.
    doubled: Vec<(usize, usize)>,
    /// Only where a comment is found.
    owners: OnceLock<Owners<'a>>,
}

impl<'a> Tickets<'a> {
    fn new(records: &'a [Listed<Ticket>], fits: impl Fn(&Ticket) -> bool) -> Self {
        let room = records.len();
        let (by_path, by_id) = (HashMap::with_capacity(room), HashMap::with_capacity(room));
        let mut tickets = Self { records, by_path, by_id, doubled: Vec::new(), owners: OnceLock::new() };
        for (number, stored) in records.iter().enumerate().filter(|(_, stored)| fits(&stored.record)) {
            let first = *tickets.by_id.entry(stored.record.id.as_str()).or_insert(number);
            tickets.by_path.insert(&stored.path, first);
            tickets.doubled.extend((first != number).then_some((first, number)));
        }
        tickets
    }

    /// The ticket that a page belongs to, and what of the page counts for it: who wrote a comment is none of its words.
    fn of(&self, libraries: &Libraries<'_, Page>, page: usize, places: &[RepoPath]) -> Option<(usize, &'static [Field])> {
        let path = libraries.path(page)?;
        match libraries.label(page)? {
            Page::Ticket => self.by_path.get(&path).map(|number| (*number, Field::ALL.as_slice())),
            Page::Comment => {
                let (folder, _) = split_path(&path, places.iter().cloned())?;
                let owners = self.owners.get_or_init(|| Owners::among(self.records));
                self.by_id.get(owners.of(&folder)?).map(|number| (*number, [Field::Body].as_slice()))
            }
        }
    }

    /// A ticket, and the other files with its id.
    fn of_id(&self, number: usize) -> Option<(&'a Listed<Ticket>, Vec<RepoPath>)> {
        let others = self.doubled.iter().filter(|(first, _)| *first == number);
        let paths = others.filter_map(|(_, other)| Some(self.records.get(*other)?.path.clone())).collect();
        Some((self.records.get(number)?, paths))
    }
}

impl Report for Found {
    const SCHEMA: &'static str = "cmpm.ticket.search/1";

    fn render(&self, screen: &Screen) -> String {
        if self.hits.is_empty() {
            return "No results.\n".to_owned();
        }
        let mut out = String::new();
        for FoundTicket { ticket, also, snippet, .. } in &self.hits {
            let (id, title) = (screen.paint(Tone::Key, ticket.id.as_str()), screen.paint(Tone::Title, &text::one_line(&ticket.title)));
            let status = text::one_line(&ticket.status);
            let status = tone(ticket.category).map_or_else(|| status.clone(), |tone| screen.paint(tone, &status));
            let _ = writeln!(out, "{id}  {status}  {title}");
            for path in also.first().map(|_| &ticket.path).into_iter().chain(also) {
                let _ = writeln!(out, "  {}", screen.paint(Tone::Quiet, &text::one_line(&path.to_string())));
            }
            if !snippet.is_empty() {
                let _ = writeln!(out, "  {snippet}");
            }
        }
        out + &screen.more(self.more)
    }
}
