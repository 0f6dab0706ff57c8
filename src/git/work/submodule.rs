//! Submodules in a worktree that is not the user's: their files as the commit has them, from what the clone has of them, without the
//! network and without a repository in them.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::super::command::{parts, repo_path};
use super::super::repo::{GIT_DIR, GIT_WORK_TREE};
use super::super::{GitError, Mode, Oid, Repository};
use super::scratch::Scratch;
use crate::base::RepoPath;

use crate::fs::{PathKind, read, write};

const MODULES: RepoPath = RepoPath::of(".gitmodules");

/// A submodule of a commit.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Submodule {
    pub path: RepoPath,
    /// Its commit.
    pub commit: Oid,
    /// Where the clone has its history, if that has the commit.
    pub git_dir: Option<PathBuf>,
}

impl Repository {
    /// The submodules of a commit, in order of their paths.
    pub fn submodules(&self, commit: Oid) -> Result<Vec<Submodule>, GitError> {
        if self.find_entry(commit, &MODULES)?.is_none() {
            return Ok(Vec::new());
        }
        let blob = format!("{commit}:{MODULES}");
        let said = self.git("config")?.args(["-z", "--blob", &blob, "--get-regexp", r"^submodule\..*\.path$"]).output()?;
        let named = |part: &[u8]| -> Option<(RepoPath, String)> {
            let (key, path) = std::str::from_utf8(part).ok()?.split_once('\n')?;
            Some((RepoPath::parse(path)?, key.strip_prefix("submodule.")?.strip_suffix(".path")?.to_owned()))
        };
        let names: Vec<(RepoPath, String)> = parts(&said.stdout).filter_map(named).collect();
        let mut found = Vec::new();
        for entry in self.files_below(commit, &RepoPath::default())?.into_iter().filter(|entry| entry.mode == Mode::Submodule) {
            let name = names.iter().find(|(path, _)| *path == entry.path).and_then(|(_, name)| RepoPath::parse(name));
            let absorbed = name.map(|name| name.below(&self.common_dir().join("modules")));
            let older = self.main_work_dir().map(|root| entry.path.below(&root).join(".git"));
            let has_it =
                |folder: &PathBuf| read::is_folder(folder) && self.module(folder, folder).is_ok_and(|module| module.has_object(entry.oid));
            let git_dir = absorbed.into_iter().chain(older).find(has_it);
            found.push(Submodule { path: entry.path, commit: entry.oid, git_dir });
        }
        Ok(found)
    }

    /// Puts the files of a submodule below `root`. Doing it again makes them what they were.
    pub fn fill(&self, submodule: &Submodule, root: &Path, scratch: &Path) -> Result<(), GitError> {
        let Some(git_dir) = &submodule.git_dir else { return Ok(()) };
        let place = submodule.path.below(root);
        if read::find_kind(&place)? != Some(PathKind::Folder) {
            return Ok(());
        }
        let temporary = write::temporary_folder(scratch, "submodule-")?;
        let index = temporary.path().join("index");
        let module = self.module(git_dir, &place)?;
        let git = |verb: &str| Ok::<_, GitError>(module.git(verb)?.env("GIT_INDEX_FILE", &index));
        git("read-tree")?.arg(submodule.commit.to_string()).bytes()?;
        git("checkout-index")?.args(["--all", "--force", "--quiet"]).bytes().map(|_| ())
    }

    /// What is not as the commit of the submodule has it, below `root`. Nothing there is trusted: no filter runs, and what is ignored
    /// counts as well.
    pub fn changed_in(&self, submodule: &Submodule, root: &Path, scratch: &Path) -> Result<Vec<RepoPath>, GitError> {
        let Some(git_dir) = &submodule.git_dir else { return Ok(Vec::new()) };
        let place = submodule.path.below(root);
        if read::find_kind(&place)? != Some(PathKind::Folder) {
            return Ok(vec![submodule.path.clone()]);
        }
        let temporary = write::temporary_folder(scratch, "submodule-")?;
        let module = self.module(git_dir, &place)?;
        let bare = Scratch::create(&temporary.path().join("git"), &module)?;
        let (index, objects) = (temporary.path().join("index"), temporary.path().join("objects"));
        write::create_folder(&objects)?;
        let git = |verb: &str| -> Result<_, GitError> {
            let git = bare.git(&module, verb)?.env("GIT_WORK_TREE", &place).env("GIT_INDEX_FILE", &index).folder(&place);
            let known = std::env::join_paths(module.object_folders()?).unwrap_or_default();
            Ok(git.env("GIT_OBJECT_DIRECTORY", &objects).env("GIT_ALTERNATE_OBJECT_DIRECTORIES", known))
        };
        let commit = submodule.commit.to_string();
        git("read-tree")?.arg(&commit).bytes()?;
        // What cannot be added is not as it was either.
        let added = git("-c advice.addEmbeddedRepo=false add")?.args(["--all", "--force", "--ignore-errors", "--", "."]).output()?;
        let named = git("diff-index")?.args(["--cached", "--name-only", "-z", &commit]).bytes()?;
        let inside = |part| Ok(submodule.path.join(&repo_path(part)?.lossy()));
        let mut changed: Vec<RepoPath> = parts(&named).map(inside).collect::<Result<_, GitError>>()?;
        if changed.is_empty() && !added.status.success() {
            changed.push(submodule.path.clone());
        }
        Ok(changed)
    }

    /// The repository of a submodule, working at `place`.
    fn module(&self, git_dir: &Path, place: &Path) -> Result<Self, GitError> {
        let env = self.env.clone().without(|name| name.starts_with("GIT_INDEX"));
        Self::discover(place, &env.with(GIT_DIR, git_dir).with(GIT_WORK_TREE, place))
    }
}
