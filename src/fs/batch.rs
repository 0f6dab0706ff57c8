//! Many files written together: staged, brought to disk in one go, then given their names. Each is whole or as before; who needs
//! all or none keeps a log.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use tempfile::TempPath;

use super::{FsError, write};

/// From so many files on, one sync of their whole file system is faster than one of each.
const MANY: usize = 8;

/// Files on their way to disk.
#[derive(Debug)]
pub struct Batch {
    scratch: PathBuf,
    staged: BTreeMap<PathBuf, TempPath>,
    folders: BTreeSet<PathBuf>,
}

impl Batch {
    /// A batch that is staged in the folder `scratch`.
    pub fn new(scratch: &Path) -> Self {
        Self { scratch: scratch.to_owned(), staged: BTreeMap::new(), folders: BTreeSet::new() }
    }

    /// Stages what `path` should hold. An existing file keeps its permissions.
    pub fn stage(&mut self, path: &Path, bytes: &[u8]) -> Result<(), FsError> {
        let temp = write::stage_for(&self.scratch, path, bytes)?;
        // Closed: there may be more of them than a process may have open.
        self.staged.insert(path.to_owned(), temp.into_temp_path());
        Ok(())
    }

    /// Brings to disk what was staged.
    pub fn sync(&self) -> Result<(), FsError> {
        sync_all(&self.staged.values().map(AsRef::as_ref).collect::<Vec<&Path>>())
    }

    /// Gives a staged file its name; `false` if none was staged, or if its place is on another file system.
    pub fn place(&mut self, path: &Path) -> Result<bool, FsError> {
        let Some(temp) = self.staged.remove(path) else { return Ok(false) };
        match temp.persist(path) {
            Ok(()) => {
                self.note(path);
                Ok(true)
            }
            Err(error) if error.error.kind() == io::ErrorKind::CrossesDevices => Ok(false),
            Err(error) => Err(FsError::io("write", path, &error.error)),
        }
    }

    /// Notes that the folder of `path` is to be brought to disk as well.
    pub fn note(&mut self, path: &Path) {
        self.folders.extend(path.parent().filter(|folder| folder.is_dir()).map(Path::to_owned));
    }

    /// Brings the new names to disk.
    pub fn sync_names(&self) -> Result<(), FsError> {
        self.folders.par_iter().try_for_each(|folder| write::sync(folder))
    }

    /// All of the above for everything that was staged.
    pub fn finish(mut self) -> Result<(), FsError> {
        self.sync()?;
        let paths: Vec<PathBuf> = self.staged.keys().cloned().collect();
        for path in paths {
            self.place(&path)?;
        }
        self.sync_names()
    }
}

fn sync_all(files: &[&Path]) -> Result<(), FsError> {
    match files.first() {
        Some(first) if files.len() >= MANY && sync_disk(first) => Ok(()),
        _ => files.par_iter().try_for_each(|file| write::sync(file)),
    }
}

/// Brings everything of a file system to disk, if the system can do that and say so.
#[cfg(target_os = "linux")]
fn sync_disk(file: &Path) -> bool {
    fs_err::File::open(file).is_ok_and(|opened| rustix::fs::syncfs(&opened).is_ok())
}

#[cfg(not(target_os = "linux"))]
fn sync_disk(_: &Path) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fs::read;

    #[test]
    fn nothing_has_a_name_before_it_is_placed_and_nothing_is_left() {
        for count in [1, MANY * 2] {
            let folder = tempfile::tempdir().unwrap();
            let (scratch, tree) = (folder.path().join("scratch"), folder.path().join("tree"));
            write::create_folder(&scratch).unwrap();
            let file = |number: usize| tree.join(format!("{}/{number}", number % 3));
            let mut batch = Batch::new(&scratch);
            (0..count).for_each(|number| batch.stage(&file(number), number.to_string().as_bytes()).unwrap());
            assert!(!read::exists(&file(0)));
            batch.finish().unwrap();
            assert!((0..count).all(|number| read::read(&file(number)).unwrap() == number.to_string().as_bytes()));
            assert_eq!(read::names(&scratch).unwrap(), Vec::<String>::new());
        }
    }

    #[test]
    fn what_is_not_placed_is_swept_and_links_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("link");
        std::os::unix::fs::symlink("elsewhere", &link).unwrap();
        let mut batch = Batch::new(folder.path());
        batch.stage(&folder.path().join("a"), b"a").unwrap();
        assert!(matches!(batch.stage(&link, b"a"), Err(FsError::Symlink { .. })));
        assert!(!batch.place(&folder.path().join("b")).unwrap());
        drop(batch);
        assert_eq!(read::names(folder.path()).unwrap(), ["link"]);
    }
}
