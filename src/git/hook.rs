//! Whether git really runs a hook.

use super::{GitError, Repository};

impl Repository {
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
