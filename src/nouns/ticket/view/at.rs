//! Tickets as they were: the files of a commit in place of those on disk.

use crate::base::Result;
use crate::context::Context;
use crate::store::Snapshot;

use super::picture::{Look, Picture};

/// The work tree, or a commit that was named.
pub fn snapshot_at<'a>(context: &'a Context, revision: Option<&str>) -> Result<Snapshot<'a>> {
    let Some(revision) = revision else { return Ok(context.store()?.work_tree()) };
    let repository = context.repository()?;
    Ok(Snapshot::Tree(repository, repository.resolve(revision)?))
}

/// The tickets as a picture, or as they were in a commit alone.
pub fn picture_at(context: &Context, look: Look, revision: Option<&str>) -> Result<Picture> {
    if revision.is_none() {
        return Picture::load(context, look);
    }
    Ok(Picture::alone(context.store()?.list(&snapshot_at(context, revision)?)))
}
