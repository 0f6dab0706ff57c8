//! What was said about a ticket's work until now: comments, what people asked for, and how earlier attempts failed. The brief of
//! every attempt carries it, so that nobody has to say it twice.

use serde::Serialize;

use super::super::cut::head;
use super::super::{Outcome, Run, Runs, State};
use super::Job;
use super::status::{Failed, Revision};
use crate::base::{Result, Timestamp, text};

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
    pub text: String,
}

/// What people said about the ticket of a job.
pub type Comments<'a> = Box<dyn Fn(&Job) -> Vec<Remark> + Send + Sync + 'a>;

/// What fits into a brief.
#[derive(Debug, Default, Serialize)]
pub(in crate::run) struct Remarks {
    /// Newest first.
    said: Vec<Remark>,
    /// How many older ones there is no room for.
    older: usize,
}

impl Runs<'_> {
    /// What the next attempt of a run should know: comments on its ticket, and what came of this and the ticket's other runs.
    pub(in crate::run) fn remarks(&self, run: &Run) -> Result<Remarks> {
        let mut all = (self.comments)(&run.job);
        let is_earlier = |other: &Run| other.job.ticket.id == run.job.ticket.id && other.job.run != run.job.run;
        for other in self.list()?.iter().filter(|other| is_earlier(other) && other.status.state != State::Merged) {
            all.extend(of_run(other));
        }
        all.extend(of_run(run));
        Ok(Remarks::of(all))
    }
}

impl Remarks {
    fn of(mut all: Vec<Remark>) -> Self {
        // What has no time is oldest; of two with the same time the later one in order is newer.
        all.sort_by_key(|remark| remark.at);
        let (count, mut room) = (all.len(), ALL_BYTES);
        let shortened = all.into_iter().rev().map(|remark| Remark { text: quoted(&remark.text), ..remark });
        let said: Vec<Remark> = shortened
            .take_while(|remark| {
                let size = remark.head.len() + remark.text.len();
                let fits = size <= room;
                room = room.saturating_sub(size);
                fits
            })
            .collect();
        Self { older: count - said.len(), said }
    }
}

/// Indented, so that no line of it is a line of the brief.
fn quoted(text: &str) -> String {
    let text = text::printable(text);
    head(text.trim(), ONE_BYTES).lines().map(|line| format!("  > {line}").trim_end().to_owned()).collect::<Vec<_>>().join("\n")
}

fn of_run(run: &Run) -> Vec<Remark> {
    let (id, status) = (&run.job.run, &run.status);
    let mut all: Vec<Remark> = status.failures.iter().map(|failed| of_failure(run, failed)).collect();
    all.extend(status.revisions.iter().filter(|revision| !revision.text.is_empty()).map(|Revision { by, at, text, .. }| Remark {
        at: Some(*at),
        head: format!("{by} asked for changes to {id}"),
        text: text.clone(),
    }));
    if status.state == State::Rejected && !status.decision.is_empty() {
        all.push(Remark { at: status.ended, head: format!("{id} was rejected"), text: status.decision.clone() });
    }
    all
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
        text: if more.is_empty() || more == reason { reason.clone() } else { format!("{reason}\n\n{more}") },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_remarks_fit_and_the_rest_is_counted() {
        let remark = |at: i64| Remark { at: Some(Timestamp::from_seconds(at)), head: format!("remark {at}"), text: "word\n".repeat(2000) };
        let remarks = Remarks::of((0..10).map(remark).collect());
        let heads: Vec<&str> = remarks.said.iter().map(|remark| remark.head.as_str()).collect();
        assert_eq!((heads.first(), remarks.said.len() + remarks.older), (Some(&"remark 9"), 10), "{heads:?}");
        assert!(remarks.older > 0 && remarks.said.iter().all(|remark| remark.text.ends_with("  > …")), "{heads:?}");
        let size: usize = remarks.said.iter().map(|remark| remark.head.len() + remark.text.len()).sum();
        assert!(size <= ALL_BYTES, "{size}");
        assert_eq!(quoted("## Heading\n\n\u{1b}[31mred\n"), "  > ## Heading\n  >\n  > [31mred");
    }
}
