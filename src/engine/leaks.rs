//! Secrets that commits bring: in files, also of merges, in messages and in names. The rules are the caller's.

use std::collections::BTreeSet;

use rayon::prelude::*;

use super::scan::{Known, MOST_BYTES, Scanner, Secret, Text};
use crate::base::{RepoPath, Result};
use crate::git::{Commit, Mode, Oid, Repository};

/// From so many files on the work is spread over the cores.
const MANY: usize = 8;

/// What comes of every file, in their order.
pub fn each<F: Sync, T: Send>(files: &[F], find: impl Fn(&F) -> Result<T> + Sync + Send) -> Result<Vec<T>> {
    if files.len() < MANY { files.iter().map(find).collect() } else { files.par_iter().map(find).collect() }
}

/// A version of a file that no parent of its commit has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Brought {
    pub path: RepoPath,
    pub oid: Oid,
    /// What the file was before and where, once for each parent that has it.
    pub old: Vec<(RepoPath, Oid)>,
    /// Whether its name is new.
    pub is_new: bool,
}

/// A secret and where it stands.
#[derive(Debug)]
pub struct Leak {
    pub secret: Secret,
    /// The file; of a name that is a secret the nearest folder that is none; of a message nothing.
    pub path: RepoPath,
    pub place: Place,
    pub commit: Option<Oid>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    File(Oid),
    /// The name of a file or folder.
    Name(String),
    /// A text that is no file: a message, the name of a reference.
    Said {
        text: String,
        /// What it is, in words.
        what: String,
    },
}

impl Leak {
    /// The text it stands in.
    pub fn text(&self, repository: &Repository) -> Result<Vec<u8>> {
        Ok(match &self.place {
            Place::File(oid) => repository.read_blob(*oid)?,
            Place::Name(text) | Place::Said { text, .. } => text.clone().into_bytes(),
        })
    }

    /// Whether the line of the secret is one of the file that is named.
    pub fn has_lines(&self) -> bool {
        matches!(self.place, Place::File(_))
    }

    /// The place in words, to stand behind what it is.
    pub fn shown_place(&self) -> String {
        let place = match &self.place {
            Place::File(_) => String::new(),
            Place::Name(_) => " in the name of a file".to_owned(),
            Place::Said { what, .. } => format!(" in {what}"),
        };
        let commit = self.commit.map(|oid| format!(" in commit {}", oid.to_string().get(..7).unwrap_or_default()));
        format!("{place}{}", commit.unwrap_or_default())
    }
}

/// What of a commit no parent has. Of a merge that are the lines somebody wrote while merging.
pub fn brought(repository: &Repository, commit: &Commit) -> Result<Vec<Brought>> {
    let (first, others) = match commit.parents.split_first() {
        Some((first, others)) => (*first, others),
        None => (repository.empty_tree(), &[][..]),
    };
    let mut found = Vec::new();
    for change in repository.diff_trees(first, commit.oid)? {
        let is_text = |mode: Mode| matches!(mode, Mode::File | Mode::Executable | Mode::Symlink);
        let Some((_, oid)) = change.new.filter(|(mode, _)| is_text(*mode)) else { continue };
        let before = change.old_path.as_ref().unwrap_or(&change.path);
        let mut old: Vec<(RepoPath, Oid)> =
            change.old.filter(|(mode, _)| is_text(*mode)).map(|(_, oid)| (before.clone(), oid)).into_iter().collect();
        for parent in others {
            let there = repository.find_entry(*parent, &change.path)?.filter(|entry| is_text(entry.mode));
            old.extend(there.map(|entry| (change.path.clone(), entry.oid)));
        }
        if old.iter().all(|(_, old)| *old != oid) || change.old_path.is_some() {
            let is_new = change.old.is_none() || change.old_path.is_some();
            found.push(Brought { path: change.path, oid, old, is_new });
        }
    }
    Ok(found)
}

/// What could not be looked at.
#[derive(Debug, Default)]
pub struct Unread {
    /// Files that are too large.
    pub large: Vec<RepoPath>,
    /// Versions of files that a partial clone did not fetch, or that are compared with one.
    pub missing: Vec<(RepoPath, Oid)>,
}

/// Looks for secrets by the rules of one scanner.
#[derive(Clone, Copy)]
pub struct Leaks<'a> {
    pub repository: &'a Repository,
    pub scanner: &'a Scanner,
}

