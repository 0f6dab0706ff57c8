//! `cmpm memory search`

use crate::engine::search::{FIELDS, Snippet, snippet};
use crate::report::prelude::*;
use crate::store::{Library, Scan, Store};

use super::anchor::{Checked, Checker, Freshness};
use super::find::ask;
use super::find::ask::{Answer, Answers, Ask, Judges};
use super::find::boost::{Boost, BoostPart, Boosts};
use super::find::elsewhere;
use super::find::elsewhere::Elsewhere;
use super::find::filter::Filter;
use super::find::projects;
use super::find::row::MemoryRow;
use super::find::texts::text_of;
use super::find::usage::Usage;
use super::model::Memory;
use super::model::standing::Standings;

/// Search memories
///
/// The best answers come first; what was superseded or has expired comes last, and a memory whose code has changed since counts
/// half. `"two words"` must stand side by side, `config*` is the beginning of a word. `--error -` reads a stack trace or the
/// output of a compiler: memories with a matching signature come first, the best proved of them before the others.
/// Example: `cmpm memory search broken links --where 'category=pattern and created>2026-01-01'`
#[derive(Debug, Args)]
pub struct Search {
    /// Words to look for
    #[arg(required_unless_present = "error")]
    words: Vec<String>,
    /// A file with an error's text, such as a stack trace; `-` reads it from standard input
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    error: Option<String>,
    #[command(flatten)]
    filter: Filter,
    /// Also memories from the clone's other worktrees, marked with their branch
    #[arg(long)]
    all_worktrees: bool,
    /// Also weigh how recent a memory is (relative to the commit that is checked out), or how the runs that used it ended
    #[arg(long, value_name = "BOOST", value_delimiter = ',')]
    boost: Vec<Boost>,
    /// Also memories of the projects listed under `memory.projects` in the settings, marked with their project
    #[arg(long)]
    projects: bool,
    /// Also show how each result's score is made up
    #[arg(long)]
    explain: bool,
    /// Show at most this many results
    #[arg(long, short = 'n', value_name = "COUNT", default_value_t = 10)]
    limit: usize,
}

/// What was found.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Found {
    /// The answers, best first.
    hits: Vec<FoundMemory>,
    /// How many more there are beyond the limit.
    more: usize,
}

/// A memory that answers.
#[derive(Debug, Serialize, JsonSchema)]
pub struct FoundMemory {
    #[serde(flatten)]
    pub memory: MemoryRow,
    /// How well it answers; comparable within one search only.
    pub score: f64,
    /// The words of the query that were found.
    matched: Vec<String>,
    /// The piece of its text that shows best why it was found.
    snippet: String,
    /// What fixed the error.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub resolution: Vec<String>,
    /// How many words of its signature are in the error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signature: Option<usize>,
    /// What happened to the places in the code that it is about.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub anchors: Vec<Checked>,
    /// The worktree or project that has it, if not this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub elsewhere: Option<Elsewhere>,
    /// What the score is made of; only with `--explain`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub explanation: Option<Explanation>,
    #[serde(skip)]
    pub shown: Snippet,
    #[serde(skip)]
    pub freshness: Option<Freshness>,
}

/// What a score is made of.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Explanation {
    /// What each term adds.
    pub terms: Vec<TermPart>,
    /// What words that stand close together add.
    pub proximity: f64,
    /// What the sum is multiplied with: less than 1 if the code has changed.
    pub factor: f64,
    /// What else it is multiplied with.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub boosts: Vec<BoostPart>,
    /// How well it did in runs, from 0 to 1; decides between matching signatures only.
    pub proof: f64,
    /// The same in words.
    pub runs: String,
}

/// What a term adds.
#[derive(Debug, Serialize, JsonSchema)]
pub struct TermPart {
    /// The term.
    pub term: String,
    /// How often it is in title, tags, details and body.
    pub counts: [u32; FIELDS],
    /// How rare it is.
    pub idf: f64,
    /// What it adds.
    pub score: f64,
}

impl Verb for Search {
    type Report = WithFindings<Found>;
    const METADATA: Metadata = Metadata::READS;

