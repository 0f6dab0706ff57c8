//! What a reviewer should look at first.

use crate::base::RepoPath;
use crate::git::FileStat;
use crate::run::Status;

use super::inbox::steers;

/// Failures and refusals first, then files that steer others, then the largest changes.
pub fn first_looks(status: &Status, files: &[FileStat], conflicts: &[RepoPath]) -> Vec<String> {
    let mut looks: Vec<String> = conflicts.iter().map(|path| format!("{path} conflicts with the target")).collect();
    looks.extend(status.violations.iter().map(|breach| breach.message.clone()));
    looks.extend(status.gates.iter().filter(|gate| !gate.passed).map(|gate| format!("gate {}: {}", gate.name, gate.detail)));
    looks.extend(
        files.iter().filter(|file| steers(&file.path)).map(|file| format!("{} affects how the project is built or checked", file.path)),
    );
    looks.extend(files.iter().filter(|file| file.binary).map(|file| format!("{} is binary", file.path)));
    let mut largest: Vec<&FileStat> = files.iter().filter(|file| !file.binary).collect();
    largest.sort_by_key(|file| std::cmp::Reverse(file.added + file.removed));
    looks.extend(largest.into_iter().take(3).map(|file| format!("{} (+{} -{})", file.path, file.added, file.removed)));
    looks.truncate(8);
    looks
}

pub fn list(paths: &[RepoPath]) -> String {
    let shown = paths.iter().take(3).map(ToString::to_string).collect::<Vec<_>>().join(", ");
    if paths.len() > 3 { format!("{shown} and {} more", paths.len() - 3) } else { shown }
}
