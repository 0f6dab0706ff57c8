//! `cmpm delegate compare`

use std::collections::BTreeMap;

use crate::base::{Explain, Explained};
use crate::git::Oid;
use crate::report::TableColumn;
use crate::report::prelude::*;
use crate::run::{Outcome, Run, Runs, State};

use super::row::tone;

/// Compare runs on the same ticket
///
/// Shows what each changed, which gates it passed, how long it took and what it cost, and which files only some of them touch.
/// Takes runs, or a ticket whose open runs are meant; without either it is the only ticket that several are open on. Approving one
/// of a group (`delegate run --times`) rejects the others.
/// Example: `cmpm delegate compare ISS-7k3`
#[derive(Debug, Args)]
pub struct Compare {
    /// Runs, or a ticket
    #[arg(value_name = "RUN", add = Takes::Run)]
    runs: Vec<String>,
}

/// Runs side by side.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Compared {
    runs: Vec<Side>,
    /// Every file that one of them changes, with the runs that do.
    files: Vec<Touched>,
    /// What they cost together, as far as that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    cost: Option<f64>,
}

/// One of the runs.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Side {
    run: Id,
    ticket: Id,
    agent: String,
    runner: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<String>,
    state: State,
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<Outcome>,
    /// Gates that passed.
    passed: Vec<String>,
    /// Gates that failed.
    failed: Vec<String>,
    /// How many files it changes.
    files: usize,
    added: u64,
    removed: u64,
    /// How many seconds its attempts took.
    #[serde(skip_serializing_if = "Option::is_none")]
    seconds: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    input_tokens: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output_tokens: Option<u64>,
    /// US dollars.
    #[serde(skip_serializing_if = "Option::is_none")]
    cost: Option<f64>,
    /// The first of the others that made the same of every file.
    #[serde(skip_serializing_if = "Option::is_none")]
    same_as: Option<Id>,
}

/// A file and who changes it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Touched {
    path: RepoPath,
    runs: Vec<Id>,
}

/// There is nothing to compare.
#[derive(Debug, thiserror::Error)]
enum CompareError {
    #[error("there are no two runs to compare{}", ticket.as_ref().map(|ticket| format!(" on {ticket}")).unwrap_or_default())]
    TooFew { ticket: Option<String> },
    #[error("several runs are open on each of {}", tickets.join(", "))]
    Several { tickets: Vec<String> },
}

impl Explain for CompareError {
    fn explain(&self) -> Explained {
        match self {
            Self::TooFew { .. } => {
                Explained::wrong("not_found").hint("`cmpm delegate run TICKET --times 3` begins several; `cmpm delegate list` shows all")
            }
            Self::Several { .. } => Explained::wrong("ambiguous").hint("name one of them"),
        }
    }
}

impl Verb for Compare {
    type Report = Compared;
    const METADATA: Metadata = Metadata::READS;

    fn run(self, context: &Context) -> Result<Compared> {
        let trust = super::trust(context)?;
        let runs = super::runs(context, &trust)?;
        let chosen = match self.runs.as_slice() {
            [] => on_only_ticket(runs.list()?)?,
            [one] => around(runs.list()?, one)?,
            several => several.iter().map(|query| super::require(context, &runs, Some(query))).collect::<Result<_>>()?,
        };
        compare(&runs, &chosen)
    }
}

/// The open runs on the only ticket that has several.
fn on_only_ticket(all: Vec<Run>) -> Result<Vec<Run>> {
    let mut tickets: BTreeMap<Id, Vec<Run>> = BTreeMap::new();
    for run in all.into_iter().filter(|run| !run.status.state.is_closed()).rev() {
        tickets.entry(run.job.ticket.id.clone()).or_default().push(run);
    }
    tickets.retain(|_, runs| runs.len() > 1);
    let names: Vec<String> = tickets.keys().map(Id::to_string).collect();
    match (tickets.pop_first(), tickets.is_empty()) {
        (Some((_, runs)), true) => Ok(runs),
        (None, _) => Err(CompareError::TooFew { ticket: None }.into()),
        (Some(_), false) => Err(CompareError::Several { tickets: names }.into()),
    }
}

/// The group of a run; the open runs on a ticket, or its newest group.
fn around(mut all: Vec<Run>, query: &str) -> Result<Vec<Run>> {
    all.reverse();
    let named = all.iter().find(|run| run.job.run.starts_with(query));
    let ticket = named.map_or_else(|| query.to_owned(), |run| run.job.ticket.id.to_string());
    let group = named.and_then(|run| run.job.group.clone());
    all.retain(|run| run.job.ticket.id.starts_with(&ticket));
    let newest = all.iter().rev().find_map(|run| run.job.group.clone());
    let is_open = |run: &&Run| !run.status.state.is_closed();
    let of = |group: Option<Id>| all.iter().filter(|run| group.is_some() && run.job.group == group).cloned().collect::<Vec<_>>();
    let open: Vec<Run> = all.iter().filter(is_open).cloned().collect();
    let found = [of(group), open, of(newest)].into_iter().find(|runs| runs.len() > 1);
    found.ok_or_else(|| CompareError::TooFew { ticket: Some(text::one_line(&ticket)) }.into())
}

