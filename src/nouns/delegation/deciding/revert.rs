//! `cmpm delegate revert`

use crate::git::Oid;
use crate::nouns::memory;
use crate::report::prelude::*;
use crate::run::{Only, Revert as Wanted};

/// Revert a merged run: undo its change, reopen its ticket
///
/// A commit on the target undoes what the run brought, as `git revert` does: what was changed since stays, and where both changed the
/// same places nothing is touched (exit 4). The ticket has the status from before again. The run's page stays and says that, when and by
/// whom it was reverted; memories learned from the run are no longer given to agents until `cmpm memory verify --accept`. Neither policy
/// nor gates are asked. The work itself is kept; `restore` brings it back.
/// Example: `cmpm delegate revert RUN-4f2 -m "breaks the nightly build"`
#[derive(Debug, Args)]
pub struct Revert {
    /// Run to revert
    #[arg(add = Takes::Run)]
    run: String,
    /// Why; for the page, the commit and the next run on the ticket
    #[arg(long, short, value_name = "TEXT", allow_hyphen_values = true)]
    message: Option<String>,
    /// Revert it on this branch, if it was merged into another than its target
    #[arg(long, value_name = "BRANCH", add = Takes::Branch)]
    from: Option<String>,
}

/// A run that was taken back.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RevertedRun {
    run: Id,
    ticket: Id,
    target: String,
    /// The commit that undoes it.
    commit: Oid,
    /// The memories learned from it, which agents are no longer given.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    tainted: Vec<Id>,
}

impl Verb for Revert {
    type Report = RevertedRun;
    const METADATA: Metadata = Metadata::DECIDES;

    fn run(self, context: &Context) -> Result<RevertedRun> {
        let trust = super::super::trust(context)?;
        let runs = super::super::runs(context, &trust)?;
        let mut run = super::super::require_one(context, &runs, (Some(&self.run), Only::Waiting))?;
        let folder = context.store()?.config().paths.memory.clone();
        let id = run.job.run.clone();
        let wanted = Wanted {
            from: self.from.as_deref(),
            message: self.message.as_deref().unwrap_or_default().trim(),
            stays: &|path| path.is_below(&folder),
            more: &|tree| Ok(memory::tainted_by(context, tree, &id)?.into_iter().map(|(_, path, bytes)| (path, bytes)).collect()),
        };
        let target = self.from.clone().unwrap_or_else(|| run.job.target.clone());
        let before = runs.require_target(&target)?;
        let tainted = memory::tainted_by(context, before, &id)?.into_iter().map(|(id, ..)| id).collect();
        let commit = runs.revert(&mut run, &wanted)?;
        Ok(RevertedRun { run: run.job.run, ticket: run.job.ticket.id, target, commit, tainted })
    }
}

impl Report for RevertedRun {
    const SCHEMA: &'static str = "cmpm.delegate.revert/1";

    fn render(&self, screen: &Screen) -> String {
        let run = screen.paint(Tone::Key, self.run.as_str());
        let mut out = format!("Reverted {run} on {} in {}\n", text::one_line(&self.target), self.commit.short());
        if !self.tainted.is_empty() {
            let ids: Vec<String> = self.tainted.iter().map(|id| screen.paint(Tone::Key, id.as_str())).collect();
            out.push_str(&format!("No agent is given {} any more until `cmpm memory verify --accept`\n", ids.join(", ")));
        }
        out
    }
}
