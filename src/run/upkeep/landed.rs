//! Runs whose work somebody has brought into their target by hand.

use rayon::prelude::*;

use super::super::step::perform::branch_ref;
use super::super::{Run, Runs, State};
use crate::base::{Id, Result};
use crate::fs::{read, write};

impl Runs<'_> {
    /// Those of the runs whose work is in their target though they wait for a decision.
    pub fn landed_by_hand(&self, runs: &[Run]) -> Vec<Id> {
        let waiting = runs.par_iter().filter(|run| run.status.state == State::Review && run.status.work.is_some());
        // What cannot be compared waits.
        waiting.filter(|run| self.is_landed_by_hand(run).unwrap_or(false)).map(|run| run.job.run.clone()).collect()
    }

    /// Whether all that a run and those who went on with its branch committed is in its target, by a merge or in another way.
    pub fn is_landed_by_hand(&self, run: &Run) -> Result<bool> {
        let Some(work) = run.status.work.filter(|_| run.status.state == State::Review) else { return Ok(false) };
        let Some(target) = self.repository.find_ref(&format!("refs/heads/{}", run.job.target))? else { return Ok(false) };
        let tip = self.repository.find_ref(&branch_ref(&run.job))?.filter(|tip| *tip != run.base()).unwrap_or(work);
        if target == run.base() {
            return Ok(false);
        }
        // True forever of two commits.
        let (file, question) = (run.dir.file("landed"), format!("{tip} in {target}: "));
        if let Some(answer) = read::find_text(&file)?.and_then(|known| known.strip_prefix(&question).map(|answer| answer == "yes")) {
            return Ok(answer);
        }
        let found = self.repository.is_contained(tip, (run.base(), target))?;
        let is_all = found && (tip == work || self.repository.is_contained(work, (run.base(), target))?);
        write::replace_cache(&file, format!("{question}{}", if is_all { "yes" } else { "no" }).as_bytes())?;
        Ok(is_all)
    }
}
