//! Merging files of cmpm: what git calls when both sides changed one of them.

mod driver;
mod texts;

verbs! {
    /// Verbs that git calls.
    Command {
        MergeDriver(driver::MergeDriver),
    }
}
