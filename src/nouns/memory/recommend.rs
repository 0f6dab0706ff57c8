//! `cmpm memory recommend`

use crate::engine::search::Query;
use crate::report::prelude::*;
use crate::store::{Library, Listed};

use super::find::ask::EXAMPLE;
use super::find::filter::{Filter, Predicate};
use super::find::row::MemoryRow;
use super::find::usage;
use super::find::usage::Usage;
use super::model::Memory;
use super::model::standing::{Standing, Standings};

/// How much the outcome of runs counts, and how much the words in common.
const EFFECTIVENESS: f64 = 0.6;
const RELEVANCE: f64 = 0.4;
documented! {
    "docs/memory.md": "the {} memories with the highest {EFFECTIVENESS} × effectiveness + {RELEVANCE} × relevance", word(USUAL);
    "src/nouns/memory/recommend.rs": "{} × effectiveness + {} × relevance", EFFECTIVENESS, RELEVANCE;
}

/// Recommend memories that have proved useful
///
/// Ranks by 0.6 × effectiveness + 0.4 × relevance. Effectiveness is the share of the runs that were given a memory and whose work
/// was merged, where the memory's confidence counts as much as two runs; relevance is its search score relative to the best one.
/// Example: `cmpm memory recommend parse configuration --category pattern`
#[derive(Debug, Args)]
pub struct Recommend {
    /// What the work is about
    #[arg(required = true)]
    words: Vec<String>,
    #[command(flatten)]
    filter: Filter,
    /// How many at most
    #[arg(long, short = 'n', value_name = "COUNT", default_value_t = USUAL)]
    limit: usize,
}

/// How many are recommended unless more are asked for.
const USUAL: usize = 5;

/// Memories that worked.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Recommended {
    /// The memories, best first.
    memories: Vec<RecommendedMemory>,
}

/// A memory and why it is recommended.
#[derive(Debug, Serialize, JsonSchema)]
struct RecommendedMemory {
    #[serde(flatten)]
    memory: MemoryRow,
    /// 0.6 × effectiveness + 0.4 × relevance.
    score: f64,
    /// How well it did in runs, from 0 to 1.
    effectiveness: f64,
    /// How well it fits the words, from 0 to 1.
    relevance: f64,
    /// Runs that were given it.
    used: u32,
    /// Of these, the ones whose work was merged.
    merged: u32,
    /// Of these, the ones that failed or were rejected.
    failed: u32,
    #[serde(skip)]
    why: String,
}

impl Verb for Recommend {
    type Report = WithFindings<Recommended>;
    const METADATA: Metadata = Metadata::READS;

    fn run(self, context: &Context) -> Result<WithFindings<Recommended>> {
        let query = Query::parse(&self.words.join(" ")).required(EXAMPLE)?;
        let store = context.store()?;
        let predicate = self.filter.predicate(store, context.clock.now())?;
        let mut library = store.library::<Memory>(store.work_tree());
        let standings = Standings::new(&library.witnesses(), context.clock.now());
        let usage = Usage::load(&store.work_tree());
        let mut memories: Vec<RecommendedMemory> = candidates(&mut library, &query, (&predicate, &standings))
            .iter()
            .map(|(listed, relevance)| recommended(listed, *relevance, (&standings, usage.of(&listed.record))))
            .collect();
        memories.sort_by(|a, b| b.score.total_cmp(&a.score));
        memories.truncate(self.limit);
        Ok(Recommended { memories }.with(library.findings()))
    }
}

/// What answers the query, still holds and passes, with how well it fits relative to the best one.
fn candidates(
    library: &mut Library<'_, Memory>,
    query: &Query,
    (predicate, standings): (&Predicate<'_>, &Standings),
) -> Vec<(Listed<Memory>, f64)> {
    let hits = library.search(query, usize::MAX).best;
    let found = hits.into_iter().filter_map(|hit| Some((library.find(hit.index)?, hit.score)));
    let fits = |(listed, _): &(Listed<Memory>, f64)| {
        predicate.lets_through(&listed.record, &listed.path) && standings.of(&listed.record) == Standing::Current
    };
    let found: Vec<(Listed<Memory>, f64)> = found.filter(fits).collect();
    let highest = found.first().map_or(1.0, |(_, score)| score.max(f64::MIN_POSITIVE));
    found.into_iter().map(|(listed, score)| (listed, score / highest)).collect()
}

fn recommended(listed: &Listed<Memory>, relevance: f64, (standings, record): (&Standings, usage::Record)) -> RecommendedMemory {
    let effectiveness = record.effectiveness(listed.record.confidence);
    RecommendedMemory {
        memory: MemoryRow::new(listed, standings),
        score: EFFECTIVENESS * effectiveness + RELEVANCE * relevance,
        effectiveness,
        relevance,
        used: record.used,
        merged: record.merged,
        failed: record.failed,
        why: record.phrase(),
    }
}

impl Report for Recommended {
    const SCHEMA: &'static str = "cmpm.memory.recommend/1";

    fn render(&self, screen: &Screen) -> String {
        if self.memories.is_empty() {
            return "No memories match.\n".to_owned();
        }
        let row = |found: &RecommendedMemory| {
            let id = screen.paint(Tone::Key, found.memory.id.as_str());
            let title = screen.paint(Tone::Title, &text::one_line(&found.memory.title));
            let (score, effectiveness, relevance) = (found.score, found.effectiveness, found.relevance);
            let why = format!("{score:.2} = 0.6 × {effectiveness:.2} effective + 0.4 × {relevance:.2} relevant; {}", found.why);
            format!("{id}  {}  {title}\n  {}\n", text::one_line(&found.memory.category), screen.paint(Tone::Quiet, &why))
        };
        self.memories.iter().map(row).collect()
    }
}
