//! The guard: what is wrong with what is staged, with a range of commits, or with everything, before it reaches anybody.

mod agents;
mod baseline;
mod command;
mod evidence;
mod exempt;
mod explain;
mod formats;
mod hidden;
mod identity;
mod law;
mod links;
mod markers;
mod merges;
mod pages;
mod powers;
mod push;
mod records;
mod references;
mod report;
mod roles;
mod scope;
mod settings;
mod symlinks;
mod texts;

pub use explain::rules;
pub use push::pushed;
pub use report::CheckReport;

use crate::base::{Finding, Result};
use crate::context::{CONFIG_FILE, Context};
use crate::fs::read;

use law::Law;
use scope::Scope;

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

/// Whether this is a project of cmpm: by the files on disk or by the last commit, so that a file that is gone silences nothing.
pub fn is_project(context: &Context) -> Result<bool> {
    let repository = context.repository()?;
    let committed = || repository.head()?.oid().map(|head| repository.find_entry(head, &CONFIG_FILE)).transpose();
    Ok(read::exists(&CONFIG_FILE.below(context.root()?)) || committed()?.flatten().is_some())
}

/// Checks what a commit is about to say: the answer for a commit-msg hook.
pub fn message(context: &Context, text: &str) -> Result<CheckReport> {
    let repository = context.repository()?;
    let staged = repository.staged()?;
    let scope = Scope::of_staged(repository, &staged)?;
    let law = Law::of(context, scope.rules)?;
    Ok(CheckReport::new("the message".to_owned(), 0, texts::in_texts(context, (&scope, &law), &[(text, "the message")])?))
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
