//! Merging files of cmpm: what git calls when both sides changed one of them, and the same afterwards where git did not.

mod driver;
mod files;
mod open;
mod repair;
mod texts;

pub use files::{BEADS, Merged, files};
pub use open::Open;

verbs! {
    /// Verbs about merges.
    Command {
        MergeDriver(driver::MergeDriver),
        Merge(repair::Merge),
    }
}
