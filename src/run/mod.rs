//! What drives work: jobs, claims, slots, the three steps of a run (prepare, execute, collect), gates, and landing.
//!
//! The steps speak to each other through the files of the job directory only, so each can be done again after a crash.

pub mod adapter;
mod breaker;
mod cut;
mod furnish;
mod group;
mod job;
mod land;
mod share;
mod step;
mod upkeep;

pub use crate::claims::{RUNS, page_path};
pub use breaker::HeldBack;
pub use furnish::Furnishing;
pub use job::error::JobError;
pub use job::lessons::{LearnErrors, Learned};
pub use job::message::{ASSIGNMENT, Assignment, Finished, HANDOFF, Handoff, PROGRESS, Progress, RESULT};
pub use job::placed::PlacedComment;
pub use job::proposal::Proposal;
pub use job::remark::{Comments, Remark};
pub use job::review::{CommentError, Imported, NewComment, ReviewComment, Side, Spot};
pub use job::risk::Risk;
pub use job::status::{Failed, GateResult, Outcome, Revision, State, Status, Usage};
pub use job::{AgentBrief, Author, Job, JobDir, MemoryBrief, Runner, SCHEMA as JOB_SCHEMA, TicketBrief};
pub use land::Landed;
pub use land::approval::{Approval, Decision, LandingPlan, Merged, Merging};
pub use land::error::{LandError, MergeError};
pub use land::judgement::proposed;
pub use land::landing::{AGENT_TRAILER, REVERT_TRAILER, RUN_TRAILER, TICKET_TRAILER, named};
pub use land::revert::Revert;
pub use share::{OnShelf, ShareError, SharedRun, Shelf};
pub use step::error::StepError;
pub use step::perform::Queue;
pub use step::prepare::AGENT_HOST;
pub use step::revise::Wanted;
pub use step::supervise::supervise;
pub use upkeep::error::UpkeepError;
pub use upkeep::remnant::{Found, Remnant};

use job::status::Worker;
use std::cmp::Reverse;
use std::path::PathBuf;
use std::sync::Arc;

use crate::base::progress::{Cancel, Event, Events};
use crate::base::random::Random;
use crate::base::{Clock, Env, Failure, Id, RepoPath, Result};
use crate::claims::Claims;
use crate::config::{Config, TrashLimits};
use crate::fs::read;
use crate::git::{Oid, Repository};
use crate::process::{Liveness, Owner, TrustStore, crash_point};

/// The delegations of one clone, and what they need from the world.
pub struct Runs<'a> {
    pub repository: &'a Repository,
    pub env: &'a Env,
    pub clock: Clock,
    pub random: &'a Random,
    /// The remote on which clones see what each of them works on.
    pub remote: Option<String>,
    /// Where progress goes.
    pub events: Arc<dyn Events>,
    /// Whether the user wants to stop.
    pub cancel: Cancel,
    /// Which texts of the repository the user approved.
    pub trust: &'a (dyn TrustStore + Sync),
    /// This program's own file, for agents that are part of it.
    pub program: PathBuf,
    /// What the project remembers of a run that was turned down. Whichever verb brings that to its end lands the run's page.
    pub learn_errors: LearnErrors<'a>,
    /// What people said about a ticket.
    pub comments: Comments<'a>,
    /// How much of what was taken away is kept.
    pub trash: TrashLimits,
}

/// Which runs are meant where none is named.
#[derive(Debug, Clone, Copy)]
pub enum Only {
    Waiting,
    AtWork,
    Resumable,
}

impl Only {
    fn fits(self, run: &Run) -> bool {
        let state = run.status.state;
        match self {
            Self::Waiting => state == State::Review,
            Self::AtWork => matches!(state, State::Queued | State::Running),
            Self::Resumable => !state.is_closed() && !run.is_driven() && run.outcome() != Some(Outcome::Passed),
        }
    }

