//! How many runs work at the same time in this clone: one lock file per place, released by the system when its holder dies.

use std::path::Path;
use std::thread;
use std::time::Duration;

use super::super::{Queue, StepError};
use crate::base::Result;
use crate::fs::lock::{self, Lock};

/// How long to wait between two looks for a free place.
const PAUSE: Duration = Duration::from_millis(50);

/// A place that is held until it is dropped.
#[derive(Debug)]
pub struct Slot(#[expect(dead_code, reason = "holding it is its use")] Lock);

/// Takes a place, waiting for one if that is wanted.
pub fn acquire(live: &Path, queue: Queue, is_cancelled: &dyn Fn() -> bool) -> Result<Slot> {
    let count = queue.places;
    loop {
        if is_cancelled() {
            return Err(StepError::Interrupted.into());
        }
        for place in 0..count.max(1) {
            if let Some(lock) = lock::try_acquire(&live.join(format!("slots/{place}")))? {
                return Ok(Slot(lock));
            }
        }
        if !queue.wait {
            return Err(StepError::NoSlot { count }.into());
        }
        thread::sleep(PAUSE);
    }
}
