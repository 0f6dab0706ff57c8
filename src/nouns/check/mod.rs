//! The guard: what is wrong with what is staged, with a range of commits, or with everything, before it reaches anybody.

mod agents;
mod command;
mod exempt;
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

pub use report::CheckReport;

use crate::base::Result;
use crate::context::Context;

use scope::{Range, Scope};

verbs! {
    /// The guard.
    Command {
        Check(command::Check),
    }
}

/// Checks what is staged: the answer for a pre-commit hook.
///
/// # Errors
/// If the repository or the settings cannot be read.
pub fn staged(context: &Context) -> Result<CheckReport> {
    let repository = context.repository()?;
    let staged = repository.staged()?;
    command::report(context, &Scope::of_staged(repository, &staged)?)
}

/// Checks the commits that `HEAD` has and `base` has not: the answer for a pre-push hook.
///
/// # Errors
/// If `base` is no commit, shares no history, or the settings cannot be read.
pub fn since(context: &Context, base: &str) -> Result<CheckReport> {
    command::of_range(context, Range::new(context.repository()?, base, "HEAD")?)
}
