//! Randomness enters the program here, once; tests fix it.

use std::sync::atomic::{AtomicU64, Ordering};

/// A source of random numbers, shared by reference.
#[derive(Debug)]
pub struct Random(Source);

#[derive(Debug)]
enum Source {
    System,
    Fixed(AtomicU64),
}

impl Random {
    /// The operating system's generator.
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// Counts up from `seed`, so that ids in tests are stable.
    pub fn fixed(seed: u64) -> Self {
        Self(Source::Fixed(AtomicU64::new(seed)))
    }

    pub fn next_u64(&self) -> u64 {
        match &self.0 {
            Source::Fixed(next) => next.fetch_add(1, Ordering::Relaxed),
            Source::System => {
                let mut bytes = [0; 8];
                // A kernel without a generator is not a reason to stop: every id is also reserved on disk.
                if getrandom::fill(&mut bytes).is_err() {
                    return u64::from(std::process::id()) ^ jiff::Timestamp::now().as_nanosecond().unsigned_abs() as u64;
                }
                u64::from_le_bytes(bytes)
            }
        }
    }
}
