//! What is in an agent's worktree, found without trusting anything the agent could have prepared there: not its index
//! (`assume-unchanged`), not its `.git` file, no filter, no nested repository.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::{GitError, Mode, Oid, Repository, TreeEdit, WorkError, Worktree, command};
use super::index::{Kind, Listing};
use super::scratch::Scratch;
use super::traps::disarm;
use crate::base::RepoPath;
use crate::fs::{PathKind, read, write};

/// How deep repositories in repositories are followed.
const DEPTH: usize = 8;
/// How long git may take over a work tree; minutes are for the largest.
const LIMIT: Duration = Duration::from_secs(600);

/// The file that tells that a copy is whole.
const SEAL: &str = "seal";

/// Our own copy of a worktree's index, made while nobody else could have touched it. Lives in a job's folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustedIndex {
    scratch: Scratch,
    worktree: Worktree,
    pointer: Vec<u8>,
}

/// What a worktree holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// Every file that is not ignored, as a tree in the repository.
    pub tree: Oid,
    /// What an honest worktree does not have, in order of the paths.
    pub odd: Vec<Oddity>,
}

/// Something that an honest worktree does not have.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Oddity {
    /// Where.
    pub path: RepoPath,
    /// What.
    pub kind: OddityKind,
}

/// Kinds of oddities.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OddityKind {
    /// The `.git` file is not as it was: git would look elsewhere from here.
    GitPointerChanged,
    /// A repository inside the worktree; its files are in the tree as plain files, its history is not.
    NestedRepository,
    /// A submodule was moved, filled or removed; a moved one is in the tree as it was before.
    Submodule,
    /// A new or changed symbolic link that leads out of the worktree.
    SymlinkOutside,
    /// A new file that nobody would commit; it is not in the tree, and was not read.
    TooLarge,
    /// Git cannot read it or refuses its name; it is not in the tree.
    UnreadablePath,
    /// New or changed, and git would run a filter over it (as for LFS); it is in the tree as it is on disk.
    FilterSkipped,
}

impl TrustedIndex {
    /// Takes the copy, right after the worktree was made; keeps it in `folder`.
    pub fn capture(repository: &Repository, worktree: &Worktree, folder: &Path) -> Result<Self, GitError> {
        let trusted = Self::prepare(repository, worktree, folder)?;
        // Whatever the agent changes is changed after the pointer was copied.
        let moment = read::find_metadata(&folder.join("pointer"))?;
        let moment = moment.ok_or_else(|| GitError::other("copy the index", "the job's folder is gone"))?;
        Listing::load(repository, &worktree.git_dir.join("index"))?.write_for_later(&moment, &trusted.index())?;
        trusted.seal(folder)
    }

    /// For a worktree whose index nobody copied in time: starts from what `HEAD` names, and reads every file.
    pub fn rebuild(repository: &Repository, worktree: &Worktree, folder: &Path) -> Result<Self, GitError> {
        let trusted = Self::prepare(repository, worktree, folder)?;
        let tree = worktree.head.unwrap_or_else(|| repository.empty_tree());
        trusted.scratch.git(repository, "read-tree")?.env("GIT_INDEX_FILE", trusted.index()).arg(tree.to_string()).bytes()?;
        trusted.seal(folder)
    }

    /// Finds a copy made before, by this or another process.
    pub fn load(folder: &Path) -> Result<Self, GitError> {
        let worktree = serde_json::from_slice(&read::read(&folder.join("worktree.json"))?);
        let worktree = worktree.map_err(|error| GitError::other("read worktree.json", error))?;
        let found = Self { scratch: Scratch::at(&folder.join("git")), worktree, pointer: read::read(&folder.join("pointer"))? };
        // The seal is written last: without it the copy was interrupted.
        let is_whole = read::find(&folder.join(SEAL))?.is_some_and(|seal| found.digest(folder).is_ok_and(|now| now.as_bytes() == seal));
        is_whole.then_some(found).ok_or_else(|| GitError::other("copy the index", "it was cut off"))
    }

