//! What a long verb tells while it runs, and how it learns that it should stop.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde::Serialize;

/// Something that happened while a verb runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// A stage of `subject` (a run, a file) began: `RUN-… prepare`.
    Stage { subject: String, stage: String },
    /// One line for the person who waits.
    Note { message: String },
}

/// Where events go. Drawn on a terminal, written as NDJSON, or dropped.
pub trait Events: Send + Sync {
    /// Takes one event; never fails, never blocks for long.
    fn emit(&self, event: Event);
    /// Nothing more comes: what was drawn makes room for the answer.
    fn finish(&self) {}
}

/// Asks running work to stop at the next safe point.
#[derive(Debug, Clone, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// Uses a flag that a signal handler sets.
    pub fn new(flag: Arc<AtomicBool>) -> Self {
        Self(flag)
    }
    /// Asks to stop.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::SeqCst);
    }
    /// Whether somebody asked to stop.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}
