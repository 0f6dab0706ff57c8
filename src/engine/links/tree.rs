//! What is in the repository: files, the folders they make, and which of them are pages.

use std::collections::HashMap;

use super::Page;
use crate::base::RepoPath;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    File,
    Folder,
}

pub(super) struct Tree<'a> {
    entries: HashMap<RepoPath, Kind>,
    pages: HashMap<&'a RepoPath, &'a Page>,
}

impl<'a> Tree<'a> {
    pub(super) fn new(pages: &'a [Page], files: impl IntoIterator<Item = &'a RepoPath>) -> Self {
        let mut entries = HashMap::from([(RepoPath::default(), Kind::Folder)]);
        for file in files.into_iter().chain(pages.iter().map(|page| &page.path)) {
            entries.insert(file.clone(), Kind::File);
            let mut folder = file.parent();
            while !folder.is_empty() && entries.insert(folder.clone(), Kind::Folder).is_none() {
                folder = folder.parent();
            }
        }
        Self { entries, pages: pages.iter().map(|page| (&page.path, page)).collect() }
    }

    pub(super) fn kind(&self, path: &RepoPath) -> Option<Kind> {
        self.entries.get(path).copied()
    }

    pub(super) fn entries(&self) -> impl Iterator<Item = (&RepoPath, Kind)> {
        self.entries.iter().map(|(path, kind)| (path, *kind))
    }

    /// The page that somebody who follows a link to `path` reads: the file itself, or the folder's README.
    pub(super) fn page(&self, path: &RepoPath) -> Option<&'a Page> {
        let readme = || ["README.md", "readme.md", "Readme.md", "index.md"].iter().find_map(|name| self.pages.get(&path.join(name)));
        self.pages.get(path).or_else(readme).copied()
    }

    /// Whether `path` lies below something that is not a folder here: a submodule, or a link to a folder.
    pub(super) fn is_out_of_sight(&self, path: &RepoPath) -> bool {
        let folders = std::iter::successors(Some(path.parent()), |folder| (!folder.is_empty()).then(|| folder.parent()));
        folders.into_iter().any(|folder| self.kind(&folder) == Some(Kind::File) && !self.pages.contains_key(&folder))
    }
}
