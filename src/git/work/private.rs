//! A repository of the agent's own. While an agent works, the `.git` file of its worktree leads to a private repository that
//! only borrows objects: it can commit, branch and stash as it likes, and no reference, hook or setting of the user's repository
//! is within its reach. Afterwards the file is put back, and what it committed can be fetched under a reference of cmpm's.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::super::{Checkout, GitError, Oid, Person, Repository, Worktree};
use super::snapshot::ignoring;
use super::traps::unlock;
use crate::base::RepoPath;
use crate::fs::{PathKind, read, write};

/// How long git may take over a repository that a stranger could have prepared.
const LIMIT: Duration = Duration::from_secs(120);

/// How its folder is called among the files of a run.
pub const AGENT_REPOSITORY: &str = "agent.git";

/// How many of its branches are kept.
const BRANCHES: usize = 200;

/// What git reads of a repository, and as what.
const PARTS: [(&str, PathKind); 7] = [
    ("HEAD", PathKind::File),
    ("packed-refs", PathKind::File),
    ("shallow", PathKind::File),
    ("objects", PathKind::Folder),
    ("objects/info", PathKind::Folder),
    ("objects/pack", PathKind::Folder),
    ("refs", PathKind::Folder),
];
/// What steers git in a repository.
const STEERING: [&str; 8] =
    ["config", "config.worktree", "commondir", "hooks", "info", "objects/info/alternates", "objects/info/http-alternates", "worktrees"];

/// A private repository that borrows another one's objects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentRepository {
    folder: PathBuf,
    pointer: Vec<u8>,
    base: Oid,
}

/// What a private repository starts with.
#[derive(Debug, Clone)]
pub struct AgentRepositorySpec<'a> {
    pub worktree: &'a Worktree,
    /// The branch that is checked out.
    pub branch: &'a str,
    /// The branch the work should land on, there for comparing.
    pub target: &'a str,
    /// The commit of both.
    pub base: Oid,
    /// Who commits in it.
    pub author: Person,
    /// What is there besides the files of the branch.
    pub ignored: &'a [RepoPath],
}

impl AgentRepository {
    /// Makes the repository in `folder`, or finds the one made there before, if the agent left it usable.
    pub fn prepare(repository: &Repository, folder: &Path, spec: &AgentRepositorySpec<'_>) -> Result<Self, GitError> {
        let pointer_file = folder.with_extension("pointer");
        let made = Self { folder: folder.to_owned(), pointer: Vec::new(), base: spec.base };
        let pointer = read::find(&pointer_file)?;
        if let Some(pointer) = pointer.clone().filter(|_| read::exists(&folder.join("HEAD"))) {
            return Ok(Self { pointer, ..made });
        }
        let common = repository.common_dir();
        for branch in [spec.branch, spec.target] {
            write::replace_cache(&folder.join("refs/heads").join(branch), format!("{}\n", spec.base).as_bytes())?;
        }
        write::replace_cache(&folder.join("objects/info/alternates"), alternates(repository)?.as_bytes())?;
        let settings = config(repository, spec);
        write::replace_cache(&folder.join("config"), settings.as_bytes())?;
        write::replace_cache(&made.settings(), settings.as_bytes())?;
        write::replace_cache(&folder.join("HEAD"), format!("ref: refs/heads/{}\n", spec.branch).as_bytes())?;
        let copies = [
            (spec.worktree.git_dir.join("index"), "index"),
            (common.join("info/exclude"), "info/exclude"),
            (common.join("shallow"), "shallow"),
        ];
        for (from, to) in copies {
            if let Some(bytes) = read::find(&from)? {
                write::replace_cache(&folder.join(to), &bytes)?;
            }
        }
        let exclude = folder.join("info/exclude");
        if let Some(text) = ignoring(&read::find(&exclude)?.unwrap_or_default(), spec.ignored) {
            write::replace_cache(&exclude, &text)?;
        }
        let pointer = pointer.map_or_else(|| read::read(&spec.worktree.path.join(".git")), Ok)?;
        // Last, and durably: from now on the worktree's own pointer can be put back.
        write::replace(&pointer_file, &pointer)?;
        Ok(Self { pointer, ..made })
    }

    /// A file that leads here, for the agent to see in place of the worktree's `.git` file. The latter is put in order: everybody else
    /// sees that, and none of the agent's settings.
    pub fn pointer_for_agent(&self, worktree: &Path) -> Result<PathBuf, GitError> {
        self.put_pointer(worktree, &self.pointer)?;
        let file = self.folder.with_extension("own-pointer");
        write::replace(&file, &self.own_pointer())?;
        Ok(file)
    }

