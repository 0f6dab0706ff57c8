//! What a person decides by: what waits and in which order, what the ticket asked for when the run began, and what of the run they
//! were shown.

pub mod criteria;
pub mod html;
pub mod inbox;
pub mod looks;
pub mod revert;
pub mod shown;
