//! Who has which ticket, as far as this clone knows without asking anybody.

use super::super::change::claiming::claims;
use super::super::claims::damaged;
use super::super::model::Ticket;
use crate::base::{Finding, Id, Result};
use crate::claims::{Claim, Held, Seen};
use crate::context::Context;
use crate::fs::read;
use crate::run::page_path;
use crate::store::Store;

/// The claims that count. On a finished ticket none does, but that of a run, until somebody has decided about it.
#[derive(Debug, Default)]
pub struct Holders {
    /// Those of this clone, in order of the tickets.
    pub claims: Vec<Claim>,
    /// Those of other clones, as they were last seen: what took the place of one of this clone on its remote, and all on the remote of
    /// the settings.
    pub held: Vec<Held>,
    /// Tickets whose claim cannot be read, each with what is reported of it.
    pub damaged: Vec<(Id, Finding)>,
    /// How many claims of this clone are on finished tickets.
    pub finished: usize,
}

impl Holders {
    pub fn find(context: &Context) -> Result<Self> {
        let (store, known, mut holders) = (context.store()?, claims(context)?, Self::default());
        let is_finished = |id: &Id| is_finished(store, id);
        for (ticket, found) in known.survey()? {
            match found {
                Ok(claim) if !known.counts(&claim) => {}
                Ok(claim) if claim.run.is_none() && is_finished(&ticket) => holders.finished += 1,
                Ok(claim) => {
                    let lost = known.lost_to(&claim);
                    // A run is here, whoever has its ticket by now.
                    holders.claims.extend(Some(claim).filter(|claim| lost.is_none() || claim.run.is_some()));
                    holders.held.extend(lost);
                }
                Err(failure) => holders.damaged.push((ticket, damaged(&failure))),
            }
        }
        if let Some(remote) = &context.config()?.claims.remote
            && let Some(seen) = Seen::find(store.live(), remote)
        {
            let others: Vec<Held> = seen.counting(context.clock.now()).filter(|held| !holders.knows(&held.notice.ticket)).collect();
            holders.held.extend(others.into_iter().filter(|held| is_open(store, held)));
        }
        Ok(holders)
    }

    /// The same where a remote was just asked: what it holds now counts, and nothing that was seen there before.
    pub fn with(mut self, context: &Context, (remote, there): (&str, Vec<Held>)) -> Result<Self> {
        let store = context.store()?;
        self.held.retain(|held| held.remote != remote);
        let is_new = |held: &Held| !self.claims.iter().any(|claim| held.notice.is_of_claim(claim)) && is_open(store, held);
        let mut there: Vec<Held> = there.into_iter().filter(is_new).collect();
        self.held.append(&mut there);
        Ok(self)
    }

    fn knows(&self, ticket: &Id) -> bool {
        self.claims.iter().any(|claim| claim.ticket == *ticket) || self.held.iter().any(|held| held.notice.ticket == *ticket)
    }
}

/// Whether there is something to hold: the ticket is not finished, and nobody has decided about the run.
fn is_open(store: &Store, Held { notice, .. }: &Held) -> bool {
    !is_finished(store, &notice.ticket) && !notice.run.as_ref().is_some_and(|run| has_page(store, run))
}

/// Whether the work tree has the page of a run, which lands with its decision.
fn has_page(store: &Store, run: &Id) -> bool {
    read::is_file(&page_path(run).below(store.root()))
}

fn is_finished(store: &Store, id: &Id) -> bool {
    store.find_by_name::<Ticket>(id.as_str()).is_some_and(|stored| stored.record.category.is_closed())
}