    /// Of one and of several, as the end of a sentence.
    fn phrases(self) -> [&'static str; 2] {
        match self {
            Self::Waiting => ["waits for review", "wait for review"],
            Self::AtWork => ["is at work", "are at work"],
            Self::Resumable => ["has anything to resume", "can be resumed"],
        }
    }
}

#[derive(Debug, Clone)]
pub struct Run {
    pub job: Job,
    pub status: Status,
    /// Where its files are.
    pub dir: JobDir,
}

impl Run {
    /// Whether another process drives it right now.
    pub fn is_driven_elsewhere(&self) -> bool {
        self.is_driven() && self.status.owner != Some(Owner::this_process())
    }

    /// Whether a process drives it right now.
    pub fn is_driven(&self) -> bool {
        let alive = || self.status.owner.as_ref().is_some_and(|owner| owner.liveness() != Liveness::Dead);
        matches!(self.status.state, State::Queued | State::Running) && alive()
    }

    /// Whether its work waits for nothing but a decision.
    pub fn could_be_merged(&self) -> bool {
        self.status.state == State::Review && self.status.outcome == Some(Outcome::Passed)
    }

    /// Whether a person should work in its worktree: the files with conflicts, if there are any.
    pub fn by_hand(&self) -> Option<&[RepoPath]> {
        let is_by_hand = self.status.state == State::Review && self.status.worker == Worker::Person;
        is_by_hand.then_some(self.status.conflicts.as_slice())
    }

    /// The commit that its work is built on.
    pub fn base(&self) -> Oid {
        self.status.base.unwrap_or(self.job.base)
    }

    /// How its work ended; `Lost` if its process has ended.
    pub fn outcome(&self) -> Option<Outcome> {
        let unfinished = matches!(self.status.state, State::Queued | State::Running);
        if unfinished && !self.is_driven() { Some(Outcome::Lost) } else { self.status.outcome }
    }
}

