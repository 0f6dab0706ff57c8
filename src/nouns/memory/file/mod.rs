//! Memories and their files: read, judged before they are written, written, and what happened to those that are gone.

pub mod draft;
pub mod error;
pub mod former;
pub mod gate;
pub mod read;
pub mod remember;
