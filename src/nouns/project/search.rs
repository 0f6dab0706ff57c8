//! `cmpm search`

use std::cell::LazyCell;
use std::collections::{BTreeSet, HashSet};
use std::path::PathBuf;

use super::pages::Kind;
use crate::document::Document;
use crate::engine::filter::{Condition, FilterError};
use crate::engine::search::{Hit, Part, Query, snippet};
use crate::nouns::memory::{Elsewhere, siblings};
use crate::nouns::ticket::{Ticket, ticket_of};
use crate::report::prelude::*;
use crate::store::{Libraries, Store};

/// Search tickets, comments, memories and runs
///
/// The best answers come first, whatever they are; what was learned is a memory or stands on the page of a run. `"two words"` must stand side by side, `config*` is the beginning of a word.
/// Example: `cmpm search broken links --kind ticket --kind comment`
#[derive(Debug, Args)]
pub struct Search {
    /// Words to look for
    #[arg(required = true)]
    words: Vec<String>,
    /// Only this kind; may be given again
    #[arg(long, short, value_name = "KIND")]
    kind: Vec<Kind>,
    /// Only results that match this condition, such as `status=done and priority=high` or `author=Ana and created>2026-01-01`; `~` means contains
    #[arg(long = "where", value_name = "CONDITION")]
    condition: Option<String>,
    /// Also results from the clone's other worktrees that this one lacks, marked with their branch
    #[arg(long)]
    all_worktrees: bool,
    /// Also show how each result's score is made up
    #[arg(long)]
    explain: bool,
    /// Show at most this many results
    #[arg(long, short = 'n', value_name = "COUNT", default_value_t = 10)]
    limit: usize,
}

/// What was found.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Results {
    /// The answers, best first.
    hits: Vec<ResultRow>,
    /// How many more there are beyond the limit.
    more: usize,
}

/// An answer.
#[derive(Debug, Serialize, JsonSchema)]
struct ResultRow {
    kind: Kind,
    /// Its id; of a comment the id of its ticket.
    id: String,
    title: String,
    path: RepoPath,
    /// How well it answers; comparable within one search only.
    score: f64,
    /// The words of the query that were found.
    matched: Vec<String>,
    snippet: String,
    /// The worktree that has it, if not this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    elsewhere: Option<Elsewhere>,
    /// What each term adds; only with `--explain`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    terms: Vec<TermShare>,
}

/// What a term adds to a score.
#[derive(Debug, Serialize, JsonSchema)]
struct TermShare {
    term: String,
    score: f64,
}

type IdOf<'a> = dyn Fn(&str) -> Option<String> + 'a;

/// A kind of page in a work tree; in this one if none is named.
type Label = (Kind, Option<Elsewhere>);

impl Verb for Search {
    type Report = WithFindings<Results>;
    const METADATA: Metadata = Metadata::READS;

    fn run(self, context: &Context) -> Result<WithFindings<Results>> {
        let query = Query::parse(&self.words.join(" ")).required("cmpm search broken links")?;
        let store = context.store()?;
        let condition = self.condition.as_deref().map(|text| self.parse(text, store)).transpose()?;
        let others = if self.all_worktrees { others(context)? } else { Vec::new() };
        let mut libraries = Libraries::default();
        self.kinds().for_each(|kind| kind.add_to(&mut libraries, store, (kind, None)));
        for (store, place) in &others {
            self.kinds().for_each(|kind| kind.add_to(&mut libraries, store, (kind, Some(place.clone()))));
        }
        let all = condition.is_some() || self.all_worktrees;
        let found = libraries.search(&query, if all { usize::MAX } else { self.limit });
        let mut seen = HashSet::new();
        let mut hits = found.best;
        if let Some(condition) = &condition {
            hits.retain(|hit| libraries.fits(hit.index, condition, context.clock.now()));
        }
        hits.retain(|hit| is_news(store, (&libraries, hit), &mut seen));
        let total = if all { hits.len() } else { found.total };
        hits.truncate(self.limit);
        let tickets = LazyCell::new(|| store.list::<Ticket>(&store.work_tree()).records);
        let id_of = |folder: &str| ticket_of(&tickets, folder).map(str::to_owned);
        let hits: Vec<ResultRow> = hits.iter().filter_map(|hit| self.row((&libraries, &id_of), hit, &query)).collect();
        let findings = libraries.findings(|(_, elsewhere)| elsewhere.is_none());
        Ok(Results { more: total.saturating_sub(hits.len()), hits }.with(findings))
    }
}

