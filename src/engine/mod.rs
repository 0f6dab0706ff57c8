//! Algorithms that more than one noun needs. Pure: text and small values in, small values out, no I/O.

pub mod filter;
pub mod graph;
pub mod leaks;
pub mod links;
pub mod merge;
pub mod policy;
pub mod scan;
pub mod search;
pub mod signature;
pub mod similarity;
mod ticket;

pub use ticket::ticket_document;
