//! tmp
pub mod bundle;
pub mod table;
