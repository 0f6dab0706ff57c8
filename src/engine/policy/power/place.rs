//! Whether a file that moves stays what it was.

use super::row::Row;
use super::table::WORKFLOWS;
use crate::base::RepoPath;
use crate::engine::policy::sample;

/// Whether a file counts at its new path for what it counted for at the old one: a workflow under another name, or a file of the same
/// name in another folder that is as deep or deeper, as when a folder of packages moves.
pub(super) fn is_alike((old, old_rows): (&RepoPath, &[&Row]), (new, new_rows): (&RepoPath, &[&Row])) -> bool {
    let is_covered_alike = old_rows.len() == new_rows.len() && old_rows.iter().zip(new_rows).all(|(old, new)| std::ptr::eq(*old, *new));
    let name = |path: &RepoPath| path.name().to_lowercase();
    let folder = |path: &RepoPath| path.parent().lossy().to_lowercase();
    // Every file with this ending in one of these folders counts, whatever its name.
    let is_workflow =
        |path: &RepoPath| WORKFLOWS.contains(&folder(path).as_str()) && [".yml", ".yaml"].iter().any(|end| name(path).ends_with(end));
    let depth = |path: &RepoPath| path.lossy().split('/').count();
    let stays = name(old) == name(new) && depth(old) <= depth(new) && (!is_sample(old) || is_sample(new));
    is_covered_alike && (stays || is_workflow(old) && is_workflow(new))
}

/// Whether a folder says that nobody runs the file as one of the project.
fn is_sample(path: &RepoPath) -> bool {
    path.parent().lossy().split('/').any(|part| [part, &part.to_lowercase()].into_iter().any(|part| sample(part).is_some()))
}

#[cfg(test)]
mod tests {
    use super::super::rows_of;
    use super::*;
    use crate::engine::policy::guard::SAMPLES;

    fn stays(old: &str, new: &str) -> bool {
        let path = |text: &str| RepoPath::parse(text).unwrap();
        let (old, new) = (path(old), path(new));
        is_alike((&old, &rows_of(&old)), (&new, &rows_of(&new)))
    }

    #[test]
    fn what_leaves_a_folder_of_samples_is_new() {
        for word in SAMPLES.iter().flat_map(|(_, words)| *words).chain(&["a-test", "jvmTest", "Examples"]) {
            assert!(!stays(&format!("a/{word}/package.json"), "a/b/package.json"), "{word}");
            assert!(!stays(&format!("{word}/requirements-test.txt"), "a/requirements-test.txt"), "{word}");
            assert!(stays(&format!("{word}/package.json"), &format!("a/{word}/package.json")), "{word}");
        }
        assert!(stays("a/package.json", "b/package.json") && !stays("a/package.json", "package.json"));
        assert!(stays(".github/workflows/a.yml", ".gitea/workflows/b.YAML") && !stays(".github/workflows/a.md", ".github/workflows/b.yml"));
    }
}