    /// Nothing of the copy is brought to disk at once: what a power failure takes of it the seal tells, and it is made anew.
    fn seal(self, folder: &Path) -> Result<Self, GitError> {
        write::replace_cache(&folder.join(SEAL), self.digest(folder)?.as_bytes())?;
        Ok(self)
    }

    /// Of all files of the copy together.
    fn digest(&self, folder: &Path) -> Result<String, GitError> {
        let mut hasher = blake3::Hasher::new();
        let own = ["worktree.json", "pointer"].map(|name| folder.join(name));
        for file in own.into_iter().chain([self.index()]).chain(self.scratch.files()) {
            let bytes = read::find(&file)?;
            hasher.update(&bytes.as_ref().map_or(u64::MAX, |bytes| bytes.len() as u64).to_le_bytes());
            hasher.update(&bytes.unwrap_or_default());
        }
        Ok(hasher.finalize().to_hex().to_string())
    }

    fn prepare(repository: &Repository, worktree: &Worktree, folder: &Path) -> Result<Self, GitError> {
        let inside = read::exists(&worktree.path).then(|| repository.open_worktree(worktree)).transpose()?;
        let scratch = Scratch::create(&folder.join("git"), inside.as_ref().unwrap_or(repository))?;
        // Left by a process that was killed while it made a copy here; whoever works on a run does so alone.
        write::remove(&folder.join("git/trusted.index.lock"))?;
        let pointer = read::find(&worktree.path.join(".git"))?.unwrap_or_default();
        let json = serde_json::to_vec(worktree).map_err(|error| GitError::other("write worktree.json", error))?;
        write::remove(&folder.join(SEAL))?;
        write::replace_cache(&folder.join("worktree.json"), &json)?;
        write::replace_cache(&folder.join("pointer"), &pointer)?;
        Ok(Self { scratch, worktree: worktree.clone(), pointer })
    }

    /// The same copy, which looks away from these paths: links that cmpm puts there lead out of the worktree. Doing it again changes nothing.
    pub fn ignoring(self, folder: &Path, paths: &[RepoPath]) -> Result<Self, GitError> {
        let exclude = self.scratch.path().join("info/exclude");
        let known = read::find(&exclude)?.unwrap_or_default();
        match ignoring(&known, paths) {
            Some(text) => {
                write::replace_cache(&exclude, &text)?;
                self.seal(folder)
            }
            None => Ok(self),
        }
    }

    /// The worktree as it was when the copy was made.
    pub fn worktree(&self) -> &Worktree {
        &self.worktree
    }

    /// Stores what is in the worktree now as a tree. No reference, index or file of the worktree changes; only pipes that
    /// git would wait for are removed, and locked folders opened.
    pub fn snapshot(&self, repository: &Repository) -> Result<Snapshot, GitError> {
        let root = &self.worktree.path;
        if read::real_path(root).ok().as_deref() != Some(root) {
            return Err(WorkError::Worktree { path: root.clone(), reason: "its folder is gone or was replaced".into() }.into());
        }
        let large = disarm(root)?;
        let temporary = write::temporary_folder(self.scratch.path(), "look-")?;
        let index = temporary.path().join("index");
        let before = Listing::load(repository, &self.index())?;
        before.write_for_look(root, &index)?;
        let look = Look { repository, scratch: &self.scratch, index };
        let large = look.untracked(root, &before, large)?;
        let mut snapshot = look.folder(root, &before, (DEPTH, &large))?;
        snapshot.odd.extend(large.into_iter().map(|path| Oddity { path, kind: OddityKind::TooLarge }));
        if !self.pointer_is_intact()? {
            let path = const { RepoPath::of(".git") };
            snapshot.odd.push(Oddity { path, kind: OddityKind::GitPointerChanged });
        }
        snapshot.odd.sort();
        snapshot.odd.dedup();
        Ok(snapshot)
    }

    fn pointer_is_intact(&self) -> Result<bool, GitError> {
        let file = self.worktree.path.join(".git");
        let is_file = read::find_kind(&file)? == Some(PathKind::File);
        Ok(is_file && read::read_head(&file, 65_536)? == self.pointer)
    }

    fn index(&self) -> PathBuf {
        self.scratch.path().join("trusted.index")
    }
}

