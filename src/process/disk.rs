//! How much a program leaves on the disk, while it does.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::fs::{PathKind, read};

/// How long after one look comes the next, at least.
const PAUSE: Duration = Duration::from_secs(1);
/// Looking takes one part of the time in so many.
const SHARE: u32 = 20;

/// How much more there may be than at the beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiskLimit {
    pub bytes: u64,
    pub files: u64,
}

/// Looks again and again, in a thread of its own, which ends with this.
#[derive(Debug)]
pub(super) struct DiskWatch {
    is_over: Arc<AtomicBool>,
    _ends: Sender<()>,
}

impl DiskWatch {
    /// Before the program starts: what is there now does not count.
    pub(super) fn begin(folders: Vec<PathBuf>, limit: DiskLimit) -> Self {
        let before = Used::by(&folders);
        let is_over = Arc::new(AtomicBool::new(false));
        let (ends, ended) = channel();
        let over = Arc::clone(&is_over);
        thread::spawn(move || {
            let mut took = Duration::ZERO;
            while ended.recv_timeout(PAUSE.max(took * SHARE)) == Err(RecvTimeoutError::Timeout) {
                let started = Instant::now();
                if Used::by(&folders).exceeds(before, limit) {
                    over.store(true, Ordering::SeqCst);
                }
                took = started.elapsed();
            }
        });
        Self { is_over, _ends: ends }
    }

    pub(super) fn is_over(&self) -> bool {
        self.is_over.load(Ordering::SeqCst)
    }
}

/// Files, and the sum of their lengths: a file with holes counts as a whole, since that is what reading it costs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Used {
    bytes: u64,
    files: u64,
}

impl Used {
    fn by(folders: &[PathBuf]) -> Self {
        let mut used = Self::default();
        let mut open = folders.to_vec();
        while let Some(place) = open.pop() {
            used.add(&place, &mut open);
        }
        used
    }

    fn add(&mut self, place: &Path, open: &mut Vec<PathBuf>) {
        // What vanishes meanwhile, or cannot be seen, is not counted.
        let Ok(Some(found)) = read::find_metadata(place) else { return };
        self.files = self.files.saturating_add(1);
        match PathKind::of(&found) {
            PathKind::Folder => open.extend(read::names(place).unwrap_or_default().iter().map(|name| place.join(name))),
            PathKind::File => self.bytes = self.bytes.saturating_add(found.len()),
            PathKind::Link | PathKind::Special => {}
        }
    }

    fn exceeds(self, before: Self, limit: DiskLimit) -> bool {
        self.bytes > before.bytes.saturating_add(limit.bytes) || self.files > before.files.saturating_add(limit.files)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fs::write;

    #[test]
    fn what_is_more_than_before_counts() {
        let temp = tempfile::tempdir().unwrap();
        let folders = [temp.path().to_owned()];
        write::replace_cache(&temp.path().join("a/b"), b"12345").unwrap();
        let before = Used::by(&folders);
        assert_eq!(before, Used { bytes: 5, files: 3 });
        write::replace_cache(&temp.path().join("a/c"), b"123").unwrap();
        let after = Used::by(&folders);
        assert!(!after.exceeds(before, DiskLimit { bytes: 3, files: 1 }));
        assert!(after.exceeds(before, DiskLimit { bytes: 2, files: 1 }) && after.exceeds(before, DiskLimit { bytes: 3, files: 0 }));
    }
}
