//! Linked worktrees: make and list. One at a time per clone, so that many runs can start at once.

use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use gix::worktree::add::Head as NewHead;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::{Expected, GitError, Mode, ObjectError, Oid, RefUpdate, Repository, WorkError, is_of_another_clone, refs};
use crate::base::RepoPath;
use crate::fs::{lock, read, write};
use crate::process::crash_point;

/// How long to wait for others who make or remove worktrees.
const PATIENCE: Duration = Duration::from_secs(60);

/// A linked worktree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Worktree {
    /// Its folder, which may be gone.
    pub path: PathBuf,
    /// Git's name for it: the last part of `git_dir`.
    pub name: String,
    /// Its administrative folder, `<common>/worktrees/<name>`.
    pub git_dir: PathBuf,
    /// The short name of the branch checked out in it.
    pub branch: Option<String>,
    /// The commit checked out in it.
    pub head: Option<Oid>,
    /// Why it is locked, if it is; may be empty.
    pub locked: Option<String>,
    /// Its folder is gone. (One without its `.git` file is not: there may be work in it.)
    pub gone: bool,
}

impl Worktree {
    /// Whether somebody was stopped while making it: nobody has worked in it yet.
    pub fn is_unfinished(&self) -> bool {
        self.locked.as_deref() == Some("initializing")
    }

    /// As something to be removed without a backup, if nobody has worked in it yet.
    pub fn unfinished(&self) -> Option<Checkout> {
        self.is_unfinished().then(|| Checkout(self.clone()))
    }

    /// The same, if its folder is gone.
    pub fn gone(&self) -> Option<Checkout> {
        self.gone.then(|| Checkout(self.clone()))
    }

    /// Whether nothing is lost when git forgets it: its folder is gone, nobody locked it, and a branch keeps its commits.
    pub fn is_forgettable(&self) -> bool {
        self.gone && self.locked.is_none() && self.branch.is_some()
    }
}

/// Proof that a worktree holds nothing of anybody's: a commit's files and what checks left there, or nothing at all. It can be
/// made only in this room.
#[derive(Debug, Clone)]
pub struct Checkout(pub(in crate::git) Worktree);

impl Deref for Checkout {
    type Target = Worktree;
    fn deref(&self) -> &Worktree {
        &self.0
    }
}

impl Repository {
    /// Makes a worktree at `path` (which must not exist or be empty) with a new branch at `base`, without upstream tracking.
    /// Fails if the branch exists or the place is taken; on any error nothing is left behind.
    pub fn add_worktree(&self, path: &Path, branch: &str, base: Oid) -> Result<Worktree, GitError> {
        let _lock = self.lock_worktrees()?;
        let name = format!("refs/heads/{branch}");
        self.update_ref(&RefUpdate { name: &name, new: base, expected: Expected::Absent, message: "cmpm: new worktree" })?;
        crash_point(&self.env, "worktree.branch");
        let made = self.check_out_new(path, &name);
        if made.is_err() {
            // The branch is ours and at its base; the error that matters is the first one.
            drop(self.delete_ref(&name, Expected::At(base)));
        }
        made
    }

    /// Makes a worktree at `path` with a branch that exists and is not checked out anywhere.
    /// Fails if the place or the branch is taken; nothing is left behind then.
    pub fn check_out_branch(&self, path: &Path, branch: &str) -> Result<Worktree, GitError> {
        let _lock = self.lock_worktrees()?;
        self.check_out_new(path, &format!("refs/heads/{branch}"))
    }

    fn check_out_new(&self, path: &Path, branch: &str) -> Result<Worktree, GitError> {
        write::create_folder(path.parent().unwrap_or(path))?;
        if self.list_worktrees()?.iter().any(|worktree| worktree.gone) {
            // gix opens them all, and takes a folder that is gone for one that somebody else owns.
            let short = branch.strip_prefix("refs/heads/").unwrap_or(branch);
            self.git("worktree")?.args(["add", "--quiet"]).arg(path).arg(short).bytes()?;
            return self.require_worktree(path);
        }
        let gix = self.gix();
        let fail = |error: gix::Error| -> GitError {
            match self.missing_file(branch) {
                Some(oid) => ObjectError::Missing { oid }.into(),
                None => WorkError::Worktree { path: path.to_owned(), reason: super::super::error::reason(&error) }.into(),
            }
        };
        let never = AtomicBool::new(false);
        let head = NewHead::Attached(refs::full_name(branch)?);
        let (made, _) = gix.add_worktree(path, head, gix::progress::Discard, &never).map_err(fail)?;
        self.describe(made.git_dir())
    }

    /// A file of a branch that a partial clone does not have.
    fn missing_file(&self, branch: &str) -> Option<Oid> {
        let gix = self.gix();
        let files = self.files_below(self.find_ref(branch).ok()??, &RepoPath::default()).ok()?;
        files.into_iter().find(|file| file.mode != Mode::Submodule && !gix.has_object(file.oid.gix())).map(|file| file.oid)
    }

