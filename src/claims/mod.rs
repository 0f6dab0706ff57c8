//! Who works on which ticket: a claim never edits the ticket. Claims of a clone are files, those that clones share are references.

mod claim;
mod error;
mod local;
mod place;
mod seen;
mod shared;

pub use claim::{Claim, Term};
pub use error::ClaimError;
pub use local::Claims;
pub use place::{RUNS, page_path};
pub use seen::Held;
pub use shared::{Lost, Notice, SharedClaims, Taking, reference};