impl Runs<'_> {
    /// Where this clone keeps live facts.
    pub fn live(&self) -> PathBuf {
        self.repository.common_dir().join("cmpm")
    }

    /// Who works on which ticket.
    pub fn claims(&self) -> Claims {
        Claims::of(self.repository, self.clock.now())
    }

    /// Every run of this clone, newest first. Cost: two small files a run.
    pub fn list(&self) -> Result<Vec<Run>> {
        let names = read::names(&self.live().join("jobs"))?;
        let mut runs: Vec<Run> = names.iter().filter_map(|name| self.load(name).ok().flatten()).collect();
        // Several may begin within a second; their files were made one after the other.
        let made = |run: &Run| read::find_metadata(&run.dir.file("job.json")).ok().flatten().and_then(|file| file.modified().ok());
        runs.sort_by_cached_key(|run| Reverse((run.job.created, made(run), run.job.run.clone())));
        Ok(runs)
    }

    /// Runs of which a file cannot be read, each with why.
    pub fn damaged(&self) -> Result<Vec<(Id, Failure)>> {
        let names = read::names(&self.live().join("jobs"))?;
        let why = |name: &str| match self.load(name) {
            Ok(run) => run?.dir.require_status().err(),
            Err(failure) => Some(failure),
        };
        Ok(names.iter().filter_map(|name| Some((Id::parse(name)?, why(name)?))).collect())
    }

    /// The run that `query` names: an id or the beginning of one, or the ticket's id if it has one open run.
    pub fn require(&self, query: &str) -> Result<Run> {
        self.require_for(query, None)
    }

    /// The same; of several, the one of the sort that is meant.
    fn require_for(&self, query: &str, only: Option<Only>) -> Result<Run> {
        if let Some(id) = Id::parse(query)
            && let Some(run) = self.load(id.as_str())?
        {
            return Ok(run);
        }
        let all = self.list()?;
        let by_id: Vec<Run> = all.iter().filter(|run| run.job.run.starts_with(query)).cloned().collect();
        let of_ticket =
            || all.iter().filter(|run| run.job.ticket.id.starts_with(query) && !run.status.state.is_closed()).cloned().collect();
        let mut found: Vec<Run> = if by_id.is_empty() { of_ticket() } else { by_id };
        if let Some(only) = only.filter(|only| found.len() > 1 && found.iter().filter(|run| only.fits(run)).count() == 1) {
            found.retain(|run| only.fits(run));
        }
        match (found.pop(), found.is_empty()) {
            (Some(run), true) => Ok(run),
            (None, _) => Err(JobError::NotFound { query: query.to_owned() }.into()),
            (Some(last), false) => {
                let candidates = found.iter().chain([&last]).map(|run| run.job.run.to_string()).collect();
                Err(JobError::Ambiguous { query: query.to_owned(), candidates }.into())
            }
        }
    }

    /// The run that `query` names; the only one of its sort if none is named.
    pub fn require_or_only(&self, query: Option<&str>, only: Only) -> Result<Run> {
        if let Some(query) = query {
            return self.require_for(query, Some(only));
        }
        let mut found = self.list()?;
        found.retain(|run| only.fits(run));
        match <[Run; 1]>::try_from(found) {
            Ok([run]) => Ok(run),
            Err(found) if found.is_empty() => Err(JobError::None { only }.into()),
            Err(found) => {
                let line = |run: &Run| format!("{} ({})", run.job.run, run.job.ticket.title);
                Err(JobError::Several { only, found: found.iter().map(line).collect() }.into())
            }
        }
    }

    /// The runs that wait for review, newest first.
    pub fn waiting(&self) -> Result<Vec<Run>> {
        let mut waiting = self.list()?;
        waiting.retain(|run| run.status.state == State::Review);
        Ok(waiting)
    }

    fn load(&self, name: &str) -> Result<Option<Run>> {
        let dir = JobDir::new(&self.live(), name);
        let Some(mut job) = dir.find_job()? else { return Ok(None) };
        job.worktree = self.in_this_clone(job.worktree);
        let mut run = Run { status: dir.load_status()?, job, dir };
        run.take_other_runner();
        Ok(Some(run))
    }

    /// A recorded folder where it is now: the repository may have been moved since, or be a copy.
    fn in_this_clone(&self, recorded: PathBuf) -> PathBuf {
        let common = self.repository.common_dir();
        let Some(around) = common.parent().filter(|around| common.ends_with(".git") && !recorded.starts_with(around)) else {
            return recorded;
        };
        let parts: Vec<_> = recorded.components().collect();
        let mut ends = (1..parts.len()).rev().map(|length| around.join(parts.iter().rev().take(length).rev().collect::<PathBuf>()));
        let usual = || Config::default().paths.worktrees.below(around).join(recorded.file_name().unwrap_or_default());
        ends.find(|end| read::is_folder(end)).unwrap_or_else(usual)
    }

    fn stage(&self, run: &Run, name: &str) {
        run.dir.event(self.clock.now(), "stage", name);
        self.events.emit(Event::Stage { subject: run.job.run.to_string(), stage: name.to_owned() });
    }

    fn note(&self, message: String) {
        self.events.emit(Event::Note { message });
    }

    /// A lock that only one process of this clone holds.
    fn lock(&self, name: &str) -> Result<crate::fs::lock::Lock> {
        const PATIENCE: std::time::Duration = std::time::Duration::from_secs(60);
        Ok(crate::fs::lock::acquire(&self.live().join("locks").join(name), PATIENCE)?)
    }

    /// Keeps other processes from working on a run.
    fn hold(&self, run: &Run) -> Result<crate::fs::lock::Lock> {
        let held = crate::fs::lock::try_acquire(&run.dir.file("lock"))?;
        Ok(held.ok_or_else(|| JobError::Busy { run: run.job.run.clone() })?)
    }

    /// Stops hard here if a test asks for it.
    fn crash_point(&self, name: &str) {
        crash_point(self.env, name);
    }
}
