//! What is to be checked: one state of the files, which of them changed, and the commits that changed them.

use std::collections::BTreeSet;

use crate::base::{Failure, Finding, RepoPath, Result, Rule, Severity};
use crate::context::CONFIG_FILE;
use crate::git::{Change, Commit, GitError, LogRange, Mode, ObjectError, Oid, Repository, Staged};
use crate::store::Snapshot;

use super::command::CheckError;

/// The name of the scope with all files.
const EVERYTHING: &str = "everything";

/// How to get what is not here.
const FETCH: &str = "`git fetch --refetch --no-filter` brings what is missing; then check again";

/// So many files that are not here are named.
const NAMED: usize = 5;

pub(super) struct Scope<'a> {
    /// In words.
    pub(super) name: String,
    /// The files as they will be.
    pub(super) snapshot: Snapshot<'a>,
    /// The files of it that are checked, in order.
    pub(super) changed: Vec<Changed>,
    /// Versions of files whose content is not in this partial clone; nothing can be said of them.
    pub(super) missing: Vec<(RepoPath, Oid)>,
    /// Symbolic links that are new or lead elsewhere; each blob says where to.
    pub(super) links: Vec<(RepoPath, Oid)>,
    /// Files that were there before.
    pub(super) removed: Vec<RepoPath>,
    /// The commit that everything is compared with.
    pub(super) before: Option<Oid>,
    /// The commit whose rules judge; nothing in what is checked can be it.
    pub(super) rules: Option<Oid>,
    /// The commits of a range, the newest first.
    pub(super) commits: Vec<Commit>,
}

/// A file to check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Changed {
    pub(super) path: RepoPath,
    pub(super) oid: Oid,
    /// Its content before.
    pub(super) old: Option<Oid>,
    /// Its path before, where that was another.
    pub(super) old_path: Option<RepoPath>,
}

/// A commit, and what is known already.
pub(super) struct Range {
    pub(super) name: String,
    pub(super) to: Oid,
    /// Commits that were looked at before, with all before them.
    pub(super) hide: Vec<Oid>,
    /// Where its history parts from what is there; nothing if it shares none.
    pub(super) fork: Option<Oid>,
    /// Whose rules judge.
    pub(super) rules: Option<Oid>,
}

impl Range {
    /// Reads `A..B`, where a missing side is `HEAD`; `A...B` is the same range.
    pub(super) fn parse(repository: &Repository, text: &str) -> Result<Self> {
        let (from, to) = text.split_once("..").ok_or_else(|| CheckError::BadRange { range: text.to_owned() })?;
        let or_head = |side: &str| if side.is_empty() { "HEAD".to_owned() } else { side.to_owned() };
        Self::new(repository, &or_head(from), &or_head(to.trim_start_matches('.')))
    }

    /// The commits that `to` has and `from` has not.
    pub(super) fn new(repository: &Repository, from: &str, to: &str) -> Result<Self> {
        let unrelated = || CheckError::Unrelated { base: from.to_owned(), head: to.to_owned() };
        let name = format!("{from}..{to}");
        let (start, end) = (repository.resolve(from)?, repository.resolve(to)?);
        let fork = repository.merge_base(start, end)?.ok_or_else(unrelated)?;
        Ok(Self { name, to: end, hide: vec![start], fork: Some(fork), rules: Some(start) })
    }
}

impl<'a> Scope<'a> {
    /// Some files of a state, compared with nothing.
    pub(super) fn of_files(name: String, snapshot: Snapshot<'a>, changed: Vec<Changed>, rules: Option<Oid>) -> Self {
        let (missing, links, removed, commits) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Self { name, snapshot, changed, missing, links, removed, before: None, rules, commits }
    }

    /// What the next commit changes.
    pub(super) fn of_staged(repository: &'a Repository, staged: &'a Staged) -> Result<Self> {
        let Split { mut changed, links, removed } = split(&staged.changes);
        find_renames(&mut changed, &staged.changes);
        let snapshot = Snapshot::Index(repository, staged);
        let before = repository.head()?.oid();
        Ok(Self { links, removed, before, ..Self::of_files("what is staged".to_owned(), snapshot, changed, before) })
    }

    /// Every file in the index.
    pub(super) fn of_everything(repository: &'a Repository, staged: &'a Staged) -> Result<Self> {
        let files = staged.files.iter().filter(|entry| is_file(entry.mode));
        let files = files.map(|entry| Changed { path: entry.path.clone(), oid: entry.oid, old: None, old_path: None });
        let (changed, missing) = here(repository, files.collect());
        let snapshot = Snapshot::Index(repository, staged);
        Ok(Self { missing, ..Self::of_files(EVERYTHING.to_owned(), snapshot, changed, repository.head()?.oid()) })
    }

