//! What was said about a ticket's work until now: comments, what people asked for, and how earlier attempts failed. The brief of
//! every attempt carries it, so that nobody has to say it twice.

use serde::Serialize;

use super::super::{Outcome, PlacedComment, ReviewComment, Run, Runs, State};
use super::Job;
use super::fence::Fence;
use super::status::{Failed, Reverted, Revision};
use crate::base::{Result, Timestamp};

/// How much of one remark a brief has, and of all together: with a whole ticket it must fit into one argument of a program.
const ONE_BYTES: usize = 3_000;
const ALL_BYTES: usize = 16_000;
documented! {
    "docs/delegation.md": "at most {} kB of it", ALL_BYTES / 1000;
}

/// Something that was said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Remark {
    /// When, if that is known.
    pub at: Option<Timestamp>,
    /// Who did what.
    pub head: String,
    /// Whether it is known whose words these are; what a program printed are nobody's.
    pub verified: bool,
    /// Whether it may be a stranger's.
    pub untrusted: bool,
    pub text: String,
}

/// What people said about the ticket of a job.
pub type Comments<'a> = Box<dyn Fn(&Job) -> Vec<Remark> + Send + Sync + 'a>;

/// What fits into a brief.
#[derive(Debug, Default, Serialize)]
pub(in crate::run) struct Remarks {
    /// Newest first, each in its fence.
    said: Vec<String>,
    /// How many older ones there is no room for.
    older: usize,
    /// How many comments of strangers are left out.
    strangers: usize,
}

impl Runs<'_> {
    /// What the next attempt of a run should know: comments on its ticket, and what came of this and the ticket's other runs.
    pub(in crate::run) fn remarks(&self, run: &Run, fence: &mut Fence) -> Result<Remarks> {
        let mut all = (self.comments)(&run.job);
        let is_earlier = |other: &Run| other.job.ticket.id == run.job.ticket.id && other.job.run != run.job.run;
        let counts = |other: &Run| other.status.state != State::Merged || other.status.reverted.is_some();
        for other in self.list()?.iter().filter(|other| is_earlier(other) && counts(other)) {
            all.extend(self.of_run(other)?);
        }
        all.extend(self.of_run(run)?);
        // What came after the dispatch was accepted by nobody.
        let before = all.len();
        if run.job.risk.as_ref().is_some_and(|risk| !risk.allows_strangers()) {
            all.retain(|remark| !remark.untrusted);
        }
        let strangers = before - all.len();
        Ok(Remarks { strangers, ..Remarks::of(all, fence) })
    }

    /// What came of a run, and what is left to be said about its work.
    fn of_run(&self, run: &Run) -> Result<Vec<Remark>> {
        let mut all = of_run(run);
        let open = self.placed_comments(run)?.into_iter().filter(|placed| placed.comment.is_open());
        all.extend(open.map(|placed| of_comment(run, &placed)));
        Ok(all)
    }
}

impl Remarks {
    pub(super) fn of(mut all: Vec<Remark>, fence: &mut Fence) -> Self {
        // What has no time is oldest; of two with the same time the later one in order is newer.
        all.sort_by_key(|remark| remark.at);
        let (count, mut room) = (all.len(), ALL_BYTES);
        let fenced = all.into_iter().rev().map(|Remark { at, head, verified, text, .. }| {
            let at = at.map(|at| format!("{at}, ")).unwrap_or_default();
            fence.block((&format!("{at}{head}"), verified), &text, ONE_BYTES)
        });
        let said: Vec<String> = fenced
            .take_while(|remark| {
                let fits = remark.len() <= room;
                room = room.saturating_sub(remark.len());
                fits
            })
            .collect();
        Self { older: count - said.len(), strangers: 0, said }
    }
}

fn of_run(run: &Run) -> Vec<Remark> {
    let (id, status) = (&run.job.run, &run.status);
    let mut all: Vec<Remark> = status.failures.iter().map(|failed| of_failure(run, failed)).collect();
    all.extend(status.revisions.iter().filter(|revision| !revision.text.is_empty()).map(|Revision { by, at, text, .. }| Remark {
        at: Some(*at),
        head: format!("{by} asked for changes to {id}"),
        verified: true,
        untrusted: false,
        text: text.clone(),
    }));
    if status.state == State::Rejected && !status.decision.is_empty() {
        all.push(Remark {
            at: status.ended,
            head: format!("{id} was rejected"),
            verified: true,
            untrusted: false,
            text: status.decision.clone(),
        });
    }
    let reverted = status.reverted.as_ref().map(|Reverted { by, at, text, .. }| Remark {
        at: Some(*at),
        head: format!("{by} reverted {id} after it was merged"),
        verified: true,
        untrusted: false,
        text: text.clone(),
    });
    all.extend(reverted);
    all
}

fn of_comment(run: &Run, placed: &PlacedComment) -> Remark {
    let ReviewComment { by, verified, at, number, path, .. } = &placed.comment;
    let place = if path.is_some() { format!(", {}", placed.place()) } else { String::new() };
    Remark {
        at: Some(*at),
        head: format!("{by} commented ({number}) on {}{place}", run.job.run),
        verified: *verified,
        untrusted: !verified,
        text: placed.told(),
    }
}

fn of_failure(run: &Run, failed: &Failed) -> Remark {
    let Failed { attempt, outcome, reason, excerpt, detail, at } = failed;
    let what = match outcome {
        Outcome::Denied => "was denied: its role does not allow all of it",
        Outcome::GateFailed => "did not pass the checks",
        _ => "failed",
    };
    let more = if detail.is_empty() { excerpt } else { detail };
    Remark {
        at: at.or(run.status.ended),
        head: format!("attempt {attempt} of {} {what}", run.job.run),
        verified: false,
        untrusted: false,
        text: if more.is_empty() || more == reason { reason.clone() } else { format!("{reason}\n\n{more}") },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::random::Random;

    #[test]
    fn the_newest_remarks_fit_and_the_rest_is_counted() {
        let remark = |at: i64| Remark {
            at: Some(Timestamp::from_seconds(at)),
            head: format!("remark {at}"),
            verified: at % 2 == 0,
            untrusted: false,
            text: "word\n".repeat(2000),
        };
        let remarks = Remarks::of((0..10).map(remark).collect(), &mut Fence::new(&Random::fixed(0)));
        let said = &remarks.said;
        assert!(said[0].contains("remark 9, unverified]") && said[1].contains("remark 8, verified]"), "{said:?}");
        assert!(remarks.older > 0 && said.len() + remarks.older == 10, "{said:?}");
        assert!(said.iter().all(|remark| remark.contains("\n> word\n…\n")), "{said:?}");
        assert!(said.iter().map(String::len).sum::<usize>() <= ALL_BYTES);
    }
}
