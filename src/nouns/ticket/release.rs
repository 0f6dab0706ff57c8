//! `cmpm ticket release`

use super::change::claiming::{Claimant, claims, find_listed};
use super::change::which::Which;
use crate::claims::{ClaimError, SharedClaims};
use crate::report::prelude::*;

/// Release your claim on a ticket
///
/// Where a remote knows of the claim, it is taken away there too. What a run has is freed by deciding about the run.
///
/// Example: `cmpm ticket release ISS-7k3`
#[derive(Debug, Args)]
pub struct Release {
    #[command(flatten)]
    pub which: Which,
    #[command(flatten)]
    claimant: Claimant,
}

/// A ticket that anybody may have.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Released {
    ticket: Id,
}

impl Verb for Release {
    type Report = Released;
    const METADATA: Metadata = Metadata::WRITES;

    fn run(self, context: &Context) -> Result<Released> {
        let ticket = find_listed(context, &self.which)?.record;
        let claims = claims(context)?;
        let claim = claims.require_own(&ticket.id, &self.claimant.name(context)?)?;
        if let Some(run) = claim.run {
            return Err(ClaimError::OfRun { ticket: ticket.id, run }.into());
        }
        if let Some(shared) = &claim.shared {
            SharedClaims::new(context.repository()?, &shared.remote, context.clock.now())?.release(&claim)?;
        }
        claims.change(&claim, None)?;
        Ok(Released { ticket: ticket.id })
    }
}

impl Report for Released {
    const SCHEMA: &'static str = "cmpm.ticket.release/1";

    fn render(&self, screen: &Screen) -> String {
        format!("Released {}\n", screen.paint(Tone::Key, self.ticket.as_str()))
    }
}
