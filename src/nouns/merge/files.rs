//! Which files are merged by what they mean: those `init` names to git, and those `merge --repair` looks at.

use crate::base::RepoPath;
use crate::run::RUNS;

/// Where beads keeps its records.
pub const BEADS: RepoPath = RepoPath::of(".beads");
/// Folders of cmpm that no setting names, with the files in them.
const FIXED: [(RepoPath, &str); 3] = [(RUNS, "**/*.md"), (RepoPath::of(".cmpm"), "**/*.yaml"), (BEADS, "*.jsonl")];

/// Files below a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merged {
    pub folder: RepoPath,
    /// Which of its files, as git's attributes are written.
    pub files: &'static str,
}

impl Merged {
    fn holds(&self, path: &RepoPath) -> bool {
        let ending = self.files.rsplit_once('*').map_or("", |(_, ending)| ending);
        let is_deep = self.files.starts_with("**");
        path.is_below(&self.folder) && path.name().ends_with(ending) && (is_deep || path.parent() == self.folder)
    }
}

/// Tickets, memories, pages of runs, settings, and the records of other trackers.
pub fn files(tickets: &[RepoPath], memory: &RepoPath) -> Vec<Merged> {
    let records = tickets.iter().chain([memory]).map(|folder| Merged { folder: folder.clone(), files: "**/*.md" });
    let fixed = FIXED.into_iter().map(|(folder, files)| Merged { folder, files });
    records.chain(fixed).collect()
}

pub(super) fn is_record(files: &[Merged], path: &RepoPath) -> bool {
    files.iter().any(|files| files.holds(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_told_from_other_files() {
        let path = |text: &str| RepoPath::parse(text).unwrap();
        let files = files(&[path("tasks")], &path(".cmpm/memory"));
        for record in ["tasks/a/b.md", ".cmpm/memory/x.md", ".cmpm/config.yaml", ".beads/issues.jsonl", ".cmpm/runs/RUN-1.md"] {
            assert!(is_record(&files, &path(record)), "{record}");
        }
        for other in ["src/tasks/a.md", "tasks/a.rs", ".beads/x/y.jsonl", "README.md"] {
            assert!(!is_record(&files, &path(other)), "{other}");
        }
    }
}
