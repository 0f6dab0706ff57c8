//! What a crash of cmpm left of runs, and how it is put in order so that `resume`, `approve` and a new run can go on.

use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use super::super::job::JobDir;
use super::super::job::status::State;
use super::super::land::gates;
use super::super::step::perform::{backup_ref, branch_ref};
use super::super::{JobError, Run, Runs};
use crate::base::{Failure, Result};
use crate::claims::Claim;
use crate::fs::{lock, read, write};
use crate::process::kill_run;

/// What is in the folder of a run that was never recorded. In it nobody has worked yet.
const BEGINNING: [&str; 3] = ["out", "status.json", "worktree"];

/// How long a git that outlives cmpm may take to end.
const PATIENCE: Duration = Duration::from_secs(2);
documented! {
    "docs/doctor.md": "that nobody frees within {} seconds", PATIENCE.as_secs();
}
/// How long to wait between two looks at its locks.
const PAUSE: Duration = Duration::from_millis(20);

/// What is left of a run, and nobody is running on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remnant {
    /// By its own word it waits or works, but its process has ended.
    Driver,
    /// It was decided about, but not all that follows was done.
    Decision,
    /// A checkout for its gates, which nobody uses any more.
    Checkout,
}

/// What a folder among the jobs is.
#[derive(Debug)]
pub enum Found {
    Run(Box<Run>),
    /// A run that was never recorded; nothing is in it.
    Unwritten,
    /// Something that cannot be read.
    Damaged(Failure),
}

impl Runs<'_> {
    /// Every folder among the jobs by its name, readable or not.
    pub fn survey(&self) -> Result<Vec<(String, Found)>> {
        let names = read::names(&self.live().join("jobs"))?;
        let found = names.iter().map(|name| self.look(name)).collect::<Vec<_>>();
        Ok(names.into_iter().zip(found).collect())
    }

    fn look(&self, name: &str) -> Found {
        match self.load(name) {
            Ok(Some(run)) => Found::Run(Box::new(run)),
            Ok(None) if self.is_beginning(name) => Found::Unwritten,
            Ok(None) => {
                let path = JobDir::new(&self.live(), name).file("job.json");
                Found::Damaged(JobError::Damaged { path, reason: "it is missing".into() }.into())
            }
            Err(failure) => Found::Damaged(failure),
        }
    }

    fn is_beginning(&self, name: &str) -> bool {
        let names = read::names(&self.live().join("jobs").join(name)).unwrap_or_default();
        let written = read::names(&JobDir::new(&self.live(), name).out()).unwrap_or_default();
        written.is_empty() && names.iter().all(|name| BEGINNING.contains(&name.as_str()) || write::is_staged(name))
    }

    /// What a crash left of a run; nothing if somebody is running on it.
    pub fn find_remnant(&self, run: &Run) -> Result<Option<Remnant>> {
        let status = &run.status;
        let found = if run.is_driven() {
            None
        } else if status.state.is_closed() {
            // The claim goes last. Without it the run was closed to the end; a worktree there was brought back by somebody.
            self.find_claim(run)?.map(|_| Remnant::Decision)
        } else if self.find_landed(run)?.is_some() {
            Some(Remnant::Decision)
        } else if status.state != State::Review && status.owner.is_some() {
            Some(Remnant::Driver)
        } else {
            read::exists(&gates::checkout(run)).then_some(Remnant::Checkout)
        };
        Ok(found.filter(|_| !lock::is_held(&run.dir.file("lock"))))
    }

    /// Puts a run in order: what was decided is brought to its end, and a run whose process is gone waits for `resume` or
    /// `clean`. Nothing that anybody made is lost. Doing it again changes nothing.
    pub fn fix(&self, run: &mut Run) -> Result<()> {
        let _hold = self.hold(run)?;
        run.status = run.dir.load_status()?;
        if run.is_driven() {
            return Err(JobError::WrongState { run: run.job.run.clone(), state: run.status.state, wanted: "mended" }.into());
        }
        self.break_own_locks(run)?;
        if let Some(landed) = self.find_landed(run)? {
            return self.close_merged(run, landed);
        }
        if run.status.state.is_closed() {
            return self.finish_closing(run);
        }
        kill_run(&run.dir.out());
        self.remove_checkout(&gates::checkout(run))?;
        if self.find_worktree(run)?.is_none() {
            // Made for a worktree that was not registered any more.
            write::remove_folder_if_empty(&run.job.worktree);
        }
        if run.status.owner.take().is_some() {
            run.dir.save_status(&run.status)?;
            run.dir.event(self.clock.now(), "lost", "its process is gone");
        }
        Ok(())
    }

    /// Removes the lock files that a killed process left on what belongs to this run alone: its references, and its worktree
    /// as long as no person has been asked to look into it. The caller holds the run. A git that cmpm had started may outlive
    /// it for a moment, so that there is time for it to end.
    pub(in crate::run) fn break_own_locks(&self, run: &Run) -> Result<()> {
        let locks = self.own_locks(run)?;
        let started = Instant::now();
        while locks.iter().any(|lock| read::exists(lock)) && started.elapsed() < PATIENCE {
            thread::sleep(PAUSE);
        }
        Ok(locks.iter().try_for_each(|lock| write::remove(lock))?)
    }

    fn own_locks(&self, run: &Run) -> Result<Vec<PathBuf>> {
        let references = [branch_ref(&run.job), backup_ref(&run.job), format!("refs/cmpm/runs/{}/agent", run.job.run)];
        let mut locks: Vec<PathBuf> = references.iter().map(|name| self.repository.common_dir().join(format!("{name}.lock"))).collect();
        if matches!(run.status.state, State::Queued | State::Running)
            && let Some(worktree) = self.find_worktree(run)?
        {
            locks.extend(["index.lock", "HEAD.lock", "ORIG_HEAD.lock"].map(|name| worktree.git_dir.join(name)));
        }
        Ok(locks)
    }

    /// Removes the folder of a run that was never recorded, unless somebody is just writing it.
    pub fn forget_unwritten(&self, name: &str) -> Result<()> {
        let is_claimed = self.claims().list()?.iter().any(|claim: &Claim| claim.run.as_ref().is_some_and(|run| run.as_str() == name));
        if is_claimed || !matches!(self.look(name), Found::Unwritten) {
            return Ok(());
        }
        Ok(write::remove_folder(&self.live().join("jobs").join(name))?)
    }
}
