//! Reading and making trees and blobs.

use std::collections::HashMap;

use gix::bstr::{BStr, ByteSlice};
use gix::objs::tree::EntryKind;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::{GitError, ObjectError, Oid, Repository};
use crate::base::RepoPath;

/// What a tree's entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// A file.
    File,
    /// A file that can be run.
    Executable,
    /// A symbolic link; its blob is where it points to.
    Symlink,
    /// A folder.
    Tree,
    /// A commit of another repository.
    Submodule,
}

/// One entry below a folder.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct TreeEntry {
    /// Relative to the root of the tree.
    pub path: RepoPath,
    /// The blob, or a submodule's commit.
    pub oid: Oid,
    /// What it is; never `Tree`.
    pub mode: Mode,
}

/// A change to one path of a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TreeEdit {
    /// Relative to the root of the tree.
    pub path: RepoPath,
    /// What should be there; `None` takes away whatever is there.
    pub content: Option<(Mode, Oid)>,
}

impl Repository {
    /// The tree of a commit, tag or tree.
    pub fn tree_of(&self, oid: Oid) -> Result<Oid, GitError> {
        Ok(self.find_root(&self.gix(), oid)?.id.into())
    }

    pub fn empty_tree(&self) -> Oid {
        gix::ObjectId::empty_tree(self.gix().object_hash()).into()
    }

    /// What is at `path` in a commit or tree; `None` if nothing is.
    pub fn find_entry(&self, root: Oid, path: &RepoPath) -> Result<Option<TreeEntry>, GitError> {
        let gix = self.gix();
        let tree = self.find_root(&gix, root)?;
        let found = tree.lookup_entry(components(path).map(BStr::to_owned)).map_err(GitError::library("look into a tree"))?;
        Ok(found.map(|entry| TreeEntry { path: path.clone(), oid: entry.id().into(), mode: entry.mode().kind().into() }))
    }

    /// What keeps a file from being written at `path` in a commit or tree: the link, file or submodule where a folder must be.
    pub fn find_obstacle(&self, root: Oid, path: &RepoPath) -> Result<Option<RepoPath>, GitError> {
        let mut above = path.parent();
        while !above.is_empty() {
            if let Some(entry) = self.find_entry(root, &above)? {
                return Ok((entry.mode != Mode::Tree).then_some(above));
            }
            above = above.parent();
        }
        Ok(None)
    }

    /// The bytes of the file at `path` in a commit or tree; `None` if there is no file (a folder or a submodule does not count).
    pub fn find_blob(&self, root: Oid, path: &RepoPath) -> Result<Option<Vec<u8>>, GitError> {
        match self.find_entry(root, path)? {
            Some(entry) if !matches!(entry.mode, Mode::Tree | Mode::Submodule) => self.read_blob(entry.oid).map(Some),
            _ => Ok(None),
        }
    }

    /// Whether an object is in this clone.
    pub fn has_object(&self, oid: Oid) -> bool {
        gix::objs::Exists::exists(&self.gix().objects, &oid.gix())
    }

    pub fn read_blob(&self, oid: Oid) -> Result<Vec<u8>, GitError> {
        let gix = self.gix();
        let blob = self.find_object(&gix, oid)?.try_into_blob();
        Ok(blob.map_err(GitError::library("read a blob"))?.take_data())
    }

    /// How many bytes an object has, without reading them.
    pub fn size_of(&self, oid: Oid) -> Result<u64, GitError> {
        Ok(self.gix().find_header(oid.gix()).map_err(GitError::library("read the size of a file"))?.size())
    }

    /// Every file, link and submodule below a folder of a commit or tree, in order of their paths; empty if there is no such folder.
    pub fn files_below(&self, root: Oid, folder: &RepoPath) -> Result<Vec<TreeEntry>, GitError> {
        let gix = self.gix();
        let Some(oid) = self.find_folder(root, folder)? else { return Ok(Vec::new()) };
        let tree = self.find_tree(&gix, oid)?;
        let records = tree.traverse().breadthfirst.files().map_err(GitError::library("list a tree"))?;
        let mut found = Vec::with_capacity(records.len());
        for record in records {
            let mut path = folder.as_bytes().to_vec();
            path.push(b'/');
            path.extend_from_slice(&record.filepath);
            let Some(path) = RepoPath::parse(path.strip_prefix(b"/").unwrap_or(&path)) else { continue };
            found.push(TreeEntry { path, oid: record.oid.into(), mode: record.mode.kind().into() });
        }
        found.retain(|entry| entry.mode != Mode::Tree);
        found.sort();
        Ok(found)
    }

