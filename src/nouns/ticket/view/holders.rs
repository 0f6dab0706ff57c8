//! Who has which ticket, as far as this clone knows without asking anybody.

use super::super::change::claiming::{claims, require_not_reopened};
use super::super::claims::damaged;
use super::super::model::Ticket;
use crate::base::{Finding, Id, Result, Rule, Severity, text};
use crate::claims::{Claim, Held};
use crate::context::{CONFIG_FILE, Context};

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
        let (known, mut holders) = (claims(context)?, Self::default());
        for (ticket, found) in known.survey()? {
            match found {
                Ok(claim) if !known.counts(&claim) => {}
                Ok(claim) if claim.run.is_none() && is_finished(context, &ticket)? => holders.finished += 1,
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
            && let Some(seen) = known.seen_on(context.repository()?, remote)
        {
            let others: Vec<Held> = seen.into_iter().filter(|held| !holders.knows(&held.notice.ticket)).collect();
            for held in others {
                holders.held.extend(is_open(context, &held)?.then_some(held));
            }
        }
        Ok(holders)
    }

    /// The same where a remote was just asked: what it holds now counts, and nothing that was seen there before.
    pub fn with(mut self, context: &Context, (remote, there): (&str, Vec<Held>)) -> Result<Self> {
        self.held.retain(|held| held.remote != remote);
        for held in there {
            let is_own = self.claims.iter().any(|claim| held.notice.is_of_claim(claim));
            self.held.extend((!is_own && is_open(context, &held)?).then_some(held));
        }
        Ok(self)
    }

    fn knows(&self, ticket: &Id) -> bool {
        self.claims.iter().any(|claim| claim.ticket == *ticket) || self.held.iter().any(|held| held.notice.ticket == *ticket)
    }
}

/// Why it is not known here what other clones have: the remote of the settings is none of this clone, or was never asked.
pub fn find_unknown(context: &Context) -> Result<Option<Finding>> {
    let Some(remote) = &context.config()?.claims.remote else { return Ok(None) };
    let (repository, name) = (context.repository()?, text::one_line(remote));
    let (message, hint) = if repository.require_remote(remote).is_err() {
        let only = <[String; 1]>::try_from(repository.remotes_in("")).map_or_else(|_| "NAME".to_owned(), |[only]| only);
        let message = format!("`claims.remote` names `{name}`, which is no remote of this clone");
        (message, format!("`cmpm config set claims.remote {}` names another one; `git remote` lists them", text::one_line(&only)))
    } else if claims(context)?.seen_on(repository, remote).is_none() {
        (format!("`{name}` was never asked what other clones have claimed"), "`cmpm ticket claims --remote` asks it".to_owned())
    } else {
        return Ok(None);
    };
    Ok(Some(Finding::new(Rule::SharedClaims, Severity::Note, CONFIG_FILE, message).hint(hint)))
}

/// Whether there is something to hold: a run until somebody has decided about it, a person unless the ticket is finished.
fn is_open(context: &Context, Held { notice, .. }: &Held) -> Result<bool> {
    Ok(notice.run.is_some() || !is_finished(context, &notice.ticket)?)
}

/// Whether a ticket is finished here, and was not opened again since on the integration branch.
fn is_finished(context: &Context, id: &Id) -> Result<bool> {
    let store = context.store()?;
    let Some(stored) = store.find_by_name::<Ticket>(id.as_str()).filter(|stored| stored.record.category.is_closed()) else {
        return Ok(false);
    };
    Ok(require_not_reopened(context, (&stored.record, &stored.path)).is_ok())
}
