//! What a run does by itself where its program cannot work: it waits and tries again, or another runner takes over.

use std::thread;
use std::time::Duration;

use super::super::breaker::{Admission, Try};
use super::super::job::status::{Outcome, State};
use super::super::{Job, Run, Runner, Runs, StepError};
use super::perform::Queue;
use super::slots::{self, Slot};
use crate::base::env::CMPM_MODEL;
use crate::base::{Result, text};
use crate::fs::read;
use crate::process::{Ended, Ending, Owner};
use crate::run::adapter::known::{Stop, StopKind};
use crate::run::adapter::{Answer, Meaning};
use crate::run::cut::tail;

/// How often is looked whether another run has found out that a runner works again.
const PAUSE: Duration = Duration::from_millis(200);
/// How often in a second is looked for the wish to stop.
const BEATS: u32 = 20;
/// More seconds than these nobody waits in a run.
const MOST: u64 = 60 * 60;
/// How much of what a program said on its standard error is looked at.
const ERROR_BYTES: usize = 4_000;
const READ_BYTES: u64 = 1024 * 1024;

impl Run {
    /// Has the runner that took over do the work, as far as the job allows it.
    pub(in crate::run) fn take_other_runner(&mut self) {
        let name = self.status.runner.as_deref();
        if let Some(other) = self.job.fallback.iter().find(|other| Some(other.name()) == name) {
            self.job.runner = other.clone();
            // A model is called otherwise elsewhere.
            self.job.agent.model = None;
            self.job.inputs.remove(CMPM_MODEL);
        }
    }
}

impl Runs<'_> {
    /// A place to work in, with a runner that may be used.
    pub(super) fn place(&self, run: &mut Run, queue: Queue) -> Result<Slot> {
        loop {
            let slot = slots::acquire(&self.live(), queue, &|| self.is_cancelled(run))?;
            if queue.forced || !run.status.worker.is_agent() {
                return Ok(slot);
            }
            match self.admission(&run.job)? {
                Admission::Free => return Ok(slot),
                Admission::Held(_) if self.replace_runner(run)? => {}
                Admission::Held(held) => return Err(StepError::HeldBack { why: held.why(), until: held.until }.into()),
                Admission::Tried if !queue.wait => return Err(StepError::NoSlot { count: queue.places }.into()),
                Admission::Tried => {
                    drop(slot);
                    thread::sleep(PAUSE);
                }
            }
        }
    }

    /// That a run could begin now: with its runner, or with one that takes over.
    pub fn require_runner(&self, job: &Job) -> Result<()> {
        let Admission::Held(held) = self.admission(job)? else { return Ok(()) };
        for other in &job.fallback {
            let other = Job { runner: other.clone(), ..job.clone() };
            if !matches!(self.admission(&other)?, Admission::Held(_)) {
                return Ok(());
            }
        }
        Err(StepError::HeldBack { why: held.why(), until: held.until }.into())
    }

    /// Writes down that the program of a runner has worked.
    pub(super) fn note_try(&self, run: &mut Run, ended: &Ended, answer: &Answer) -> Result<()> {
        let Runner::Adapter { adapter, .. } = &run.job.runner else { return Ok(()) };
        let is_ours = matches!(ended.ending, Ending::Cancelled | Ending::TimeLimit | Ending::DiskLimit);
        let failed = answer.meaning == Meaning::AgentFailed && !is_ours;
        let (attempt, now) = (run.status.attempt, self.clock.now());
        let stderr = run.dir.attempt(attempt).join("stderr");
        let stderr = if read::exists(&stderr) { read::read_head(&stderr, READ_BYTES)? } else { Vec::new() };
        let said = format!("{}\n{}\n{}", answer.error, answer.message, tail(&String::from_utf8_lossy(&stderr), ERROR_BYTES));
        let stop = if failed { Stop::find(&adapter.errors, &said, now) } else { None };
        let (runner, model, usage) = (adapter.name.clone(), run.job.model().map(str::to_owned), answer.usage.clone());
        run.status.tries.retain(|one| one.attempt != attempt);
        run.status.tries.push(Try { attempt, runner, model, at: now, failed, stop, usage });
        Ok(())
    }

    /// Begins another attempt where the program could not work, after a while or with another runner; whether it did.
    pub(super) fn goes_on(&self, run: &mut Run) -> Result<bool> {
        let Some(stop) = run.status.stop().filter(|_| run.status.outcome == Some(Outcome::AgentFailed)).cloned() else { return Ok(false) };
        let retry = run.job.retry.unwrap_or(crate::config::Retry { times: 0, ..Default::default() });
        let is_busy = |one: &&Try| one.stop.as_ref().is_some_and(|stop| stop.kind == StopKind::Busy);
        let busy = run.status.tries.iter().rev().take_while(is_busy).count();
        let is_patient = stop.kind == StopKind::Busy && busy <= retry.times as usize;
        if is_patient {
            let doubled = retry.wait.seconds().saturating_mul(1 << busy.saturating_sub(1).min(16));
            let said = stop.until.map_or(0, |until| until.since(self.clock.now()));
            self.wait(run, doubled.max(said).min(MOST))?;
        } else if !self.replace_runner(run)? {
            return Ok(false);
        }
        self.next_attempt(run)?;
        Ok(true)
    }

    /// Waits in no slot.
    fn wait(&self, run: &mut Run, seconds: u64) -> Result<()> {
        let why = format!("it tries again in {}: {}", text::duration(seconds), run.status.reason);
        (run.status.state, run.status.owner) = (State::Queued, Some(Owner::this_process()));
        run.status.reason = why;
        run.dir.save_status(&run.status)?;
        self.stage(run, &run.status.reason.clone());
        for _ in 0..seconds.saturating_mul(u64::from(BEATS)) {
            if self.is_cancelled(run) {
                return Err(StepError::Interrupted.into());
            }
            thread::sleep(Duration::from_secs(1) / BEATS);
        }
        Ok(())
    }

    /// Has the next runner take over that has not worked on the run yet and may be used; whether there is one.
    fn replace_runner(&self, run: &mut Run) -> Result<bool> {
        let tried: Vec<&str> = run.status.tries.iter().map(|one| one.runner.as_str()).chain([run.job.runner.name()]).collect();
        let mut others = Vec::new();
        for other in run.job.fallback.iter().filter(|other| !tried.contains(&other.name())) {
            let job = Job { runner: other.clone(), ..run.job.clone() };
            if self.admission(&job)? == Admission::Free {
                others.push(other.name().to_owned());
            }
        }
        let Some(name) = others.into_iter().next() else { return Ok(false) };
        self.note(format!("{}: {name} takes over from {}", run.job.run, run.job.runner.name()));
        run.dir.event(self.clock.now(), "runner", &name);
        run.status.runner = Some(name);
        // The conversation is another program's.
        run.status.usage.session = None;
        run.take_other_runner();
        Ok(true)
    }
}
