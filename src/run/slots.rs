//! How many runs work at the same time in this clone: one lock file per place, released by the system when its holder dies.

use std::path::Path;
use std::thread;
use std::time::Duration;

use super::RunError;
use crate::base::Result;
use crate::base::progress::Cancel;
use crate::fs::lock::{self, Lock};

/// How long to wait between two looks for a free place.
const PAUSE: Duration = Duration::from_millis(50);

/// A place that is held until it is dropped.
#[derive(Debug)]
pub struct Slot(#[expect(dead_code, reason = "holding it is its use")] Lock);

/// Takes one of `count` places, waiting for one unless `wait` is false.
///
/// # Errors
/// `NoSlot` if all are taken and waiting is not wanted; `Interrupted` if the user gives up.
pub fn acquire(live: &Path, count: u32, wait: bool, cancel: &Cancel) -> Result<Slot> {
    loop {
        for place in 0..count.max(1) {
            if let Some(lock) = lock::try_acquire(&live.join(format!("slots/{place}")))? {
                return Ok(Slot(lock));
            }
        }
        if !wait {
            return Err(RunError::NoSlot { count }.into());
        }
        if cancel.is_cancelled() {
            return Err(RunError::Interrupted.into());
        }
        thread::sleep(PAUSE);
    }
}
