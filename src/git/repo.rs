//! Finding and opening a repository: main or linked worktree, bare, or what a hook's environment says.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock};

use super::{GitError, Oid, Person, Worktree, error};
use crate::base::{Env, Explain, Explained, env};
use crate::fs::{PathKind, read};

/// Set by git for hooks: the git folder to use.
pub(in crate::git) const GIT_DIR: &str = "GIT_DIR";
/// Set by git or the user: the work tree to use.
pub(in crate::git) const GIT_WORK_TREE: &str = "GIT_WORK_TREE";
/// Set by git for hooks: the index to use.
const GIT_INDEX_FILE: &str = "GIT_INDEX_FILE";

/// Why there is no repository to work in.
#[derive(Debug, thiserror::Error)]
pub enum RepoError {
    #[error("{} is not in a git repository", path.display())]
    NotARepository { path: PathBuf },
    /// A `.git` file points to a folder that is not there.
    #[error("{} points to {}, which is not a git folder", pointer.display(), target.display())]
    BrokenPointer { pointer: PathBuf, target: PathBuf },
    /// The work tree, or the git folder of a bare repository, belongs to another user.
    #[error("{} belongs to another user, so git does not trust it", path.display())]
    NotOwned { path: PathBuf },
    #[error("{} uses the reftable format, which cmpm cannot read", path.display())]
    Reftable { path: PathBuf },
    /// A bare repository that somebody could have committed: its settings would run programs.
    #[error("{} is a bare repository that nobody named: {reason}", path.display())]
    ImpliedBare { path: PathBuf, reason: String },
    #[error("{} is a bare repository: it has no work tree", path.display())]
    NoWorkTree { path: PathBuf },
}

impl Explain for RepoError {
    fn explain(&self) -> Explained {
        match self {
            Self::NotARepository { .. } => {
                Explained::wrong("not_a_repository").hint("make one with `git init`, or change to a folder inside a repository")
            }
            Self::BrokenPointer { .. } => {
                Explained::wrong("broken_git_pointer").hint("if the repository was moved, run `git worktree repair` in it")
            }
            Self::NotOwned { path } => Explained::wrong("not_owned")
                .hint(format!("if you trust it: `git config --global --add safe.directory '{}'`", path.display())),
            Self::Reftable { .. } => Explained::wrong("reftable").hint("convert it with `git refs migrate --ref-format=files`"),
            Self::ImpliedBare { path, .. } => Explained::wrong("implied_bare_repository")
                .hint(format!("if you made it yourself: `GIT_DIR='{}'` before the command", path.display())),
            Self::NoWorkTree { .. } => Explained::wrong("no_work_tree").hint("run this in a worktree; make one with `git worktree add`"),
        }
    }
}

/// A repository seen from one of its worktrees. Shared between threads by reference.
pub struct Repository {
    shared: gix::ThreadSafeRepository,
    pub(super) env: Env,
    pub(super) index_file: Option<PathBuf>,
    /// Objects written but perhaps not yet on disk; synced before a reference points to them.
    pub(super) fresh: Mutex<Vec<gix::ObjectId>>,
    pub(super) identity: OnceLock<Person>,
    pub(super) version: OnceLock<(u32, u32)>,
    /// The tree that was looked into last, by the name that it was asked for: many files of one commit are read one by one.
    pub(super) last_tree: Mutex<Option<(Oid, Oid, Vec<u8>)>>,
    git_dir: PathBuf,
    common_dir: PathBuf,
    work_dir: Option<PathBuf>,
}

impl Repository {
    /// Finds the repository that `start` lies in, as git would; `GIT_DIR`, `GIT_WORK_TREE` and `GIT_INDEX_FILE` (set in hooks) win.
    pub fn discover(start: &Path, env: &Env) -> Result<Self, GitError> {
        let start = read::real_path(start)?;
        let (git_dir, around) = match env.path(GIT_DIR) {
            Some(folder) => (real_git_dir(&start.join(folder))?, None),
            None => find_git_dir(&start)?,
        };
        let is_implied = env.path(GIT_DIR).is_none() && around.is_none() && !git_dir.ends_with(".git");
        let work_tree = env.path(GIT_WORK_TREE).map(|folder| read::real_path(&start.join(folder))).transpose()?;
        let index_file = env.path(GIT_INDEX_FILE).map(|file| start.join(file));
        let found = Self::open(&git_dir, env, Overrides { work_tree, around, index_file })?;
        if is_implied && found.config_value("safe.bareRepository").is_some_and(|value| value == "explicit") {
            return Err(RepoError::ImpliedBare { path: git_dir, reason: "`safe.bareRepository` is `explicit`".into() }.into());
        }
        Ok(found)
    }

