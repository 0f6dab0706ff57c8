//! `cmpm ticket heartbeat`

use super::change::claiming::{ClaimRow, Claimant, Terms, claims, find_listed};
use super::change::which::Which;
use crate::claims::{ClaimError, SharedClaims};
use crate::report::prelude::*;

/// Renew your claim on a ticket
///
/// It counts from now on for as long as `--ttl` says; one that lasts as long as a process stays so without `--ttl`. Where a remote knows of it, it is renewed there too.
///
/// Example: `cmpm ticket heartbeat ISS-7k3`
#[derive(Debug, Args)]
pub struct Heartbeat {
    #[command(flatten)]
    pub which: Which,
    #[command(flatten)]
    claimant: Claimant,
    /// How long the claim lasts from now [default: `claims.ttl` of the settings, or as long as its process lives]
    #[arg(long, value_name = "TIME")]
    ttl: Option<crate::config::Span>,
}

/// A claim with a new time.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Renewed {
    #[serde(flatten)]
    claim: ClaimRow,
}

impl Verb for Heartbeat {
    type Report = Renewed;
    const METADATA: Metadata = Metadata::WRITES;

    fn run(self, context: &Context) -> Result<Renewed> {
        let ticket = find_listed(context, &self.which)?.record;
        let claims = claims(context)?;
        let before = claims.require_own(&ticket.id, &self.claimant.name(context)?)?;
        let mut after = before.clone();
        // What lasts as long as a run or a process needs no time, and gets none by itself.
        let is_timed = before.expires.is_some() || self.ttl.is_some();
        if before.run.is_none() && is_timed {
            after.expires = Some(Terms::of(self.ttl).until(context.config()?, context.clock.now()));
        }
        if let Some(shared) = &before.shared {
            let settings = context.config()?.claims.remote.as_deref();
            let renewed = SharedClaims::of(context.repository()?, shared, (settings, context.clock.now()))?.renew(&mut after);
            if let Err(failure) = renewed {
                if before.run.is_none() && matches!(failure.downcast_ref(), Some(ClaimError::Lost { .. })) {
                    claims.change(&before, None)?;
                }
                return Err(failure);
            }
        }
        claims.change(&before, Some(&after))?;
        Ok(Renewed { claim: ClaimRow::from(&after) })
    }
}

impl Report for Renewed {
    const SCHEMA: &'static str = "cmpm.ticket.heartbeat/1";

    fn render(&self, screen: &Screen) -> String {
        let id = screen.paint(Tone::Key, self.claim.ticket.as_str());
        match self.claim.until {
            Some(until) => format!("{id} is yours until {until}\n"),
            None if self.claim.run.is_some() => format!("{id} is yours until it is released\n"),
            None => format!("{id} is yours as long as the process of its claim lives\n"),
        }
    }
}
