//! What git ignores in a work tree.

use std::collections::BTreeSet;

use super::super::command::{parts, repo_path};
use super::super::{GitError, Repository};
use crate::base::RepoPath;

impl Repository {
    /// What is ignored here, and not known to git, and fits one of the patterns, which are read as those of a `.gitignore` are.
    /// A folder that is meant as a whole comes as one.
    pub fn ignored_matching(&self, patterns: &[String]) -> Result<Vec<RepoPath>, GitError> {
        let ignored = self.ignored_by(&["--exclude-standard".to_owned()])?;
        // One without a place, such as `.env`, is not looked for in folders that are ignored as a whole, such as `node_modules`.
        let is_placed = |pattern: &&String| pattern.trim_end_matches('/').trim_start_matches('!').contains('/');
        let (placed, anywhere): (Vec<&String>, Vec<&String>) =
            patterns.iter().partition(|pattern| pattern.starts_with('!') || is_placed(pattern));
        let exclude =
            |patterns: &mut dyn Iterator<Item = &String>| patterns.map(|pattern| format!("--exclude={pattern}")).collect::<Vec<_>>();
        let mut found = BTreeSet::new();
        if placed.iter().any(|pattern| !pattern.starts_with('!')) {
            let wanted = self.ignored_by(&exclude(&mut placed.iter().copied()))?;
            found.extend(wanted.iter().filter(|wanted| ignored.iter().any(|folder| wanted.is_below(folder))).cloned());
            found.extend(ignored.iter().filter(|inner| wanted.iter().any(|folder| inner.is_below(folder))).cloned());
        }
        if !anywhere.is_empty() {
            let wanted = self.ignored_by(&exclude(&mut patterns.iter().filter(|pattern| !is_placed(pattern))))?;
            found.extend(ignored.iter().filter(|inner| wanted.iter().any(|folder| inner.is_below(folder))).cloned());
        }
        let all: Vec<RepoPath> = found.into_iter().collect();
        let is_inner = |path: &RepoPath| all.iter().any(|outer| path != outer && path.is_below(outer));
        Ok(all.iter().filter(|path| !is_inner(path)).cloned().collect())
    }

    fn ignored_by(&self, rules: &[String]) -> Result<BTreeSet<RepoPath>, GitError> {
        self.require_work_dir()?;
        let bytes = self.git("ls-files")?.args(["--others", "--ignored", "--directory", "-z"]).args(rules).bytes()?;
        parts(&bytes).map(repo_path).collect()
    }

    /// Those of the paths that git ignores here, whether they are there or not, and does not know.
    pub fn would_ignore(&self, paths: &[RepoPath]) -> Result<Vec<RepoPath>, GitError> {
        let input = paths.iter().flat_map(|path| [path.as_bytes(), b"\0"].concat()).collect();
        // It fails where nothing is ignored, and takes no literal paths.
        let git = self.git("check-ignore")?.env("GIT_LITERAL_PATHSPECS", "0").args(["--stdin", "-z"]).input(input);
        parts(&git.output()?.stdout).map(repo_path).collect()
    }
}
