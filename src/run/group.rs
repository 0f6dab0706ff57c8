//! Runs that try the same ticket at once. One claim holds it for all of them; when one is approved, the others are rejected.

use super::job::status::State;
use super::{Job, LandError, Run, Runs};
use crate::base::Result;

impl Runs<'_> {
    /// The other runs of a run's group that nobody has decided about.
    pub fn open_siblings(&self, job: &Job) -> Result<Vec<Run>> {
        let mut all = self.siblings(job)?;
        all.retain(|run| !run.status.state.is_closed());
        Ok(all)
    }

    fn siblings(&self, job: &Job) -> Result<Vec<Run>> {
        if job.group.is_none() {
            return Ok(Vec::new());
        }
        let mut all = self.list()?;
        all.retain(|run| run.job.group == job.group && run.job.run != job.run);
        Ok(all)
    }

    /// Lets go of the ticket of a run, unless others of its group still want it.
    pub(in crate::run) fn release_for(&self, job: &Job) -> Result<Option<String>> {
        if !self.open_siblings(job)?.is_empty() {
            return Ok(None);
        }
        self.release_claim(&job.ticket.id, job.holder())
    }

    /// That approving a run takes the ticket from nobody who works on it.
    pub(in crate::run) fn require_idle_siblings(&self, run: &Run) -> Result<()> {
        match self.open_siblings(&run.job)?.into_iter().find(Run::is_driven) {
            Some(other) => Err(LandError::GroupAtWork { run: run.job.run.clone(), other: other.job.run }.into()),
            None => Ok(()),
        }
    }

    /// Turns the others down, each with its page in a commit of its own; their work stays under backup references.
    pub(in crate::run) fn reject_rest(&self, run: &Run) -> Result<()> {
        for mut other in self.siblings(&run.job)? {
            let is_cut_short = other.status.decision == instead(run) && self.is_left_over(&other)?;
            if other.status.state.is_closed() && !is_cut_short {
                continue;
            }
            let _hold = self.hold(&other)?;
            turn_down(&mut other, run);
            other.dir.save_status(&other.status)?;
            self.crash_point("approve.rest");
            self.finish_closing(&mut other)?;
        }
        Ok(())
    }
}

fn turn_down(other: &mut Run, approved: &Run) {
    other.status.outcome = other.outcome();
    other.status.decision = instead(approved);
    other.status.state = State::Rejected;
    other.status.owner = None;
}

fn instead(approved: &Run) -> String {
    format!("{} was approved instead.", approved.job.run)
}
