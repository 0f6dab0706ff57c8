//! Memories learned from a run that was reverted: agents are given none of them until a person accepts them again.

use crate::base::{Id, RepoPath, Result};
use crate::context::Context;
use crate::document::Value;
use crate::git::Oid;
use crate::store::{Listing, Snapshot};

use super::model::Memory;

/// The files of a tree's memories from a run, each with its id, as they are once they are tainted by it; those that are already stay.
pub fn tainted_by(context: &Context, tree: Oid, run: &Id) -> Result<Vec<(Id, RepoPath, Vec<u8>)>> {
    let (store, snapshot) = (context.store()?, Snapshot::Tree(context.repository()?, tree));
    let listing: Listing<Memory> = store.list(&snapshot);
    let is_from_it = |memory: &Memory| memory.source.run.as_deref() == Some(run.as_str()) && memory.tainted.is_none();
    let tainted = listing.records.iter().filter(|listed| is_from_it(&listed.record)).map(|listed| {
        let mut stored = store.open(&snapshot, listed)?;
        stored.set("tainted", &Value::from(run.as_str()))?;
        Ok((stored.record.id, stored.path, stored.document.bytes().to_vec()))
    });
    tainted.collect()
}