fn compare(runs: &Runs<'_>, chosen: &[Run]) -> Result<Compared> {
    let mut files: BTreeMap<RepoPath, Vec<Id>> = BTreeMap::new();
    let mut trees: Vec<(Oid, Oid, Id)> = Vec::new();
    let mut sides = Vec::new();
    for run in chosen {
        let changed = runs.changed_files(run)?;
        for file in &changed {
            files.entry(file.path.clone()).or_default().push(run.job.run.clone());
        }
        let tree = run.status.work.map(|work| runs.repository.tree_of(work)).transpose()?;
        let same = tree.and_then(|tree| trees.iter().find(|(base, other, _)| (*base, *other) == (run.base(), tree)));
        let mut side = Side::of(run);
        side.same_as = same.map(|(_, _, id)| id.clone());
        trees.extend(tree.map(|tree| (run.base(), tree, run.job.run.clone())));
        (side.files, side.added, side.removed) =
            (changed.len(), changed.iter().map(|file| file.added).sum(), changed.iter().map(|file| file.removed).sum());
        sides.push(side);
    }
    let cost = sides.iter().filter_map(|side| side.cost).reduce(|sum, cost| sum + cost);
    Ok(Compared { runs: sides, files: files.into_iter().map(|(path, runs)| Touched { path, runs }).collect(), cost })
}

impl Side {
    fn of(run: &Run) -> Self {
        let (job, status) = (&run.job, &run.status);
        let gates = |passed: bool| status.gates.iter().filter(|gate| gate.passed == passed).map(|gate| gate.name.clone()).collect();
        Self {
            run: job.run.clone(),
            ticket: job.ticket.id.clone(),
            agent: job.agent.name.clone(),
            runner: job.runner.name().to_owned(),
            model: status.usage.model.clone().or_else(|| job.model().map(str::to_owned)),
            state: status.state,
            outcome: run.outcome(),
            passed: gates(true),
            failed: gates(false),
            files: 0,
            added: 0,
            removed: 0,
            seconds: status.worked(),
            input_tokens: status.usage.input_tokens,
            output_tokens: status.usage.output_tokens,
            cost: status.cost(),
            same_as: None,
        }
    }

    fn gates(&self) -> String {
        match (self.passed.len(), self.failed.as_slice()) {
            (0, []) => "-".to_owned(),
            (passed, []) => format!("{passed} ok"),
            (_, failed) => format!("{} failed", failed.join(", ")),
        }
    }

    fn tokens(&self) -> String {
        let all = self.input_tokens.into_iter().chain(self.output_tokens).reduce(u64::saturating_add);
        all.map_or_else(|| "-".to_owned(), in_thousands)
    }
}

/// A count in at most five characters.
pub fn in_thousands(count: u64) -> String {
    match count {
        0..1_000 => count.to_string(),
        1_000..1_000_000 => format!("{}k", count / 1_000),
        _ => format!("{}.{}M", count / 1_000_000, count % 1_000_000 / 100_000),
    }
}

impl Report for Compared {
    const SCHEMA: &'static str = "cmpm.delegate.compare/1";

    fn render(&self, screen: &Screen) -> String {
        let mut table = Table::new([
            "RUN".into(),
            TableColumn::weighing(3, "RUNNER"),
            TableColumn::weighing(2, "MODEL").if_any(),
            TableColumn::weighing(5, "OUTCOME"),
            TableColumn::weighing(4, "GATES"),
            TableColumn::weighing(4, "CHANGE"),
            TableColumn::weighing(4, "TIME"),
            TableColumn::weighing(4, "TOKENS"),
            TableColumn::weighing(4, "COST"),
        ]);
        for side in &self.runs {
            let change = format!("{} (+{} -{})", side.files, side.added, side.removed);
            let time = side.seconds.map_or_else(|| "-".to_owned(), text::duration);
            let cost = side.cost.map_or_else(|| "-".to_owned(), |cost| format!("${cost:.2}"));
            table.row([
                (side.run.as_str(), Some(Tone::Key)),
                (&side.runner, None),
                (side.model.as_deref().unwrap_or_default(), None),
                (side.outcome.map_or_else(|| side.state.as_str(), Outcome::as_str), tone(side.outcome)),
                (&side.gates(), side.failed.first().map(|_| Tone::Bad)),
                (&change, None),
                (&time, None),
                (&side.tokens(), None),
                (&cost, None),
            ]);
        }
        let mut out = table.render(screen);
        out.push_str(&self.cost.map(|cost| format!("Together ${cost:.4}\n")).unwrap_or_default());
        for side in &self.runs {
            out.push_str(&side.same_as.as_ref().map(|other| format!("{} made the same change as {other}\n", side.run)).unwrap_or_default());
        }
        out.push_str(&self.render_files(screen));
        if let Some(best) = self.runs.iter().find(|side| side.state == State::Review && side.outcome == Some(Outcome::Passed)) {
            let step = format!("next: cmpm delegate diff {}, then `approve` the one you want\n", best.run);
            out.push_str(&screen.paint(Tone::Quiet, &step));
        }
        out
    }
}

impl Compared {
    /// The files by who changes them, those of all first.
    fn render_files(&self, screen: &Screen) -> String {
        let mut groups: Vec<(&[Id], Vec<String>)> = Vec::new();
        for file in &self.files {
            let path = text::one_line(&file.path.to_string());
            match groups.iter_mut().find(|(runs, _)| *runs == file.runs.as_slice()) {
                Some((_, paths)) => paths.push(path),
                None => groups.push((&file.runs, vec![path])),
            }
        }
        groups.sort_by_key(|(runs, _)| std::cmp::Reverse(runs.len()));
        let mut out = String::new();
        for (runs, paths) in groups {
            let names: Vec<&str> = runs.iter().map(Id::as_str).collect();
            let who = if runs.len() == self.runs.len() { "all".to_owned() } else { names.join(", ") };
            let _ = writeln!(out, "{}", screen.paint(Tone::Title, &format!("Changed by {who}")));
            for path in paths {
                let _ = writeln!(out, "  {path}");
            }
        }
        out
    }
}
