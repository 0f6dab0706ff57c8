//! References on a remote that clones share, changed by compare-and-swap: `git push` with the value that must be there.

use std::time::Duration;

use super::command::{Git, failed};
use super::refs::full_name;
use super::{Expected, GitError, Oid, ProgramError, RefError, Repository};
use crate::base::{Timestamp, text};

/// How long a remote may take to answer.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);
/// How objects are fetched and nothing else happens.
pub(super) const FETCHING: [&str; 7] =
    ["--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance", "--no-recurse-submodules", "--refmap=", "--"];

impl Repository {
    /// Refuses what is not the name of a remote of this clone: an address could do anything.
    pub fn require_remote(&self, name: &str) -> Result<(), GitError> {
        if self.remotes_in("").iter().any(|known| known == name) {
            Ok(())
        } else {
            Err(RefError::NoRemote { name: name.to_owned() }.into())
        }
    }

    /// The remotes of this clone whose names begin with `start`.
    pub fn remotes_in(&self, start: &str) -> Vec<String> {
        self.gix().remote_names().into_iter().map(|name| name.to_string()).filter(|name| name.starts_with(start)).collect()
    }

    /// The remotes that `git push` means by a name, or else by an address.
    pub fn remotes_at(&self, place: &str) -> Vec<String> {
        let all = self.remotes_in("");
        let is_at = |name: &String| {
            ["url", "pushurl"].iter().any(|key| self.config_value(&format!("remote.{name}.{key}")).as_deref() == Some(place))
        };
        if all.iter().any(|name| name == place) { vec![place.to_owned()] } else { all.into_iter().filter(is_at).collect() }
    }

    /// The references of a remote that a pattern (`refs/cmpm/claims/*`) fits, in order of their names.
    pub fn shared_refs(&self, remote: &str, pattern: &str) -> Result<Vec<(String, Oid)>, GitError> {
        let said = self.asking("ls-remote", remote)?.args(["--refs", "--", remote, pattern]).text()?;
        let mut refs: Vec<(String, Oid)> = said.lines().filter_map(parse_ref).collect();
        refs.sort();
        Ok(refs)
    }

    /// Gets the objects that references of a remote lead to; no reference here changes.
    pub fn fetch_shared(&self, remote: &str, names: &[String]) -> Result<(), GitError> {
        if names.is_empty() {
            return Ok(());
        }
        self.asking("fetch", remote)?.args(FETCHING).arg(remote).args(names).bytes().map(drop)
    }

    /// Changes a reference of a remote, or deletes it, if it is as `expected`; `false` if it is not.
    pub fn swap_shared_ref(&self, remote: &str, name: &str, (expected, new): (Expected, Option<Oid>)) -> Result<bool, GitError> {
        full_name(name)?;
        self.sync_objects()?;
        let lease = match expected {
            Expected::Absent => format!("--force-with-lease={name}:"),
            Expected::At(oid) => format!("--force-with-lease={name}:{oid}"),
            Expected::Any => "--force".to_owned(),
        };
        let change = new.map_or_else(|| format!(":{name}"), |new| format!("{new}:{name}"));
        let git = self.asking("push", remote)?.args(["--porcelain", "--no-recurse-submodules", "--no-follow-tags", "--no-signed"]);
        let output = git.arg(lease).args(["--", remote, &change]).output()?;
        if output.status.success() {
            return Ok(true);
        }
        let said = String::from_utf8_lossy(&output.stdout);
        match said.lines().find(|line| line.starts_with('!')) {
            Some(line) if is_refusal(line) => Err(ProgramError::Failed { verb: "push".into(), reason: text::one_line(line) }.into()),
            Some(_) => Ok(false),
            None => Err(failed("push", &output)),
        }
    }

    /// Writes a commit that holds nothing but a text, made by nobody; no reference leads to it.
    pub fn write_note(&self, text: &str, when: Timestamp) -> Result<Oid, GitError> {
        let gix = self.gix();
        let tree = gix.write_object(gix::objs::Tree::empty()).map_err(GitError::library("write a note"))?.detach();
        let person = super::Person { name: "cmpm".into(), email: "claims@cmpm.invalid".into() };
        let commit = gix::objs::Commit {
            tree,
            parents: std::iter::empty().collect(),
            author: person.signature(when),
            committer: person.signature(when),
            encoding: None,
            message: text.into(),
            extra_headers: Vec::new(),
        };
        let oid = gix.write_object(&commit).map_err(GitError::library("write a note"))?.detach();
        Ok(self.remember(oid))
    }

    fn asking(&self, verb: &str, remote: &str) -> Result<Git, GitError> {
        self.require_remote(remote)?;
        Ok(self.remote_git(verb)?.within(PATIENCE))
    }
}

/// Whether the remote takes no such reference from us at all. (Everything else a remote says of a reference is that it is not as
/// expected any more.)
fn is_refusal(line: &str) -> bool {
    ["declined", "hidden ref", "deny", "denied", "prohibited", "not allowed", "permission"].iter().any(|word| line.contains(word))
}

pub(super) fn parse_ref(line: &str) -> Option<(String, Oid)> {
    let (oid, name) = line.split_once('\t')?;
    Some((name.to_owned(), oid.parse().ok()?))
}