    /// Puts the worktree's own `.git` file back; whether nobody else had changed it meanwhile.
    pub fn detach(&self, worktree: &Path) -> Result<bool, GitError> {
        let was = self.put_pointer(worktree, &self.pointer)?;
        Ok(was == self.own_pointer() || was == self.pointer)
    }

    /// Writes the worktree's `.git` file; says what was in it, nothing if it was no file. What the agent put there instead
    /// is moved out of the way, never removed.
    fn put_pointer(&self, worktree: &Path, wanted: &[u8]) -> Result<Vec<u8>, GitError> {
        unlock(worktree)?;
        self.sweep(worktree)?;
        let file = worktree.join(".git");
        let found = read::find_metadata(&file)?;
        let is_file = found.as_ref().is_some_and(crate::fs::Metadata::is_file);
        if found.is_some() && !is_file {
            let places = (1_u32..).map(|number| self.folder.with_extension(format!("found-{number}")));
            let free = places.into_iter().find(|place| !read::exists(place));
            write::rename(&file, &free.unwrap_or_else(|| self.folder.with_extension("found")))?;
        }
        let was = if is_file { read::read_head(&file, 65_536)? } else { Vec::new() };
        if was != wanted {
            write::replace(&file, wanted)?;
        }
        Ok(was)
    }

    /// Removes what a cmpm that was killed while it wrote a pointer left beside it.
    fn sweep(&self, worktree: &Path) -> Result<(), GitError> {
        for file in read::names(worktree)?.into_iter().filter(|name| write::is_staged(name)).map(|name| worktree.join(name)) {
            let is_file = read::find_kind(&file)? == Some(PathKind::File);
            let begins = |pointer: &[u8]| read::read_head(&file, 65_536).is_ok_and(|bytes| pointer.starts_with(&bytes));
            if is_file && (begins(&self.pointer) || begins(&self.own_pointer())) {
                write::remove(&file)?;
            }
        }
        Ok(())
    }

    /// Brings what the agent committed into the user's repository, HEAD as `<references>/agent`, branches below
    /// `<references>/heads/`; empty if it committed nothing.
    pub fn adopt(&self, repository: &Repository, references: &str) -> Result<Vec<String>, GitError> {
        self.disarm(repository)?;
        let mut found = self.tips(repository)?;
        found.retain(|(oid, _)| *oid != self.base);
        // A branch that HEAD is on is named by HEAD already.
        let mut known = HashSet::new();
        found.retain(|(oid, _)| known.insert(*oid));
        if found.is_empty() {
            return Ok(Vec::new());
        }
        let kept = |name: &str| match name.strip_prefix("refs/") {
            None => format!("{references}/agent"),
            Some(rest) => format!("{references}/{rest}"),
        };
        let fetch = repository.git("-c protocol.file.allow=always -c fetch.fsckObjects=true -c transfer.unpackLimit=1 fetch")?;
        let options = ["--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance", "--no-recurse-submodules"];
        let wanted = found.iter().map(|(_, name)| format!("+{name}:{}", kept(name)));
        fetch.args(options).arg(&self.folder).args(wanted).within(LIMIT).bytes()?;
        Ok(found.iter().map(|(_, name)| kept(name)).collect())
    }

    /// Makes it safe to look at: every setting, hook and borrowed object is as it was at the beginning, and nothing is there that git
    /// would wait for, or that leads elsewhere.
    fn disarm(&self, repository: &Repository) -> Result<(), GitError> {
        let odd = |name: &str| GitError::Library { task: "look at it", reason: format!("the agent made something odd of `{name}`") };
        for (name, wanted) in PARTS {
            if read::find_kind(&self.folder.join(name))?.is_some_and(|kind| kind != wanted) {
                return Err(odd(name));
            }
        }
        for part in ["refs", "objects"] {
            if !is_plain(&self.folder.join(part))? {
                return Err(odd(part));
            }
        }
        for name in STEERING {
            let path = self.folder.join(name);
            match read::find_kind(&path)? {
                Some(PathKind::Folder) => write::remove_folder(&path)?,
                _ => write::remove(&path)?,
            }
        }
        write::replace_cache(&self.folder.join("config"), &read::read(&self.settings())?)?;
        Ok(write::replace_cache(&self.folder.join("objects/info/alternates"), alternates(repository)?.as_bytes())?)
    }

