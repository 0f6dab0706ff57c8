//! Some of the files that a run changes: a commit of the agent's that holds only these, on what the whole is built on. It lands in
//! the place of the whole, which stays under the run's backup reference.

use super::super::{LandError, Run, Runs};
use super::judgement::Difference;
use crate::base::glob::Globs;
use crate::base::{RepoPath, Result};
use crate::git::{Change, Oid, TreeEdit};

impl Runs<'_> {
    /// The work with only the files that the globs name, or are below a folder that they name; what is left out is noted in the
    /// status. A file that was renamed goes with both of its names.
    pub(in crate::run) fn part_of(&self, run: &mut Run, whole: Difference, only: &[String]) -> Result<Oid> {
        let changes = self.repository.diff_trees(whole.from, whole.to)?;
        let (taken, left): (Vec<Change>, Vec<Change>) = {
            let each: Vec<Globs> = only.iter().map(|glob| with_folder(glob)).collect::<Result<_>>()?;
            let names = |change: &Change, globs: &Globs| both(change).any(|path| globs.matches(path));
            if let Some((glob, _)) = only.iter().zip(&each).find(|(_, globs)| !changes.iter().any(|change| names(change, globs))) {
                let files = changes.iter().map(|change| change.path.clone()).collect();
                return Err(LandError::NoSuchFile { run: run.job.run.clone(), glob: glob.clone(), files }.into());
            }
            changes.into_iter().partition(|change| each.iter().any(|globs| names(change, globs)))
        };
        if left.is_empty() {
            return Ok(whole.to);
        }
        let mut edits = Vec::new();
        for Change { path, old_path, new, .. } in taken {
            edits.extend(old_path.map(|path| TreeEdit { path, content: None }));
            edits.push(TreeEdit { path, content: new });
        }
        let tree = self.repository.edit_tree(self.repository.tree_of(whole.from)?, &edits)?;
        let part = self.commit_tree(run, tree, whole.from)?;
        self.point(&format!("refs/cmpm/runs/{}/part", run.job.run), part)?;
        run.status.left_out = left.iter().flat_map(both).cloned().collect();
        Ok(part)
    }
}

/// The path of a change, and its old one.
fn both(change: &Change) -> impl Iterator<Item = &RepoPath> {
    [Some(&change.path), change.old_path.as_ref()].into_iter().flatten()
}

fn with_folder(glob: &str) -> Result<Globs> {
    Ok(Globs::parse(&[glob.to_owned(), format!("{}/**", glob.trim_end_matches('/'))])?)
}
