//! References: find, list, and change them by compare-and-swap.

use gix::refs::transaction::{Change, LogChange, PreviousValue, RefEdit, RefLog};
use gix::refs::{FullName, Target};

use super::{GitError, Oid, Repository};
use crate::base::{Explain, Explained};

/// What can go wrong with names: of references, revisions and remotes.
#[derive(Debug, thiserror::Error)]
pub enum RefError {
    #[error("branch `{branch}` has no commit yet")]
    Unborn { branch: String },
    /// A revision that names nothing, or more than one thing.
    #[error("`{spec}` is not a commit: {reason}")]
    UnknownRevision { spec: String, reason: String },
    /// An ancestor that a shallow clone has not.
    #[error("the history of this clone ends before `{spec}` (.git/shallow)")]
    BeyondEdge { spec: String },
    /// A reference has another value than expected, or another git holds its lock.
    #[error("`{name}` was moved by somebody else in the meantime")]
    Moved { name: String },
    #[error("`{name}` is not a valid reference name")]
    BadName { name: String },
    #[error("there is no remote `{name}`")]
    NoRemote { name: String },
}

impl Explain for RefError {
    fn explain(&self) -> Explained {
        match self {
            Self::Unborn { .. } => Explained::wrong("no_commit").hint("make the first commit with `git commit`"),
            Self::UnknownRevision { .. } => Explained::wrong("unknown_revision").hint("list branches with `git branch --all`"),
            Self::BeyondEdge { .. } => Explained::wrong("shallow").hint("fetch the rest with `git fetch --unshallow`"),
            Self::Moved { .. } => Explained::conflict("ref_moved").hint("run the same command again"),
            Self::BadName { .. } => Explained::wrong("bad_ref_name"),
            Self::NoRemote { .. } => Explained::wrong("no_remote")
                .hint("`git remote` lists them; `cmpm config set claims.remote NAME` says on which one claims are shared"),
        }
    }
}

/// What a reference must be for a change to happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// It does not exist.
    Absent,
    /// It is exactly this.
    At(Oid),
    /// Whatever it is.
    Any,
}

/// A change to a reference.
#[derive(Debug, Clone, Copy)]
pub struct RefUpdate<'a> {
    /// Its full name, such as `refs/heads/main`.
    pub name: &'a str,
    pub new: Oid,
    /// What it must be before.
    pub expected: Expected,
    /// Why, for the reflog.
    pub message: &'a str,
}

impl Repository {
    /// The commit (or other object) of a reference given by its full name (`refs/heads/main`); `None` if there is none.
    pub fn find_ref(&self, name: &str) -> Result<Option<Oid>, GitError> {
        let name = full_name(name)?;
        let gix = self.gix();
        let found = gix.try_find_reference(name.as_ref()).map_err(GitError::library("read a reference"))?;
        let Some(mut reference) = found else { return Ok(None) };
        let oid = reference.peel_to_id().map_err(GitError::library("follow a reference"))?;
        Ok(Some(oid.into()))
    }

    /// The short name of the branch that work is merged into, and its commit: the one `origin` shows first, else that of
    /// `init.defaultBranch`, `main` or `master`, else the one checked out; `None` where none of them has a commit.
    pub fn integration_branch(&self) -> Result<Option<(String, Oid)>, GitError> {
        let gix = self.gix();
        let remote = gix.try_find_reference("refs/remotes/origin/HEAD").map_err(GitError::library("read a reference"))?;
        let shown = remote.and_then(|reference| Some(reference.target().try_name()?.as_bstr().to_string()));
        let shown = shown.and_then(|name| Some(name.strip_prefix("refs/remotes/origin/")?.to_owned()));
        let usual = [shown, self.config_value("init.defaultBranch"), Some("main".into()), Some("master".into())];
        let head = self.head()?.branch().map(str::to_owned);
        for name in usual.into_iter().chain([head]).flatten() {
            if let Some(oid) = self.find_ref(&format!("refs/heads/{name}")).unwrap_or_default() {
                return Ok(Some((name, oid)));
            }
        }
        Ok(None)
    }

