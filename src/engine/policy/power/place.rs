//! Whether a file that moves stays what it was.

use super::rows_of;
use crate::base::RepoPath;

/// Folders whose files nobody runs as those of the project.
const SAMPLES: &[&str] = &["example", "examples", "fixture", "fixtures", "sample", "samples", "template", "templates", "test", "tests"];
/// Every file with this ending in one of these folders counts, whatever its name.
const NAMELESS: [&[&str]; 3] = [&[".forgejo", "workflows"], &[".gitea", "workflows"], &[".github", "workflows"]];

/// Whether a file counts at its new path for what it counted for at the old one: a workflow under another name, or a file of the same
/// name in another folder that is as deep or deeper, as when a folder of packages moves.
pub(super) fn is_alike(old: &RepoPath, new: &RepoPath) -> bool {
    let (old_text, new_text) = (old.lossy().to_lowercase(), new.lossy().to_lowercase());
    let (old_parts, new_parts): (Vec<&str>, Vec<&str>) = (old_text.split('/').collect(), new_text.split('/').collect());
    let (old_rows, new_rows) = (rows_of(old), rows_of(new));
    let is_covered_alike = old_rows.len() == new_rows.len() && old_rows.iter().zip(&new_rows).all(|(old, new)| std::ptr::eq(*old, *new));
    let is_workflow = |parts: &[&str]| match parts {
        [above @ .., name] => NAMELESS.contains(&above) && [".yml", ".yaml"].iter().any(|end| name.ends_with(end)),
        [] => false,
    };
    let is_sample = |parts: &[&str]| parts.iter().any(|part| SAMPLES.contains(part));
    let is_same_name = old_parts.last() == new_parts.last() && old_parts.len() <= new_parts.len();
    let stays = is_same_name && (!is_sample(&old_parts) || is_sample(&new_parts));
    is_covered_alike && (stays || is_workflow(&old_parts) && is_workflow(&new_parts))
}
