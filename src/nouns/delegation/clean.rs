//! `cmpm delegate clean`

use crate::base::{Explain, Explained};
use crate::report::prelude::*;
use crate::run::{Outcome, Run, State};

/// Remove the worktrees of closed runs, or discard a run
///
/// Without a run: worktrees, branches and claims of runs that are merged, rejected or discarded. With runs: these are
/// discarded; one whose work passed and is not merged asks first on a terminal, and needs `--force` elsewhere. Everything in a worktree is kept under a backup reference first; `restore` brings it back. Only ignored files
/// are in no backup: they stay in `.git/cmpm/trash` for 7 days, as far as `delegate.trash` allows.
/// Example: `cmpm delegate clean --dry-run`
#[derive(Debug, Args)]
pub struct Clean {
    /// Runs to discard
    #[arg(add = Takes::Run)]
    runs: Vec<String>,
    /// Discard work that passed and is not merged, too
    #[arg(long)]
    force: bool,
    /// Only say what would be done
    #[arg(long, short = 'n')]
    dry_run: bool,
}

/// Work that could be merged is not discarded in passing.
#[derive(Debug, thiserror::Error)]
#[error("{} passed and {} not merged: {}", text::plural(runs.len(), "run"), if runs.len() == 1 { "is" } else { "are" }, names(runs))]
struct Unmerged {
    runs: Vec<Id>,
}

fn names(runs: &[Id]) -> String {
    runs.iter().map(Id::as_str).collect::<Vec<_>>().join(", ")
}

impl Explain for Unmerged {
    fn explain(&self) -> Explained {
        Explained::refused("unmerged")
            .hint("nothing was discarded; `cmpm delegate review` shows what waits, `--force` discards it all the same")
    }
}

/// What was taken away.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Cleaned {
    runs: Vec<Id>,
    dry_run: bool,
}

impl Verb for Clean {
    type Report = Cleaned;
    const METADATA: Metadata = Metadata::REMOVES;

    fn run(self, context: &Context) -> Result<Cleaned> {
        let trust = super::trust(context)?;
        let runs = super::runs(context, &trust)?;
        let mut wanted = Vec::new();
        let mut orphans = Vec::new();
        if self.runs.is_empty() {
            orphans = runs.orphans()?;
            for run in runs.list()? {
                if run.status.state.is_closed() && runs.is_left_over(&run)? {
                    wanted.push(run);
                }
            }
        } else {
            for query in &self.runs {
                wanted.push(super::require(context, &runs, Some(query))?);
            }
        }
        if !self.dry_run {
            self.require_consent(context, &wanted)?;
            for run in &mut wanted {
                runs.discard(run, "discarded by `clean`")?;
            }
            orphans.iter().try_for_each(|orphan| runs.release_orphan(orphan))?;
            runs.empty_trash()?;
        }
        let orphans = orphans.into_iter().filter_map(|orphan| orphan.run);
        Ok(Cleaned { runs: wanted.into_iter().map(|run| run.job.run).chain(orphans).collect(), dry_run: self.dry_run })
    }
}

impl Clean {
    fn require_consent(&self, context: &Context, wanted: &[Run]) -> Result<()> {
        let could_be_merged = |run: &&Run| run.status.state == State::Review && run.status.outcome == Some(Outcome::Passed);
        let runs: Vec<Id> = wanted.iter().filter(could_be_merged).map(|run| run.job.run.clone()).collect();
        if runs.is_empty() || self.force {
            return Ok(());
        }
        let unmerged = Unmerged { runs };
        match (context.ask)(&format!("{unmerged}. Discard?")) {
            Some(true) => Ok(()),
            _ => Err(unmerged.into()),
        }
    }
}

impl Report for Cleaned {
    const SCHEMA: &'static str = "cmpm.delegate.clean/1";

    fn render(&self, screen: &Screen) -> String {
        if self.runs.is_empty() {
            return "Nothing to clean.\n".to_owned();
        }
        let verb = if self.dry_run { "Would clean" } else { "Cleaned" };
        let ids: Vec<String> = self.runs.iter().map(|run| screen.paint(Tone::Key, run.as_str())).collect();
        format!("{verb} {}: {}\n", text::plural(self.runs.len(), "run"), ids.join(", "))
    }
}
