//! Whether git really runs a hook.

use std::path::Path;
use std::time::Duration;

use super::{GitError, Repository};
use crate::fs::write;

/// How long a hook may take to reach its first line that matters.
const LIMIT: Duration = Duration::from_secs(30);

impl Repository {
    /// Has git run a hook as it would for a commit here, with a variable set that makes cmpm's line end it; what it says.
    /// The index is a temporary one in which nothing is staged, so that nothing could be committed or lost.
    pub fn try_hook(&self, name: &str, variable: (&str, &str)) -> Result<String, GitError> {
        let folder = write::temporary_folder(&self.env.temporary(), "cmpm-hook-")?;
        let index = folder.path().join("index");
        self.write_index_of_head(&index)?;
        let git = self.hooked_git("hook")?.env("GIT_INDEX_FILE", &index).env(variable.0, variable.1);
        let output = git.args(["run", "--ignore-missing", name]).within(LIMIT).output()?;
        Ok(String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
    }

    fn write_index_of_head(&self, index: &Path) -> Result<(), GitError> {
        let Some(head) = self.head()?.oid() else { return Ok(()) };
        self.git("read-tree")?.env("GIT_INDEX_FILE", index).arg(head.to_string()).bytes().map(drop)
    }
}
