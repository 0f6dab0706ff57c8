//! The guard: what is wrong with what is staged, with a range of commits, or with everything, before it reaches anybody.

mod agents;
mod command;
mod exempt;
mod explain;
mod formats;
mod links;
mod markers;
mod merges;
mod records;
mod references;
mod report;
mod roles;
mod scope;
mod settings;
mod texts;

pub use command::CheckError;
pub use explain::rules;
pub use report::CheckReport;

use crate::base::{Finding, Result};
use crate::context::Context;

use scope::{Range, Scope};

verbs! {
    /// The guard.
    Command {
        Check(command::Check),
    }
}

/// Checks what is staged: the answer for a pre-commit hook.
pub fn staged(context: &Context) -> Result<CheckReport> {
    let repository = context.repository()?;
    let staged = repository.staged()?;
    command::report(context, &Scope::of_staged(repository, &staged)?)
}

/// Checks the commits that `HEAD` has and `base` has not: the answer for a pre-push hook.
pub fn since(context: &Context, base: &str) -> Result<CheckReport> {
    command::of_range(context, Range::new(context.repository()?, base, "HEAD")?)
}

/// Checks the merge that is about to be committed, if there is one: the answer for a commit-msg hook, as git runs no pre-commit
/// hook where a merge went well.
pub fn merging(context: &Context) -> Result<Vec<Finding>> {
    let repository = context.repository()?;
    if repository.merging()?.is_empty() {
        return Ok(Vec::new());
    }
    let staged = repository.staged()?;
    let scope = Scope::of_staged(repository, &staged)?;
    Ok([settings::find(&scope)?, merges::find(context, &scope)?].concat())
}
