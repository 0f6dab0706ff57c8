//! `cmpm delegate resume`

use crate::report::prelude::*;
use crate::run::{Imported, JobError, Only, Outcome, Queue, Run, State};

use super::row::{RunRow, next_step, render_reasons, render_rows};

/// Resume or retry a run
///
/// After a crash: where it stopped, be it in the agent's work or in the middle of a merge. After a failure: another attempt
/// in the same worktree. Without a run it is the only one that can be resumed.
/// Example: `cmpm delegate resume RUN-4f2`
#[derive(Debug, Args)]
pub struct Resume {
    /// Run to resume
    #[arg(add = Takes::Run)]
    run: Option<String>,
    /// Fail instead of waiting when all slots are taken
    #[arg(long)]
    no_wait: bool,
    /// Use its runner although that is held back
    #[arg(long)]
    force: bool,
}

/// The run as it is now.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Resumed {
    #[serde(flatten)]
    row: RunRow,
    /// What came of a review file.
    #[serde(skip_serializing_if = "Option::is_none")]
    imported: Option<Imported>,
    /// What a person should do in its worktree.
    #[serde(skip)]
    by_hand: Option<String>,
}

impl Resumed {
    /// What to do in the worktree is said where conflicts are left, and after `revise --by-hand`, which is to begin with that.
    pub fn of(run: &Run, begins: bool) -> Self {
        let row = RunRow::from(run);
        let conflicts = run.by_hand().filter(|conflicts| begins || !conflicts.is_empty());
        let by_hand = conflicts.map(|conflicts| {
            let paths = conflicts.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            let what = if paths.is_empty() { "edit".to_owned() } else { format!("resolve the conflicts of {paths}") };
            text::one_line(&format!("{what} in {}, then cmpm delegate resume {}", row.worktree, row.run))
        });
        Self { row, imported: None, by_hand }
    }

    pub fn after(self, imported: Option<Imported>) -> Self {
        Self { imported, ..self }
    }
}

impl Verb for Resume {
    type Report = Resumed;
    const METADATA: Metadata = Metadata::WRITES;

    fn run(self, context: &Context) -> Result<Resumed> {
        let trust = super::trust(context)?;
        let runs = super::runs(context, &trust)?;
        let mut run = super::require_one(context, &runs, (self.run.as_deref(), Only::Resumable))?;
        if run.status.state.is_closed() && !runs.is_left_over(&run)? && runs.find_claim(&run)?.is_none() {
            return Err(JobError::WrongState { run: run.job.run, state: run.status.state, wanted: "resumed" }.into());
        }
        runs.require_attempt(&run)?;
        let places = context.config()?.delegate.max_parallel;
        runs.resume(&mut run, Queue { places, wait: !self.no_wait, forced: self.force })?;
        Ok(Resumed::of(&run, false))
    }
}

fn render_imported(Imported { added, known, resolved, withheld }: &Imported) -> String {
    let withheld =
        if *withheld > 0 { format!("; {withheld} kept from the brief: the history does not know their authors") } else { String::new() };
    format!("Of the review: {} new, {known} known, {resolved} resolved{withheld}\n", added.len())
}

impl Report for Resumed {
    const SCHEMA: &'static str = "cmpm.delegate.resume/1";

    fn render(&self, screen: &Screen) -> String {
        let rows = std::slice::from_ref(&self.row);
        let mut out = self.imported.as_ref().map(render_imported).unwrap_or_default();
        out += &(render_rows(rows, None, screen) + &render_reasons(rows, screen));
        if let Some(step) = self.by_hand.clone().or_else(|| next_step(&self.row)) {
            out.push_str(&screen.paint(Tone::Quiet, &format!("next: {step}\n")));
        }
        out
    }

    fn exit(&self) -> Exit {
        match (self.row.state, self.row.outcome) {
            // A run without an outcome waits for the person who works on it.
            (State::Merged | State::Rejected | State::Discarded, _) | (State::Review, None) => Exit::Done,
            (_, outcome) => outcome.map_or(Exit::No, Outcome::exit),
        }
    }
}
