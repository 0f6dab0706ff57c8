//! git's configuration, read only: what is written is text that others put together, byte for byte.

use std::path::PathBuf;

use gix::config::Source;

use super::command::parts;
use super::{GitError, Repository};
use crate::base::{RepoPath, env};

/// Where a setting of git comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// Nobody set it.
    Default,
    /// This repository or this worktree.
    Repository,
    /// The user or the system, for all repositories.
    Global,
}

/// The folder that git runs hooks from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HooksFolder {
    /// The folder; it need not exist.
    pub path: PathBuf,
    /// Who chose it (`core.hooksPath`).
    pub origin: Origin,
}

impl Repository {
    /// A setting as git sees it (`core.autocrlf`, `branch.main.remote`); `None` if it is not set or not UTF-8.
    pub fn config_value(&self, key: &str) -> Option<String> {
        String::from_utf8(self.gix().config_snapshot().string(key)?.into()).ok()
    }

    /// A setting as a yes or no; `None` if it is not set or neither.
    pub fn config_flag(&self, key: &str) -> Option<bool> {
        self.gix().config_snapshot().boolean(key)
    }

    /// What the project's attributes say of how files are merged, where they say it.
    pub fn merge_drivers(&self, paths: &[RepoPath]) -> Result<Vec<String>, GitError> {
        let said = self.git("-c core.attributesFile= check-attr")?.args(["-z", "merge"]).paths(paths).bytes()?;
        let values = parts(&said).skip(2).step_by(3).map(|value| String::from_utf8_lossy(value).into_owned());
        Ok(values.filter(|value| value != "unspecified").collect())
    }

    /// The user's own list of ignored files (`core.excludesFile`, or where git looks without it).
    pub(super) fn ignore_file(&self) -> Result<Option<PathBuf>, GitError> {
        let set = self.gix().config_snapshot().trusted_path("core.excludesFile").map_err(GitError::library("read core.excludesFile"))?;
        let base = self.env.path(env::XDG_CONFIG_HOME).or_else(|| self.env.path(env::HOME).map(|home| home.join(".config")));
        Ok(set.or_else(|| base.map(|base| base.join("git/ignore"))))
    }

    /// The user's editor, as `git var GIT_EDITOR` says; `None` where git knows none. git's own default is one for terminals only.
    pub fn editor(&self, on_terminal: bool) -> Result<Option<String>, GitError> {
        let mut git = self.git("var")?.arg(env::GIT_EDITOR);
        if let Some(named) = self.env.path(env::GIT_EDITOR) {
            git = git.env(env::GIT_EDITOR, named);
        }
        if !on_terminal && !self.env.is_set(env::VISUAL) {
            git = git.env(env::TERM, "dumb");
        }
        let output = git.output()?;
        let editor = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        Ok(Some(editor).filter(|editor| output.status.success() && !editor.is_empty()))
    }

    /// The folder that git runs this repository's hooks from.
    pub fn hooks_folder(&self) -> Result<HooksFolder, GitError> {
        let gix = self.gix();
        let snapshot = gix.config_snapshot();
        let mut source = None;
        let set = snapshot.plumbing().string_filter("core.hooksPath", |meta| {
            source = Some(meta.source);
            true
        });
        if set.is_none() {
            return Ok(HooksFolder { path: self.common_dir().join("hooks"), origin: Origin::Default });
        }
        let path = snapshot.trusted_path("core.hooksPath").map_err(GitError::library("read core.hooksPath"))?.unwrap_or_default();
        // A relative path is seen from where hooks run: the root of the work tree, or the git folder if bare.
        let path = self.work_dir().unwrap_or(self.git_dir()).join(path);
        let origin = if matches!(source, Some(Source::Local | Source::Worktree)) { Origin::Repository } else { Origin::Global };
        Ok(HooksFolder { path, origin })
    }
}

/// What the text of a settings file of git says of `key`; `None` if nothing.
pub fn value_in(text: &[u8], key: &str) -> Result<Option<String>, GitError> {
    let meta = gix::config::file::Metadata::from(Source::Local);
    let file = gix::config::File::from_bytes_no_includes(text, meta, gix::config::file::init::Options::default());
    let file = file.map_err(GitError::library("read git's settings"))?;
    Ok(file.string(key).map(|value| String::from_utf8_lossy(&value).into_owned()))
}

#[cfg(test)]
mod tests {
    use super::value_in;

    #[test]
    fn a_value_is_read_from_text_as_git_reads_it() {
        let text = b"[merge \"cmpm\"]\r\n\tdriver = \"a; b\" ; said\r\n[core]\n\tbare";
        assert_eq!(value_in(text, "merge.cmpm.driver").unwrap().as_deref(), Some("a; b"));
        assert_eq!(value_in(text, "merge.other.driver").unwrap(), None);
        assert!(value_in(b"[core\n", "core.bare").is_err());
    }
}
