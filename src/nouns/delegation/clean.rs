//! `cmpm delegate clean`

use std::sync::Arc;

use crate::base::progress::{Event, Events};
use crate::base::{Explain, Explained};
use crate::git::Oid;
use crate::report::prelude::*;
use crate::run::{Run, Runs};

/// Remove the worktrees of closed runs, or discard a run
///
/// Without a run: worktrees, branches and claims of runs that are merged, rejected or discarded, also of those whose work came into
/// its target in another way (a pull request; merged, squashed, rebased or picked by hand), if nothing was added since. With runs: these are
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
    /// Those of them that somebody merged elsewhere.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    merged: Vec<MergedElsewhere>,
    /// Closed runs whose claim a remote still has: it could not be told.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    claimed: Vec<StillClaimed>,
    dry_run: bool,
}

/// A run whose work came into its target by something else than `approve`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct MergedElsewhere {
    run: Id,
    ticket: Id,
    /// The commit there that names the run.
    commit: Oid,
}

/// A claim that stays.
#[derive(Debug, Serialize, JsonSchema)]
pub struct StillClaimed {
    run: Id,
    ticket: Id,
    remote: String,
}

/// What stays claimed is said by the answer, once for all.
struct Silent;

impl Events for Silent {
    fn emit(&self, _: Event) {}
}

impl Verb for Clean {
    type Report = Cleaned;
    const METADATA: Metadata = Metadata::REMOVES;

    fn run(self, context: &Context) -> Result<Cleaned> {
        let trust = super::trust(context)?;
        let runs = Runs { events: Arc::new(Silent), ..super::runs(context, &trust)? };
        let mut wanted = Vec::new();
        let mut orphans = Vec::new();
        if self.runs.is_empty() {
            orphans = runs.orphans()?;
            for run in runs.list()? {
                let is_left = run.status.state.is_closed() && (runs.is_left_over(&run)? || runs.find_claim(&run)?.is_some());
                let is_landed = runs.find_merged(&run)?.is_some() || runs.is_landed_by_hand(&run)?;
                if is_left || is_landed && runs.unchecked(&run)?.is_empty() {
                    wanted.push(run);
                }
            }
        } else {
            for query in &self.runs {
                wanted.push(super::require(context, &runs, Some(query))?);
            }
        }
        if !self.dry_run && !self.runs.is_empty() {
            self.require_consent(context, &runs, &wanted)?;
        }
        let (mut cleaned, mut claimed, mut merged) = (Vec::new(), Vec::new(), Vec::new());
        for run in wanted {
            let elsewhere = runs.find_merged(&run)?;
            let named = |commit| MergedElsewhere { run: run.job.run.clone(), ticket: run.job.ticket.id.clone(), commit };
            merged.extend(elsewhere.map(named));
            let (still, is_cleaned) = self.clean(&runs, run)?;
            cleaned.extend(is_cleaned);
            claimed.extend(still);
        }
        for orphan in orphans {
            let still = if self.dry_run { None } else { runs.release_orphan(&orphan)? };
            match (orphan.run, still) {
                (Some(run), Some(remote)) => claimed.push(StillClaimed { run, ticket: orphan.ticket, remote }),
                (run, _) => cleaned.extend(run),
            }
        }
        if !self.dry_run {
            runs.empty_trash()?;
        }
        Ok(Cleaned { runs: cleaned, merged, claimed, dry_run: self.dry_run })
    }
}

impl Clean {
    /// Takes away what is left of a run: the claim that stays, and the run if there was something else.
    fn clean(&self, runs: &Runs<'_>, mut run: Run) -> Result<(Option<StillClaimed>, Option<Id>)> {
        let is_more = !run.status.state.is_closed() || !self.runs.is_empty() || runs.is_left_over(&run)?;
        if !self.dry_run {
            let is_there = self.runs.is_empty() && !run.status.state.is_closed();
            let there = format!("its work is in `{}` already, brought there by hand", run.job.target);
            runs.discard(&mut run, if is_there { &there } else { "discarded by `clean`" })?;
        }
        let left = if self.dry_run { None } else { runs.find_claim(&run)? };
        let (id, ticket) = (run.job.run, run.job.ticket.id);
        let still = left.and_then(|claim| claim.shared).map(|shared| StillClaimed { run: id.clone(), ticket, remote: shared.remote });
        let is_cleaned = is_more || still.is_none();
        Ok((still, is_cleaned.then_some(id)))
    }

    fn require_consent(&self, context: &Context, all: &Runs<'_>, wanted: &[Run]) -> Result<()> {
        let mut runs: Vec<Id> = Vec::new();
        for run in wanted.iter().filter(|run| run.could_be_merged()) {
            if all.find_merged(run)?.is_none() {
                runs.push(run.job.run.clone());
            }
        }
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
        let verb = if self.dry_run { "Would clean" } else { "Cleaned" };
        let ids: Vec<String> = self.runs.iter().map(|run| screen.paint(Tone::Key, run.as_str())).collect();
        let mut out = match ids.len() {
            0 => "Nothing to clean.\n".to_owned(),
            count => format!("{verb} {}: {}\n", text::plural(count, "run"), ids.join(", ")),
        };
        for MergedElsewhere { run, ticket, commit } in &self.merged {
            let ticket = screen.paint(Tone::Key, ticket.as_str());
            out.push_str(&format!("{run} was merged elsewhere, as {}; {ticket} stays as it is\n", commit.short()));
        }
        for StillClaimed { run, ticket, remote } in &self.claimed {
            let (ticket, remote) = (screen.paint(Tone::Key, ticket.as_str()), text::one_line(remote));
            out.push_str(&format!("{ticket} of {run} stays claimed on `{remote}`, which could not be told: try again\n"));
        }
        out
    }

    fn exit(&self) -> Exit {
        if self.claimed.is_empty() { Exit::Done } else { Exit::No }
    }
}
