//! `cmpm memory stats`

use std::collections::BTreeMap;

use crate::document::Document;
use crate::engine::similarity::{Shingles, Stems, similar_pairs};
use crate::report::prelude::*;
use crate::store::{Scan, Stored};

use super::anchor::{Checker, Freshness};
use super::find::usage::Usage;
use super::model::cycle::cycle_findings;
use super::model::standing::{Standing, Standings};
use super::model::{self, Memory};

/// From so much resemblance on, two memories are worth a look side by side.
const NEAR: f64 = 0.6;

/// A memory with what its text is compared by.
type Known = Stored<Memory, Shingles>;

/// Count memories and find those that need attention
///
/// How many of each category, what no longer holds, what no run was ever given, what served most, what may no longer be true, and
/// what says nearly the same twice. What runs were given is read off the run pages.
/// Example: `cmpm memory stats`
#[derive(Debug, Args)]
pub struct Stats {
    /// Show at most this many of each
    #[arg(long, short = 'n', value_name = "COUNT", default_value_t = 10)]
    limit: usize,
}

/// What there is.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Statistics {
    memories: usize,
    superseded: usize,
    expired: usize,
    /// By category: how many, and how many still hold.
    categories: BTreeMap<String, Counts>,
    /// How many run pages there are.
    runs: usize,
    /// What still holds and was in no brief, oldest first; empty where there is no run page.
    never_recalled: Vec<Served>,
    /// What was in the briefs of merged runs, of most of them first.
    most_useful: Vec<Served>,
    /// What has expired, and what is about code that has changed or is gone.
    stale: Vec<Stale>,
    /// What says nearly the same, most alike first.
    similar: Vec<Pair>,
    #[serde(skip)]
    limit: usize,
}

/// Of one category.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub struct Counts {
    all: usize,
    current: usize,
}

/// A memory and how it served.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Served {
    id: Id,
    title: String,
    created: Option<String>,
    /// In how many briefs it was.
    recalled: u32,
    /// How many of these runs were merged.
    merged: u32,
    /// How well it did, from 0 to 1, as `memory recommend` counts it.
    effectiveness: f64,
}

/// A memory that may no longer be true.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Stale {
    id: Id,
    title: String,
    why: String,
}

/// Two memories that say nearly the same.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Pair {
    one: Id,
    other: Id,
    /// From 0 to 1.
    resemblance: f64,
    title: String,
}

impl Verb for Stats {
    type Report = WithFindings<Statistics>;
    const METADATA: Metadata = Metadata::READS;

    fn run(self, context: &Context) -> Result<WithFindings<Statistics>> {
        let store = context.store()?;
        let shingles = |stems: &mut Stems, memory: &Memory, document: Document| {
            Shingles::with(stems, &format!("{}\n{}", memory.title, document.body()))
        };
        let Scan { records, mut findings } = store.scan_into(&store.work_tree(), &Stems::default, &shingles);
        findings.extend(cycle_findings((store, &store.work_tree()), &records));
        let standings = Standings::new(&records, context.clock.now());
        let mut statistics = Statistics::count(&records, &standings);
        let current: Vec<&Known> = records.iter().filter(|stored| standings.of(&stored.record) == Standing::Current).collect();
        statistics.serve(&current, &Usage::load(&store.work_tree()));
        let checker = Checker::new(context.repository().ok());
        statistics.stale = records.iter().filter_map(|stored| stale(&stored.record, &standings, &checker)).collect();
        statistics.similar = similar(&current);
        statistics.limit = self.limit;
        Ok(statistics.with(findings))
    }
}

/// Why a memory may no longer be true, if its day is over or its code is not what it was.
fn stale(memory: &Memory, standings: &Standings, checker: &Checker<'_>) -> Option<Stale> {
    let why = match standings.of(memory) {
        Standing::Superseded(_) => return None,
        Standing::Expired => format!("expired on {}", memory.valid_until.as_deref().unwrap_or_default()),
        Standing::Current => {
            let changed = checker.check(memory).into_iter().filter(|anchor| anchor.state != Freshness::Fresh);
            changed.max_by_key(|anchor| anchor.state)?.phrase()
        }
    };
    Some(Stale { id: memory.id.clone(), title: memory.title.clone(), why: text::one_line(&why) })
}

