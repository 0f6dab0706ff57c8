//! Writing files so that nothing is ever half written: temporary file, fsync, rename, fsync of the folder.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use fs_err as fs;
use tempfile::NamedTempFile;

use super::{FsError, Stamp, read};

/// Sets what the owner and others may do with a file or folder.
pub fn set_mode(path: &Path, mode: u32) -> Result<(), FsError> {
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(mode)).map_err(|error| FsError::io("change", path, &error))
}

/// A folder in `parent` that goes when this is dropped. Its name begins with `prefix`.
pub fn temporary_folder(parent: &Path, prefix: &str) -> Result<tempfile::TempDir, FsError> {
    let folder = tempfile::Builder::new().prefix(prefix).tempdir_in(parent);
    folder.map_err(|error| FsError::io("create a folder in", parent, &error))
}

/// How long to wait for a git that writes its settings.
const PATIENCE: Duration = Duration::from_secs(3);

/// Writes `bytes` to `path`, atomically and durably, creating folders on the way. An existing file keeps its permissions.
/// Refuses a link. The old content is whole in every case.
pub fn replace(path: &Path, bytes: &[u8]) -> Result<(), FsError> {
    replace_from(folder_of(path), path, bytes)
}

/// As [`replace`], with the temporary file in the folder `scratch`, so that a killed process leaves nothing next to `path`.
pub fn replace_from(scratch: &Path, path: &Path, bytes: &[u8]) -> Result<(), FsError> {
    let temp = stage_for(scratch, path, bytes)?;
    let fail = |error: &io::Error| FsError::io("write", path, error);
    temp.as_file().sync_all().map_err(|error| fail(&error))?;
    temp.persist(path).map_err(|error| fail(&error.error))?;
    sync_folder(path)
}

/// What `path` should hold, in a temporary file in `scratch` that has the permissions `path` has.
pub(super) fn stage_for(scratch: &Path, path: &Path, bytes: &[u8]) -> Result<NamedTempFile, FsError> {
    let old = read::find_metadata(path)?;
    if old.as_ref().is_some_and(std::fs::Metadata::is_symlink) {
        return Err(FsError::Symlink { path: path.to_owned() });
    }
    create_folder_of(path)?;
    let fail = |error: &io::Error| FsError::io("write", path, error);
    let temp = stage_in(scratch, bytes).map_err(|error| fail(&error))?;
    let permissions = old.map_or_else(default_permissions, |metadata| metadata.permissions());
    temp.as_file().set_permissions(permissions).map_err(|error| fail(&error))?;
    Ok(temp)
}

/// As [`replace_from`], but as git writes its own settings: under `<path>.lock`, which keeps every git out meanwhile. `bytes` is
/// what the file holds now, and what it should hold.
pub fn replace_locked(scratch: &Path, path: &Path, bytes: (Option<&[u8]>, &[u8])) -> Result<(), FsError> {
    let (expected, wanted) = bytes;
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let lock = PathBuf::from(name);
    let fail = |error: &io::Error| FsError::io("write", path, error);
    let temp = stage_in(scratch, wanted).map_err(|error| fail(&error))?;
    let permissions = read::find_metadata(path)?.map_or_else(default_permissions, |metadata| metadata.permissions());
    temp.as_file().set_permissions(permissions).map_err(|error| fail(&error))?;
    temp.as_file().sync_all().map_err(|error| fail(&error))?;
    hold(&lock, temp.path(), wanted)?;
    if read::find(path)?.as_deref() != expected {
        remove(&lock)?;
        return Err(FsError::Changed { path: path.to_owned() });
    }
    rename(&lock, path)
}

/// Gives `temp` the name of a lock of git, as soon as nobody else has it. What stands there with the wanted bytes is ours: a
/// process was killed before it could rename it.
fn hold(lock: &Path, temp: &Path, wanted: &[u8]) -> Result<(), FsError> {
    let started = Instant::now();
    loop {
        match link_new(temp, lock) {
            Err(FsError::Exists { .. }) if read::find(lock)?.as_deref() == Some(wanted) => return Ok(()),
            Err(FsError::Exists { .. }) if started.elapsed() < PATIENCE => thread::sleep(Duration::from_millis(10)),
            Err(FsError::Exists { path }) => return Err(FsError::Locked { path }),
            outcome => return outcome,
        }
    }
}