    /// What the commits of a range change.
    pub(super) fn of_range(repository: &'a Repository, range: Range) -> Result<Self> {
        let Range { name, to, hide, fork, rules } = range;
        let Split { changed, links, removed } = split(&repository.diff_trees(fork.unwrap_or_else(|| repository.empty_tree()), to)?);
        let (changed, mut missing) = here(repository, changed);
        let is_partial = repository.is_partial();
        let (links, away): (_, Vec<_>) = links.into_iter().partition(|(_, oid)| !is_partial || repository.has_object(*oid));
        missing.extend(away);
        let commits = repository.commits(&LogRange { from: vec![to], hide, first_parent: false, limit: 0 })?;
        let files = Self::of_files(name, Snapshot::Tree(repository, to), changed, rules);
        Ok(Self { missing, links, removed, before: fork, commits, ..files })
    }

    /// The files that changed, as they were before; `None` where nothing is compared.
    pub(super) fn earlier(&self) -> Option<Self> {
        let (Snapshot::Index(repository, _) | Snapshot::Tree(repository, _)) = self.snapshot else { return None };
        let snapshot = Snapshot::Tree(repository, self.before?);
        let old = |file: &Changed| {
            let path = file.old_path.as_ref().unwrap_or(&file.path).clone();
            Some(Changed { path, oid: file.old?, old: None, old_path: None })
        };
        let changed: Vec<Changed> = self.changed.iter().filter_map(old).collect();
        (!changed.is_empty()).then(|| Self::of_files(self.name.clone(), snapshot, changed, self.rules))
    }

    /// Where nothing was before, as in a first push: the files as they were when the project began to use cmpm.
    pub(super) fn before_project(&self) -> Result<Option<Self>> {
        let (Snapshot::Tree(repository, _), None) = (self.snapshot, self.before) else { return Ok(None) };
        for commit in self.commits.iter().rev() {
            if repository.find_entry(commit.oid, &CONFIG_FILE)?.is_none() {
                continue;
            }
            let Some(start) = commit.parents.first().copied() else { return Ok(None) };
            let paths = self.paths();
            let files = repository.files_below(start, &RepoPath::default())?.into_iter();
            let files = files.filter(|entry| is_file(entry.mode) && paths.contains(&entry.path));
            let files = files.map(|entry| Changed { path: entry.path, oid: entry.oid, old: None, old_path: None }).collect();
            let (changed, _) = here(repository, files);
            return Ok(Some(Self::of_files(self.name.clone(), Snapshot::Tree(repository, start), changed, self.rules)));
        }
        Ok(None)
    }

    /// Findings of before, each in the file as it is called now.
    pub(super) fn as_named_now(&self, findings: Vec<Finding>) -> Vec<Finding> {
        let renamed = |path: &RepoPath| self.changed.iter().find(|file| file.old_path.as_ref() == Some(path));
        let now = |finding: Finding| match renamed(&finding.path) {
            Some(file) => Finding { path: file.path.clone(), ..finding },
            None => finding,
        };
        findings.into_iter().map(now).collect()
    }

    /// What is not looked at, also of its commits, the first few by their names. Of all files that is expected; of a change it
    /// leaves open whether it is right.
    pub(super) fn not_here(&self, of_commits: Vec<(RepoPath, Oid)>) -> Vec<Finding> {
        let mut missing: Vec<(RepoPath, Oid)> = self.missing.iter().cloned().chain(of_commits).collect();
        missing.sort();
        missing.dedup_by(|one, other| one.1 == other.1);
        let (more, severity) = (missing.len().saturating_sub(NAMED), self.not_here_is());
        let named = missing.into_iter().take(NAMED).enumerate().map(|(place, (path, oid))| {
            let others = if more > 0 && place + 1 == NAMED { format!("; nor were {more} others") } else { String::new() };
            let oid = if self.is_everything() { String::new() } else { format!("`{}` ", oid.to_string().get(..10).unwrap_or_default()) };
            let message = format!("{oid}is not in this partial clone, so it was not checked{others}");
            let finding = Finding::new(Rule::NotHere, severity, path, message);
            if self.is_everything() { finding } else { finding.hint(FETCH) }
        });
        named.collect()
    }

    /// The findings, or in a partial clone what could not be found out.
    pub(super) fn as_far_as_possible(&self, findings: Result<Vec<Finding>>) -> Result<Vec<Finding>> {
        findings.or_else(|failure| match self.snapshot {
            Snapshot::Index(repository, _) | Snapshot::Tree(repository, _) if repository.is_partial() => {
                let message = format!("not everything was checked in this partial clone: {failure}");
                let path = self.path_of(repository, &failure).unwrap_or_default();
                Ok(vec![Finding::new(Rule::NotHere, self.not_here_is(), path, message).hint(FETCH)])
            }
            _ => Err(failure),
        })
    }