/// One look at one folder (the worktree, or a repository nested in it).
struct Look<'a> {
    repository: &'a Repository,
    scratch: &'a Scratch,
    index: PathBuf,
}

impl Look<'_> {
    fn folder(&self, root: &Path, before: &Listing, (depth, large): (usize, &[RepoPath])) -> Result<Snapshot, GitError> {
        let mut odd = Vec::new();
        let mut nested = self.stage(root, large, &mut odd)?;
        let tree = self.git("write-tree", root)?.arg("--missing-ok").text()?;
        let tree: Oid = tree.parse().map_err(|error| GitError::other("read the written tree", error))?;
        let after = Listing::load(self.repository, &self.index)?;
        let mut edits = submodules(root, before, &after, &mut odd)?;
        for entry in after.of_kind(Kind::Submodule).filter(|entry| before.find(&entry.path).is_none_or(|old| old.kind != Kind::Submodule)) {
            edits.push(TreeEdit { path: entry.path.clone(), content: None });
            nested.push(entry.path.clone());
        }
        for path in &nested {
            edits.extend(self.nested(root, path, (&mut odd, depth))?);
        }
        self.outward_links(before, &after, &mut odd)?;
        self.skipped_filters(root, &after.changed_since(before), &mut odd)?;
        odd.extend(after.folders().filter(|folder| read::exists(&folder.below(root).join(".git"))).map(nested_repository));
        let tree = if edits.is_empty() { tree } else { self.repository.edit_tree(tree, &edits)? };
        Ok(Snapshot { tree, odd })
    }

    /// Those of the files that git would add.
    fn untracked(&self, root: &Path, before: &Listing, mut files: Vec<RepoPath>) -> Result<Vec<RepoPath>, GitError> {
        files.retain(|file| before.find(file).is_none());
        if files.is_empty() {
            return Ok(files);
        }
        let git = self.git("ls-files", root)?.args(["--others", "--exclude-standard", "-z"]);
        command::parts(&git.paths(&files).bytes()?).map(command::repo_path).collect()
    }

    /// Adds everything but the large files to the index. git would look at all files once more before it asks which of them are known
    /// to be as they were, so it must not load ahead. The repositories without a commit, which git cannot add, come back.
    fn stage(&self, root: &Path, large: &[RepoPath], odd: &mut Vec<Oddity>) -> Result<Vec<RepoPath>, GitError> {
        let mut git = self.git("-c advice.addEmbeddedRepo=false -c core.fsyncMethod=batch -c core.preloadIndex=false add", root)?;
        git = git.args(["--all", "--sparse", "--ignore-errors", "--"]);
        git = if large.is_empty() { git.arg(".") } else { git.env("GIT_LITERAL_PATHSPECS", "0").arg(":(top)") };
        let output =
            git.args(large.iter().map(|path| [b":(top,exclude,literal)", path.as_bytes()].concat()).map(OsString::from_vec)).output()?;
        match output.status.code() {
            Some(0) => return Ok(Vec::new()),
            Some(1) => {}
            _ => return Err(command::failed("add", &output)),
        }
        let mut nested = Vec::new();
        let left = self.git("ls-files", root)?.args(["--others", "--modified", "--exclude-standard", "-z"]).bytes()?;
        for part in command::parts(&left) {
            let path = command::repo_path(part)?;
            if part.ends_with(b"/") {
                nested.push(path);
            } else {
                odd.push(Oddity { path, kind: OddityKind::UnreadablePath });
            }
        }
        odd.retain(|odd| !large.contains(&odd.path));
        Ok(nested)
    }

    /// The files of a repository inside `root` as plain files.
    fn nested(&self, root: &Path, path: &RepoPath, (odd, depth): (&mut Vec<Oddity>, usize)) -> Result<Option<TreeEdit>, GitError> {
        odd.push(nested_repository(path.clone()));
        let Some(depth) = depth.checked_sub(1) else {
            odd.push(Oddity { path: path.clone(), kind: OddityKind::UnreadablePath });
            return Ok(None);
        };
        let inner = Look { index: self.index.with_extension(format!("{depth}")), ..*self };
        write::remove(&inner.index)?;
        let found = inner.folder(&path.below(root), &Listing::empty(self.repository), (depth, &[]))?;
        write::remove(&inner.index)?;
        odd.extend(found.odd.into_iter().map(|inner| Oddity { path: inside(path, &inner.path), ..inner }));
        let has_files = found.tree != self.repository.empty_tree();
        Ok(has_files.then(|| TreeEdit { path: path.clone(), content: Some((Mode::Tree, found.tree)) }))
    }

    fn outward_links(&self, before: &Listing, after: &Listing, odd: &mut Vec<Oddity>) -> Result<(), GitError> {
        for link in after.of_kind(Kind::Symlink) {
            let is_new = before.find(&link.path).is_none_or(|old| old.oid != link.oid);
            if is_new && link.path.leads_outside(&self.repository.read_blob(link.oid)?) {
                odd.push(Oddity { path: link.path.clone(), kind: OddityKind::SymlinkOutside });
            }
        }
        Ok(())
    }

    fn skipped_filters(&self, root: &Path, changed: &BTreeSet<&RepoPath>, odd: &mut Vec<Oddity>) -> Result<(), GitError> {
        if changed.is_empty() {
            return Ok(());
        }
        let everything_with_a_filter = [".", ":(exclude,attr:!filter)"];
        let git = self.git("ls-files", root)?.env("GIT_LITERAL_PATHSPECS", "0").args(["-z", "--"]);
        for part in command::parts(&git.args(everything_with_a_filter).bytes()?) {
            let path = command::repo_path(part)?;
            if changed.contains(&path) {
                odd.push(Oddity { path, kind: OddityKind::FilterSkipped });
            }
        }
        Ok(())
    }

    fn git(&self, verb: &str, root: &Path) -> Result<command::Git, GitError> {
        let git = self.scratch.git(self.repository, verb)?;
        Ok(git.env("GIT_WORK_TREE", root).env("GIT_INDEX_FILE", &self.index).folder(root).within(LIMIT))
    }
}

