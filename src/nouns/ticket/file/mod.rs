//! Tickets and comments as files: read in any dialect, written in cmpm's own, moved, renumbered.

pub mod comment;
pub mod draft;
pub mod moving;
pub mod place;
pub mod read;
pub mod rekey;
pub mod rewrite;
pub mod template;
pub mod values;
