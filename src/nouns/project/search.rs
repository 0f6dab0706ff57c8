//! `cmpm search`

use std::collections::HashSet;
use std::fmt::Write as _;
use std::path::PathBuf;

use clap::Args;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::pages::Kind;
use super::plain::{CommentPage, RunPage};
use super::shelves::Shelves;
use crate::base::{Exit, Explain, Finding, RepoPath, Result, text};
use crate::context::Context;
use crate::engine::filter::{Condition, FilterError};
use crate::engine::search::{Hit, Part, Query, SNIPPET_COLUMNS, snippet};
use crate::nouns::memory::{Elsewhere, Memory, siblings};
use crate::nouns::ticket::Ticket;
use crate::report::{Metadata, Report, Screen, Tone, Verb};
use crate::store::Store;

/// Search tickets, comments, memories and runs
///
/// The best answers come first, whatever they are; what was learned is a memory or stands on the page of a run. `"two words"` must stand side by side, `config*` is the beginning of a word.
/// Example: `cmpm search broken links --kind ticket --kind comment`
#[derive(Debug, Args, Deserialize, JsonSchema)]
pub struct Search {
    /// Words to look for
    #[arg(required = true)]
    words: Vec<String>,
    /// Only this kind; may be given again
    #[arg(long, short, value_name = "KIND")]
    #[serde(default)]
    kind: Vec<Kind>,
    /// Only what fulfils this, such as `status=done and priority=high` or `author=Ana and created>2026-01-01`; `~` means contains
    #[arg(long = "where", value_name = "CONDITION")]
    #[serde(default, rename = "where")]
    condition: Option<String>,
    /// Also what the clone's other worktrees have and this one has not, marked with their branch
    #[arg(long)]
    #[serde(default)]
    all_worktrees: bool,
    /// Also say what each answer's score is made of
    #[arg(long)]
    #[serde(default)]
    explain: bool,
    /// How many answers at most
    #[arg(long, short = 'n', value_name = "COUNT", default_value_t = ten())]
    #[serde(default = "ten")]
    limit: usize,
}

fn ten() -> usize {
    10
}

/// What was found.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Results {
    /// The answers, best first.
    hits: Vec<ResultRow>,
    /// How many more there are beyond the limit.
    more: usize,
    #[serde(skip)]
    findings: Vec<Finding>,
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
        vec!["for example `cmpm search broken links`".into()]
    }
}

impl Verb for Search {
    type Report = Results;
    const METADATA: Metadata = Metadata::READS;

    fn run(self, context: &Context) -> Result<Results> {
        let query = Query::parse(&self.words.join(" "));
        if query.is_empty() {
            return Err(NoWords.into());
        }
        let store = context.store()?;
        let condition = self.condition.as_deref().map(|text| self.parse(text, store)).transpose()?;
        let others = if self.all_worktrees { others(context)? } else { Vec::new() };
        let mut shelves = Shelves::default();
        self.fill(&mut shelves, store, None);
        others.iter().for_each(|(store, place)| self.fill(&mut shelves, store, Some(place)));
        let all = condition.is_some() || self.all_worktrees;
        let found = shelves.search(&query, if all { usize::MAX } else { self.limit });
        let mut seen = HashSet::new();
        let mut hits = found.best;
        if let Some(condition) = &condition {
            hits.retain(|hit| shelves.fits(hit.index, condition));
        }
        hits.retain(|hit| !shelves.is_elsewhere(hit.index) || Self::is_news(store, (&shelves, hit), &mut seen));
        let total = if all { hits.len() } else { found.total };
        hits.truncate(self.limit);
        let hits: Vec<ResultRow> = hits.iter().filter_map(|hit| self.row(&shelves, hit, &query)).collect();
        Ok(Results { more: total.saturating_sub(hits.len()), hits, findings: shelves.findings() })
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

impl Search {
    fn wants(&self, kind: Kind) -> bool {
        self.kind.is_empty() || self.kind.contains(&kind)
    }

    fn fill<'a>(&self, shelves: &mut Shelves<'a>, store: &'a Store, place: Option<&Elsewhere>) {
        for kind in Kind::ALL.into_iter().filter(|kind| self.wants(*kind)) {
            match kind {
                Kind::Ticket => shelves.add::<Ticket>(store, place),
                Kind::Comment => shelves.add::<CommentPage>(store, place),
                Kind::Memory => shelves.add::<Memory>(store, place),
                Kind::Run => shelves.add::<RunPage>(store, place),
            }
        }
    }

    /// Reads a condition over the keys of the kinds that are searched, and over those that only some memories have.
    fn parse(&self, text: &str, store: &Store) -> Result<Condition, FilterError> {
        let kinds = || Kind::ALL.into_iter().filter(|kind| self.wants(*kind));
        let mut keys: Vec<String> = kinds().flat_map(|kind| kind.keys().iter().map(|key| (*key).to_owned())).collect();
        keys.extend(["kind", "path"].map(str::to_owned));
        let parse = |keys: &mut Vec<String>| {
            keys.sort();
            keys.dedup();
            Condition::parse(text, &keys.iter().map(String::as_str).collect::<Vec<_>>())
        };
        let parsed = parse(&mut keys);
        if !self.wants(Kind::Memory) || !matches!(parsed, Err(FilterError { unknown: Some(_), .. })) {
            return parsed;
        }
        keys.extend(store.config().memory.categories.keys().map(str::to_owned));
        keys.extend(store.list::<Memory>(&store.work_tree()).records.into_iter().flat_map(|listed| listed.record.other.into_keys()));
        parse(&mut keys)
    }

    /// Whether what another work tree has is not here, nor in one that came before.
    fn is_news(store: &Store, (shelves, hit): (&Shelves<'_>, &Hit), seen: &mut HashSet<(RepoPath, blake3::Hash)>) -> bool {
        let Some(((page, _), (_, bytes))) = shelves.page(hit.index).zip(shelves.text(hit.index)) else { return false };
        let own = store.work_tree().read(&page.path).ok().flatten();
        own.as_ref() != Some(&bytes) && seen.insert((page.path, blake3::hash(&bytes)))
    }

    fn row(&self, shelves: &Shelves<'_>, hit: &Hit, query: &Query) -> Option<ResultRow> {
        let share = |part: &Part| TermShare { term: part.term.clone(), score: part.score };
        let (page, elsewhere) = shelves.page(hit.index)?;
        let (body, _) = shelves.text(hit.index).unwrap_or_default();
        Some(ResultRow {
            kind: page.kind,
            id: page.name,
            title: page.title,
            path: page.path,
            score: hit.score,
            matched: hit.matched().map(str::to_owned).collect(),
            snippet: snippet(&body, query, SNIPPET_COLUMNS).text,
            elsewhere,
            terms: if self.explain { hit.parts.iter().map(share).collect() } else { Vec::new() },
        })
    }
}

impl Report for Results {
    const SCHEMA: &'static str = "cmpm.search/1";

    fn render(&self, screen: &Screen) -> String {
        if self.hits.is_empty() {
            return "Nothing answers this.\n".to_owned();
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
        if self.more > 0 {
            let _ = writeln!(out, "{}", screen.paint(Tone::Quiet, &format!("{} more; `--limit` shows more of them", self.more)));
        }
        out
    }

    fn findings(&self) -> &[Finding] {
        &self.findings
    }
}
