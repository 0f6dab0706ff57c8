//! Reading files.

use std::fs::Metadata;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use fs_err as fs;

use super::FsError;

/// The bytes of a file.
pub fn read(path: &Path) -> Result<Vec<u8>, FsError> {
    let mut bytes = Vec::with_capacity(4096);
    // `take` hides that this is a file, which would be asked for its size and position first: half of all system calls
    // where thousands of small files are read.
    let read = fs::File::open(path).and_then(|file| file.take(u64::MAX).read_to_end(&mut bytes));
    read.map_err(|error| FsError::io("read", path, &error))?;
    bytes.shrink_to_fit();
    Ok(bytes)
}

/// The bytes of a file that may be large: read in one piece, unlike by [`read`], which is for many small ones.
pub fn read_large(path: &Path) -> Result<Vec<u8>, FsError> {
    fs::read(path).map_err(|error| FsError::io("read", path, &error))
}

/// The bytes of a file, or `None` if there is no such file.
pub fn find(path: &Path) -> Result<Option<Vec<u8>>, FsError> {
    match read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.is_missing() => Ok(None),
        Err(error) => Err(error),
    }
}

/// The text of a file, with what is not UTF-8 replaced, or `None` if there is no such file.
pub fn find_text(path: &Path) -> Result<Option<String>, FsError> {
    Ok(find(path)?.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
}

/// At most the first `limit` bytes of a file.
pub fn read_head(path: &Path, limit: u64) -> Result<Vec<u8>, FsError> {
    let fail = |error: &io::Error| FsError::io("read", path, error);
    let mut bytes = Vec::new();
    fs::File::open(path).map_err(|error| fail(&error))?.take(limit).read_to_end(&mut bytes).map_err(|error| fail(&error))?;
    Ok(bytes)
}

/// A file of which only some pieces are needed.
#[derive(Debug)]
pub struct Pieces(fs::File, u64);

impl Pieces {
    /// Opens it; `None` if there is none.
    pub fn open(path: &Path) -> Option<Self> {
        let file = fs::File::open(path).ok()?;
        let length = file.metadata().ok()?.len();
        Some(Self(file, length))
    }

    /// How many bytes it had when it was opened.
    pub fn length(&self) -> u64 {
        self.1
    }

    /// `length` bytes from `start` on; `None` if it has not so many.
    pub fn read(&self, start: u64, length: usize) -> Option<Vec<u8>> {
        use std::os::unix::fs::FileExt;
        if start.checked_add(length as u64)? > self.1 {
            return None;
        }
        let mut bytes = vec![0; length];
        self.0.file().read_exact_at(&mut bytes, start).ok()?;
        Some(bytes)
    }
}

/// What the system knows of a path, without following a link; `None` if nothing is there.
pub fn find_metadata(path: &Path) -> Result<Option<Metadata>, FsError> {
    match fs::symlink_metadata(path) {
        Ok(metadata) => Ok(Some(metadata)),
        Err(error) => {
            let error = FsError::io("look at", path, &error);
            if error.is_missing() { Ok(None) } else { Err(error) }
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PathKind {
    File,
    Folder,
    Link,
    /// A pipe, a socket or a device.
    Special,
}

impl PathKind {
    pub fn of(metadata: &Metadata) -> Self {
        match metadata.file_type() {
            found if found.is_file() => Self::File,
            found if found.is_dir() => Self::Folder,
            found if found.is_symlink() => Self::Link,
            _ => Self::Special,
        }
    }
}

/// What stands at a path, without following a link; `None` if nothing does.
pub fn find_kind(path: &Path) -> Result<Option<PathKind>, FsError> {
    Ok(find_metadata(path)?.as_ref().map(PathKind::of))
}

/// Whether a file is there, or a link to one.
pub fn is_file(path: &Path) -> bool {
    path.is_file()
}

/// Whether a folder is there, or a link to one.
pub fn is_folder(path: &Path) -> bool {
    path.is_dir()
}

/// Whether anything (also a dangling link) is at `path`.
pub fn exists(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}

/// The path with every link resolved.
/// An error also when nothing is there.
pub fn real_path(path: &Path) -> Result<PathBuf, FsError> {
    fs::canonicalize(path).map_err(|error| FsError::io("find", path, &error))
}

/// Where a symbolic link points, as written in it.
pub fn link_target(path: &Path) -> Result<PathBuf, FsError> {
    fs::read_link(path).map_err(|error| FsError::io("read the link", path, &error))
}

/// The names in a folder, sorted; empty if there is no such folder.
pub fn names(folder: &Path) -> Result<Vec<String>, FsError> {
    let fail = |error: &io::Error| FsError::io("list", folder, error);
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => {
            let error = fail(&error);
            return if error.is_missing() { Ok(Vec::new()) } else { Err(error) };
        }
    };
    let mut names = Vec::new();
    for entry in entries {
        names.push(entry.map_err(|error| fail(&error))?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}
