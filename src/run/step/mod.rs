//! The three steps of a run (prepare, execute, collect), and what drives and supervises them.

pub mod again;
mod attempts;
pub mod collect;
mod detach;
pub mod error;
pub mod execute;
pub mod perform;
pub mod prepare;
pub mod revise;
pub mod room;
pub mod slots;
pub mod supervise;
