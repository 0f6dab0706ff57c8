//! What a merge left open among the files of cmpm: those that git could not merge, and those that were staged with markers in them.

use super::files::{self, files};
use crate::base::{RepoPath, Result, text};
use crate::config::Config;
use crate::document::{Reading, conflicts};
use crate::fs::read;
use crate::git::{Repository, Unmerged};

/// The files that somebody must still look at.
pub struct Open {
    /// Records that git could not merge.
    pub(super) unmerged: Vec<Unmerged>,
    /// Other files that git could not merge.
    pub(super) others: Vec<RepoPath>,
    /// Records that are staged and have markers, each with how many conflicts.
    pub(super) marked: Vec<(RepoPath, usize)>,
}

impl Open {
    /// Looks at the index, and at the records in it that differ from `HEAD`.
    pub fn find(repository: &Repository, config: &Config) -> Result<Self> {
        let paths = &config.paths;
        let records = files(&paths.tasks, &paths.memory);
        let (unmerged, others): (Vec<Unmerged>, Vec<Unmerged>) =
            repository.unmerged()?.into_iter().partition(|file| files::is_record(&records, &file.path));
        let others = others.into_iter().map(|file| file.path).collect();
        let mut marked = Vec::new();
        for path in repository.staged()?.changes.into_iter().map(|change| change.path) {
            let is_unmerged = unmerged.iter().any(|file| file.path == path);
            if is_unmerged || !files::is_record(&records, &path) {
                continue;
            }
            let bytes = read::find(&path.below(repository.require_work_dir()?)).ok().flatten().unwrap_or_default();
            let text = String::from_utf8_lossy(&bytes);
            let found = conflicts(&text, Reading::of(&path.name(), &text)).places().len();
            marked.extend((found > 0).then_some((path, found)));
        }
        Ok(Self { unmerged, others, marked })
    }

    /// How many files of cmpm are in conflict.
    pub fn len(&self) -> usize {
        self.unmerged.len() + self.marked.len()
    }

    /// `2 files are in conflict: a.md, b.md`; nothing if none is.
    pub fn describe(&self) -> Option<String> {
        let unmerged = self.unmerged.iter().map(|file| file.path.to_string());
        let all: Vec<String> = unmerged.chain(self.marked.iter().map(|(path, _)| path.to_string())).collect();
        let (first, rest) = all.split_first()?;
        let more = if rest.is_empty() { String::new() } else { format!(" and {} more", rest.len()) };
        Some(format!("{} in conflict: {first}{more}", text::plural(all.len(), "file")))
    }
}
