//! What git's hooks queued: tickets that commits close, and tickets that agents can begin now that something was merged.

use crate::base::{Finding, Id, RepoPath, Result, Rule, Severity, text};
use crate::context::Context;
use crate::nouns::ticket::{Mode, close_queued, next_for_agents};
use crate::report::Report;
use crate::run::Runs;
use crate::store::queue::{Arrived, Queue, Step};

use super::super::deciding::inbox;

/// What is to be done.
#[derive(Debug, Default)]
pub struct Queued {
    /// Tickets for agents, the most urgent first.
    pub tickets: Vec<String>,
    /// Tickets that were closed on the way.
    pub closed: Vec<Id>,
    /// What is worth knowing.
    pub findings: Vec<Finding>,
    arrived: Option<Arrived>,
    /// Whether some of what arrived waits for room in the inbox.
    is_cut: bool,
}

/// Closes what commits close, and says which tickets are next.
pub fn work(context: &Context, runs: &Runs<'_>, commit: bool) -> Result<Queued> {
    let applied = close_queued(context, if commit { Mode::Commit } else { Mode::Write })?;
    let mut queued = Queued { closed: applied.closed().cloned().collect(), findings: applied.findings().to_vec(), ..Queued::default() };
    let (repository, store) = (context.repository()?, context.store()?);
    queued.arrived = Queue::new(store.live()).arrived_here(repository, Step::Delegate)?;
    let Some(arrived) = &queued.arrived else { return Ok(queued) };
    let start = arrived.from.unwrap_or_else(|| repository.empty_tree());
    let next = next_for_agents(context, (start, arrived.to))?;
    let begun = runs.list()?;
    let is_taken_up = |ticket: &Id| -> Result<bool> {
        let bases = begun.iter().filter(|run| run.job.ticket.id == *ticket).map(|run| run.job.base);
        bases.into_iter().try_fold(false, |is_so, base| Ok(is_so || repository.is_ancestor(arrived.to, base)?))
    };
    for ticket in &next {
        if !is_taken_up(ticket)? {
            queued.tickets.push(ticket.to_string());
        }
    }
    let room = inbox::room(context, runs)?.unwrap_or(usize::MAX);
    // Where nothing fits, whoever begins the runs says what to decide first.
    if (1..queued.tickets.len()).contains(&room) {
        let left = queued.tickets.split_off(room);
        let message = format!(
            "{} {} queued, because the inbox is full",
            text::plural(left.len(), "ticket"),
            if left.len() == 1 { "stays" } else { "stay" }
        );
        let finding = Finding::new(Rule::InboxFull, Severity::Warning, RepoPath::default(), message);
        queued.findings.push(finding.hint("decide about what waits (`cmpm delegate review`), then run the same command again"));
        queued.is_cut = true;
    }
    if !commit && !queued.closed.is_empty() {
        let message = "tickets that wait for a closed one can start once that is committed";
        let path = store.config().paths.tasks.first().cloned().unwrap_or_default();
        queued.findings.push(Finding::new(Rule::Uncommitted, Severity::Note, path, message).hint("commit it, or use `--commit`"));
    }
    Ok(queued)
}

impl Queued {
    /// Records that all of it has been taken up, if it has.
    pub fn finish(&self, context: &Context) -> Result<()> {
        let Some(arrived) = self.arrived.as_ref().filter(|_| !self.is_cut) else { return Ok(()) };
        Queue::new(context.store()?.live()).finish(Step::Delegate, arrived)
    }
}