    /// Every linked worktree, in order of their names; not those that another process is just making or removing, nor those
    /// of the repository that this one is a copy of.
    pub fn list_worktrees(&self) -> Result<Vec<Worktree>, GitError> {
        let gix = self.gix();
        let all = gix.worktrees().map_err(GitError::library("list worktrees"))?;
        let around = self.common_dir().parent().filter(|_| self.common_dir().ends_with(".git"));
        // A program that works in one inside of this clone may have changed where it leads.
        let is_inside = |path: &Path| around.is_some_and(|around| path.starts_with(around));
        let is_ours = |one: &Worktree| is_inside(&one.path) || !is_of_another_clone(&one.path, self.common_dir());
        Ok(all.iter().filter_map(|proxy| self.describe(proxy.git_dir()).ok()).filter(is_ours).collect())
    }

    /// The worktree at `path`.
    pub fn find_worktree(&self, path: &Path) -> Result<Option<Worktree>, GitError> {
        Ok(self.list_worktrees()?.into_iter().find(|worktree| worktree.path == path))
    }

    /// The worktree that was just made at `path`.
    pub(in crate::git) fn require_worktree(&self, path: &Path) -> Result<Worktree, GitError> {
        let path = read::real_path(path)?;
        self.find_worktree(&path)?.ok_or_else(|| WorkError::Worktree { path, reason: "was made but cannot be found".into() }.into())
    }

    /// Lets git forget a worktree whose folder is gone, as `git worktree prune` does; whether there was something to forget.
    /// One that is locked, is back, or whose commits no branch keeps stays.
    pub fn forget_gone_worktree(&self, name: &str) -> Result<bool, GitError> {
        let _lock = self.lock_worktrees()?;
        let found = self.list_worktrees()?.into_iter().find(|worktree| worktree.name == name);
        let Some(worktree) = found.filter(Worktree::is_forgettable) else { return Ok(false) };
        write::remove_folder(&worktree.git_dir)?;
        write::remove_folder_if_empty(&self.common_dir().join("worktrees"));
        Ok(true)
    }

    /// Takes away a worktree that somebody was stopped while making: nobody has worked in it yet. Whether there was one.
    pub fn forget_unfinished_worktree(&self, name: &str) -> Result<bool, GitError> {
        // Who makes one with cmpm holds this lock until it is finished, so that nobody makes this one any more.
        let _lock = self.lock_worktrees()?;
        let notes = self.common_dir().join("worktrees").join(name);
        match self.list_worktrees()?.into_iter().find(|worktree| worktree.name == name) {
            Some(worktree) if worktree.is_unfinished() => write::remove_folder(&worktree.path)?,
            None if self.is_unfinished_note(name) => {}
            _ => return Ok(false),
        }
        write::remove_folder(&notes)?;
        write::remove_folder_if_empty(&self.common_dir().join("worktrees"));
        Ok(true)
    }

    /// Whether git's notes about a worktree break off before they say where it is.
    pub fn is_unfinished_note(&self, name: &str) -> bool {
        let notes = self.common_dir().join("worktrees").join(name);
        let names = read::names(&notes).unwrap_or_default();
        let is_blank = |name: &str| read::read(&notes.join(name)).is_ok_and(|bytes| bytes.is_empty());
        read::exists(&notes) && names.iter().all(|name| name == "locked" || (name == "gitdir" && is_blank(name)))
    }

    /// Whether the notes about a worktree are those of another clone, of which this one is a copy.
    pub fn is_copied_note(&self, name: &str) -> bool {
        let place = read::find_text(&self.common_dir().join("worktrees").join(name).join("gitdir")).ok().flatten();
        let root = place.as_deref().map(|text| Path::new(text.trim_end())).and_then(Path::parent);
        root.is_some_and(|root| is_of_another_clone(root, self.common_dir()))
    }

    fn describe(&self, git_dir: &Path) -> Result<Worktree, GitError> {
        let git_dir = read::real_path(git_dir)?;
        let name = git_dir.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let gix = self.gix();
        let found = gix.worktree_proxy_by_id(name.as_str()).map_err(GitError::library("find a worktree"))?;
        let proxy = found.ok_or_else(|| WorkError::Worktree { path: git_dir.clone(), reason: "is not registered".into() })?;
        let path = proxy.base().map_err(GitError::library("find a worktree"))?;
        let locked = proxy.lock_reason().map(|reason| reason.to_string());
        let head = self.head_in(&git_dir).ok();
        Ok(Worktree {
            gone: !read::exists(&path),
            path: read::real_path(&path).unwrap_or(path),
            name,
            git_dir,
            branch: head.as_ref().and_then(|head| head.branch().map(str::to_owned)),
            head: head.and_then(|head| head.oid()),
            locked,
        })
    }

    /// Keeps other cmpm from making or removing worktrees in this clone.
    pub(in crate::git) fn lock_worktrees(&self) -> Result<lock::Lock, GitError> {
        Ok(lock::acquire(&self.common_dir().join("cmpm/locks/worktree"), PATIENCE)?)
    }
}
