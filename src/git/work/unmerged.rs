//! Files that a merge left open: the three versions the index holds, what git made of them, and taking in what settles them.

use std::path::Path;

use gix::index::{self, entry};

use super::super::command::failed;
use super::super::objects::merge::ATTRIBUTES_OF_COMMIT;
use super::super::{GitError, Mode, Oid, Repository};
use crate::base::RepoPath;
use crate::fs::{read, write};

/// A file of which the index holds several versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unmerged {
    pub path: RepoPath,
    /// What both began with; absent where both sides added it.
    pub base: Option<(Mode, Oid)>,
    /// Ours; absent where we removed it.
    pub ours: Option<(Mode, Oid)>,
    /// Theirs; absent where they removed it.
    pub theirs: Option<(Mode, Oid)>,
}

/// How git can mark a conflict.
const STYLES: [&str; 3] = ["merge", "diff3", "zdiff3"];

impl Repository {
    /// The files that are open in this worktree, in order.
    pub fn unmerged(&self) -> Result<Vec<Unmerged>, GitError> {
        let options = index::decode::Options::default();
        let index = index::File::at_or_default(self.git_dir().join("index"), self.gix().object_hash(), false, options);
        let index = index.map_err(GitError::library("read the index"))?;
        let mut files: Vec<Unmerged> = Vec::new();
        for entry in index.entries().iter().filter(|entry| entry.stage_raw() != 0) {
            let Some(path) = RepoPath::parse(entry.path(&index)) else { continue };
            if files.last().is_none_or(|last| last.path != path) {
                files.push(Unmerged { path, base: None, ours: None, theirs: None });
            }
            let version = Some((mode(entry.mode), entry.id.into()));
            match (files.last_mut(), entry.stage_raw()) {
                (Some(file), 1) => file.base = version,
                (Some(file), 2) => file.ours = version,
                (Some(file), _) => file.theirs = version,
                (None, _) => {}
            }
        }
        Ok(files)
    }

    /// What git itself writes into the work tree for these open files, in each of its styles; nobody's driver runs.
    pub fn marked_by_git(&self, paths: &[RepoPath]) -> Result<Vec<(RepoPath, Vec<u8>)>, GitError> {
        let index = read::read(&self.git_dir().join("index"))?;
        let verb = if self.git_version()? < ATTRIBUTES_OF_COMMIT {
            "checkout".to_owned()
        } else {
            format!("--attr-source={} checkout", self.empty_tree())
        };
        let mut marked = Vec::new();
        for style in STYLES {
            let folder = write::temporary_folder(&self.env.temporary(), "cmpm-merge-")?;
            let (tree, copy) = (folder.path().join("tree"), folder.path().join("index"));
            write::create_folder(&tree)?;
            write::replace_cache(&copy, &index)?;
            let git = self.git(&verb)?.env("GIT_WORK_TREE", &tree).env("GIT_INDEX_FILE", &copy).folder(&tree);
            let output = git.arg(format!("--conflict={style}")).arg("-q").paths(paths).output()?;
            if !output.status.success() {
                return Err(failed("checkout", &output));
            }
            marked.extend(paths.iter().filter_map(|path| Some((path.clone(), found(&tree, path)?))));
        }
        Ok(marked)
    }

    /// Takes the files as they are on disk into the index, which settles them.
    pub fn settle(&self, paths: &[RepoPath]) -> Result<(), GitError> {
        if paths.is_empty() {
            return Ok(());
        }
        self.git("add")?.args(["--force", "--sparse"]).paths(paths).bytes().map(drop)
    }
}

fn found(tree: &Path, path: &RepoPath) -> Option<Vec<u8>> {
    read::find(&path.below(tree)).ok().flatten()
}

fn mode(mode: entry::Mode) -> Mode {
    match mode {
        entry::Mode::FILE => Mode::File,
        entry::Mode::FILE_EXECUTABLE => Mode::Executable,
        entry::Mode::SYMLINK => Mode::Symlink,
        entry::Mode::COMMIT => Mode::Submodule,
        _ => Mode::Tree,
    }
}
