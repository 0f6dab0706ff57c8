//! What went wrong in a run becomes an error memory, unless one that is known has its signature.

use crate::base::progress::Event;
use crate::base::{Failure, Id, Result, text};
use crate::context::Context;
use crate::engine::signature;
use crate::git::Oid;
use crate::run::{Failed, Learned, Outcome, Run, State};
use crate::store::{Listing, Snapshot};

use super::super::edit::page_of;
use super::super::file::draft::Draft;
use super::super::file::gate::Gate;
use super::super::model::details::Details;
use super::super::model::{Memory, Provenance};
use super::CLAIM;
use super::error::LessonError;

/// cmpm saw it itself; what it comes from is a guess.
const CONFIDENCE: f64 = 0.5;

/// Memories of the failures of a run, to become a part of `tree` together with the run's page. One with a signature that is known
/// there is not written again; it grows by what a person said to it this time. What cannot be remembered is reported, and keeps nothing from landing.
pub fn learn_errors(context: &Context, run: &Run, tree: Oid) -> Learned {
    let mut learned = Learned::default();
    if run.status.failures.is_empty() {
        return learned;
    }
    let tell = |failure: Failure| {
        let message = format!("what went wrong in {} is not remembered: {failure}", run.job.run);
        context.events.emit(Event::Note { message });
    };
    let mut known = match KnownErrors::open(context, tree) {
        Ok(known) => known,
        Err(failure) => {
            tell(failure);
            return learned;
        }
    };
    for failed in &run.status.failures {
        known.remember(run, failed, &mut learned).unwrap_or_else(tell);
    }
    learned
}

/// The errors that are known.
struct KnownErrors<'a> {
    context: &'a Context,
    tree: Oid,
    listing: Listing<Memory>,
    gate: Gate<'a>,
    known: Vec<(Vec<String>, Id)>,
}

impl<'a> KnownErrors<'a> {
    fn open(context: &'a Context, tree: Oid) -> Result<Self> {
        let listing: Listing<Memory> = context.store()?.list(&Snapshot::Tree(context.repository()?, tree));
        let signature = |memory: &Memory| Some((signature::normalize(memory.details.signature.as_deref()?), memory.id.clone()));
        let known = listing.records.iter().filter_map(|listed| signature(&listed.record)).collect();
        Ok(Self { context, tree, listing, gate: Gate::open(context)?, known })
    }

    /// Adds the memory of a failure; its file too if it is new.
    fn remember(&mut self, run: &Run, failed: &Failed, learned: &mut Learned) -> Result<()> {
        let Some(said) = said(run, failed) else { return Ok(()) };
        let words = signature::normalize(&said);
        if let Some((_, id)) = self.known.iter().find(|(known, _)| is_of(known, &words)) {
            if learned.errors.contains(id) {
                return Ok(());
            }
            learned.errors.push(id.clone());
            return self.happened_again(run, id, learned);
        }
        let id = self.context.store()?.reserve_id("MEM", &self.context.random)?;
        let created = Some(self.context.clock.now().to_string());
        // What a program printed may be what a stranger's page told it to print.
        let tainted = (run.job.has_network() && !failed.excerpt.is_empty()).then(|| run.job.run.to_string());
        let draft = Draft { created, tainted, ..draft(run, failed, (&said, words.join(" "))) };
        let page = draft.page(id.clone(), self.context.config()?).map_err(Failure::from)?;
        self.gate.judge_file(&page)?;
        if let Some(obstacle) = self.context.repository()?.find_obstacle(self.tree, &page.path)? {
            return Err(LessonError::Obstacle { obstacle }.into());
        }
        self.known.push((words, id.clone()));
        learned.files.push((page.path, page.text.into_bytes()));
        learned.errors.push(id);
        Ok(())
    }
}

/// The heading below which a memory has what was said when its error happened again.
const AGAIN: &str = "Again";