    /// The folders directly in a folder of a commit or tree, in no order; nothing below them is read.
    pub fn folders_in(&self, root: Oid, folder: &RepoPath) -> Result<Vec<RepoPath>, GitError> {
        let Some(tree) = self.find_folder(root, folder)? else { return Ok(Vec::new()) };
        let folders = self.entries_of(tree)?.into_iter().filter(|(_, (mode, _))| *mode == Mode::Tree);
        Ok(folders.map(|(name, _)| folder.join(&String::from_utf8_lossy(&name))).collect())
    }

    pub(in crate::git) fn entries_of(&self, tree: Oid) -> Result<HashMap<Vec<u8>, (Mode, Oid)>, GitError> {
        let gix = self.gix();
        let tree = self.find_tree(&gix, tree)?;
        let decoded = tree.decode().map_err(GitError::library("read a tree"))?;
        let entries = decoded.entries.iter();
        Ok(entries.map(|entry| (entry.filename.to_vec(), (entry.mode.kind().into(), entry.oid.to_owned().into()))).collect())
    }

    pub fn write_blob(&self, bytes: &[u8]) -> Result<Oid, GitError> {
        let gix = self.gix();
        let oid = gix.write_blob(bytes).map_err(GitError::library("write a blob"))?.detach();
        Ok(self.remember(oid))
    }

    /// Writes a tree that is `base` (a commit or tree) with `edits` applied in order; folders come and go as needed.
    pub fn edit_tree(&self, base: Oid, edits: &[TreeEdit]) -> Result<Oid, GitError> {
        let gix = self.gix();
        let mut editor = self.find_tree(&gix, base)?.edit().map_err(GitError::library("edit a tree"))?.detach();
        for edit in edits {
            if edit.path.is_empty() || components(&edit.path).any(is_forbidden) {
                return Err(ObjectError::BadPath { path: edit.path.clone() }.into());
            }
            match edit.content {
                Some((mode, oid)) => editor.upsert(components(&edit.path), mode.into(), oid.gix()),
                None => editor.remove(components(&edit.path)),
            }
            .map_err(GitError::library("edit a tree"))?;
        }
        let write = |tree: &gix::objs::Tree| {
            let oid = gix.write_object(tree)?.detach();
            self.remember(oid);
            Ok::<_, gix::Error>(oid)
        };
        editor.write(write).map(Oid::from).map_err(GitError::library("write a tree"))
    }

    pub(in crate::git) fn find_folder(&self, root: Oid, folder: &RepoPath) -> Result<Option<Oid>, GitError> {
        if folder.is_empty() {
            return Ok(Some(root));
        }
        Ok(self.find_entry(root, folder)?.filter(|entry| entry.mode == Mode::Tree).map(|entry| entry.oid))
    }

    pub(in crate::git) fn find_tree<'gix>(&self, gix: &'gix gix::Repository, oid: Oid) -> Result<gix::Tree<'gix>, GitError> {
        self.find_object(gix, oid)?.peel_to_tree().map_err(GitError::library("find the tree"))
    }

    /// The same, for a tree out of which files are read one by one: the last one is remembered.
    fn find_root<'gix>(&self, gix: &'gix gix::Repository, oid: Oid) -> Result<gix::Tree<'gix>, GitError> {
        let known = self.last_tree.lock().ok().and_then(|last| last.as_ref().filter(|(asked, ..)| *asked == oid).cloned());
        if let Some((_, id, data)) = known {
            return Ok(gix::Tree::from_data(id.gix(), data, gix));
        }
        let tree = self.find_tree(gix, oid)?;
        if let Ok(mut last) = self.last_tree.lock() {
            *last = Some((oid, tree.id.into(), tree.data.clone()));
        }
        Ok(tree)
    }
}

fn components(path: &RepoPath) -> impl Iterator<Item = &BStr> {
    path.as_bytes().split(|byte| *byte == b'/').map(ByteSlice::as_bstr)
}

/// Names that git refuses in a tree because a checkout would write into a git folder on some file system.
fn is_forbidden(part: &BStr) -> bool {
    gix::validate::path::component(part, None, gix::validate::path::component::Options::default()).is_err()
}

impl From<EntryKind> for Mode {
    fn from(kind: EntryKind) -> Self {
        match kind {
            EntryKind::Blob => Self::File,
            EntryKind::BlobExecutable => Self::Executable,
            EntryKind::Link => Self::Symlink,
            EntryKind::Tree => Self::Tree,
            EntryKind::Commit => Self::Submodule,
        }
    }
}

impl From<Mode> for EntryKind {
    fn from(mode: Mode) -> Self {
        match mode {
            Mode::File => Self::Blob,
            Mode::Executable => Self::BlobExecutable,
            Mode::Symlink => Self::Link,
            Mode::Tree => Self::Tree,
            Mode::Submodule => Self::Commit,
        }
    }
}
