//! Every file of a work tree, hidden ones too: a link to one is not broken.

use std::path::Path;

use crate::base::RepoPath;
use crate::fs::{FsError, PathKind, read};

/// Folders that are not part of a project's documents; what links into them is left alone.
const OUT_OF_SIGHT: [&str; 3] = ["target", "node_modules", ".worktrees"];

/// Every file and link below `root`, sorted. Folders that are out of sight (builds, other repositories, empty ones) are in the
/// list as if they were files.
pub fn files(root: &Path) -> Result<Vec<RepoPath>, FsError> {
    let mut found = Vec::new();
    let mut folders = vec![RepoPath::default()];
    while let Some(folder) = folders.pop() {
        let names = read::names(&folder.below(root))?;
        let other_repository = names.iter().any(|name| name == ".git");
        if !folder.is_empty() && (names.is_empty() || other_repository) {
            found.push(folder);
            continue;
        }
        for name in names.iter().filter(|name| *name != ".git") {
            let path = folder.join(name);
            let Some(kind) = read::find_kind(&path.below(root))? else { continue };
            let walkable = kind == PathKind::Folder && !OUT_OF_SIGHT.contains(&name.as_str());
            if walkable { folders.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    Ok(found)
}

/// Whether `path` is a Markdown file that people read: not in a hidden folder, and not a link to another file.
pub fn is_page(root: &Path, path: &RepoPath) -> bool {
    let text = path.lossy();
    let markdown = [".md", ".markdown"].iter().any(|ending| text.ends_with(ending));
    let is_file = || read::find_kind(&path.below(root)).is_ok_and(|kind| kind == Some(PathKind::File));
    markdown && !text.split('/').any(|part| part.starts_with('.')) && is_file()
}
