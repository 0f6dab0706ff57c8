//! Whether a program still does something: output, or changes of files.

use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::{Duration, Instant, UNIX_EPOCH};

use crate::fs::{PathKind, read};

/// A look at a folder that takes longer than this counts as a change: the limit on the whole time still holds.
const PATIENCE: Duration = Duration::from_secs(2);

/// When a program last did something.
#[derive(Debug)]
pub(super) struct Activity {
    last: Instant,
    seen: u64,
}

impl Activity {
    pub(super) fn begin() -> Self {
        Self { last: Instant::now(), seen: 0 }
    }

    /// Whether nothing happened for `limit`. Costs nothing until the output has been silent so long; then `folder` is
    /// looked through once, and not again before its youngest change is that old.
    pub(super) fn is_idle(&mut self, seen: u64, folder: &Path, limit: Duration) -> bool {
        let now = Instant::now();
        if seen != self.seen {
            (self.seen, self.last) = (seen, now);
        }
        if now.duration_since(self.last) < limit {
            return false;
        }
        let age = youngest_change(folder).unwrap_or(Duration::MAX);
        self.last = now.checked_sub(age).map_or(self.last, |change| change.max(self.last));
        now.duration_since(self.last) >= limit
    }
}

/// The time since anything in `folder` changed. It is the system's own time of change, which a program cannot set.
fn youngest_change(folder: &Path) -> Option<Duration> {
    let started = Instant::now();
    let mut youngest: Option<Duration> = None;
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for name in read::names(&folder).unwrap_or_default() {
            let path = folder.join(name);
            let Ok(Some(metadata)) = read::find_metadata(&path) else { continue };
            let (seconds, nanos) = (metadata.ctime().unsigned_abs(), metadata.ctime_nsec().unsigned_abs());
            let changed = UNIX_EPOCH + Duration::from_secs(seconds) + Duration::from_nanos(nanos);
            // A change in the future means that somebody moved the clock: no sign of life.
            let age = changed.elapsed().ok();
            youngest = age.into_iter().chain(youngest).min();
            if PathKind::of(&metadata) == PathKind::Folder {
                open.push(path);
            }
        }
        if started.elapsed() > PATIENCE {
            return Some(Duration::ZERO);
        }
    }
    youngest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fs::write;

    #[test]
    fn a_changed_file_counts_and_an_old_one_does_not() {
        let temp = tempfile::tempdir().unwrap();
        let limit = Duration::from_millis(30);
        let mut activity = Activity::begin();
        assert!(!activity.is_idle(0, temp.path(), limit));
        std::thread::sleep(limit);
        write::replace_cache(&temp.path().join("a/b"), b"x").unwrap();
        assert!(!activity.is_idle(0, temp.path(), limit));
        std::thread::sleep(limit + Duration::from_millis(10));
        assert!(!activity.is_idle(1, temp.path(), limit), "output counts");
        std::thread::sleep(limit);
        assert!(activity.is_idle(1, temp.path(), limit));
    }
}
