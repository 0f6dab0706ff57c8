//! The files of submodules in worktrees: there to be read. A change in one is the submodule's, and no run's.

use super::super::job::status::Breach;
use super::super::land::judgement::breach;
use super::super::{Run, Runs};
use crate::base::{RepoPath, Result};
use crate::fs::read;
use crate::git::{Oid, Submodule, Worktree};

/// Which submodules are filled, in the job's folder until there is another worktree.
pub(in crate::run) const SUBMODULES: &str = "submodules.json";

impl Runs<'_> {
    /// Fills the submodules of the agent's worktree.
    pub(in crate::run) fn fill_worktree(&self, run: &Run, worktree: &Worktree) -> Result<()> {
        if read::exists(&run.dir.file(SUBMODULES)) {
            return Ok(());
        }
        let found = self.fill_all(run, worktree, worktree.head.unwrap_or_else(|| run.base()))?;
        if found.is_empty() { Ok(()) } else { run.dir.save_json(SUBMODULES, &found) }
    }

    /// Fills those of a checkout as far as the clone has them; all that there are.
    pub(in crate::run) fn fill_all(&self, run: &Run, worktree: &Worktree, commit: Oid) -> Result<Vec<Submodule>> {
        let found = self.repository.submodules(commit)?;
        if !found.is_empty() {
            let scratch = self.temporary(run)?;
            found.iter().try_for_each(|submodule| self.repository.fill(submodule, &worktree.path, &scratch))?;
        }
        Ok(found)
    }

    fn submodules(&self, run: &Run) -> Result<Vec<Submodule>> {
        Ok(run.dir.find_json(SUBMODULES)?.unwrap_or_default())
    }

    /// What is in the agent's worktree besides its work: links and the files of submodules.
    pub(in crate::run) fn besides(&self, run: &Run) -> Result<Vec<RepoPath>> {
        let links = run.job.furnishing.iter().flat_map(|furnishing| furnishing.link.iter().cloned());
        Ok(links.chain(filled(&self.submodules(run)?)).collect())
    }

    /// What was changed below submodules, and which are empty, for the page.
    pub(in crate::run) fn check_submodules(&self, run: &mut Run) -> Result<Vec<Breach>> {
        let mut found = Vec::new();
        for submodule in self.submodules(run)? {
            let Submodule { path, commit, git_dir } = &submodule;
            if git_dir.is_none() {
                let note = format!("worktree: the submodule {path} is empty: this clone does not have its commit {}", commit.short());
                run.status.notes.push(format!("{note}; `git submodule update --init {path}` fetches it"));
            }
            let changed = self.repository.changed_in(&submodule, &run.job.worktree, &self.temporary(run)?)?;
            found.extend(changed.first().map(|first| {
                let more = if changed.len() > 1 { format!(" and {} more", changed.len() - 1) } else { String::new() };
                breach(&first.lossy(), "submodules", &format!("the submodule {path} was changed: {first}{more}"))
            }));
        }
        Ok(found)
    }
}

/// The folders of those that have files.
pub(in crate::run) fn filled(submodules: &[Submodule]) -> impl Iterator<Item = RepoPath> {
    submodules.iter().filter(|submodule| submodule.git_dir.is_some()).map(|submodule| submodule.path.clone())
}
