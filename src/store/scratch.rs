//! Where records are staged before they are renamed into place: in the clone's live folder, so that a killed process
//! leaves nothing in the work tree for git to see. Whoever writes next sweeps. All of it happens under the store's lock.

use std::io;
use std::path::{Path, PathBuf};

use super::step::Kind;
use crate::fs::batch::Batch;
use crate::fs::{FsError, read, write};

/// The folder for what is being written.
#[derive(Debug, Clone)]
pub struct Scratch(PathBuf);

impl Scratch {
    /// The one in a clone's live folder.
    pub fn new(live: &Path) -> Self {
        Self(live.join("tmp"))
    }

    /// Writes a file as its kind asks for; `bytes` is what it holds now, and what it should hold.
    pub fn write(&self, path: &Path, kind: Kind, bytes: (Option<&[u8]>, &[u8])) -> Result<(), FsError> {
        match kind {
            Kind::Program if bytes.0.is_none() => write::create_program(path, bytes.1),
            Kind::GitSettings => {
                write::create_folder(&self.0)?;
                write::replace_locked(&self.0, path, bytes)
            }
            Kind::Plain | Kind::Program => self.replace(path, bytes.1),
        }
    }

    /// Writes a file, atomically and durably.
    pub fn replace(&self, path: &Path, bytes: &[u8]) -> Result<(), FsError> {
        write::create_folder(&self.0)?;
        match write::replace_from(&self.0, path, bytes) {
            // A work tree on another disk than its repository: staged next to the file, after a look for what others left.
            Err(FsError::Io { kind: io::ErrorKind::CrossesDevices, .. }) => {
                sweep(path.parent().unwrap_or(path))?;
                write::replace(path, bytes)
            }
            outcome => outcome,
        }
    }

    /// Many files that are brought to disk together.
    pub fn batch(&self) -> Result<Batch, FsError> {
        write::create_folder(&self.0)?;
        Ok(Batch::new(&self.0))
    }

    /// Removes what killed processes left.
    pub fn sweep(&self) -> Result<(), FsError> {
        sweep(&self.0)
    }
}

fn sweep(folder: &Path) -> Result<(), FsError> {
    for name in read::names(folder)?.iter().filter(|name| write::is_staged(name)) {
        write::remove(&folder.join(name))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_killed_process_left_is_swept_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let scratch = Scratch::new(folder.path());
        let left = write::stage(&folder.path().join("tmp/file"), b"half").unwrap().keep().unwrap().1;
        write::replace(&folder.path().join("tmp/note.tmp"), b"mine").unwrap();
        scratch.replace(&folder.path().join("tree/a.md"), b"whole").unwrap();
        assert!(read::exists(&left));
        scratch.sweep().unwrap();
        assert_eq!(read::names(&folder.path().join("tmp")).unwrap(), ["note.tmp"]);
        assert_eq!(read::names(&folder.path().join("tree")).unwrap(), ["a.md"]);
    }
}