    fn settings(&self) -> PathBuf {
        self.folder.with_extension("config")
    }

    /// What the agent's HEAD, branches and stash lead to; HEAD first.
    fn tips(&self, repository: &Repository) -> Result<Vec<(Oid, String)>, GitError> {
        let own =
            |verb| Ok::<_, GitError>(super::super::command::Git::new(&repository.env, verb)?.env("GIT_DIR", &self.folder).within(LIMIT));
        let head = own("rev-parse")?.args(["--verify", "--quiet", "HEAD^{commit}"]).output()?;
        let format = ["--format=%(objectname) %(refname)", &format!("--count={BRANCHES}")].map(str::to_owned);
        let others = own("for-each-ref")?.args(format).args(["refs/heads", "refs/stash"]).text()?;
        let head = format!("{} HEAD", String::from_utf8_lossy(&head.stdout).trim());
        let tip = |line: &str| line.split_once(' ').and_then(|(oid, name)| Some((oid.parse().ok()?, name.to_owned())));
        Ok(std::iter::once(head.as_str()).chain(others.lines()).filter_map(tip).collect())
    }

    fn own_pointer(&self) -> Vec<u8> {
        format!("gitdir: {}\n", self.folder.display()).into_bytes()
    }
}

/// Whether there are only files and folders below.
fn is_plain(folder: &Path) -> Result<bool, GitError> {
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for path in read::names(&folder)?.iter().map(|name| folder.join(name)) {
            match read::find_kind(&path)? {
                Some(PathKind::Folder) => open.push(path),
                Some(PathKind::File) | None => {}
                Some(PathKind::Link | PathKind::Special) => return Ok(false),
            }
        }
    }
    Ok(true)
}

/// The objects that it borrows.
fn alternates(repository: &Repository) -> Result<String, GitError> {
    Ok(repository.object_folders()?.iter().map(|folder| format!("{}\n", folder.display())).collect())
}

fn config(repository: &Repository, spec: &AgentRepositorySpec<'_>) -> String {
    let hash = if repository.empty_tree().to_string().len() == 64 { "sha256" } else { "sha1" };
    let quote = |text: &str| text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', " ");
    let mut text = format!(
        "[core]\n\trepositoryformatversion = 1\n\tbare = false\n[extensions]\n\tobjectFormat = {hash}\n[gc]\n\tauto = 0\n[maintenance]\n\tauto = false\n\
         [commit]\n\tgpgSign = false\n[user]\n\tname = \"{}\"\n\temail = \"{}\"\n",
        quote(&spec.author.name),
        quote(&spec.author.email),
    );
    for key in ["autocrlf", "eol", "fileMode", "symlinks", "ignoreCase"] {
        if let Some(value) = repository.config_value(&format!("core.{key}")) {
            text.push_str(&format!("[core]\n\t{key} = \"{}\"\n", quote(&value)));
        }
    }
    text
}

impl Repository {
    /// Checks a commit out in a new worktree without a branch, for looking at it and running checks.
    pub fn add_detached_worktree(&self, path: &Path, commit: Oid) -> Result<Checkout, GitError> {
        let _lock = self.lock_worktrees()?;
        self.sync_objects()?;
        write::create_folder(path.parent().unwrap_or(path))?;
        self.git("worktree")?.args(["add", "--quiet", "--detach"]).arg(path).arg(commit.to_string()).bytes()?;
        self.require_worktree(path).map(Checkout)
    }

    /// The checkout at `path`. People have their worktrees elsewhere: in the git directory there are only cmpm's own.
    pub fn find_checkout(&self, path: &Path) -> Result<Option<Checkout>, GitError> {
        Ok(self.find_worktree(path)?.filter(|_| path.starts_with(self.common_dir())).map(Checkout))
    }

    /// Removes it for good.
    pub fn forget_checkout(&self, checkout: &Checkout) -> Result<(), GitError> {
        let _lock = self.lock_worktrees()?;
        write::remove_folder(&checkout.path)?;
        Ok(write::remove_folder(&checkout.git_dir)?)
    }

    /// Lets this worktree say that `commit` is checked out, without touching its files.
    pub fn adopt_index(&self, commit: Oid) -> Result<(), GitError> {
        self.git("reset")?.args(["--mixed", "--quiet", "--no-refresh"]).arg(commit.to_string()).bytes().map(|_| ())
    }
}
