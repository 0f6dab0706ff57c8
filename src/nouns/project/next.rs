//! `cmpm next`

use std::collections::HashSet;

use crate::base::Failure;
use crate::claims::ClaimError;
use crate::nouns::agent::require_agent;
use crate::nouns::ticket::{ClaimRow, Claimant, Look, Picture, Terms, Ticket, TicketRow, ask, render_rows};
use crate::report::prelude::*;
use crate::store::Listed;
use crate::words::Kind;

/// Show the ticket to start next, or claim it
///
/// The most urgent of those that `ready` lists and that are in this worktree. With `--claim` it is yours in the same step: who is second gets the one after it, so
/// that many can ask at once. Exit code 1 if there is none.
///
/// Example: `cmpm next --claim --kind task --pid $$`
#[derive(Debug, Args)]
pub struct Next {
    /// Claim it
    #[arg(long)]
    claim: bool,
    /// Only tickets of this kind
    #[arg(long, short, value_name = "KIND")]
    kind: Option<Kind>,
    /// Only tickets that would go to this agent
    #[arg(long, value_name = "AGENT", add = Takes::Agent)]
    agent: Option<String>,
    #[command(flatten)]
    claimant: Claimant,
    #[command(flatten)]
    terms: Terms,
    #[command(flatten)]
    look: Look,
}

/// The next ticket.
#[derive(Debug, Serialize, JsonSchema)]
pub struct NextTicket {
    /// The ticket, if there is one.
    ticket: Option<TicketRow>,
    /// Its claim, if it was claimed.
    #[serde(skip_serializing_if = "Option::is_none")]
    claim: Option<ClaimRow>,
    /// How many more nobody began, but cannot be started.
    waiting: usize,
}

impl Verb for Next {
    type Report = WithFindings<NextTicket>;
    const METADATA: Metadata = Metadata::WRITES;

    fn run(self, context: &Context) -> Result<WithFindings<NextTicket>> {
        let store = context.store()?;
        if let Some(name) = &self.agent {
            require_agent(&store.work_tree(), name)?;
        }
        let taken = if self.claim { self.taken_elsewhere(context)? } else { HashSet::new() };
        let picture = Picture::load(context, self.look)?.merged();
        let judgement = picture.judge(context, store);
        let agent = &store.config().delegate.agent;
        // What is only elsewhere cannot be worked on here.
        let here = judgement.ready.into_iter().filter(|stored| picture.around.is_here(&stored.record.id));
        let mut ready = here.filter(|stored| self.wants(&stored.record, agent));
        let waiting = judgement.waiting.iter().filter(|(stored, _)| self.wants(&stored.record, agent)).count();
        let mut findings = judgement.findings;
        findings.extend(picture.around.damaged.iter().map(|(_, finding)| finding.clone()));
        let (found, claim) = if self.claim {
            self.claim_first(context, ready.filter(|stored| !taken.contains(&stored.record.id)))?.unzip()
        } else {
            (ready.next(), None)
        };
        let ticket = found.map(|stored| picture.around.row(stored));
        Ok(NextTicket { ticket, claim, waiting }.with(findings))
    }
}

impl Next {
    fn wants(&self, ticket: &Ticket, default_agent: &str) -> bool {
        let agent = ticket.agent.as_deref().unwrap_or(default_agent);
        self.kind.is_none_or(|kind| ticket.kind == kind) && self.agent.as_ref().is_none_or(|wanted| agent.eq_ignore_ascii_case(wanted))
    }

    /// Claims the first of `ready` that nobody else gets before.
    fn claim_first<'a>(
        &self,
        context: &Context,
        ready: impl Iterator<Item = &'a Listed<Ticket>>,
    ) -> Result<Option<(&'a Listed<Ticket>, ClaimRow)>> {
        let name = self.claimant.name(context)?;
        for stored in ready {
            match self.terms.take(context, (&stored.record.id, name.clone()), false) {
                Ok(claim) => return Ok(Some((stored, ClaimRow::from(&claim)))),
                Err(failure) if is_taken(&failure) => {}
                Err(failure) => return Err(failure),
            }
        }
        Ok(None)
    }

    /// Tickets that other clones have, so that not each of them need be tried.
    fn taken_elsewhere(&self, context: &Context) -> Result<HashSet<Id>> {
        let Some(remote) = self.terms.remote(context)? else { return Ok(HashSet::new()) };
        Ok(ask(context, remote)?.into_iter().map(|held| held.notice.ticket).collect())
    }
}

/// Whether somebody was faster, or left a claim that nobody can read.
fn is_taken(failure: &Failure) -> bool {
    use ClaimError::{Contended, Damaged, Namesake, Shared, Taken, Yours};
    matches!(
        failure.downcast_ref(),
        Some(Taken { .. } | Yours { .. } | Contended { .. } | Damaged { .. } | Namesake { .. } | Shared { .. })
    )
}

impl Report for NextTicket {
    const SCHEMA: &'static str = "cmpm.next/1";

    fn render(&self, screen: &Screen) -> String {
        match (&self.ticket, &self.claim) {
            (Some(ticket), Some(claim)) => claim.render(&ticket.title, screen),
            (Some(ticket), None) => render_rows(std::slice::from_ref(ticket), screen),
            (None, _) if self.waiting > 0 => {
                let more = format!("{} cannot be started yet; `cmpm ready --explain` says why", text::plural(self.waiting, "ticket"));
                format!("Nothing is ready to start.\n{}\n", screen.paint(Tone::Quiet, &more))
            }
            (None, _) => "Nothing is ready to start.\n".to_owned(),
        }
    }

    fn exit(&self) -> Exit {
        if self.ticket.is_some() { Exit::Done } else { Exit::No }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claims::Held;
    use crate::run::StepError;

    const NOW: &str = "2026-01-31T09:00:00Z";

    #[test]
    fn a_ticket_that_somebody_else_has_is_passed_over_and_other_failures_are_not() {
        let ticket = || Id::parse("ISS-1").unwrap();
        let notice = serde_json::json!({ "schema": "", "ticket": "ISS-1", "by": "", "since": NOW, "expires": NOW, "token": "" });
        let held = Held { notice: serde_json::from_value(notice).unwrap(), remote: String::new(), seen: NOW.parse().unwrap() };
        assert!(is_taken(&ClaimError::Contended { ticket: ticket() }.into()));
        assert!(is_taken(&ClaimError::Damaged { path: "a".into(), reason: String::new() }.into()));
        assert!(is_taken(&ClaimError::Shared { held: Box::new(held) }.into()));
        assert!(!is_taken(&ClaimError::NotClaimed { ticket: ticket() }.into()));
        assert!(!is_taken(&StepError::Interrupted.into()));
    }
}
