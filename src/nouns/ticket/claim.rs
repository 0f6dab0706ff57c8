//! `cmpm ticket claim`

use super::change::claiming::{ClaimRow, Claimant, Terms, find_each, give_back, require_open};
use super::change::which::Several;
use crate::claims::{ClaimError, SharedClaims};
use crate::report::Answers;
use crate::report::prelude::*;

/// Claim a ticket, or several, so that nobody else starts it
///
/// Of several who try, one gets it. All worktrees of this clone see it at once, and with `--remote` other clones too. It counts for
/// as long as `--ttl` or the setting `claims.ttl` says, unless `heartbeat` renews it, or with `--pid` for as long as that process
/// lives. The ticket's file does not change.
///
/// Example: `cmpm ticket claim ISS-7k3 --ttl 2h`
#[derive(Debug, Args)]
pub struct ClaimTicket {
    #[command(flatten)]
    pub which: Several,
    #[command(flatten)]
    claimant: Claimant,
    #[command(flatten)]
    terms: Terms,
    /// Take it over from whoever has it; only a person may do this
    #[arg(long)]
    steal: bool,
}

/// A ticket that is yours now.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ClaimedTicket {
    #[serde(flatten)]
    claim: ClaimRow,
    title: String,
}

impl Verb for ClaimTicket {
    type Report = Answers<WithFindings<ClaimedTicket>>;
    const METADATA: Metadata = Metadata::WRITES;

    fn run(self, context: &Context) -> Result<Answers<WithFindings<ClaimedTicket>>> {
        if self.steal {
            context.require_person()?;
        }
        let name = self.claimant.name(context)?;
        let found = find_each(context, &self.which)?.into_iter().map(|listed| Ok((require_open(context, &listed)?, listed.record)));
        let mut found = found.collect::<Result<Vec<_>>>()?;
        let asked: Vec<Id> = found.iter().map(|(_, ticket)| ticket.id.clone()).collect();
        // All clones take several in one order: of those who want the same tickets, one gets them.
        found.sort_by(|(_, a), (_, b)| a.id.cmp(&b.id));
        let mut taken = Vec::new();
        let mut claimed = Vec::new();
        for (findings, ticket) in found {
            match self.terms.take(context, (&ticket.id, name.clone()), self.steal) {
                Ok(claim) => {
                    let row = ClaimRow::from(&claim);
                    claimed.push((ticket.id, ClaimedTicket { claim: row, title: ticket.properties.title }.with(findings)));
                    taken.push(claim);
                }
                Err(reason) if self.steal && !taken.is_empty() => {
                    let taken = taken.into_iter().map(|claim| claim.ticket).collect();
                    return Err(ClaimError::Partly { taken, reason }.into());
                }
                Err(failure) => {
                    // All or none.
                    let back = taken.iter().try_for_each(|claim| give_back(context, claim));
                    SharedClaims::look_again(context.repository()?, &failure, context.clock.now());
                    return Err(back.err().unwrap_or(failure));
                }
            }
        }
        claimed.sort_by_key(|(ticket, _)| asked.iter().position(|id| id == ticket));
        Ok(claimed.into_iter().map(|(_, answer)| answer).collect::<Vec<_>>().into())
    }
}

impl Report for ClaimedTicket {
    const SCHEMA: &'static str = "cmpm.ticket.claim/1";

    fn render(&self, screen: &Screen) -> String {
        self.claim.render(&self.title, screen)
    }
}

impl ClaimRow {
    /// What somebody is told who has just claimed a ticket.
    pub fn render(&self, title: &str, screen: &Screen) -> String {
        let id = screen.paint(Tone::Key, self.ticket.as_str());
        let remote = self.remote.as_ref().map(|remote| format!(", also on {}", text::one_line(remote))).unwrap_or_default();
        let time = match self.until {
            Some(until) => format!("until {until}; `cmpm ticket heartbeat {}` renews it", self.ticket),
            None => "as long as its process lives".to_owned(),
        };
        format!("Claimed {id}: {}\nby {}{remote}, {time}\n", text::one_line(title), text::one_line(&self.by))
    }
}
