//! A git folder of our own making, to look at a work tree that somebody else may have prepared: it has the repository's objects
//! and those settings that decide which bytes are stored, but no filters, no hooks, no programs, and none of the other's files.

use std::path::{Path, PathBuf};

use super::super::command::Git;
use super::super::{GitError, Repository};
use crate::base::env;
use crate::fs::{read, write};

/// Settings of git that decide which bytes are stored. None of them runs anything.
const HARMLESS: [&str; 8] = [
    "core.autocrlf",
    "core.eol",
    "core.fileMode",
    "core.symlinks",
    "core.ignoreCase",
    "core.precomposeUnicode",
    "core.sparseCheckout",
    "core.sparseCheckoutCone",
];

#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::git) struct Scratch(PathBuf);

impl Scratch {
    /// Makes the folder from the settings that `source` has now.
    pub(in crate::git) fn create(folder: &Path, source: &Repository) -> Result<Self, GitError> {
        for name in ["refs", "objects", "info"] {
            write::create_folder(&folder.join(name))?;
        }
        write::replace_cache(&folder.join("HEAD"), b"ref: refs/heads/none\n")?;
        write::replace_cache(&folder.join("config"), config(source)?.as_bytes())?;
        let sources = [("exclude", source.common_dir()), ("attributes", source.common_dir()), ("sparse-checkout", source.git_dir())];
        for (name, from) in sources {
            if let Some(bytes) = read::find(&from.join("info").join(name))? {
                write::replace_cache(&folder.join("info").join(name), &bytes)?;
            }
        }
        Ok(Self(folder.to_owned()))
    }

    /// A folder made before.
    pub(in crate::git) fn at(folder: &Path) -> Self {
        Self(folder.to_owned())
    }

    /// The git program on `work_tree` with the index `index`, reading and writing the repository's objects.
    pub(in crate::git) fn git(&self, repository: &Repository, verb: &str) -> Result<Git, GitError> {
        let git = Git::new(&repository.env, verb)?.env("GIT_DIR", &self.0);
        let git = git.env("GIT_OBJECT_DIRECTORY", repository.common_dir().join("objects"));
        // The user's own settings may name filters, which would run on files that somebody else wrote.
        let git = git.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_ATTR_NOSYSTEM", "1");
        Ok(git.env(env::HOME, &self.0).env(env::XDG_CONFIG_HOME, &self.0))
    }

    /// Every file that decides what git sees in it, there or not.
    pub(in crate::git) fn files(&self) -> impl Iterator<Item = PathBuf> {
        ["HEAD", "config", "info/exclude", "info/attributes", "info/sparse-checkout"].into_iter().map(|name| self.0.join(name))
    }

    pub(in crate::git) fn path(&self) -> &Path {
        &self.0
    }
}

fn config(source: &Repository) -> Result<String, GitError> {
    let hash = if source.empty_tree().to_string().len() == 64 { "sha256" } else { "sha1" };
    let mut text = format!("[core]\n\trepositoryformatversion = 1\n\tbare = false\n[extensions]\n\tobjectFormat = {hash}\n");
    // Explicit, so that a changed file cannot hide behind a forged modification time or a warning stop the look.
    text.push_str("[core]\n\ttrustctime = true\n\tcheckStat = default\n\tsafecrlf = false\n");
    // No name that some system takes for `.git` gets into a tree.
    text.push_str("[core]\n\tprotectHFS = true\n\tprotectNTFS = true\n");
    for key in HARMLESS {
        if let Some(value) = source.config_value(key) {
            text.push_str(&setting(key, &value));
        }
    }
    if let Some(file) = source.ignore_file()? {
        text.push_str(&setting("core.excludesFile", &file.display().to_string()));
    }
    Ok(text)
}

/// A `section.name` setting as git writes it.
fn setting(key: &str, value: &str) -> String {
    let (section, name) = key.split_once('.').unwrap_or(("core", key));
    let quoted = value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    format!("[{section}]\n\t{name} = \"{quoted}\"\n")
}
