//! What happened to one file, and which files were removed: asked of the git program, which follows renames.

use super::super::command::{parts, repo_path};
use super::super::{GitError, Oid, Repository};
use crate::base::{RepoPath, Timestamp};

/// Begins a commit in what git prints; no name or subject can hold it.
const MARK: &str = "%x01%H%x1f%at%x1f%an%x1f%s%x02";

/// One commit that changed a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileVersion {
    pub commit: Oid,
    pub when: Timestamp,
    pub author: String,
    /// The first line of its message.
    pub subject: String,
    /// What it did: `A` added, `M` changed, `D` removed, `R` renamed.
    pub kind: char,
    /// The file's path after it, or before it where it was removed.
    pub path: RepoPath,
}

impl FileVersion {
    /// What the commit did, in a word.
    pub fn what(&self) -> &'static str {
        match self.kind {
            'A' => "added",
            'D' => "removed",
            'R' => "renamed",
            _ => "changed",
        }
    }
}

impl Repository {
    /// The commits that changed a file, newest first, through its earlier names.
    pub fn file_history(&self, path: &RepoPath) -> Result<Vec<FileVersion>, GitError> {
        if self.head()?.oid().is_none() {
            return Ok(Vec::new());
        }
        versions(&self.log_of_files(&["--follow"])?.paths([path]).bytes()?)
    }

    /// The files below a folder that some commit on any branch removed, newest first; each is in the commit's parent.
    pub fn removed_files(&self, folder: &RepoPath) -> Result<Vec<FileVersion>, GitError> {
        if self.head()?.oid().is_none() {
            return Ok(Vec::new());
        }
        versions(&self.log_of_files(&["--branches", "HEAD", "--diff-filter=D", "--no-renames"])?.paths([folder]).bytes()?)
    }

    fn log_of_files(&self, arguments: &[&str]) -> Result<super::super::command::Git, GitError> {
        let git = self.git("log")?.arg("--name-status").arg("-z").arg("--no-show-signature").arg("--no-color");
        Ok(git.arg(format!("--format={MARK}")).args(arguments))
    }
}

fn versions(bytes: &[u8]) -> Result<Vec<FileVersion>, GitError> {
    let mut found = Vec::new();
    for commit in bytes.split(|byte| *byte == 1) {
        let Some(end) = commit.iter().position(|byte| *byte == 2) else { continue };
        let (head, files) = commit.split_at(end);
        let head = String::from_utf8_lossy(head).into_owned();
        let mut fields = head.splitn(4, '\x1f');
        let mut field = || fields.next().unwrap_or_default();
        let oid = field();
        let commit: Oid = oid.parse().map_err(|_| GitError::other("read git's output", oid))?;
        let when = Timestamp::from_seconds(field().parse().unwrap_or(0));
        let (author, subject) = (field().to_owned(), field().to_owned());
        let mut names = parts(files.get(1..).unwrap_or_default()).filter(|part| *part != b"\n");
        while let Some(status) = names.next() {
            let status = String::from_utf8_lossy(status);
            let kind = status.trim_start().chars().next().unwrap_or('M');
            if matches!(kind, 'R' | 'C') {
                names.next();
            }
            let Some(name) = names.next() else { break };
            let (author, subject) = (author.clone(), subject.clone());
            found.push(FileVersion { commit, when, author, subject, kind, path: repo_path(name)? });
        }
    }
    Ok(found)
}
