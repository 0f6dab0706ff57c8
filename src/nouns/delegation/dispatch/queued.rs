//! What git's hooks queued: tickets that commits close, and tickets that agents can begin now that something was merged.

use crate::base::{Finding, Id, Result, Rule, Severity};
use crate::context::Context;
use crate::nouns::ticket::{Mode, close_queued, next_for_agents};
use crate::report::Report;
use crate::store::queue::{Arrived, Queue, Step};

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
}

/// Closes what commits close, and says which tickets are next.
pub fn work(context: &Context, commit: bool) -> Result<Queued> {
    let applied = close_queued(context, if commit { Mode::Commit } else { Mode::Write })?;
    let mut queued = Queued { closed: applied.closed().cloned().collect(), findings: applied.findings().to_vec(), ..Queued::default() };
    let (repository, store) = (context.repository()?, context.store()?);
    queued.arrived = Queue::new(store.live()).arrived_here(repository, Step::Delegate)?;
    let Some(arrived) = &queued.arrived else { return Ok(queued) };
    let start = arrived.from.unwrap_or_else(|| repository.empty_tree());
    let next = next_for_agents(context, (start, arrived.to))?;
    queued.tickets = next.iter().map(Id::to_string).collect();
    if !commit && !queued.closed.is_empty() {
        let message = "tickets that wait for a closed one can start once that is committed";
        let path = store.config().paths.tasks.first().cloned().unwrap_or_default();
        queued.findings.push(Finding::new(Rule::Uncommitted, Severity::Note, path, message).hint("commit it, or use `--commit`"));
    }
    Ok(queued)
}

impl Queued {
    /// Records that all of it has been taken up.
    pub fn finish(&self, context: &Context) -> Result<()> {
        let Some(arrived) = &self.arrived else { return Ok(()) };
        Queue::new(context.store()?.live()).finish(Step::Delegate, arrived)
    }
}