    /// Opens one of this repository's worktrees by its administrative folder, without trusting the `.git` file in it.
    pub fn open_worktree(&self, worktree: &Worktree) -> Result<Self, GitError> {
        let overrides = Overrides { work_tree: Some(worktree.path.clone()), ..Overrides::default() };
        Self::open(&worktree.git_dir, &self.env, overrides)
    }

    fn open(git_dir: &Path, env: &Env, overrides: Overrides) -> Result<Self, GitError> {
        let options = options(env, overrides.index_file.as_deref());
        let opened = gix::ThreadSafeRepository::open_opts(git_dir, options).map_err(|error| explain_open(git_dir, &error))?;
        let mut local = opened.to_thread_local();
        if local.config_snapshot().string("extensions.refStorage").is_some_and(|storage| storage != "files") {
            return Err(RepoError::Reftable { path: git_dir.to_owned() }.into());
        }
        // As for git: a repository that is not bare and lies elsewhere (`git init --separate-git-dir`) works where its pointer is.
        let around = overrides.around.filter(|_| local.workdir().is_none() && !local.is_bare());
        if let Some(folder) = overrides.work_tree.or(around) {
            local.set_workdir(folder).map_err(GitError::library("use the work tree"))?;
        }
        Ok(Self {
            git_dir: read::real_path(local.git_dir())?,
            common_dir: read::real_path(local.common_dir())?,
            work_dir: local.workdir().map(|folder| read::real_path(folder).unwrap_or_else(|_| folder.to_owned())),
            shared: local.into_sync(),
            env: env.clone(),
            index_file: overrides.index_file,
            fresh: Mutex::default(),
            identity: OnceLock::new(),
            version: OnceLock::new(),
            last_tree: Mutex::default(),
        })
    }

    /// A gix handle for this thread; cheap.
    pub(super) fn gix(&self) -> gix::Repository {
        self.shared.to_thread_local()
    }

    /// The root of the work tree; `None` if bare.
    pub fn work_dir(&self) -> Option<&Path> {
        self.work_dir.as_deref()
    }

    /// The root of the work tree.
    pub fn require_work_dir(&self) -> Result<&Path, GitError> {
        self.work_dir().ok_or_else(|| RepoError::NoWorkTree { path: self.git_dir.clone() }.into())
    }

    /// The git folder of this worktree: `.git`, or `.git/worktrees/<name>`.
    pub fn git_dir(&self) -> &Path {
        &self.git_dir
    }

    /// The git folder that all worktrees share.
    pub fn common_dir(&self) -> &Path {
        &self.common_dir
    }

    /// Where its objects are: its own, and those it borrows.
    pub fn object_folders(&self) -> Result<Vec<PathBuf>, GitError> {
        let own = self.common_dir.join("objects");
        let borrowed = read::find_text(&own.join("info/alternates"))?.unwrap_or_default();
        let borrowed = borrowed.lines().filter(|line| !line.is_empty()).filter_map(|line| read::real_path(&own.join(line)).ok());
        Ok(std::iter::once(own.clone()).chain(borrowed).collect())
    }

    /// Whether this is a linked worktree (made by `git worktree add`).
    pub fn is_linked_worktree(&self) -> bool {
        self.git_dir != self.common_dir
    }

    /// The root of the main work tree; `None` if the repository is bare.
    pub fn main_work_dir(&self) -> Option<PathBuf> {
        if !self.is_linked_worktree() {
            return self.work_dir.clone();
        }
        self.gix().main_repo().ok()?.workdir().and_then(|folder| read::real_path(folder).ok())
    }

    /// What the main work tree has checked out.
    pub fn main_head(&self) -> Result<super::Head, GitError> {
        self.head_in(&self.common_dir)
    }

    /// Whether history is truncated (`git clone --depth`).
    pub fn is_shallow(&self) -> bool {
        self.gix().is_shallow().unwrap_or(false)
    }
}

impl fmt::Debug for Repository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Repository").field("git_dir", &self.git_dir).field("work_dir", &self.work_dir).finish_non_exhaustive()
    }
}

#[derive(Default)]
struct Overrides {
    work_tree: Option<PathBuf>,
    /// The folder of the `.git` file that led here.
    around: Option<PathBuf>,
    index_file: Option<PathBuf>,
}