    /// The file that could not be read, where it is in one of the states.
    fn path_of(&self, repository: &Repository, failure: &Failure) -> Option<RepoPath> {
        let Some(GitError::Object(ObjectError::Missing { oid })) = failure.downcast_ref::<GitError>() else { return None };
        let states = self.before.into_iter().chain(self.commits.iter().map(|commit| commit.tree));
        let files = states.filter_map(|state| repository.files_below(state, &RepoPath::default()).ok());
        files.flatten().find(|entry| entry.oid == *oid).map(|entry| entry.path)
    }

    fn not_here_is(&self) -> Severity {
        if self.is_everything() { Severity::Note } else { Severity::Warning }
    }

    /// Whether all files are checked, and not what changed in them.
    pub(super) fn is_everything(&self) -> bool {
        self.name == EVERYTHING
    }

    pub(super) fn paths(&self) -> BTreeSet<&RepoPath> {
        self.changed.iter().map(|changed| &changed.path).collect()
    }

    /// Every path of the state, submodules and links included.
    pub(super) fn all_paths(&self) -> Result<Vec<RepoPath>> {
        Ok(match self.snapshot {
            Snapshot::Index(_, staged) => staged.files.iter().map(|entry| entry.path.clone()).collect(),
            Snapshot::Tree(repository, oid) => {
                repository.files_below(oid, &RepoPath::default())?.into_iter().map(|entry| entry.path).collect()
            }
            Snapshot::WorkTree(_) => Vec::new(),
        })
    }
}

/// The files and links that are there afterwards, and the files that are not.
#[derive(Default)]
struct Split {
    changed: Vec<Changed>,
    links: Vec<(RepoPath, Oid)>,
    removed: Vec<RepoPath>,
}

fn split(changes: &[Change]) -> Split {
    let Split { mut changed, mut links, mut removed } = Split::default();
    for change in changes {
        let was_file = change.old.is_some_and(|(mode, _)| is_file(mode)) && change.old_path.is_none();
        match change.new {
            Some((mode, oid)) if is_file(mode) => {
                let old = change.old.filter(|(mode, _)| is_file(*mode)).map(|(_, oid)| oid);
                changed.push(Changed { path: change.path.clone(), oid, old, old_path: change.old_path.clone() });
            }
            Some((mode, oid)) => {
                links.extend((mode == Mode::Symlink).then(|| (change.path.clone(), oid)));
                removed.extend(was_file.then(|| change.path.clone()));
            }
            None => removed.push(change.path.clone()),
        }
        removed.extend(change.old_path.clone());
    }
    Split { changed, links, removed }
}

/// In what is staged a renamed file is gone here and new there: of the same text, or of the same name and no other like it.
fn find_renames(changed: &mut [Changed], changes: &[Change]) {
    let gone = |change: &Change| Some((change.path.clone(), change.old.filter(|(mode, _)| change.new.is_none() && is_file(*mode))?.1));
    let mut gone: Vec<(RepoPath, Oid)> = changes.iter().filter_map(gone).collect();
    let same_text = |file: &Changed, gone: &(RepoPath, Oid)| file.oid == gone.1;
    let same_name = |file: &Changed, gone: &(RepoPath, Oid)| file.path.name() == gone.0.name();
    for is_same in [same_text, same_name] {
        for file in changed.iter_mut().filter(|file| file.old.is_none()) {
            if let Some(at) = gone.iter().position(|old| is_same(file, old)) {
                let (path, oid) = gone.swap_remove(at);
                (file.old, file.old_path) = (Some(oid), Some(path));
            }
        }
    }
}

/// The files of which this clone has what they are and were, and those of which a partial clone lacks a version.
fn here(repository: &Repository, files: Vec<Changed>) -> (Vec<Changed>, Vec<(RepoPath, Oid)>) {
    let is_partial = repository.is_partial();
    let is_away = |oid: &Oid| is_partial && !repository.has_object(*oid);
    let (mut changed, mut missing) = (Vec::new(), Vec::new());
    for file in files {
        match [Some(file.oid), file.old].into_iter().flatten().find(is_away) {
            Some(oid) => missing.push((file.path, oid)),
            None => changed.push(file),
        }
    }
    (changed, missing)
}

fn is_file(mode: Mode) -> bool {
    matches!(mode, Mode::File | Mode::Executable)
}
