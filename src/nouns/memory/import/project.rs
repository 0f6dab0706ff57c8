//! The other project whose memory is imported: what its memories say of their source here.

use std::path::Path;

use crate::base::RepoPath;
use crate::context::Context;
use crate::git::{Oid, Repository};

use super::super::model::Provenance;
use super::item::Item;

/// Where a project keeps its memory.
pub const MEMORY: &str = ".cmpm/memory";

/// Another project, as it is now.
#[derive(Debug)]
pub struct Project {
    name: String,
    repository: Repository,
    /// What is checked out.
    commit: Option<Oid>,
}

impl Project {
    /// The project whose memory `folder` is; `None` if it is this one or none.
    pub fn find(context: &Context, folder: &Path) -> Option<Self> {
        let is_memory = folder.ends_with(MEMORY) || folder.parent().is_some_and(|above| above.ends_with(MEMORY));
        let repository = Repository::discover(folder, &context.env).ok().filter(|_| is_memory)?;
        let root = repository.work_dir().filter(|root| context.root().ok() != Some(*root))?;
        let name = root.file_name()?.to_string_lossy().into_owned();
        let commit = repository.head().ok().and_then(|head| head.oid());
        Some(Self { name, repository, commit })
    }

    /// What a page says of its source here, as far as it did not say so there: the project, the commit that has the file as it
    /// is, and what was read.
    pub fn signed(&self, page: &Item) -> Provenance {
        let source = &page.draft.source;
        let inside = RepoPath::relative(Path::new(&self.name), Path::new(page.place.lossy().as_ref()));
        let committed = || {
            let commit = self.commit?;
            self.repository.is_path_committed(&inside?, commit).ok()?.then(|| commit.to_string())
        };
        Provenance {
            commit: source.commit.clone().or_else(committed),
            project: source.project.clone().or_else(|| Some(self.name.clone())),
            digest: source.digest.clone().or_else(|| Some(page.digest.clone())),
            ..source.clone()
        }
    }
}