impl Leaks<'_> {
    /// What a commit brings: its message, its names and headers, its files without those that were `seen`, and their names.
    pub fn of_commit(&self, commit: &Commit, seen: &mut BTreeSet<(RepoPath, Oid)>, unread: &mut Unread) -> Result<Vec<Leak>> {
        let is_partial = self.repository.is_partial();
        let is_away = |oid: &&Oid| is_partial && !self.repository.has_object(**oid);
        let mut files = Vec::new();
        for file in brought(self.repository, commit)? {
            if !seen.insert((file.path.clone(), file.oid)) {
                continue;
            }
            if let Some(away) = std::iter::once(&file.oid).chain(file.old.iter().map(|(_, old)| old)).find(is_away).copied() {
                unread.missing.push((file.path, away));
            } else if self.is_too_large(file.oid)? {
                unread.large.push(file.path);
            } else {
                files.push(file);
            }
        }
        let mut leaks = self.in_text(&commit.message, "the message", Some(commit.oid));
        leaks.extend(self.in_text(&self.repository.head_of(commit.oid)?, "the names and headers", Some(commit.oid)));
        leaks.extend(self.in_files(&files, Some(commit.oid))?);
        leaks.extend(self.in_names(files.iter().filter(|file| file.is_new).map(|file| &file.path), Some(commit.oid)));
        Ok(leaks)
    }

    pub fn is_too_large(&self, file: Oid) -> Result<bool> {
        Ok(self.repository.size_of(file)? > MOST_BYTES)
    }

    /// The secrets of files that were not in them before.
    pub fn in_files(&self, files: &[Brought], commit: Option<Oid>) -> Result<Vec<Leak>> {
        let find = |file: &Brought| self.in_file(file, &self.repository.read_blob(file.oid)?, commit);
        Ok(each(files, find)?.into_iter().flatten().collect())
    }

    /// The same of one file that was read already. What was where it mattered less, as in a test, was not in it.
    pub fn in_file(&self, file: &Brought, bytes: &[u8], commit: Option<Oid>) -> Result<Vec<Leak>> {
        let name = commit.map(|oid| oid.to_string());
        let text = Text { path: &file.path, bytes, commit: name.as_deref() };
        let mut found = self.scanner.scan_marked(&text);
        for (path, old) in &file.old {
            if found.is_empty() {
                break;
            }
            let known = Known::of(self.scanner.scan_marked(&Text { path, bytes: &self.repository.read_blob(*old)?, ..text }));
            found.retain(|secret| !known.has(secret));
        }
        Ok(found.into_iter().map(|secret| Leak { secret, path: file.path.clone(), place: Place::File(file.oid), commit }).collect())
    }

    /// The secrets in a text that is no file.
    pub fn in_text(&self, text: &str, what: &str, commit: Option<Oid>) -> Vec<Leak> {
        let name = commit.map(|oid| oid.to_string());
        let path = RepoPath::default();
        let found = self.scanner.scan_marked(&Text { path: &path, bytes: text.as_bytes(), commit: name.as_deref() });
        let place = || Place::Said { text: text.to_owned(), what: what.to_owned() };
        let leak = |secret| Leak { secret, path: RepoPath::default(), place: place(), commit };
        found.into_iter().map(leak).collect()
    }

    /// The secrets among names, each in the nearest folder whose name is none.
    pub fn in_names<'p>(&self, paths: impl Iterator<Item = &'p RepoPath>, commit: Option<Oid>) -> Vec<Leak> {
        let paths: Vec<&RepoPath> = paths.collect();
        let all = paths.iter().map(|path| path.lossy()).collect::<Vec<_>>().join("\n");
        if self.in_name(&all).is_empty() {
            return Vec::new();
        }
        let mut leaks = Vec::new();
        for path in paths {
            let name = path.lossy().into_owned();
            let mut folder = path.parent();
            while !folder.is_empty() && !self.in_name(&folder.lossy()).is_empty() {
                folder = folder.parent();
            }
            let found = self.in_name(&name).into_iter();
            leaks.extend(found.map(|secret| Leak { secret, path: folder.clone(), place: Place::Name(name.clone()), commit }));
        }
        leaks
    }

    fn in_name(&self, text: &str) -> Vec<Secret> {
        let path = RepoPath::default();
        self.scanner.scan_marked(&Text { path: &path, bytes: text.as_bytes(), commit: None })
    }
}
