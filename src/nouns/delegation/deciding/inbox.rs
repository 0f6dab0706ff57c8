//! The inbox: the runs that wait for a decision, the one to decide first at the top, each with the reasons for its place.

use std::cmp::Reverse;

use rayon::prelude::*;
use schemars::JsonSchema;
use serde::Serialize;

use crate::base::{Explain, Explained, RepoPath, Result, Timestamp, text};
use crate::context::Context;
use crate::git::FileStat;
use crate::nouns::ticket::{Names, Ticket, graph_of};
use crate::report::{Screen, Tone};
use crate::run::{Outcome, Run, Runs, State, Status};
use crate::store::Listed;

use super::super::row::{RunRow, render_rows};

/// From so many changed lines or files on a change is a large one.
const MANY_LINES: usize = 400;
const MANY_FILES: usize = 20;
documented! {
    "docs/delegation.md": "{} lines or {} files and more", MANY_LINES, MANY_FILES;
}

/// What runs on other machines.
const PIPELINES: [&str; 8] =
    [".github/", ".gitlab-ci", ".circleci/", "azure-pipelines", "Jenkinsfile", ".buildkite/", ".woodpecker", ".ci/"];
/// What else steers what happens to others later.
const BUILD: [&str; 6] = ["Cargo.toml", "package.json", "Makefile", "Dockerfile", "build.rs", "pyproject.toml"];

/// Whether a file steers how the project is built or checked; a reviewer should never miss a change of one.
pub fn steers(path: &RepoPath) -> bool {
    let path = path.lossy();
    PIPELINES.iter().chain(&BUILD).any(|name| path.contains(name))
}

/// How much a decision in passing could cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    Low,
    Medium,
    High,
}

impl Level {
    fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// What the place of a run goes by: each part counts only where those before it are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Score {
    /// How much a decision in passing could cost.
    pub risk: Level,
    /// How many open tickets wait for this run's ticket, directly or through others.
    pub blocks: usize,
    /// For how many seconds it has waited.
    pub waits: u64,
}

impl Score {
    fn rank(&self) -> impl Ord + use<> {
        (Reverse(self.risk), Reverse(self.blocks), Reverse(self.waits))
    }
}

/// A run that waits for a decision.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Waiting {
    #[serde(flatten)]
    pub row: RunRow,
    /// What its place goes by.
    pub score: Score,
    /// Why it is there, in words: `touches CI`, `blocks 2`, `gates passed`.
    pub reasons: Vec<String>,
}

impl Waiting {
    /// `high risk: touches CI, blocks 2, gates passed, 120 lines`.
    pub fn line(&self) -> String {
        format!("{} risk: {}", self.score.risk.as_str(), text::one_line(&self.reasons.join(", ")))
    }
}

/// What is known of a run that waits.
struct Facts<'a> {
    status: &'a Status,
    files: &'a [FileStat],
    conflicts: &'a [RepoPath],
    /// Whether a stranger's text could have had something sent out.
    stranger: bool,
    blocks: usize,
}

impl Facts<'_> {
    /// How much could go wrong, and everything that is worth knowing before one opens it, the worst first.
    fn judge(&self) -> (Level, Vec<String>) {
        use Level::{High, Low, Medium};
        let Self { status, files, conflicts, .. } = self;
        let touches = |names: &[&str]| files.iter().any(|file| names.iter().any(|name| file.path.lossy().contains(name)));
        let lines = files.iter().map(|file| file.added + file.removed).sum::<u64>();
        let lines = usize::try_from(lines).unwrap_or(usize::MAX);
        let failed = status.gates.iter().find(|gate| !gate.passed);
        let outcome = status.outcome.unwrap_or(Outcome::NoChange);
        let counted = text::plural(lines, "line");
        let size = if lines >= MANY_LINES || files.len() >= MANY_FILES { Medium } else { Low };
        let all = [
            (!status.violations.is_empty(), High, "touches what its role may not".to_owned()),
            (self.stranger, High, "a stranger's text could have steered it".to_owned()),
            (touches(&PIPELINES), High, "touches CI".to_owned()),
            (touches(&BUILD), Medium, "touches the build".to_owned()),
            (!conflicts.is_empty(), Medium, "conflicts with target".to_owned()),
            (outcome != Outcome::Passed && status.violations.is_empty(), Medium, outcome.as_str().replace('_', " ")),
            (files.iter().any(|file| file.binary), Medium, "binary files".to_owned()),
            (self.blocks > 0, Low, format!("blocks {}", self.blocks)),
            (!status.gates.is_empty() && failed.is_none(), Low, "gates passed".to_owned()),
            (failed.is_some(), Medium, failed.map(|gate| format!("gate {} failed", gate.name)).unwrap_or_default()),
            (status.gates.is_empty() && status.outcome == Some(Outcome::Passed), Low, "no gates".to_owned()),
            (files.len() > 1, size, format!("{counted} in {}", text::plural(files.len(), "file"))),
            (files.len() == 1, size, counted),
        ];
        let real: Vec<(Level, String)> = all.into_iter().filter(|(is_so, ..)| *is_so).map(|(_, level, reason)| (level, reason)).collect();
        (real.iter().map(|(level, _)| *level).max().unwrap_or(Low), real.into_iter().map(|(_, reason)| reason).collect())
    }
}

