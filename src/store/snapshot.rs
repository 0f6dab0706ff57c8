//! One state of the files: on disk, or in a commit. The only input of everything that reads records.

use std::path::Path;

use crate::base::{Finding, RepoPath, Result, Rule, Severity};
use crate::fs::{FsError, read, walk};
use crate::git::{Mode, Oid, Repository, Staged, TreeEntry};

use super::record::Source;

/// One state of the files.
#[derive(Clone, Copy)]
pub enum Snapshot<'a> {
    /// As they are on disk below this folder.
    WorkTree(&'a Path),
    /// As a commit or tree has them.
    Tree(&'a Repository, Oid),
    /// As the index has them: what the next commit will hold.
    Index(&'a Repository, &'a Staged),
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FileEntry {
    pub path: RepoPath,
    /// What it holds, where git knows.
    pub blob: Option<Oid>,
}

impl Snapshot<'_> {
    /// Where the files come from.
    pub fn source(&self) -> Source {
        match self {
            Self::WorkTree(_) => Source::WorkTree,
            Self::Tree(_, oid) => Source::Commit(*oid),
            Self::Index(..) => Source::Index,
        }
    }

    /// The Markdown files below `folder`, sorted; what cannot be listed becomes a finding.
    pub fn markdown_files(&self, folder: &RepoPath, findings: &mut Vec<Finding>) -> Vec<FileEntry> {
        match self {
            Self::WorkTree(root) => {
                if is_link(root, folder) {
                    findings.push(link(folder.clone()));
                    return Vec::new();
                }
                let (files, errors) = walk::files(root, folder, &is_markdown);
                findings.extend(errors.iter().map(|error| unlisted(root, folder, error)));
                files.into_iter().map(|path| FileEntry { path, blob: None }).collect()
            }
            Self::Tree(repository, oid) => match repository.files_below(*oid, folder) {
                Ok(entries) => markdown(&entries, folder, findings),
                Err(error) => {
                    findings.push(Finding::new(Rule::Unreadable, Severity::Error, folder.clone(), error.to_string()));
                    Vec::new()
                }
            },
            Self::Index(_, staged) => markdown(&staged.files, folder, findings),
        }
    }

    /// The folders directly in `folder`, but for links and hidden ones, in no order; nothing below them is looked at.
    pub fn folders_in(&self, folder: &RepoPath) -> Vec<RepoPath> {
        match self {
            Self::WorkTree(root) if is_link(root, folder) => Vec::new(),
            Self::WorkTree(root) => walk::entries(root, folder, &|_| false).folders,
            Self::Tree(repository, oid) => repository.folders_in(*oid, folder).unwrap_or_default(),
            Self::Index(_, staged) => {
                let above = |entry: &TreeEntry| {
                    let mut folders = std::iter::successors(Some(entry.path.parent()), |path| (!path.is_empty()).then(|| path.parent()));
                    folders.find(|path| path != folder && path.parent() == *folder)
                };
                let mut found: Vec<RepoPath> = staged.files.iter().filter_map(above).collect();
                found.dedup();
                found
            }
        }
    }

    /// The bytes of a file that was listed; `None` if it is gone.
    pub fn read_entry(&self, entry: &FileEntry) -> Result<Option<Vec<u8>>> {
        match (self, entry.blob) {
            (Self::Tree(repository, _) | Self::Index(repository, _), Some(blob)) => Ok(Some(repository.read_blob(blob)?)),
            _ => self.read(&entry.path),
        }
    }

    /// The bytes of a file; `None` if there is none.
    pub fn read(&self, path: &RepoPath) -> Result<Option<Vec<u8>>> {
        match self {
            Self::WorkTree(root) => Ok(read::find(&path.below(root))?),
            Self::Tree(repository, oid) => Ok(repository.find_blob(*oid, path)?),
            Self::Index(repository, staged) => match staged.find(path) {
                Some(entry) if !matches!(entry.mode, Mode::Tree | Mode::Submodule) => Ok(Some(repository.read_blob(entry.oid)?)),
                _ => Ok(None),
            },
        }
    }
}

/// In a commit a link has nothing below it, so it has nothing on disk either.
fn is_link(root: &Path, folder: &RepoPath) -> bool {
    read::find_metadata(&folder.below(root)).ok().flatten().is_some_and(|metadata| metadata.is_symlink())
}

/// The Markdown files below `folder` among the entries of a tree or of the index.
fn markdown(entries: &[TreeEntry], folder: &RepoPath, findings: &mut Vec<Finding>) -> Vec<FileEntry> {
    let inside = entries.iter().filter(|entry| entry.path.is_below(folder) && is_markdown(&entry.path.name()));
    let (files, links): (Vec<_>, Vec<_>) = inside.partition(|entry| matches!(entry.mode, Mode::File | Mode::Executable));
    findings.extend(links.into_iter().map(|entry| link(entry.path.clone())));
    files.into_iter().map(|entry| FileEntry { path: entry.path.clone(), blob: Some(entry.oid) }).collect()
}

/// What a folder of the work tree does not tell.
pub(super) fn unlisted(root: &Path, folder: &RepoPath, error: &FsError) -> Finding {
    match error {
        FsError::Symlink { path } => link(RepoPath::relative(root, path).unwrap_or_default()),
        _ => Finding::new(Rule::Unreadable, Severity::Error, folder.clone(), error.to_string()),
    }
}

fn link(path: RepoPath) -> Finding {
    let finding = Finding::new(Rule::Symlink, Severity::Warning, path, "symbolic links are neither read nor written through");
    finding.hint("put the file itself here, or name the real folder under `paths:` in .cmpm/config.yaml")
}

/// `*.md`, and `*md` because one tracker's settings lose the dot.
pub(super) fn is_markdown(name: &str) -> bool {
    name.ends_with("md") && !name.starts_with('.')
}
