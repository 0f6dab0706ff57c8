//! Whether git really runs a hook.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{GitError, Repository};
use crate::base::env::TMPDIR;
use crate::fs::FsError;

/// How long a hook may take to reach its first line that matters.
const LIMIT: Duration = Duration::from_secs(30);

impl Repository {
    /// Has git run a hook as it would for a commit here, with a variable set that makes cmpm's line end it; what it says.
    /// The index is a temporary one in which nothing is staged, so that nothing could be committed or lost.
    pub fn try_hook(&self, name: &str, variable: (&str, &str)) -> Result<String, GitError> {
        let temporary = self.env.path(TMPDIR).unwrap_or_else(|| PathBuf::from("/tmp"));
        let folder = tempfile::Builder::new().prefix("cmpm-hook-").tempdir_in(&temporary);
        let folder = folder.map_err(|error| FsError::io("create a folder in", &temporary, &error))?;
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
