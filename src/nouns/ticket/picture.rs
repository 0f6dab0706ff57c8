//! All tickets as verbs that look at many of them see them: one place, so that no two of them see something else.

use crate::base::Result;
use crate::context::Context;
use crate::store::Listing;

use super::model::Ticket;

/// Every ticket, in order of the files.
///
/// # Errors
/// If there is no work tree or the settings are wrong.
pub fn picture(context: &Context) -> Result<Listing<Ticket>> {
    let store = context.store()?;
    Ok(store.list(&store.work_tree()))
}
