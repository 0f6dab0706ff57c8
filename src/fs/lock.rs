//! Locks between processes: `flock` on a file, released by the system when the owner dies.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use super::{FsError, write};

/// A held lock; dropping it lets go.
#[derive(Debug)]
pub struct Lock(#[expect(dead_code, reason = "the open file is the lock")] fs_err::File);

/// Takes the lock at `path`, waiting at most `patience`.
pub fn acquire(path: &Path, patience: Duration) -> Result<Lock, FsError> {
    let started = Instant::now();
    loop {
        if let Some(lock) = try_acquire(path)? {
            return Ok(lock);
        }
        if started.elapsed() >= patience {
            return Err(FsError::Locked { path: path.to_owned() });
        }
        thread::sleep(Duration::from_millis(5));
    }
}

/// Whether somebody holds the lock at `path`; writes nothing. For a moment nobody can take it, so ask only when in doubt.
pub fn is_held(path: &Path) -> bool {
    let Ok(file) = fs_err::File::open(path) else { return false };
    matches!(file.file().try_lock_shared(), Err(std::fs::TryLockError::WouldBlock))
}

/// Takes the lock at `path` if nobody holds it.
pub fn try_acquire(path: &Path) -> Result<Option<Lock>, FsError> {
    if let Some(folder) = path.parent() {
        write::create_folder(folder)?;
    }
    let fail = |error: &std::io::Error| FsError::io("lock", path, error);
    let file = fs_err::OpenOptions::new().create(true).truncate(false).write(true).open(path).map_err(|error| fail(&error))?;
    match file.file().try_lock() {
        Ok(()) => Ok(Some(Lock(file))),
        Err(std::fs::TryLockError::WouldBlock) => Ok(None),
        Err(std::fs::TryLockError::Error(error)) => Err(fail(&error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_asks_whether_a_lock_is_held_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        assert!(!is_held(&path) && !path.exists());
        let lock = acquire(&path, Duration::ZERO).unwrap();
        assert!(is_held(&path));
        drop(lock);
        assert!(!is_held(&path) && try_acquire(&path).unwrap().is_some());
    }
}
