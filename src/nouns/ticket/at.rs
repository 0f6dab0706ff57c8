//! Tickets as they were: the files of a commit in place of those on disk.

use crate::base::Result;
use crate::context::Context;
use crate::store::Snapshot;

/// The work tree, or a commit that was named.
///
/// # Errors
/// If the revision names no commit.
pub fn snapshot_at<'a>(context: &'a Context, revision: Option<&str>) -> Result<Snapshot<'a>> {
    let Some(revision) = revision else { return Ok(context.store()?.work_tree()) };
    let repository = context.repository()?;
    Ok(Snapshot::Tree(repository, repository.resolve(revision)?))
}