impl KnownErrors<'_> {
    /// Adds the reason of this rejection to the memory of an error that was known.
    fn happened_again(&self, run: &Run, id: &Id, learned: &mut Learned) -> Result<()> {
        let (reason, job) = (text::one_line(&run.status.decision), &run.job);
        let Some(listed) = self.listing.records.iter().find(|listed| listed.record.id == *id) else { return Ok(()) };
        if run.status.state != State::Rejected || reason.is_empty() {
            return Ok(());
        }
        let mut stored = self.context.store()?.open(&Snapshot::Tree(self.context.repository()?, self.tree), listed)?;
        if stored.document.body().contains(&reason) {
            return Ok(());
        }
        stored.append(AGAIN, &format!("- {} ({}, {}): {reason}", job.run, job.agent.name, job.ticket.id))?;
        let page = page_of(&stored);
        self.gate.judge_file(&page)?;
        learned.files.push((page.path, page.text.into_bytes()));
        Ok(())
    }
}

/// Whether a known signature is that of an error.
fn is_of(known: &[String], error: &[String]) -> bool {
    let same = signature::matches(known, error).zip(signature::matches(error, known)).is_some();
    same || signature::tells(known) && signature::matches(known, error).is_some()
}

/// What an error says of itself: a program's line if there is one, else what cmpm says of the agent. Of an agent that ended without
/// a word there is nothing by which to know the error again.
fn said(run: &Run, failed: &Failed) -> Option<String> {
    match failed.excerpt.as_str() {
        "" => (failed.outcome != Outcome::AgentFailed).then(|| reason(run, failed)),
        excerpt => Some(excerpt.to_owned()),
    }
}

/// What cmpm says of it, in one line.
fn reason(run: &Run, failed: &Failed) -> String {
    text::one_line(&format!("{}: {}", run.job.agent.name, failed.reason))
}

fn draft(run: &Run, failed: &Failed, (said, signature): (&str, String)) -> Draft {
    let (job, outcome) = (&run.job, failed.outcome.as_str());
    let passed = run.status.outcome == Some(Outcome::Passed);
    let later = format!("attempt {} of {} passed; `git show` of its commit says how", run.status.attempt, job.run);
    let mut lines = vec![format!("{} ({outcome}), when {} worked on {}.", sentence(&failed.reason), job.agent.name, job.ticket.id)];
    lines.extend((!failed.excerpt.is_empty()).then(|| format!("It said:\n\n    {}", text::one_line(&failed.excerpt))));
    let decision = text::one_line(&run.status.decision);
    lines.extend((!decision.is_empty()).then(|| format!("Decision: {decision}")));
    Draft {
        category: Some("error".to_owned()),
        // The last line of what a program printed may be anything.
        title: Some(if signature::is_marked(said) { text::fit(said, 100) } else { text::fit(&reason(run, failed), 100) }),
        text: lines.join("\n\n"),
        tags: tags(failed),
        confidence: Some(CONFIDENCE),
        source: Provenance::of_run(run),
        details: Details {
            error_type: Some(outcome.to_owned()),
            signature: Some(signature),
            resolution: passed.then_some(later).into_iter().collect(),
            ..Details::default()
        },
        ..Draft::default()
    }
}

/// How it ended; what the agent's own program printed is a claim.
fn tags(failed: &Failed) -> Vec<String> {
    let claim = failed.outcome == Outcome::AgentFailed && !failed.excerpt.is_empty();
    [Some(failed.outcome.as_str()), claim.then_some(CLAIM)].into_iter().flatten().map(str::to_owned).collect()
}

/// With a capital, and without the full stop.
fn sentence(reason: &str) -> String {
    let reason = text::one_line(reason);
    let mut chars = reason.trim_end_matches('.').chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_known_by_its_words_and_not_by_a_single_one() {
        let known = |known: &str, error: &str| is_of(&signature::normalize(known), &signature::normalize(error));
        assert!(known("error E0308 mismatched types in _", "error[E0308]: mismatched types in /tmp/b.rs:7:1"));
        assert!(known("mismatched types", "error[E0308]: mismatched types"));
        assert!(!known("error", "error[E0308]: mismatched types"));
        assert!(known("segfault", "Segfault!"));
        assert!(!known("thread main panicked at", "thread 'main' panicked at src/a.rs:1:2:\nindex out of bounds"), "boilerplate");
        assert!(!known("", "error") && !known("_ 12", "error 7"));
        assert_eq!(sentence("the gate docs failed."), "The gate docs failed");
    }
}
