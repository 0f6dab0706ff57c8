//! Fingerprints of what steers git in a repository, taken before and after a run to see whether it was tampered with.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{GitError, Oid, Repository};
use crate::base::{RepoPath, env};
use crate::fs::{read, walk};

/// Files in the shared git folder that change what git does.
const STEERING: [&str; 8] = [
    "config",
    "config.worktree",
    "info/attributes",
    "info/exclude",
    "info/grafts",
    "info/sparse-checkout",
    "objects/info/alternates",
    "shallow",
];
/// How hooks are called: those in the default folder, and those that a setting leads to.
const HOOKS: &str = "hooks";
const OTHER_HOOKS: &str = "core.hooksPath";
/// The user's own settings, in the home folder.
const OF_USER: [&str; 2] = [".gitconfig", ".config/git/config"];

/// The fingerprints.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ControlDigest {
    /// Hooks and settings: name, and the hash of content and permissions.
    files: BTreeMap<String, String>,
    /// Every reference, and what it leads to.
    refs: BTreeMap<String, Oid>,
}

named! {
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum How {
        Removed = "removed",
        Changed = "changed",
        Added = "added",
    }
}

/// What is no longer as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    pub name: String,
    pub how: How,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` was {}", self.name, self.how.as_str())
    }
}

impl Difference {
    /// Whether it is a hook, which only has to become executable to be one.
    pub fn is_hook(&self) -> bool {
        [HOOKS, OTHER_HOOKS].iter().any(|folder| self.name.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/')))
    }
}

impl ControlDigest {
    /// Hooks and settings first.
    pub fn differences(&self, later: &Self) -> Vec<Difference> {
        let mut found = compare(&self.files, &later.files);
        found.extend(compare(&self.refs, &later.refs));
        found
    }

    /// Adds something that is no file of its own.
    pub fn with(mut self, name: &str, hash: Option<String>) -> Self {
        self.files.extend(hash.map(|hash| (name.to_owned(), hash)));
        self
    }
}

impl Repository {
    /// Takes the fingerprints now, of `more` files as well.
    pub fn control_digest(&self, more: &[(String, PathBuf)]) -> Result<ControlDigest, GitError> {
        let common = self.common_dir();
        let mut files = BTreeMap::new();
        let mut add = |name: String, file: &Path| -> Result<(), GitError> {
            if let Some(hash) = fingerprint(file)? {
                files.insert(name, hash);
            }
            Ok(())
        };
        for name in STEERING {
            add(name.to_owned(), &common.join(name))?;
        }
        for name in read::names(&common.join("worktrees"))? {
            add(format!("worktrees/{name}/config.worktree"), &common.join("worktrees").join(&name).join("config.worktree"))?;
        }
        for (name, file) in self.hook_files()? {
            add(name, &file)?;
        }
        for (name, file) in more {
            add(name.clone(), file)?;
        }
        let home = self.env.path(env::HOME);
        for (name, home) in OF_USER.iter().zip(std::iter::repeat(home.as_deref())) {
            home.map_or(Ok(()), |home| add(format!("~/{name}"), &home.join(name)))?;
        }
        Ok(ControlDigest { files, refs: self.refs_below("refs/")?.into_iter().collect() })
    }

    /// The files in the folder that hooks run from, and in the default one, which a changed setting could bring back.
    fn hook_files(&self) -> Result<Vec<(String, PathBuf)>, GitError> {
        let default = self.common_dir().join("hooks");
        let mut folders = vec![(HOOKS, self.hooks_folder()?.path), (HOOKS, default)];
        folders.dedup();
        if let [(first, _), _] = folders.as_mut_slice() {
            *first = OTHER_HOOKS;
        }
        let files = folders.iter().flat_map(|(label, folder)| {
            let found = walk::files(folder, &RepoPath::default(), &|_| true).0;
            found.into_iter().map(move |path| (format!("{label}/{}", path.lossy()), path.below(folder)))
        });
        Ok(files.collect())
    }
}

/// The hash of a file's content, kind and permissions; `None` if there is no file.
fn fingerprint(file: &Path) -> Result<Option<String>, GitError> {
    let Some(found) = read::find_metadata(file)? else { return Ok(None) };
    let mut hasher = blake3::Hasher::new();
    hasher.update(&[u8::from(found.is_symlink()), u8::from(is_executable(&found))]);
    if found.is_symlink() {
        hasher.update(read::link_target(file)?.as_os_str().as_encoded_bytes());
    }
    // What a link leads to steers git just the same.
    hasher.update(&read::find(file)?.unwrap_or_default());
    Ok(Some(hasher.finalize().to_hex().to_string()))
}

#[cfg(unix)]
fn is_executable(found: &crate::fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    found.permissions().mode() & 0o111 != 0
}

#[cfg(not(unix))]
fn is_executable(_: &crate::fs::Metadata) -> bool {
    false
}

fn compare<V: PartialEq>(before: &BTreeMap<String, V>, after: &BTreeMap<String, V>) -> Vec<Difference> {
    let difference = |name: &String, how| Difference { name: name.clone(), how };
    let mut found = Vec::new();
    for (name, value) in before {
        match after.get(name) {
            None => found.push(difference(name, How::Removed)),
            Some(other) if other != value => found.push(difference(name, How::Changed)),
            Some(_) => {}
        }
    }
    found.extend(after.keys().filter(|name| !before.contains_key(*name)).map(|name| difference(name, How::Added)));
    found
}