fn similar(current: &[&Known]) -> Vec<Pair> {
    let shingles: Vec<&Shingles> = current.iter().map(|stored| &stored.document).collect();
    let pair = |(one, other, resemblance): (usize, usize, f64)| {
        let (one, other) = (&current.get(one)?.record, &current.get(other)?.record);
        let resemblance = (resemblance * 100.0).round() / 100.0;
        Some(Pair { one: one.id.clone(), other: other.id.clone(), resemblance, title: one.title.clone() })
    };
    similar_pairs(&shingles, NEAR).into_iter().filter_map(pair).collect()
}

impl Statistics {
    fn count(records: &[Known], standings: &Standings) -> Self {
        let mut categories: BTreeMap<String, Counts> = BTreeMap::new();
        let (mut superseded, mut expired) = (0, 0);
        for stored in records {
            let counts = categories.entry(stored.record.category.clone()).or_default();
            counts.all += 1;
            match standings.of(&stored.record) {
                Standing::Current => counts.current += 1,
                Standing::Superseded(_) => superseded += 1,
                Standing::Expired => expired += 1,
            }
        }
        let (never_recalled, most_useful, stale, similar) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Self { memories: records.len(), superseded, expired, categories, runs: 0, never_recalled, most_useful, stale, similar, limit: 0 }
    }

    /// What runs were given, and what came of it.
    fn serve(&mut self, current: &[&Known], usage: &Usage) {
        let serve = |stored: &&Known| {
            let (memory, record) = (&stored.record, usage.of(&stored.record));
            let (id, title, created) = (memory.id.clone(), memory.title.clone(), memory.created.clone());
            let effectiveness = record.effectiveness(memory.confidence);
            Served { id, title, created, recalled: record.used, merged: record.merged, effectiveness }
        };
        let (never, mut served): (Vec<Served>, Vec<Served>) = current.iter().map(serve).partition(|served| served.recalled == 0);
        served.retain(|served| served.merged > 0);
        self.runs = usage.pages;
        self.never_recalled = if self.runs > 0 { never } else { Vec::new() };
        self.never_recalled.sort_by(|a, b| (&a.created, &a.id).cmp(&(&b.created, &b.id)));
        served.sort_by(|a, b| (b.merged, a.recalled, &a.id).cmp(&(a.merged, b.recalled, &b.id)));
        self.most_useful = served;
    }

    /// A list under its heading; nothing where it is empty.
    fn part<T>(&self, heading: &str, list: &[T], show: impl Fn(&T) -> String) -> String {
        let mut out = if list.is_empty() { String::new() } else { format!("\n{heading} ({})\n", list.len()) };
        for item in list.iter().take(self.limit) {
            let _ = writeln!(out, "{}", show(item));
        }
        if list.len() > self.limit {
            let _ = writeln!(out, "{} more; `--limit` shows more of them", list.len() - self.limit);
        }
        out
    }
}

impl Report for Statistics {
    const SCHEMA: &'static str = "cmpm.memory.stats/1";

    fn render(&self, screen: &Screen) -> String {
        let over = format!("{} superseded, {} expired", self.superseded, self.expired);
        let mut out = format!("{} ({over}), {}\n", model::count(self.memories), text::plural(self.runs, "run page"));
        let mut table = Table::new(["CATEGORY", "ALL", "CURRENT"]);
        for (category, counts) in &self.categories {
            table.row([(category, None), (&counts.all.to_string(), None), (&counts.current.to_string(), None)]);
        }
        out.push_str(&table.render(screen));
        let key = |id: &Id| screen.paint(Tone::Key, id.as_str());
        let title = |heading: &str| screen.paint(Tone::Title, heading);
        out.push_str(&self.part(&title("Most useful"), &self.most_useful, |one| {
            format!(
                "{}  {} of {} merged  {}",
                key(&one.id),
                one.merged,
                text::plural(one.recalled as usize, "run"),
                text::one_line(&one.title)
            )
        }));
        out.push_str(
            &self.part(&title("Never recalled"), &self.never_recalled, |one| format!("{}  {}", key(&one.id), text::one_line(&one.title))),
        );
        out.push_str(&self.part(&title("Stale"), &self.stale, |one| {
            let why = screen.paint(Tone::Careful, &format!("({})", one.why));
            format!("{}  {} {why}", key(&one.id), text::one_line(&one.title))
        }));
        out.push_str(&self.part(&title("Nearly the same"), &self.similar, |pair| {
            format!("{}  {}  {:.0} %  {}", key(&pair.one), key(&pair.other), pair.resemblance * 100.0, text::one_line(&pair.title))
        }));
        out
    }
}
