//! `cmpm delegate clean`

use crate::report::prelude::*;

/// Remove the worktrees of closed runs, or discard a run
///
/// Without a run: worktrees, branches and claims of runs that are merged, rejected or discarded. With runs: these are
/// discarded. Everything in a worktree is kept under a backup reference first; `restore` brings it back. Only ignored files
/// are in no backup: they stay in `.git/cmpm/trash` for 7 days.
/// Example: `cmpm delegate clean --dry-run`
#[derive(Debug, Args)]
pub struct Clean {
    /// Runs to discard
    #[arg(add = Takes::Run)]
    runs: Vec<String>,
    /// Only say what would be done
    #[arg(long, short = 'n')]
    dry_run: bool,
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
                wanted.push(runs.require(query)?);
            }
        }
        if !self.dry_run {
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
