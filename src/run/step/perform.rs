//! Drives one run from its first step to review; begins where the files say it stopped.

use std::path::PathBuf;
use std::thread;

use super::super::job::status::{Outcome, State, Worker};
use super::super::job::{Job, JobDir};
use super::super::{JobError, Run, Runs, StepError};
use super::collect::show_as_clean;
use crate::base::{Failure, Id, Result, text};
use crate::claims::{Claim, ClaimError, SharedClaims, Taking, Term};
use crate::fs::{read, write};
use crate::git::Expected;
use crate::process::{Owner, kill_run};

/// How runs wait for each other.
#[derive(Debug, Clone, Copy)]
pub struct Queue {
    /// How many work at the same time in this clone.
    pub places: u32,
    /// Whether to wait for a place.
    pub wait: bool,
    /// Whether a runner is used although it is held back.
    pub forced: bool,
}

impl Runs<'_> {
    /// Takes the ticket and writes the job down. Nothing else happens yet.
    pub fn queue(&self, mut job: Job) -> Result<Run> {
        let dir = JobDir::new(&self.live(), job.run.as_str());
        self.claim(&job)?;
        self.crash_point("queue.claimed");
        let _lock = self.lock("ports")?;
        job.port = Some(self.free_port(job.run.as_str())?);
        if let Err(failure) = dir.create(&job) {
            self.release_for(&job)?;
            return Err(failure);
        }
        self.crash_point("queue.created");
        let status = dir.load_status()?;
        Ok(Run { job, status, dir })
    }

    /// Takes back a run that has not begun: nothing of it is left.
    pub fn withdraw(&self, run: &Run) -> Result<()> {
        // A claim that is left by then is one of a run that was never recorded.
        write::remove_folder(&self.live().join("jobs").join(run.job.run.as_str()))?;
        self.release_for(&run.job).map(drop)
    }

    /// Takes the ticket of a run, here and where other clones look; what its person has of it becomes the run's.
    pub(in crate::run) fn claim(&self, job: &Job) -> Result<()> {
        let claims = self.claims();
        let known = claims.find(&job.ticket.id)?.filter(|claim| claim.run.as_ref() == Some(job.holder()));
        let mut claim = Claim {
            ticket: job.ticket.id.clone(),
            run: Some(job.holder().clone()),
            name: Some(self.repository.user_name()),
            owner: Owner::this_process(),
            term: Term::Hold,
            since: known.map_or(self.clock.now(), |known| known.since),
            expires: None,
            shared: None,
        };
        self.release_stale(&claim)?;
        Taking { repository: self.repository, remote: self.remote.as_deref(), random: self.random, steal: false }.take(&claims, &mut claim)
    }

    /// The same for a run that goes on, which may have lost its ticket meanwhile. Where nobody can be asked it keeps what it has here.
    pub(in crate::run) fn claim_again(&self, run: &Run) -> Result<()> {
        let has_claim = self.find_claim(run)?.is_some();
        match self.claim(&run.job) {
            Err(failure) if has_claim && is_unreachable(&failure) => {
                self.note(format!("{}: {failure}; it goes on with its claim in this clone", run.job.run));
                Ok(())
            }
            Err(failure) => Err(match failure.downcast_ref() {
                Some(ClaimError::Shared { held }) => ClaimError::RunLost { run: run.job.run.clone(), held: held.clone() }.into(),
                _ => failure,
            }),
            outcome => outcome,
        }
    }

    /// Lets go of a ticket that a run has, here and where else that is known. Where the remote that knows of it cannot be told, the
    /// claim stays, over as it is, so that it can be told later; the answer is that remote.
    pub(in crate::run) fn release_claim(&self, ticket: &Id, run: &Id) -> Result<Option<String>> {
        let (claims, now) = (self.claims(), self.clock.now());
        let Some(claim) = claims.find(ticket)?.filter(|claim| claim.run.as_ref() == Some(run)) else { return Ok(None) };
        match SharedClaims::give_back(self.repository, &claim, (self.remote.as_deref(), now)) {
            Err(failure) if is_unreachable(&failure) => {
                let over = Claim { term: Term::Timed, expires: Some(now), ..claim.clone() };
                claims.change(&claim, Some(&over))?;
                let remote = claim.shared.map(|shared| shared.remote).unwrap_or_default();
                let why = failure.hints().first().filter(|_| self.repository.require_remote(&remote).is_err()).cloned();
                let why = why.map(|hint| format!("; {hint}")).unwrap_or_default();
                self.note(format!(
                    "{ticket} stays claimed on `{}`: {failure}{why}; `cmpm delegate clean` tries again",
                    text::one_line(&remote)
                ));
                Ok(Some(remote))
            }
            told => told.and_then(|()| claims.release(ticket, run)).map(|()| None),
        }
    }

    /// Lets go of a hold whose run was never recorded, because its process died in between, or is closed.
    fn release_stale(&self, wanted: &Claim) -> Result<()> {
        if let Some(found) = self.claims().find(&wanted.ticket)?
            && let Some(run) = &found.run
            && found.owner.liveness() == crate::process::Liveness::Dead
            && self.load(run.as_str())?.map_or(Ok(true), |run| self.is_over(&run))?
        {
            self.release_claim(&wanted.ticket, run)?;
        }
        Ok(())
    }

    /// Whether nobody of a run's group can want its ticket any more.
    fn is_over(&self, run: &Run) -> Result<bool> {
        Ok(run.status.state.is_closed() && self.open_siblings(&run.job)?.is_empty())
    }

    /// Does several runs side by side, each as far as review. Every run has its own result.
    pub fn perform_all(&self, runs: Vec<Run>, queue: Queue) -> Vec<(Run, Result<()>)> {
        thread::scope(|scope| {
            let threads: Vec<_> = runs
                .into_iter()
                .map(|mut run| {
                    scope.spawn(move || {
                        let outcome = self.perform(&mut run, queue);
                        (run, outcome)
                    })
                })
                .collect();
            threads.into_iter().filter_map(|thread| thread.join().ok()).collect()
        })
    }

    /// Does one run as far as review. What cannot go on is recorded with the reason.
    pub fn perform(&self, run: &mut Run, queue: Queue) -> Result<()> {
        let _hold = self.hold(run)?;
        let outcome = self.perform_held(run, queue);
        let why = outcome.as_ref().err().and_then(|failure| match failure.downcast_ref() {
            Some(StepError::NoSlot { .. }) => Some("there was no free slot".to_owned()),
            Some(StepError::HeldBack { .. }) => Some(failure.to_string()),
            _ => None,
        });
        if let Some(why) = why.filter(|_| run.status.attempt == 0) {
            // It never began: undone, so that the same command can be tried again.
            run.status.reason.clone_from(&why);
            self.discard_held(run, &why)?;
        }
        outcome
    }

    pub(in crate::run) fn perform_held(&self, run: &mut Run, queue: Queue) -> Result<()> {
        if run.status.state == State::Queued && run.status.owner != Some(Owner::this_process()) {
            run.status.owner = Some(Owner::this_process());
            run.dir.save_status(&run.status)?;
        }
        loop {
            let outcome = self.place(run, queue).and_then(|_slot| self.work(run));
            // The slot is free again: nobody waits in it.
            let goes_on = outcome.and_then(|()| self.goes_on(run));
            match &goes_on {
                Ok(true) => continue,
                Ok(false) => {}
                Err(failure) => match failure.downcast_ref() {
                    Some(StepError::NoSlot { .. } | StepError::HeldBack { .. }) => {}
                    Some(StepError::Interrupted) => self.fail(run, Outcome::Cancelled, self.who_cancelled())?,
                    _ => self.fail(run, Outcome::AgentFailed, &failure.to_string())?,
                },
            }
            return goes_on.map(drop);
        }
    }

    /// Whether somebody wants a run to stop.
    pub(in crate::run) fn is_cancelled(&self, run: &Run) -> bool {
        self.cancel.is_cancelled() || read::exists(&run.dir.file("cancel"))
    }

    /// Why a run was cancelled: an interrupt of this process, or somebody's `cancel` in another one.
    pub(in crate::run) fn who_cancelled(&self) -> &'static str {
        if self.cancel.is_cancelled() { "cancelled by you" } else { "cancelled with `cmpm delegate cancel`" }
    }

    fn fail(&self, run: &mut Run, outcome: Outcome, reason: &str) -> Result<()> {
        run.status.outcome = Some(outcome);
        reason.clone_into(&mut run.status.reason);
        self.to_review(run)
    }

    fn work(&self, run: &mut Run) -> Result<()> {
        run.status.state = State::Running;
        run.status.owner = Some(Owner::this_process());
        run.status.begun = Some(self.clock.now());
        run.status.started = run.status.started.or(run.status.begun);
        run.dir.save_status(&run.status)?;
        self.crash_point("run.started");
        self.stage(run, "prepares its worktree");
        let trusted = self.prepare(run)?;
        self.crash_point("run.prepared");
        if run.status.worker.is_agent() {
            self.stage(run, &format!("works with {}", run.job.runner.name()));
            self.empty_trash_aside();
        }
        let executed = if run.status.worker.is_agent() { Some(self.execute(run, &trusted)?) } else { None };
        self.crash_point("run.executed");
        self.stage(run, "is being checked");
        self.collect(run, &trusted, executed.as_ref())?;
        self.crash_point("run.collected");
        self.to_review(run)
    }

    /// Makes the worktree ready for the person who resolves its conflicts; `resume` checks it then.
    pub(in crate::run) fn hand_over(&self, run: &mut Run) -> Result<()> {
        run.status.state = State::Running;
        run.status.owner = Some(Owner::this_process());
        run.dir.save_status(&run.status)?;
        let trusted = self.prepare(run)?;
        trusted.repository.detach(&trusted.worktree.path)?;
        if let Some(work) = run.status.work {
            show_as_clean(self, &trusted, work)?;
        }
        let paths: Vec<String> = run.status.conflicts.iter().map(ToString::to_string).collect();
        run.status.reason = format!("waits for a person to resolve the conflicts of {}", paths.join(", "));
        self.to_review(run)
    }

    fn to_review(&self, run: &mut Run) -> Result<()> {
        run.status.state = State::Review;
        let now = self.clock.now();
        run.status.ended = Some(now);
        // Of a run from before this was measured all earlier attempts count as one, with the time between them.
        let before = run.status.worked.unwrap_or_default();
        run.status.worked = Some(before + run.status.begun.take().map_or(0, |begun| now.since(begun)));
        run.status.owner = None;
        self.note_failure(run)?;
        run.dir.save_status(&run.status)?;
        self.crash_point("run.reviewed");
        let outcome = run.status.outcome.map_or("", Outcome::as_str);
        run.dir.event(self.clock.now(), "ended", outcome);
        let (id, reason) = (&run.job.run, &run.status.reason);
        self.note(match reason.as_str() {
            "" => format!("{id} {outcome}: ready for review"),
            reason if reason.starts_with(outcome) => format!("{id} {reason}"),
            reason => format!("{id} {outcome}: {reason}"),
        });
        Ok(())
    }

    /// Goes on with a run: after a crash where it stopped, after a failure with another attempt.
    pub fn resume(&self, run: &mut Run, queue: Queue) -> Result<()> {
        let _hold = self.hold(run)?;
        run.status = run.dir.load_status()?;
        let wrong = |state| JobError::WrongState { run: run.job.run.clone(), state, wanted: "resumed" };
        if run.status.state.is_closed() {
            return self.finish_closing(run);
        }
        if run.is_driven() {
            return Err(wrong(run.status.state).into());
        }
        kill_run(&run.dir.out());
        self.break_own_locks(run)?;
        if let Some(landed) = self.find_landed(run)? {
            return self.close_merged(run, landed);
        }
        self.claim_again(run)?;
        if run.status.state == State::Review {
            if run.status.outcome == Some(Outcome::Passed) && self.is_as_reviewed(run)? {
                if self.unchecked(run)?.is_empty() {
                    return Err(wrong(State::Review).into());
                }
                // Whoever edited it wants that checked, and nothing else done.
                run.status.worker = Worker::Person;
            }
            if run.status.worker == Worker::Nobody {
                run.status.worker = Worker::Agent;
            }
            self.next_attempt(run)?;
        }
        write::remove(&run.dir.file("cancel"))?;
        self.perform_held(run, queue)
    }

    /// Whether the run's branch still is where it was when its work was checked.
    pub(in crate::run) fn is_as_reviewed(&self, run: &Run) -> Result<bool> {
        let branch = self.repository.find_ref(&branch_ref(&run.job))?;
        Ok(branch.is_some() && branch == run.status.work)
    }

    /// Stops a run that is driven by another process, or closes the books on one whose process is gone.
    pub fn cancel(&self, run: &mut Run) -> Result<()> {
        if !matches!(run.status.state, State::Queued | State::Running) {
            return Err(JobError::WrongState { run: run.job.run.clone(), state: run.status.state, wanted: "cancelled" }.into());
        }
        if run.is_driven() {
            return Ok(write::replace(&run.dir.file("cancel"), b"")?);
        }
        let _hold = self.hold(run)?;
        kill_run(&run.dir.out());
        self.fail(run, Outcome::Cancelled, "cancelled after its process had ended")
    }

    /// Whether a person has the run's branch checked out in a worktree of their own.
    pub(in crate::run) fn is_looked_at(&self, run: &Run) -> Result<bool> {
        let theirs = |path: PathBuf| path != run.job.worktree && read::is_file(&path.join(".git"));
        Ok(self.repository.worktree_of_branch(&run.job.branch)?.is_some_and(theirs))
    }

    /// Deletes the run's branch, if its commits are kept elsewhere: by the backup reference, or because there are none.
    pub(in crate::run) fn delete_branch(&self, run: &Run) -> Result<()> {
        let name = branch_ref(&run.job);
        let Some(tip) = self.repository.find_ref(&name)? else { return Ok(()) };
        if self.is_looked_at(run)? {
            return Ok(());
        }
        let backup = self.repository.find_ref(&backup_ref(&run.job))?;
        let is_kept =
            tip == run.base() || tip == run.job.base || backup.map_or(Ok(false), |backup| self.repository.is_ancestor(tip, backup))?;
        if is_kept {
            self.repository.delete_ref(&name, Expected::At(tip))?;
        }
        Ok(())
    }
}

fn is_unreachable(failure: &Failure) -> bool {
    matches!(failure.downcast_ref(), Some(ClaimError::Unreachable { .. }))
}

/// The full name of the run's branch.
pub(in crate::run) fn branch_ref(job: &Job) -> String {
    format!("refs/heads/{}", job.branch)
}

/// Where the run's work is kept, whatever happens to its worktree.
pub(in crate::run) fn backup_ref(job: &Job) -> String {
    format!("refs/cmpm/backup/{}", job.run)
}
