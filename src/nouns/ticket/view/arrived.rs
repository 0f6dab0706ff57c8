//! Tickets that agents can begin now that something reached the integration branch.

use std::collections::BTreeSet;

use super::super::model::Ticket;
use super::super::model::dialect::locate;
use super::super::model::readiness::{Circumstances, judge};
use super::picture::{Look, Picture};
use crate::base::{Id, RepoPath, Result};
use crate::context::Context;
use crate::git::Oid;
use crate::store::{Listed, Listing, Snapshot};

/// The tickets with an agent that are ready and came with the change from one commit or tree to another, changed in it, or
/// waited for one that did; the most urgent first.
pub fn next_for_agents(context: &Context, (from, to): (Oid, Oid)) -> Result<Vec<Id>> {
    let (repository, store) = (context.repository()?, context.store()?);
    let changed: BTreeSet<RepoPath> = repository.diff_trees(from, to)?.into_iter().map(|change| change.path).collect();
    let Listing { records, .. } = store.list::<Ticket>(&Snapshot::Tree(repository, to));
    let touched: Vec<&Listed<Ticket>> = records.iter().filter(|stored| changed.contains(&stored.path)).collect();
    if touched.is_empty() {
        return Ok(Vec::new());
    }
    let picture = Picture::load(context, Look::default())?;
    let locate = |ticket: &Listed<Ticket>, property, text: &str| locate(store, ticket, (property, text));
    let about = Circumstances { now: context.clock.now(), config: store.config(), locate: &locate };
    // What was closed here and is not committed yet is still open in the commit.
    let is_wanted = |stored: &&Listed<Ticket>| {
        stored.record.agent.is_some() && is_next(stored, &touched) && picture.is_over(&stored.record.id).is_none()
    };
    let is_free = |stored: &&&Listed<Ticket>| !picture.around.is_held(&stored.record.id);
    let ready = judge(&records, &picture.around.claims, &about).ready;
    Ok(ready.iter().filter(is_free).copied().filter(is_wanted).map(|stored| stored.record.id.clone()).collect())
}

/// Whether a ticket is new or changed itself, or waited for one that is.
fn is_next(stored: &Listed<Ticket>, touched: &[&Listed<Ticket>]) -> bool {
    let ticket = &stored.record;
    touched.iter().any(|other| {
        let other = &other.record;
        let names_it = |name: &String| other.id.is(name) || other.aliases.iter().any(|alias| alias.eq_ignore_ascii_case(name.trim()));
        other.id == ticket.id || ticket.depends_on.iter().any(names_it) || other.blocks.iter().any(|name| ticket.id.is(name))
    })
}
