//! How often an agent may try.

use super::super::job::status::Worker;
use super::super::{Outcome, Run, Runs, State, StepError};
use crate::base::Result;

impl Runs<'_> {
    /// Refuses another attempt where the agent has used up all that its file allows. A run that was only interrupted, passed
    /// or landed needs none.
    pub fn require_attempt(&self, run: &Run) -> Result<()> {
        let (status, agent) = (&run.status, &run.job.agent);
        // Each time a person asked, that was one more; and a person's own work needs none.
        // Nor is it the agent's fault where its program could not work.
        let stopped = status.tries.iter().filter(|one| one.stop.is_some()).count();
        let granted = u32::try_from(status.revisions.len() + stopped).unwrap_or(u32::MAX);
        if status.worker == Worker::Person {
            return Ok(());
        }
        let Some(limit) = agent.max_attempts.filter(|limit| status.attempt >= limit.saturating_add(granted)) else { return Ok(()) };
        let is_over = status.state == State::Review && self.find_landed(run)?.is_none();
        let is_decided_next = status.outcome == Some(Outcome::Passed) && self.is_as_reviewed(run)?;
        if !is_over || is_decided_next {
            return Ok(());
        }
        let (run, agent, next) = (run.job.run.clone(), agent.name.clone(), agent.escalate_to.clone());
        Err(StepError::AttemptsUsed { run, agent, limit, next }.into())
    }
}
