//! The guard: what is wrong with what is staged, with a range of commits, or with everything, before it reaches anybody.

mod command;
mod explain;
mod formats;
mod links;
mod markers;
mod records;
mod references;
mod report;
mod roles;
mod scope;
mod texts;

pub use command::staged;
pub use report::CheckReport;

verbs! {
    /// The guard.
    Command {
        Check(command::Check),
    }
}