    /// The commit that a revision (`main`, `HEAD~2`, `v1.0`, `4b825dc6`) names.
    pub fn resolve(&self, spec: &str) -> Result<Oid, GitError> {
        let gix = self.gix();
        let is_ancestor = |way: &str| way.chars().all(|c| matches!(c, '~' | '^' | '0'..='9'));
        let start = spec.find(['~', '^']).map(|at| spec.split_at(at)).filter(|(_, way)| self.is_shallow() && is_ancestor(way));
        let unknown = |error: gix::Error| match start {
            Some((start, _)) if gix.rev_parse_single(start.as_bytes()).is_ok() => RefError::BeyondEdge { spec: spec.to_owned() },
            _ => RefError::UnknownRevision { spec: spec.to_owned(), reason: super::error::cause(&error) },
        };
        if matches!(spec, "HEAD" | "@") {
            return self.head()?.require_oid();
        }
        let id = gix.rev_parse_single(spec.as_bytes()).map_err(unknown)?;
        let object = id.object().map_err(unknown)?;
        let commit = object.peel_to_kind(gix::object::Kind::Commit).map_err(unknown)?;
        Ok(commit.id.into())
    }

    /// Moves or creates a reference if it is as `expected`; objects written before are on disk first.
    pub fn update_ref(&self, update: &RefUpdate<'_>) -> Result<(), GitError> {
        let RefUpdate { name, new, expected, message } = *update;
        let previous = match expected {
            Expected::Absent => PreviousValue::MustNotExist,
            Expected::At(oid) => PreviousValue::MustExistAndMatch(Target::Object(oid.gix())),
            Expected::Any => PreviousValue::Any,
        };
        self.sync_objects()?;
        let log = LogChange { mode: RefLog::AndReference, force_create_reflog: false, message: message.into() };
        let done = self.edit_ref(name, Change::Update { log, expected: previous, new: Target::Object(new.gix()) })?;
        // gix lets a creation pass where the reference is there already with the same value: somebody else was first.
        if expected == Expected::Absent && done.iter().any(existed) {
            return Err(RefError::Moved { name: name.to_owned() }.into());
        }
        self.sync_ref(name)
    }

    /// Deletes a reference if it is as `expected`.
    pub fn delete_ref(&self, name: &str, expected: Expected) -> Result<(), GitError> {
        let expected = match expected {
            Expected::Absent => {
                return if self.find_ref(name)?.is_none() { Ok(()) } else { Err(RefError::Moved { name: name.to_owned() }.into()) };
            }
            Expected::At(oid) => PreviousValue::MustExistAndMatch(Target::Object(oid.gix())),
            Expected::Any => PreviousValue::Any,
        };
        self.edit_ref(name, Change::Delete { expected, log: RefLog::AndReference }).map(drop)
    }

    /// Every reference below a prefix (`refs/heads/`), with the object it leads to, in order of their full names.
    pub fn refs_below(&self, prefix: &str) -> Result<Vec<(String, Oid)>, GitError> {
        let gix = self.gix();
        let platform = gix.references().map_err(GitError::library("list references"))?;
        let all = platform.prefixed(prefix.as_bytes()).map_err(GitError::library("list references"))?;
        let mut found = Vec::new();
        for reference in all.flatten() {
            let mut reference = reference;
            let name = reference.name().as_bstr().to_string();
            if let Ok(oid) = reference.peel_to_id() {
                found.push((name, oid.into()));
            }
        }
        found.sort();
        Ok(found)
    }

    fn edit_ref(&self, name: &str, change: Change) -> Result<Vec<RefEdit>, GitError> {
        let edit = RefEdit { change, name: full_name(name)?, deref: false };
        let result = self.gix().edit_reference(edit);
        result.map_err(|error| {
            if error.is_conflict() || error.is_not_found() || error.can_retry_lenient() {
                RefError::Moved { name: name.to_owned() }.into()
            } else {
                GitError::library("change a reference")(error)
            }
        })
    }
}

fn existed(edit: &RefEdit) -> bool {
    matches!(&edit.change, Change::Update { expected: PreviousValue::MustExistAndMatch(_), .. })
}

/// Whether git takes `name` for the short name of a branch, as `git check-ref-format --branch` says.
pub fn is_branch_name(name: &str) -> bool {
    !name.starts_with('-') && name != "HEAD" && full_name(&format!("refs/heads/{name}")).is_ok()
}

pub(super) fn full_name(name: &str) -> Result<FullName, GitError> {
    let bad = || RefError::BadName { name: name.to_owned() }.into();
    if !name.starts_with("refs/") {
        return Err(bad());
    }
    FullName::try_from(name).map_err(|_| bad())
}
