//! What git's hooks queued: tickets that commits close, and tickets that agents can begin now that something was merged.

use std::collections::BTreeSet;

use crate::base::{Finding, Id, RepoPath, Result, Rule, Severity};
use crate::context::Context;
use crate::nouns::ticket::{Circumstances, Look, Mode, Picture, Ticket, close_queued, judge, locate};
use crate::report::Report;
use crate::store::queue::{Arrived, Queue, Step};
use crate::store::{Listed, Listing, Snapshot};

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
    let changed: BTreeSet<RepoPath> = repository.diff_trees(start, arrived.to)?.into_iter().map(|change| change.path).collect();
    let Listing { records, .. } = store.list::<Ticket>(&Snapshot::Tree(repository, arrived.to));
    let touched: Vec<&Listed<Ticket>> = records.iter().filter(|stored| changed.contains(&stored.path)).collect();
    let picture = Picture::load(context, Look::default())?;
    let locate = |ticket: &Listed<Ticket>, property, text: &str| locate(store, ticket, (property, text));
    let about = Circumstances { now: context.clock.now(), config: store.config(), locate: &locate };
    let ready = judge(&records, &picture.around.claims, &about).ready;
    // What was closed here and is not committed yet is still open in the commit.
    let is_over = |id: &Id| picture.is_over(id).is_some();
    let is_wanted = |stored: &&Listed<Ticket>| stored.record.agent.is_some() && is_next(stored, &touched) && !is_over(&stored.record.id);
    let next = ready.into_iter().filter(is_wanted);
    queued.tickets = next.map(|stored| stored.record.id.to_string()).collect();
    if !commit && !queued.closed.is_empty() {
        let message = "tickets that wait for a closed one can start once that is committed";
        let path = store.config().paths.tasks.first().cloned().unwrap_or_default();
        queued.findings.push(Finding::new(Rule::Uncommitted, Severity::Note, path, message).hint("commit it, or use `--commit`"));
    }
    Ok(queued)
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

impl Queued {
    /// Records that all of it has been taken up.
    pub fn finish(&self, context: &Context) -> Result<()> {
        let Some(arrived) = &self.arrived else { return Ok(()) };
        Queue::new(context.store()?.live()).finish(context.repository()?, Step::Delegate, arrived)
    }
}
