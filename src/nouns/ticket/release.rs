//! `cmpm ticket release`

use super::change::claiming::{Claimant, claims, find_each, give_back};
use super::change::which::Several;
use crate::claims::{Claim, ClaimError};
use crate::report::Answers;
use crate::report::prelude::*;
use crate::store::Listed;

use super::model::Ticket;

/// Release your claim on a ticket, or on several
///
/// Where a remote knows of the claim, it is taken away there too. What a run has is freed by deciding about the run.
///
/// Example: `cmpm ticket release ISS-7k3`
#[derive(Debug, Args)]
pub struct Release {
    #[command(flatten)]
    pub which: Several,
    #[command(flatten)]
    claimant: Claimant,
}

/// A ticket that anybody may have.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Released {
    ticket: Id,
}

impl Verb for Release {
    type Report = Answers<Released>;
    const METADATA: Metadata = Metadata::WRITES;

    fn run(self, context: &Context) -> Result<Answers<Released>> {
        let (claims, name) = (claims(context)?, self.claimant.name(context)?);
        let own = |listed: Listed<Ticket>| {
            let claim = claims.require_own(&listed.record.id, &name)?;
            match claim.run {
                Some(run) => Err(ClaimError::OfRun { ticket: listed.record.id, run }.into()),
                None => Ok(claim),
            }
        };
        let own = find_each(context, &self.which)?.into_iter().map(own).collect::<Result<Vec<_>>>()?;
        let release = |claim: &Claim| give_back(context, claim).map(|()| Released { ticket: claim.ticket.clone() });
        Ok(own.iter().map(release).collect::<Result<Vec<_>>>()?.into())
    }
}

impl Report for Released {
    const SCHEMA: &'static str = "cmpm.ticket.release/1";

    fn render(&self, screen: &Screen) -> String {
        format!("Released {}\n", screen.paint(Tone::Key, self.ticket.as_str()))
    }
}
