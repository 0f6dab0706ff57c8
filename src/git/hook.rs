//! What hooks need of git: what is staged, and whether git really runs a hook.

use super::{Change, GitError, Oid, Repository};

impl Repository {
    /// The tree that a commit of the index would have. The index is the one git names in a hook.
    ///
    /// # Errors
    /// A merge is not resolved yet, or git fails.
    pub fn staged_tree(&self) -> Result<Oid, GitError> {
        let text = self.git("write-tree")?.text()?;
        text.parse().map_err(|_| GitError::other("read git's output", text))
    }

    /// What the index changes against `HEAD`.
    ///
    /// # Errors
    /// As `staged_tree`.
    pub fn staged_changes(&self) -> Result<Vec<Change>, GitError> {
        let head = self.head()?.oid().map_or_else(|| Ok(self.empty_tree()), |oid| self.tree_of(oid))?;
        self.diff_trees(head, self.staged_tree()?)
    }

    /// Has git run a hook as it would for a commit here, with a variable set that makes cmpm's line end it; what it says.
    ///
    /// # Errors
    /// git cannot be started.
    pub fn try_hook(&self, name: &str, variable: (&str, &str)) -> Result<String, GitError> {
        let git = self.hooked_git("hook")?.env(variable.0, variable.1);
        let output = git.args(["run", "--ignore-missing", name]).output()?;
        Ok(String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
    }
}
