//! A run as one row of a list.

use crate::base::{Rule, Severity, Timestamp};
use crate::report::TableColumn;
use crate::report::prelude::*;
use crate::run::{Outcome, Run, State};

/// What a list says of a run.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct RunRow {
    /// Its id.
    pub run: Id,
    /// The ticket it is about.
    pub ticket: Id,
    /// The ticket's title.
    pub title: String,
    /// Who works.
    pub agent: String,
    /// With which program.
    pub runner: String,
    /// The model that it was asked to work with, or says it did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// The first of the runs that try the ticket at once, if there are several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<Id>,
    /// How far it is.
    pub state: State,
    /// Whether its merge was reverted later.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schemars(default)]
    pub reverted: bool,
    /// How the work ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    /// Why, in one sentence.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// Its branch.
    pub branch: String,
    /// Where it works; nothing of a run of another clone.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[schemars(default)]
    pub worktree: String,
    /// When it was asked for; of a run of another clone, when it began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created: Option<Timestamp>,
    /// The page that is all there is here of a run of another clone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<RepoPath>,
    /// Whether its work is in its target already, brought there by hand.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schemars(default)]
    pub landed_by_hand: bool,
    /// How much of its id is enough to name it.
    #[serde(skip)]
    pub short: usize,
}

impl From<&Run> for RunRow {
    fn from(run: &Run) -> Self {
        let job = &run.job;
        Self {
            run: job.run.clone(),
            ticket: job.ticket.id.clone(),
            title: job.ticket.title.clone(),
            agent: job.agent.name.clone(),
            runner: job.runner.name().to_owned(),
            model: run.status.usage.model.clone().or_else(|| job.model().map(str::to_owned)),
            group: job.group.clone(),
            state: run.status.state,
            reverted: run.status.reverted.is_some(),
            outcome: run.outcome(),
            reason: run.status.reason.clone(),
            branch: job.branch.clone(),
            worktree: job.worktree.to_string_lossy().into_owned(),
            created: Some(job.created),
            page: None,
            landed_by_hand: false,
            short: 0,
        }
    }
}

impl RunRow {
    /// How far it is, for people: what is written down as running is interrupted once its process is gone.
    pub fn stage(&self) -> &'static str {
        match (self.state, self.outcome) {
            _ if self.reverted => "reverted",
            (State::Queued | State::Running, Some(Outcome::Lost)) => "interrupted",
            (state, _) => state.as_str(),
        }
    }
}

/// How an outcome looks.
pub fn tone(outcome: Option<Outcome>) -> Option<Tone> {
    match outcome {
        Some(Outcome::Passed) => Some(Tone::Good),
        Some(Outcome::NoChange | Outcome::Cancelled) => Some(Tone::Quiet),
        Some(_) => Some(Tone::Bad),
        None => None,
    }
}

/// Rows as a table; with how long ago each was asked for, where it is known what time it is.
pub fn render_rows(rows: &[RunRow], now: Option<Timestamp>, screen: &Screen) -> String {
    let mut table = Table::new([
        "RUN".into(),
        TableColumn::weighing(2, "TICKET"),
        TableColumn::weighing(1, "AGENT"),
        TableColumn::weighing(3, "STATE"),
        TableColumn::weighing(4, "OUTCOME"),
        TableColumn::weighing(1, "AGE").if_any(),
        TableColumn::weighing(2, "PLACE").if_any(),
        "TITLE".into(),
    ]);
    for row in rows {
        let age = now.zip(row.created).map_or_else(String::new, |(now, created)| age(now.since(created)));
        table.row([
            (row.run.as_str(), Some(Tone::Id(row.short))),
            (row.ticket.as_str(), Some(Tone::Key)),
            (&row.agent, None),
            (row.stage(), None),
            (row.outcome.map_or("-", Outcome::as_str), tone(row.outcome)),
            (&age, None),
            (if row.page.is_some() { "another clone" } else { "" }, Some(Tone::Quiet)),
            (row.title.as_str(), None),
        ]);
    }
    table.render(screen)
}

/// Days where there are some: nobody counts their hours.
fn age(seconds: u64) -> String {
    match seconds / 86_400 {
        0 => text::duration(seconds),
        days => format!("{days}d"),
    }
}

/// One line per run that did not pass: why.
pub fn render_reasons(rows: &[RunRow], screen: &Screen) -> String {
    let mut out = String::new();
    for row in rows.iter().filter(|row| !row.reason.is_empty()) {
        out.push_str(&format!("{}: {}\n", screen.paint(Tone::Key, row.run.as_str()), text::one_line(&row.reason)));
    }
    out
}

/// That little is known of a run whose status file was damaged.
pub fn damage(run: &Run) -> Vec<Finding> {
    let message = || format!("the status file of {} was damaged, so what it did is not known here", run.job.run);
    let finding = || Finding::new(Rule::DamagedRun, Severity::Warning, RepoPath::default(), message());
    let hint = || format!("`cmpm delegate resume {}` goes on from its worktree", run.job.run);
    if run.status.damaged { vec![finding().hint(hint())] } else { Vec::new() }
}

/// What can be done with a run next, as a command.
pub fn next_step(row: &RunRow) -> Option<String> {
    let run = &row.run;
    match (row.state, row.outcome) {
        _ if row.page.is_some() => None,
        (State::Review, Some(Outcome::Passed)) => Some(format!("cmpm delegate review {run}")),
        (State::Review, _) => Some(format!("cmpm delegate review {run}, then `revise`, `resume` or `reject`")),
        (State::Queued | State::Running, Some(Outcome::Lost)) => Some(format!("cmpm delegate resume {run}")),
        (State::Queued | State::Running, _) => Some(format!("cmpm delegate logs {run} -f")),
        (State::Rejected | State::Discarded, _) => Some(format!("cmpm delegate restore {run} brings its files back")),
        (State::Merged, _) => None,
    }
}

/// What remembers the errors of a run, in one line.
pub fn render_errors(errors: &[Id], screen: &Screen) -> String {
    if errors.is_empty() {
        return String::new();
    }
    let ids: Vec<String> = errors.iter().map(|id| screen.paint(Tone::Key, id.as_str())).collect();
    format!("What went wrong is remembered in {}\n", ids.join(", "))
}
