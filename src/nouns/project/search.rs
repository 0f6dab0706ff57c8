//! `cmpm search`

use std::fmt::Write as _;

use clap::Args;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::pages::{Kind, Page, load};
use crate::base::{Exit, Explain, Finding, RepoPath, Result, text};
use crate::context::Context;
use crate::engine::search::{self, Corpus, Hit, Part, Query, snippet};
use crate::report::{Metadata, Report, Screen, Tone, Verb};

/// How wide the piece of text below a hit is, in columns.
const SNIPPET_COLUMNS: usize = 76;

/// Search tickets, comments, memories and runs
///
/// The best answers come first, whatever they are. `"two words"` must stand side by side, `config*` is the beginning of a word.
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
        let (pages, findings) = load(context.store()?, &self.kind);
        let texts: Vec<_> = pages.iter().map(Page::texts).collect();
        let corpus: Corpus<'_> = texts.iter().map(|texts| search::Source::of(texts)).collect();
        let found = search::search(&corpus, &query, self.limit);
        let row = |hit: &Hit| Some(self.row(pages.get(hit.index)?, hit, &query));
        let hits: Vec<ResultRow> = found.best.iter().filter_map(row).collect();
        Ok(Results { more: found.total.saturating_sub(hits.len()), hits, findings })
    }
}

impl Search {
    fn row(&self, page: &Page, hit: &Hit, query: &Query) -> ResultRow {
        let share = |part: &Part| TermShare { term: part.term.clone(), score: part.score };
        ResultRow {
            kind: page.kind,
            id: page.id.clone(),
            title: page.title.clone(),
            path: page.path.clone(),
            score: hit.score,
            matched: hit.matched().map(str::to_owned).collect(),
            snippet: snippet(&page.body, query, SNIPPET_COLUMNS).text,
            terms: if self.explain { hit.parts.iter().map(share).collect() } else { Vec::new() },
        }
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
            let _ = writeln!(out, "{}  {}  {title}", screen.paint(Tone::Key, &text::one_line(&row.id)), row.kind.as_str());
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