/// Writes a new file, atomically and durably; never over an existing one.
pub fn create(path: &Path, bytes: &[u8]) -> Result<(), FsError> {
    let temp = stage(path, bytes)?;
    let fail = |error: &io::Error| FsError::io("create", path, error);
    temp.as_file().set_permissions(default_permissions()).map_err(|error| fail(&error))?;
    temp.as_file().sync_all().map_err(|error| fail(&error))?;
    match temp.persist_noclobber(path) {
        Ok(_) => sync_folder(path),
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Err(FsError::Exists { path: path.to_owned() }),
        Err(error) => Err(fail(&error.error)),
    }
}

/// Writes a new program, atomically and durably; never over an existing file.
pub fn create_program(path: &Path, bytes: &[u8]) -> Result<(), FsError> {
    use std::os::unix::fs::PermissionsExt;
    let temp = stage(path, bytes)?;
    let fail = |error: &io::Error| FsError::io("create", path, error);
    temp.as_file().set_permissions(std::fs::Permissions::from_mode(0o755)).map_err(|error| fail(&error))?;
    temp.as_file().sync_all().map_err(|error| fail(&error))?;
    // Closed before it gets its name: a program that is open for writing cannot be started.
    link_new(&temp.into_temp_path(), path)
}

/// Creates an empty file; `false` if the name is taken. Atomic between processes, not durable.
pub fn claim_name(path: &Path) -> Result<bool, FsError> {
    create_folder_of(path)?;
    match fs::OpenOptions::new().write(true).create_new(true).open(path) {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(FsError::io("create", path, &error)),
    }
}

/// Writes a file that may be lost without harm (caches): atomic, but not synced to disk.
pub fn replace_cache(path: &Path, bytes: &[u8]) -> Result<(), FsError> {
    Draft::new(path)?.finish(bytes)
}

/// A file that may be lost without harm (a cache), started before what goes into it is known.
#[derive(Debug)]
pub struct Draft<'a> {
    path: &'a Path,
    temp: NamedTempFile,
}

impl<'a> Draft<'a> {
    /// Begins it, creating folders on the way.
    pub fn new(path: &'a Path) -> Result<Self, FsError> {
        Ok(Self { path, temp: stage(path, b"")? })
    }

    /// What time it is for the file system: the stamp of this file.
    pub fn now(&self) -> Result<Stamp, FsError> {
        self.temp.as_file().metadata().map(|metadata| Stamp::of(&metadata)).map_err(|error| FsError::io("look at", self.path, &error))
    }

    /// Adds to its content.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), FsError> {
        self.temp.as_file_mut().write_all(bytes).map_err(|error| FsError::io("write", self.path, &error))
    }

    /// Gives it the end of its content, and its name: atomic, but not synced to disk.
    pub fn finish(mut self, bytes: &[u8]) -> Result<(), FsError> {
        self.write(bytes)?;
        let fail = |error: &io::Error| FsError::io("write", self.path, error);
        self.temp.persist(self.path).map(|_| ()).map_err(|error| fail(&error.error))
    }
}

/// Adds `bytes` at the end of a file in one write, durably, creating it if needed.
pub fn append(path: &Path, bytes: &[u8]) -> Result<(), FsError> {
    let fail = |error: &io::Error| FsError::io("append to", path, error);
    create_folder_of(path)?;
    let mut file = fs::OpenOptions::new().append(true).create(true).open(path).map_err(|error| fail(&error))?;
    file.write_all(bytes).map_err(|error| fail(&error))?;
    file.sync_data().map_err(|error| fail(&error))
}

/// Writes into a file of the system's own, such as one of `/proc`: nothing is made, and nothing is kept.
pub fn tell(path: &Path, bytes: &[u8]) -> Result<(), FsError> {
    let told = fs::OpenOptions::new().write(true).open(path).and_then(|mut file| file.write_all(bytes));
    told.map_err(|error| FsError::io("write to", path, &error))
}

/// Makes a link that leads to `target`, with the folders around it.
pub fn link(target: &Path, path: &Path) -> Result<(), FsError> {
    create_folder_of(path)?;
    std::os::unix::fs::symlink(target, path).map_err(|error| FsError::io("create", path, &error))
}

pub fn create_folder(path: &Path) -> Result<(), FsError> {
    fs::create_dir_all(path).map_err(|error| FsError::io("create", path, &error))
}

/// Removes a file; it is no error if it is gone already.
pub fn remove(path: &Path) -> Result<(), FsError> {
    match fs::remove_file(path).map_err(|error| FsError::io("remove", path, &error)) {
        Err(error) if !error.is_missing() => Err(error),
        _ => Ok(()),
    }
}

