//! What every look at tickets is made of: one picture, filtered, ordered, in rows.

pub mod arrived;
pub mod at;
pub mod family;
pub mod filter;
pub mod holders;
pub mod order;
pub mod picture;
pub mod row;
pub mod texts;
