//! How many there are of what: the numbers on the status page.

use schemars::JsonSchema;
use serde::Serialize;

use crate::base::{Id, text};
use crate::config::Category;
use crate::git::Held;
use crate::nouns::ticket::Ticket;
use crate::report::is_zero;
use crate::run::{Outcome, Run, State};
use crate::store::Listed;
use crate::words::Kind;

/// How many tickets of a kind are in each category.
#[derive(Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct KindCount {
    /// The kind.
    pub kind: Kind,
    /// Not started.
    pub todo: usize,
    /// Begun.
    pub active: usize,
    /// Finished.
    pub done: usize,
    /// Given up.
    pub cancelled: usize,
}

impl KindCount {
    /// One count for every kind, from large to small.
    pub fn of(tickets: &[Listed<Ticket>]) -> Vec<Self> {
        Kind::ALL.into_iter().map(|kind| Self::of_kind(tickets, kind)).collect()
    }

    fn of_kind(tickets: &[Listed<Ticket>], kind: Kind) -> Self {
        let of_kind = || tickets.iter().map(|stored| &stored.record).filter(|ticket| ticket.kind == kind);
        let count = |category| of_kind().filter(|ticket| ticket.category == category).count();
        Self {
            kind,
            todo: count(Category::Todo),
            active: count(Category::Active),
            done: count(Category::Done),
            cancelled: count(Category::Cancelled),
        }
    }

    /// How many there are.
    pub fn all(&self) -> usize {
        self.open() + self.done + self.cancelled
    }

    /// How many are not closed.
    pub fn open(&self) -> usize {
        self.todo + self.active
    }
}

/// How many runs are in each state.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub struct RunCounts {
    /// Those that wait for a person.
    pub review: usize,
    /// Those that wait though their work is in its target already; `delegate clean` takes them away.
    #[serde(skip_serializing_if = "is_zero")]
    #[schemars(default)]
    pub landed_by_hand: usize,
    /// Those that work.
    pub running: usize,
    /// Those that wait for their turn.
    pub queued: usize,
    /// Those whose process is gone.
    pub interrupted: usize,
    /// Those whose work was approved.
    pub merged: usize,
    /// Those whose work was rejected.
    pub rejected: usize,
    /// Those that were taken away without a decision.
    pub discarded: usize,
    /// The run that was interrupted first.
    #[serde(skip)]
    pub oldest_interrupted: Option<Id>,
}

impl RunCounts {
    /// Adds runs of other clones, of which only those count that are decided: nobody here can decide about the others.
    pub fn with_closed(mut self, states: impl IntoIterator<Item = State>) -> Self {
        for state in states {
            match state {
                State::Merged => self.merged += 1,
                State::Rejected => self.rejected += 1,
                State::Discarded => self.discarded += 1,
                State::Queued | State::Running | State::Review => {}
            }
        }
        self
    }

    /// Counts runs, which come newest first.
    pub fn of(runs: &[Run]) -> Self {
        let mut counts = Self::default();
        for run in runs {
            let id = Some(run.job.run.clone());
            let slot = match run.status.state {
                State::Queued | State::Running if run.outcome() == Some(Outcome::Lost) => {
                    counts.oldest_interrupted = id;
                    &mut counts.interrupted
                }
                State::Queued => &mut counts.queued,
                State::Running => &mut counts.running,
                State::Review => &mut counts.review,
                State::Merged => &mut counts.merged,
                State::Rejected => &mut counts.rejected,
                State::Discarded => &mut counts.discarded,
            };
            *slot += 1;
        }
        counts
    }

    /// What there is, in words: what waits for a person first.
    pub fn describe(&self) -> String {
        let words = [
            (self.review, "in review"),
            (self.landed_by_hand, "brought into the target by hand (`cmpm delegate clean`)"),
            (self.interrupted, "interrupted"),
            (self.running, "running"),
            (self.queued, "queued"),
            (self.merged, "merged"),
            (self.rejected, "rejected"),
            (self.discarded, "discarded"),
        ];
        let present = words.into_iter().filter(|(count, _)| *count > 0);
        present.map(|(count, word)| format!("{count} {word}")).collect::<Vec<_>>().join(", ")
    }
}

/// `3 worktrees, 60000 files, 240 MB`.
pub fn describe_trash(held: &Held) -> String {
    let files = usize::try_from(held.files).unwrap_or(usize::MAX);
    let counted = format!("{}, {} MB", text::plural(files, "file"), held.bytes.div_ceil(1_000_000));
    let worktrees = text::plural(held.worktrees, "worktree");
    match held.uncounted {
        0 => format!("{worktrees}, {counted}"),
        all if all == held.worktrees => format!("{worktrees}, not counted yet"),
        some => format!("{worktrees} ({some} not counted yet), {counted}"),
    }
}