/// The clone's other work trees.
fn others(context: &Context) -> Result<Vec<(Store, Elsewhere)>> {
    let open = |(path, branch): (PathBuf, Option<String>)| {
        let place = Elsewhere { project: None, worktree: path.display().to_string(), branch };
        Ok((context.store_of(&path)?, place))
    };
    siblings(context)?.into_iter().map(open).collect()
}

/// Whether it is in this work tree, or neither here nor in one that came before.
fn is_news(store: &Store, (libraries, hit): (&Libraries<'_, Label>, &Hit), seen: &mut HashSet<(RepoPath, blake3::Hash)>) -> bool {
    if libraries.label(hit.index).is_some_and(|(_, elsewhere)| elsewhere.is_none()) {
        return true;
    }
    let Some(((page, _), (_, bytes))) = libraries.page(hit.index).zip(libraries.text(hit.index)) else { return false };
    let own = store.work_tree().read(&page.path).ok().flatten();
    own.as_ref() != Some(&bytes) && seen.insert((page.path, blake3::hash(&bytes)))
}

impl Search {
    fn kinds(&self) -> impl Iterator<Item = Kind> {
        Kind::ALL.into_iter().filter(|kind| self.kind.is_empty() || self.kind.contains(kind))
    }

    /// Reads a condition over the keys of the kinds that are searched.
    fn parse(&self, text: &str, store: &Store) -> Result<Condition, FilterError> {
        let keys: BTreeSet<String> = self.kinds().flat_map(Kind::keys).chain(["kind", "path"].map(str::to_owned)).collect();
        Condition::parse_over(text, keys.into_iter().collect(), || self.kinds().flat_map(|kind| kind.own_keys(store)).collect())
    }

    /// `id_of` finds the ticket that a folder of comments belongs to.
    fn row(&self, (libraries, id_of): (&Libraries<'_, Label>, &IdOf<'_>), hit: &Hit, query: &Query) -> Option<ResultRow> {
        let share = |part: &Part| TermShare { term: part.term.clone(), score: part.score };
        let (page, (kind, elsewhere)) = libraries.page(hit.index)?;
        let (body, bytes) = libraries.text(hit.index).unwrap_or_default();
        // Nearly every comment says itself whose it is.
        let is_unsaid = *kind == Kind::Comment && Document::parse(bytes).text("ticket").is_none();
        let id = if is_unsaid { id_of(&page.name) } else { None };
        Some(ResultRow {
            kind: *kind,
            id: id.unwrap_or(page.name),
            title: page.title,
            path: page.path,
            score: hit.score,
            matched: hit.matched().map(str::to_owned).collect(),
            snippet: snippet(&body, query).text,
            elsewhere: elsewhere.clone(),
            terms: if self.explain { hit.parts.iter().map(share).collect() } else { Vec::new() },
        })
    }
}

impl Report for Results {
    const SCHEMA: &'static str = "cmpm.search/1";

    fn render(&self, screen: &Screen) -> String {
        if self.hits.is_empty() {
            return "No results.\n".to_owned();
        }
        let mut out = String::new();
        for row in &self.hits {
            let title = screen.paint(Tone::Title, &text::one_line(&row.title));
            let place =
                row.elsewhere.as_ref().map(|place| screen.paint(Tone::Careful, &format!(" ({})", place.phrase()))).unwrap_or_default();
            let _ = writeln!(out, "{}  {}  {title}{place}", screen.paint(Tone::Key, &text::one_line(&row.id)), row.kind.as_str());
            if !row.snippet.is_empty() {
                let _ = writeln!(out, "  {}", row.snippet);
            }
            for part in &row.terms {
                let _ = writeln!(out, "  {}", screen.paint(Tone::Quiet, &format!("{:.3} {}", part.score, part.term)));
            }
        }
        out + &screen.more(self.more)
    }
}