/// Removes a folder that cmpm itself made, with everything in it; links in it are removed, never followed.
pub fn remove_folder(path: &Path) -> Result<(), FsError> {
    let removed = fs::remove_dir_all(path).or_else(|error| {
        if error.kind() != io::ErrorKind::PermissionDenied {
            return Err(error);
        }
        open_up(path);
        fs::remove_dir_all(path)
    });
    match removed.map_err(|error| FsError::io("remove", path, &error)) {
        Err(error) if !error.is_missing() => Err(error),
        _ => Ok(()),
    }
}

/// Gives the user back the right to change folders that somebody has closed, such as a program or the system for its own work.
fn open_up(folder: &Path) {
    // What is not the user's cannot be opened; removing it says so.
    drop(set_mode(folder, 0o700));
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            open_up(&entry.path());
        }
    }
}

/// Removes a folder if it is empty; does nothing otherwise.
pub fn remove_folder_if_empty(path: &Path) {
    // A folder that is not empty, or already gone, is exactly what should stay as it is.
    drop(fs::remove_dir(path));
}

/// Moves a file or folder within one file system.
pub fn rename(from: &Path, to: &Path) -> Result<(), FsError> {
    create_folder_of(to)?;
    fs::rename(from, to).map_err(|error| FsError::io("move", from, &error))?;
    sync_folder(to)
}

/// Gives `path` the content of `temp` under a new name, in one step that fails if the name is taken (`link(2)`).
pub fn link_new(temp: &Path, path: &Path) -> Result<(), FsError> {
    match fs::hard_link(temp, path) {
        Ok(()) => sync_folder(path),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(FsError::Exists { path: path.to_owned() }),
        Err(error) => Err(FsError::io("create", path, &error)),
    }
}

/// A temporary file with `bytes` next to `path`; removed when dropped.
pub fn stage(path: &Path, bytes: &[u8]) -> Result<NamedTempFile, FsError> {
    create_folder_of(path)?;
    stage_in(folder_of(path), bytes).map_err(|error| FsError::io("write", path, &error))
}

fn stage_in(folder: &Path, bytes: &[u8]) -> io::Result<NamedTempFile> {
    let mut temp = tempfile::Builder::new().prefix(".cmpm-").suffix(".tmp").tempfile_in(folder)?;
    // Not the wrapper's own `write`: its errors name the temporary file, which is gone when they are read.
    temp.as_file_mut().write_all(bytes)?;
    Ok(temp)
}

/// Whether this is the name of a temporary file of ours.
pub fn is_staged(name: &str) -> bool {
    name.starts_with(".cmpm-") && name.ends_with(".tmp")
}

/// What the disk below `folder` takes for now, in seconds since 1970: the time of a file that never has a name, so that
/// nothing is left, not even a later time of the folder.
pub fn time_of_disk(folder: &Path) -> Result<i64, FsError> {
    let fail = |error: &io::Error| FsError::io("ask for the time in", folder, error);
    let time = nameless_file(folder).and_then(|file| Ok(rustix::fs::fstat(&file)?.st_mtime));
    time.map_err(|error| fail(&error))
}

#[cfg(target_os = "linux")]
fn nameless_file(folder: &Path) -> io::Result<std::os::fd::OwnedFd> {
    use rustix::fs::{Mode, OFlags};
    Ok(rustix::fs::open(folder, OFlags::TMPFILE | OFlags::WRONLY | OFlags::CLOEXEC, Mode::RUSR | Mode::WUSR)?)
}

#[cfg(not(target_os = "linux"))]
fn nameless_file(_: &Path) -> io::Result<std::os::fd::OwnedFd> {
    Err(io::ErrorKind::Unsupported.into())
}

/// A file to write to bit by bit, emptied if it exists.
pub fn open_empty(path: &Path) -> Result<fs::File, FsError> {
    fs::File::create(path).map_err(|error| FsError::io("create", path, &error))
}

/// Brings a file or folder to disk.
pub fn sync(path: &Path) -> Result<(), FsError> {
    fs::File::open(path).and_then(|opened| opened.sync_all()).map_err(|error| FsError::io("sync", path, &error))
}

/// Makes a rename or creation in the folder of `path` survive a power loss.
fn sync_folder(path: &Path) -> Result<(), FsError> {
    sync(folder_of(path))
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn create_folder_of(path: &Path) -> Result<(), FsError> {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() && !folder.is_dir() => create_folder(folder),
        _ => Ok(()),
    }
}

/// Permissions of a new file: readable by all, as the usual umask leaves it (temporary files are private).
fn default_permissions() -> std::fs::Permissions {
    use std::os::unix::fs::PermissionsExt;
    std::fs::Permissions::from_mode(0o644)
}