/// How repositories are opened: never as another user's, never with `GIT_*` variables that were not looked at here.
fn options(env: &Env, index_file: Option<&Path>) -> gix::open::Options {
    let mut permissions = gix::open::Permissions::all();
    permissions.env.git_prefix = gix::sec::Permission::Deny;
    permissions.env.objects = gix::sec::Permission::Deny;
    // gix finds the user's settings through the environment of this process: where the caller's differs (tests, a
    // scrubbed environment), none are better than those of the wrong home.
    if Env::of_process().path(env::HOME) != env.path(env::HOME) {
        permissions.config = gix::open::permissions::Config::isolated();
    }
    permissions.config.env = false;
    // Relative worktree links would raise the repository's format, which git before 2.48 refuses.
    let mut overrides = vec!["worktree.useRelativePaths=false".to_owned()];
    // What stands in for an object here is not what others get.
    overrides.push("core.useReplaceRefs=false".to_owned());
    // Reflogs need a name, but its absence must not stop the work (commits do insist on one).
    overrides.extend(["gitoxide.committer.nameFallback=cmpm".to_owned(), "gitoxide.committer.emailFallback=cmpm@cmpm.invalid".to_owned()]);
    overrides.extend(index_file.map(|file| format!("gitoxide.core.indexFile={}", file.display())));
    gix::open::Options::default().permissions(permissions).config_overrides(overrides).open_path_as_is(true).bail_if_untrusted(true)
}

fn explain_open(git_dir: &Path, error: &gix::Error) -> GitError {
    let reason = error::reason(error);
    if error.is_permission_denied() && reason.contains("unsafe") {
        let path = if git_dir.ends_with(".git") { git_dir.parent().unwrap_or(git_dir) } else { git_dir };
        return RepoError::NotOwned { path: path.to_owned() }.into();
    }
    if reason.to_lowercase().contains("refstorage") || reason.contains("reftable") {
        return RepoError::Reftable { path: git_dir.to_owned() }.into();
    }
    GitError::Library { task: "open the repository", reason }
}

/// Walks up from `start` as git does: a `.git` folder, a `.git` file, or a bare repository itself.
/// The second is the folder with the `.git` file, if it was one.
fn find_git_dir(start: &Path) -> Result<(PathBuf, Option<PathBuf>), GitError> {
    for folder in start.ancestors() {
        let dot_git = folder.join(".git");
        if let Some(found) = read::find_kind(&dot_git)? {
            // git stops at a `.git` file, broken or not; a folder that is not a repository is passed over.
            if found == PathKind::File || gix::discover::is_git(&dot_git).is_ok() {
                return Ok((real_git_dir(&dot_git)?, (found == PathKind::File).then(|| folder.to_owned())));
            }
        }
        if gix::discover::is_git(folder).is_ok() {
            return refuse_among_files(folder).map(|()| (folder.to_owned(), None));
        }
    }
    Err(RepoError::NotARepository { path: start.to_owned() }.into())
}

/// Refuses a bare repository among the files of a work tree, which could have come with them.
fn refuse_among_files(folder: &Path) -> Result<(), GitError> {
    match folder.ancestors().skip(1).find(|outer| is_work_tree_around(outer, folder)) {
        None => Ok(()),
        Some(outer) => {
            let reason = format!("it lies in the work tree {}, so its settings could be anybody's", outer.display());
            Err(RepoError::ImpliedBare { path: folder.to_owned(), reason }.into())
        }
    }
}

/// Whether `outer` is the root of a work tree, and `folder` is not in its git folder but among its files.
fn is_work_tree_around(outer: &Path, folder: &Path) -> bool {
    real_git_dir(&outer.join(".git")).is_ok_and(|git_dir| !folder.starts_with(git_dir))
}

/// The git folder that a path (a folder, or a `.git` file pointing to one) stands for.
fn real_git_dir(path: &Path) -> Result<PathBuf, GitError> {
    if !read::is_file(path) {
        let is_git = read::is_folder(path) && gix::discover::is_git(path).is_ok();
        return if is_git { Ok(read::real_path(path)?) } else { Err(RepoError::NotARepository { path: path.to_owned() }.into()) };
    }
    let target = read_pointer(path)?;
    match read::real_path(&target) {
        Ok(folder) if gix::discover::is_git(&folder).is_ok() => Ok(folder),
        _ => Err(RepoError::BrokenPointer { pointer: path.to_owned(), target }.into()),
    }
}

/// Whether the work tree at `root` is one of another clone than that with the git directory `common`: in a copy of a
/// repository, what was recorded before names folders of the original.
pub fn is_of_another_clone(root: &Path, common: &Path) -> bool {
    let dot_git = root.join(".git");
    let target = match read::find_kind(&dot_git) {
        Ok(Some(PathKind::File)) => read_pointer(&dot_git).ok(),
        Ok(Some(_)) => Some(dot_git),
        _ => None,
    };
    target.and_then(|target| read::real_path(&target).ok()).is_some_and(|target| !target.starts_with(common))
}

/// Where a `.git` file (`gitdir: <path>`) points to.
fn read_pointer(file: &Path) -> Result<PathBuf, GitError> {
    let bytes = read::read_head(file, 65_536)?;
    let text = bytes.strip_prefix(b"gitdir:").ok_or_else(|| RepoError::NotARepository { path: file.to_owned() })?;
    let target = gix::path::from_byte_slice(text.trim_ascii()).map_err(GitError::library("read a `.git` file"))?;
    Ok(file.parent().unwrap_or(Path::new("/")).join(target))
}
