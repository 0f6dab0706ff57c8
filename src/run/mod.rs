//! What drives work.