/// Submodules stay as they were; whatever happened to them is odd.
fn submodules(root: &Path, before: &Listing, after: &Listing, odd: &mut Vec<Oddity>) -> Result<Vec<TreeEdit>, GitError> {
    let mut edits = Vec::new();
    for old in before.of_kind(Kind::Submodule) {
        let is_folder = read::find_kind(&old.path.below(root))? == Some(PathKind::Folder);
        let moved = after.find(&old.path).is_some_and(|new| new.oid != old.oid);
        let filled = after.has_below(&old.path);
        if !is_folder || moved || filled {
            odd.push(Oddity { path: old.path.clone(), kind: OddityKind::Submodule });
        }
        if is_folder && !filled {
            edits.push(TreeEdit { path: old.path.clone(), content: Some((Mode::Submodule, old.oid)) });
        }
    }
    Ok(edits)
}

/// An `info/exclude` that has these paths as well, if it has not yet.
pub(in crate::git) fn ignoring(known: &[u8], paths: &[RepoPath]) -> Option<Vec<u8>> {
    let special = |byte: &u8| b"\\*?[ ".contains(byte);
    let line = |path: &RepoPath| {
        path.as_bytes().iter().fold(b"/".to_vec(), |line, byte| {
            if special(byte) { [&line[..], &[b'\\', *byte]].concat() } else { [&line[..], &[*byte]].concat() }
        })
    };
    let lines: Vec<Vec<u8>> =
        paths.iter().map(line).filter(|line| !known.split(|&byte| byte == b'\n').any(|known| known == line)).collect();
    let apart: &[u8] = if known.is_empty() || known.ends_with(b"\n") { b"" } else { b"\n" };
    (!lines.is_empty()).then(|| [known, apart, &lines.join(&b'\n'), b"\n"].concat())
}

fn nested_repository(path: RepoPath) -> Oddity {
    Oddity { path, kind: OddityKind::NestedRepository }
}

/// A path inside `folder`, seen from where `folder` is.
fn inside(folder: &RepoPath, path: &RepoPath) -> RepoPath {
    RepoPath::parse([folder.as_bytes(), path.as_bytes()].join(&b'/')).unwrap_or_default()
}