/// The runs that wait, in the order in which they should be decided about.
pub fn inbox(context: &Context, runs: &Runs<'_>, tickets: &[Listed<Ticket>]) -> Result<Vec<Waiting>> {
    let waiting = runs.waiting()?;
    if waiting.is_empty() {
        return Ok(Vec::new());
    }
    let names = Names::new(tickets);
    let graph = graph_of(tickets, &names);
    let ids: Vec<&str> = waiting.iter().map(|run| names.whole(run.job.ticket.id.as_str())).collect();
    let (blocks, now) = (graph.waiting_for(&ids), context.clock.now());
    let each = |(run, blocks): (&Run, &usize)| -> Result<Waiting> {
        let (files, conflicts) = (runs.changed_files(run)?, runs.conflicts(run)?);
        let stranger = run.job.risk.as_ref().is_some_and(crate::run::Risk::is_all);
        let facts = Facts { status: &run.status, files: &files, conflicts: &conflicts, stranger, blocks: *blocks };
        let (risk, reasons) = facts.judge();
        let since = run.status.ended.unwrap_or(run.job.created);
        Ok(Waiting { row: RunRow::from(run), score: Score { risk, blocks: *blocks, waits: now.since(since) }, reasons })
    };
    let mut found: Vec<Waiting> = waiting.par_iter().zip(&blocks).map(each).collect::<Result<_>>()?;
    found.sort_by_cached_key(|waiting| (waiting.score.rank(), waiting.row.run.clone()));
    Ok(found)
}

/// The inbox as a table, with why each is where it is.
pub fn render(waiting: &[Waiting], now: Timestamp, screen: &Screen) -> String {
    let rows: Vec<RunRow> = waiting.iter().map(|waiting| waiting.row.clone()).collect();
    let mut out = render_rows(&rows, Some(now), screen) + "\n";
    for waiting in waiting {
        let (run, title) = (screen.paint(Tone::Key, waiting.row.run.as_str()), waiting.line());
        out.push_str(&format!("{run}  {title}\n"));
    }
    out
}

/// Why no run begins.
#[derive(Debug, thiserror::Error)]
#[error("{} for your decision and {} are at work, and `review.max_waiting` allows {most} together; decide first about {}", waits(*.waiting), .working, .first.join(", "))]
pub struct InboxFull {
    waiting: usize,
    working: usize,
    most: u32,
    /// The runs to decide about first, each with why.
    first: Vec<String>,
}

fn waits(count: usize) -> String {
    format!("{} {}", text::plural(count, "run"), if count == 1 { "waits" } else { "wait" })
}

impl Explain for InboxFull {
    fn explain(&self) -> Explained {
        Explained::conflict("inbox_full")
            .hint("nothing was started; `cmpm delegate review` lists what waits, what to decide first at the top")
            .hint("`cmpm config set review.max_waiting 0` takes the limit away")
    }
}

/// How many more runs may begin before more than `review.max_waiting` could wait for a decision; `None` without a limit.
pub fn room(context: &Context, runs: &Runs<'_>) -> Result<Option<usize>> {
    let most = context.config()?.review.max_waiting;
    if most == 0 {
        return Ok(None);
    }
    let all = runs.list()?;
    let open = all.iter().filter(|run| run.status.state == State::Review || run.is_driven()).count();
    Ok(Some((most as usize).saturating_sub(open)))
}

/// Refuses to begin so many runs if they do not all fit into the inbox.
pub fn require_room(context: &Context, runs: &Runs<'_>, wanted: usize, tickets: &[Listed<Ticket>]) -> Result<()> {
    let Some(room) = room(context, runs)?.filter(|room| wanted > *room) else { return Ok(()) };
    let first: Vec<Waiting> = inbox(context, runs, tickets)?;
    let most = context.config()?.review.max_waiting;
    let working = (most as usize).saturating_sub(room + first.len());
    let named = first.iter().take(3).map(|waiting| format!("{} ({})", waiting.row.run, waiting.line())).collect();
    Err(InboxFull { waiting: first.len(), working, most, first: named }.into())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn score() -> impl Strategy<Value = Score> {
        let level = prop_oneof![Just(Level::Low), Just(Level::Medium), Just(Level::High)];
        (level, 0..4_usize, 0..4_u64).prop_map(|(risk, blocks, waits)| Score { risk, blocks, waits })
    }

    proptest! {
        #[test]
        fn what_is_more_in_every_part_comes_first_and_the_order_is_whole(one in score(), other in score()) {
            let at_least = one.risk >= other.risk && one.blocks >= other.blocks && one.waits >= other.waits;
            if at_least && one != other {
                prop_assert!(one.rank() < other.rank());
            }
            prop_assert_eq!(one == other, one.rank() == other.rank());
            prop_assert_eq!(one.risk > other.risk, one.risk != other.risk && one.rank() < other.rank());
        }
    }

    #[test]
    fn each_reason_has_its_weight() {
        let file = |path: &str, added| FileStat { path: RepoPath::parse(path).unwrap(), added, removed: 0, binary: false };
        let passed = Status { outcome: Some(Outcome::Passed), ..Status::queued() };
        let judged = |status: &Status, files: &[FileStat], blocks: usize| {
            let (level, reasons) = Facts { status, files, conflicts: &[], stranger: false, blocks }.judge();
            format!("{}: {}", level.as_str(), reasons.join(", "))
        };
        assert_eq!(judged(&passed, &[file("a", 3)], 2), "low: blocks 2, no gates, 3 lines");
        assert_eq!(judged(&passed, &[file("a", 399)], 0), "low: no gates, 399 lines");
        assert_eq!(judged(&passed, &[file("a", 400)], 0), "medium: no gates, 400 lines");
        assert_eq!(judged(&passed, &[file("a", 1), file(".github/x", 1)], 0), "high: touches CI, no gates, 2 lines in 2 files");
        assert_eq!(judged(&passed, &[file("web/package.json", 1)], 0), "medium: touches the build, no gates, 1 line");
        let failed = Status { outcome: Some(Outcome::AgentFailed), ..Status::queued() };
        assert_eq!(judged(&failed, &[], 0), "medium: agent failed");
    }
}
