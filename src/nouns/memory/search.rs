//! `cmpm memory search`

use std::fmt::Write as _;

use clap::Args;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::{Finding, Result, text};
use crate::context::Context;
use crate::engine::search::{Query, Snippet, snippet};
use crate::report::{Metadata, Report, Screen, Tone, Verb};
use crate::store::{Scan, Stored};

use super::filter::Filter;
use super::model::{Memory, MemoryError};
use super::rank::{Answer, rank};
use super::row::MemoryRow;
use super::standing::Standings;

/// How wide the piece of text below a hit is, in columns: with its indent it fits a terminal of the usual width.
const SNIPPET_COLUMNS: usize = 76;

/// Search memories
///
/// The best answers come first; what was superseded or has expired comes last. `"two words"` must stand side by side,
/// `config*` is the beginning of a word.
/// Example: `cmpm memory search broken links --category pattern`
#[derive(Debug, Args, Deserialize, JsonSchema)]
pub struct Search {
    /// Words to look for
    #[arg(required = true)]
    words: Vec<String>,
    #[command(flatten)]
    #[serde(flatten)]
    filter: Filter,
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
pub struct Found {
    /// The answers, best first.
    hits: Vec<FoundMemory>,
    /// How many more there are beyond the limit.
    more: usize,
    #[serde(skip)]
    findings: Vec<Finding>,
}

/// A memory that answers.
#[derive(Debug, Serialize, JsonSchema)]
pub struct FoundMemory {
    #[serde(flatten)]
    memory: MemoryRow,
    /// How well it answers; comparable within one search only.
    score: f64,
    /// The words of the query that were found.
    matched: Vec<String>,
    /// The piece of its text that shows best why it was found.
    snippet: String,
    #[serde(skip)]
    shown: Snippet,
}

impl Verb for Search {
    type Report = Found;
    const METADATA: Metadata = Metadata::READS;

    fn run(self, context: &Context) -> Result<Found> {
        let query = Query::parse(&self.words.join(" "));
        if query.is_empty() {
            return Err(MemoryError::NoWords.into());
        }
        let store = context.store()?;
        let Scan { records, findings } = store.scan::<Memory>(&store.work_tree());
        self.filter.check(records.iter().map(|stored| &stored.record), store.config())?;
        let standings = Standings::new(&records, context.clock.now());
        let passing: Vec<&Stored<Memory>> = records.iter().filter(|stored| self.filter.lets_through(&stored.record)).collect();
        let answers = rank(&passing, &query);
        let mut hits: Vec<FoundMemory> = answers.iter().map(|answer| found(answer, &query, &standings)).collect();
        hits.sort_by_key(|hit| !hit.memory.is_current());
        let more = hits.len().saturating_sub(self.limit);
        hits.truncate(self.limit);
        Ok(Found { hits, more, findings })
    }
}

fn found(answer: &Answer<'_>, query: &Query, standings: &Standings) -> FoundMemory {
    let shown = snippet(&answer.text, query, SNIPPET_COLUMNS);
    FoundMemory {
        memory: MemoryRow::new(answer.stored, standings),
        score: answer.hit.score,
        matched: answer.hit.matched().map(str::to_owned).collect(),
        snippet: shown.text.clone(),
        shown,
    }
}

impl FoundMemory {
    fn render(&self, screen: &Screen) -> String {
        let row = &self.memory;
        let remark = row.remark();
        let remark = if remark.is_empty() { remark } else { screen.paint(Tone::Careful, &format!(" ({remark})")) };
        let id = screen.paint(Tone::Key, row.id.as_str());
        let title = screen.paint(Tone::Title, &text::one_line(&row.title));
        let mut out = format!("{id}  {}  {title}{remark}\n", text::one_line(&row.category));
        if !self.shown.text.is_empty() {
            let _ = writeln!(out, "  {}", highlight(&self.shown, screen));
        }
        out
    }
}

/// The snippet with its hits in another tone.
fn highlight(snippet: &Snippet, screen: &Screen) -> String {
    let piece = |range: std::ops::Range<usize>| snippet.text.get(range).unwrap_or_default();
    let (mut out, mut end) = (String::new(), 0);
    for hit in &snippet.hits {
        out.push_str(piece(end..hit.start));
        out.push_str(&screen.paint(Tone::Good, piece(hit.clone())));
        end = hit.end;
    }
    out + piece(end..snippet.text.len())
}

impl Report for Found {
    const SCHEMA: &'static str = "cmpm.memory.search/1";

    fn render(&self, screen: &Screen) -> String {
        if self.hits.is_empty() && self.more == 0 {
            return "No memory answers this.\n".to_owned();
        }
        let mut out: String = self.hits.iter().map(|hit| hit.render(screen)).collect();
        if self.more > 0 {
            let line = format!("{} more; `--limit` shows more of them", self.more);
            out.push_str(&screen.paint(Tone::Quiet, &line));
            out.push('\n');
        }
        out
    }

    fn findings(&self) -> &[Finding] {
        &self.findings
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hits_are_painted_where_they_stand() {
        let shown = snippet("mend the broken links", &Query::parse("links mend"), 40);
        assert_eq!(highlight(&shown, &Screen::PLAIN), "mend the broken links");
        let painted = highlight(&shown, &Screen { width: 0, colour: true });
        assert_eq!(painted, "\u{1b}[32mmend\u{1b}[0m the broken \u{1b}[32mlinks\u{1b}[0m");
    }
}
