//! How much a program leaves on the disk, while it does.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::fs::walk::{self, Count};

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
        let before = walk::count(&folders);
        let is_over = Arc::new(AtomicBool::new(false));
        let (ends, ended) = channel();
        let over = Arc::clone(&is_over);
        thread::spawn(move || {
            let mut took = Duration::ZERO;
            while ended.recv_timeout(PAUSE.max(took * SHARE)) == Err(RecvTimeoutError::Timeout) {
                let started = Instant::now();
                if exceeds(walk::count(&folders), before, limit) {
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

fn exceeds(now: Count, before: Count, limit: DiskLimit) -> bool {
    let entries = |count: Count| count.files.saturating_add(count.folders);
    now.bytes > before.bytes.saturating_add(limit.bytes) || entries(now) > entries(before).saturating_add(limit.files)
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
        let before = walk::count(&folders);
        assert_eq!(before, Count { bytes: 5, files: 1, folders: 2 });
        write::replace_cache(&temp.path().join("a/c"), b"123").unwrap();
        let after = walk::count(&folders);
        assert!(!exceeds(after, before, DiskLimit { bytes: 3, files: 1 }));
        assert!(exceeds(after, before, DiskLimit { bytes: 2, files: 1 }) && exceeds(after, before, DiskLimit { bytes: 3, files: 0 }));
    }
}
