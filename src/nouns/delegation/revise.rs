//! `cmpm delegate revise`

use std::path::PathBuf;

use crate::report::prelude::*;
use crate::run::{Queue, Wanted};

use super::colleagues::import_review;
use super::resume::Resumed;
use super::several::with_text;

/// Ask for changes, or bring a run onto its target
///
/// The agent goes on in the run's worktree from what it made, with your words in its brief; without `-m` a terminal opens the
/// editor, unless the run conflicts with its target. If the target has moved, the run is brought onto it first. Without words that is all: a clean merge needs no agent,
/// and conflicts are given to it. With `--by-hand` no agent works: without conflicts the worktree is checked as it is, and after you have edited
/// it, `resume` checks it. Comments on its work that are not resolved count as words, also those of a review at a forge (`--from-review`). May be used any number of times, whatever the agent's limit of attempts.
/// Example: `cmpm delegate revise RUN-4f2 -m "only the README, please"`
#[derive(Debug, Args)]
pub struct Revise {
    /// Run to go on with; the only one that waits for review if left out
    #[arg(add = Takes::Run)]
    run: Option<String>,
    /// What should change
    #[arg(long, short, value_name = "TEXT", allow_hyphen_values = true)]
    message: Option<String>,
    /// Take the comments of this review that are not resolved: JSON of `gh` or of GitLab; `-` for standard input
    #[arg(long, value_name = "FILE")]
    from_review: Option<PathBuf>,
    /// You make the changes in the run's worktree
    #[arg(long)]
    by_hand: bool,
    /// Fail instead of waiting when all slots are taken
    #[arg(long)]
    no_wait: bool,
}

impl Verb for Revise {
    type Report = Resumed;
    const METADATA: Metadata = Metadata::DECIDES;

    fn run(self, context: &Context) -> Result<Resumed> {
        let trust = super::trust(context)?;
        let runs = super::runs(context, &trust)?;
        let mut run = super::require(context, &runs, self.run.as_deref())?;
        let queue = Queue { places: context.config()?.delegate.max_parallel, wait: !self.no_wait, forced: false };
        let imported = self.from_review.as_deref().map(|file| import_review(context, (&runs, &run), file)).transpose()?;
        // What is to be done about a conflict or a comment needs no words.
        let silent = self.by_hand || imported.is_some() || runs.has_new_comments(&run)? || !runs.conflicts(&run)?.is_empty();
        let given = self.message.as_deref().or(silent.then_some(""));
        with_text(context, given, |text| runs.revise(&mut run, Wanted { text, by_hand: self.by_hand }, queue))?;
        Ok(Resumed::of(&run, self.by_hand).after(imported))
    }
}