    fn run(self, context: &Context) -> Result<WithFindings<Found>> {
        let ask = match &self.error {
            Some(file) => Ask::error(context, file, &self.words)?,
            None => Ask::words(&self.words)?,
        };
        let store = context.store()?;
        let predicate = self.filter.predicate(store, context.clock.now())?;
        self.filter.check_in(store)?;
        let (mut library, marks) = self.library(context, store)?;
        let judges = Judges {
            predicate,
            standings: Standings::new(&library.witnesses(), context.clock.now()),
            anchors: Checker::new(context.repository().ok()),
            usage: if self.wants_usage() { Usage::load(&store.work_tree()) } else { Usage::default() },
            boosts: Boosts::new(&self.boost, context)?,
        };
        let Answers { best, total } = ask::find(&mut library, &ask, (&judges, self.limit));
        let more = total.saturating_sub(best.len());
        let show = |answer: Answer| {
            let text = library.open(answer.hit.index).map(|stored| text_of(&stored)).unwrap_or_default();
            let elsewhere = marks.get(answer.hit.index).cloned().flatten();
            let project = elsewhere.as_ref().and_then(|place| place.project.clone());
            let memory = MemoryRow { project, ..MemoryRow::new(&answer.listed, &judges.standings) };
            FoundMemory { elsewhere, ..self.show(answer, memory, snippet(&text, &ask.query)) }
        };
        Ok(Found { hits: best.into_iter().map(show).collect(), more }.with(library.findings()))
    }
}

impl Search {
    fn wants_usage(&self) -> bool {
        self.explain || self.error.is_some() || self.boost.contains(&Boost::Effectiveness)
    }

    /// What is searched, and which of it belongs to which other worktree.
    fn library<'a>(&self, context: &Context, store: &'a Store) -> Result<(Library<'a, Memory>, Vec<Option<Elsewhere>>)> {
        if !self.all_worktrees && !self.projects {
            return Ok((store.library::<Memory>(store.work_tree()), Vec::new()));
        }
        let Scan { mut records, mut findings } = store.scan::<Memory>(&store.work_tree());
        let mut others = if self.all_worktrees { elsewhere::memories(context, &records)? } else { Vec::new() };
        if self.projects {
            others.extend(projects::memories(context, &records, &mut findings)?);
        }
        let mut marks: Vec<Option<Elsewhere>> = records.iter().map(|_| None).collect();
        for (stored, place) in others {
            records.push(stored);
            marks.push(Some(place));
        }
        Ok((store.library_of(records, findings), marks))
    }

    fn show(&self, answer: Answer, memory: MemoryRow, shown: Snippet) -> FoundMemory {
        let (score, freshness) = (answer.score(), answer.freshness());
        FoundMemory {
            memory,
            score,
            matched: answer.hit.matched().map(str::to_owned).collect(),
            snippet: shown.text.clone(),
            resolution: if self.error.is_some() { answer.listed.record.details.resolution.clone() } else { Vec::new() },
            signature: answer.signature,
            elsewhere: None,
            explanation: self.explain.then(|| explain(&answer)),
            anchors: answer.anchors,
            freshness: Some(freshness),
            shown,
        }
    }
}

fn explain(answer: &Answer) -> Explanation {
    let part =
        |part: &crate::engine::search::Part| TermPart { term: part.term.clone(), counts: part.counts, idf: part.idf, score: part.score };
    Explanation {
        terms: answer.hit.parts.iter().map(part).collect(),
        proximity: answer.hit.proximity,
        factor: answer.kept(),
        boosts: answer.boosts.clone(),
        proof: answer.proof(),
        runs: answer.usage.phrase(),
    }
}

impl Report for Found {
    const SCHEMA: &'static str = "cmpm.memory.search/1";

    fn render(&self, screen: &Screen) -> String {
        if self.hits.is_empty() && self.more == 0 {
            return "No results.\n".to_owned();
        }
        let hits: String = self.hits.iter().map(|hit| hit.render(screen)).collect();
        hits + &screen.more(self.more)
    }
}
