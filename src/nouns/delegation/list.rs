//! `cmpm delegate list`

use std::cmp::Reverse;

use crate::base::{Failure, Rule, Severity, ShortIds, Timestamp};
use crate::report::prelude::*;
use crate::report::{Limit, is_zero};
use crate::run::{HeldBack, Runs};

use super::row::{RunRow, render_rows};
use super::watch::watch;

/// List runs, newest first
///
/// Shows what is open; `--all` adds what is merged, rejected or discarded. Of runs of other clones it shows what their pages say.
/// A run whose work somebody has merged, squashed, rebased or picked by hand is named: `clean` takes it away.
/// With `--watch` it is drawn anew on a terminal, with what each program printed last; elsewhere, and with `--json`, each change is a line. It
/// ends when nothing is at work any more, and with Ctrl-C.
/// Examples: `cmpm delegate list --state review`, `cmpm delegate list --watch`
#[derive(Debug, Args)]
pub struct List {
    /// Also closed runs
    #[arg(long, short)]
    all: bool,
    /// Only runs in this state
    #[arg(long, short, value_name = "STATE", ignore_case = true)]
    #[arg(value_parser = ["queued", "running", "review", "merged", "rejected", "discarded"])]
    state: Option<String>,
    /// Go on showing them until nothing is at work
    #[arg(long, short)]
    watch: bool,
    #[command(flatten)]
    limit: Limit,
}

/// Runs.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Listed {
    runs: Vec<RunRow>,
    /// The runners with which no run begins for now.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    held_back: Vec<HeldBack>,
    /// How many more there are beyond the limit.
    #[serde(skip_serializing_if = "is_zero")]
    #[schemars(default)]
    more: usize,
    /// How many closed ones are not shown.
    hidden: usize,
    #[serde(skip)]
    closed: bool,
    #[serde(skip)]
    now: Option<Timestamp>,
    #[serde(skip)]
    findings: Vec<Finding>,
}

impl Verb for List {
    type Report = Listed;
    const METADATA: Metadata = Metadata::READS;

    fn run(self, context: &Context) -> Result<Listed> {
        let trust = super::trust(context)?;
        let known = super::runs(context, &trust)?;
        if self.watch {
            watch(context, &known, &|row| self.shows(row))?;
        }
        let (all, damaged) = (known.list()?, known.damaged()?);
        let findings = damaged.into_iter().map(|run| as_finding(&known, run)).collect::<Result<_>>()?;
        let mut runs: Vec<RunRow> = all.iter().map(RunRow::from).collect();
        runs.extend(super::pages_elsewhere(context, &all)?.iter().filter_map(|page| page.record.row(&page.path)));
        runs.sort_by_key(|row| Reverse(row.created));
        let lengths = {
            let short = ShortIds::of(runs.iter().map(|row| row.run.as_str()));
            runs.iter().map(|row| short.length(&row.run)).collect::<Vec<_>>()
        };
        runs.iter_mut().zip(lengths).for_each(|(row, length)| row.short = length);
        let total = runs.len();
        runs.retain(|row| self.shows(row));
        let hidden = total - runs.len();
        let more = self.limit.cut(&mut runs);
        let landed = known.landed_by_hand(&all);
        runs.iter_mut().for_each(|row| row.landed_by_hand = landed.contains(&row.run));
        let now = Some(context.clock.now());
        let held_back = known.held_back(&all);
        Ok(Listed { runs, held_back, more, hidden, closed: self.state.is_none() && !self.all, now, findings })
    }
}

impl List {
    fn shows(&self, row: &RunRow) -> bool {
        match &self.state {
            Some(state) => row.state.as_str().eq_ignore_ascii_case(state),
            None => self.all || !row.state.is_closed(),
        }
    }
}

/// A run that cannot be read hides no other, and is not hidden itself.
fn as_finding(runs: &Runs<'_>, (id, failure): (Id, Failure)) -> Result<Finding> {
    let path = const { RepoPath::of(".git/cmpm/jobs") }.join(id.as_str());
    let finding = Finding::new(Rule::DamagedRun, Severity::Error, path, failure.to_string());
    Ok(finding.hint(match runs.find_backup(&id)? {
        Some(_) => format!("its work is under refs/cmpm/backup/{id}; `cmpm delegate restore {id}` brings it back"),
        None => "it has no backup; what it has done is in its worktree, which `git worktree list` shows".to_owned(),
    }))
}

impl Report for Listed {
    const SCHEMA: &'static str = "cmpm.delegate.list/1";

    fn render(&self, screen: &Screen) -> String {
        let mut out = render_rows(&self.runs, self.now, screen);
        if self.runs.is_empty() {
            out.push_str("No runs to show.\n");
        }
        for row in self.runs.iter().filter(|row| row.landed_by_hand) {
            let line = "its work is in its target already, brought there by hand; `cmpm delegate clean` takes it away";
            out.push_str(&format!("{}: {line}\n", screen.paint(Tone::Key, row.run.as_str())));
        }
        out.push_str(&screen.showing(self.runs.len(), self.more));
        for held in &self.held_back {
            out.push_str(&screen.paint(Tone::Careful, &format!("{}; it is held back until {}\n", text::one_line(&held.why()), held.until)));
        }
        if self.hidden > 0 {
            let rest = if self.closed { "; `--all` also shows closed ones" } else { "" };
            let line = format!("{} not shown{rest}\n", text::plural(self.hidden, "run"));
            out.push_str(&screen.paint(Tone::Quiet, &line));
        }
        out
    }

    fn findings(&self) -> &[Finding] {
        &self.findings
    }
}
