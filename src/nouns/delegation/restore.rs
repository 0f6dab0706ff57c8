//! `cmpm delegate restore`

use std::path::PathBuf;

use crate::git::Oid;
use crate::report::prelude::*;

/// Restore the files of a run
///
/// Makes a worktree with everything that was in the run's worktree when it was taken away, uncommitted files included.
/// Example: `cmpm delegate restore RUN-4f2 --path ../look`
#[derive(Debug, Args)]
pub struct Restore {
    /// Run to restore
    #[arg(add = Takes::Run)]
    run: String,
    /// Where to restore them; defaults to the old place
    #[arg(long, value_name = "DIR")]
    path: Option<PathBuf>,
}

/// A worktree that is back.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Restored {
    run: Id,
    path: String,
    branch: String,
    commit: Oid,
}

impl Verb for Restore {
    type Report = Restored;
    const METADATA: Metadata = Metadata::DECIDES;

    fn run(self, context: &Context) -> Result<Restored> {
        let trust = super::trust(context)?;
        let runs = super::runs(context, &trust)?;
        let place = self.path.as_ref().map(|path| context.cwd.join(path));
        let damaged = runs.damaged()?.into_iter().map(|(id, _)| id).find(|id| id.is(&self.run));
        let (id, restored) = match damaged {
            Some(id) => {
                let folder = context.config()?.paths.worktrees.clone();
                let usual = || folder.below(&runs.repository.main_work_dir().unwrap_or_default()).join(id.as_str());
                let restored = runs.restore_lost(&id, place.unwrap_or_else(usual))?;
                (id, restored)
            }
            None => {
                let run = super::require(context, &runs, Some(&self.run))?;
                let restored = runs.restore(&run, place.as_deref())?;
                (run.job.run, restored)
            }
        };
        let path = restored.path.to_string_lossy().into_owned();
        Ok(Restored { run: id, path, branch: restored.branch, commit: restored.commit })
    }
}

impl Report for Restored {
    const SCHEMA: &'static str = "cmpm.delegate.restore/1";

    fn render(&self, screen: &Screen) -> String {
        let run = screen.paint(Tone::Key, self.run.as_str());
        format!("Restored {run} in {} on branch {}\n", self.path, self.branch)
    }
}
