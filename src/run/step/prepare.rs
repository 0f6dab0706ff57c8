//! First step: the worktree, what is known of it before the agent touches it, and the brief. Doing it again changes nothing.

use super::super::furnish::{FURNISHED, SUBMODULES};
use super::super::job::brief::brief;
use super::super::job::fence::Fence;
use super::super::job::message::Assignment;
use super::super::{JobError, Run, Runs};
use super::perform::branch_ref;
use crate::base::{Result, json};
use crate::fs::{read, write};
use crate::git::{AGENT_REPOSITORY, AgentRepository, AgentRepositorySpec, Person, TrustedIndex, Worktree};

/// The end of every agent's address: by it an agent's work is known in history.
pub const AGENT_HOST: &str = "@agents.cmpm.invalid";

/// What cmpm knows of a worktree independently of anything the agent can write.
pub(in crate::run) struct Trusted {
    /// The worktree as it was made.
    pub worktree: Worktree,
    /// Its index and settings as they were made.
    pub index: TrustedIndex,
    /// The agent's own repository.
    pub repository: AgentRepository,
}

impl Runs<'_> {
    /// Makes what the run needs, or finds what an earlier attempt made.
    pub(in crate::run) fn prepare(&self, run: &mut Run) -> Result<Trusted> {
        self.make_folder(run.job.worktree.as_path())?;
        self.renew_worktree(run)?;
        let job = &run.job;
        let worktree = self.worktree(run)?;
        self.crash_point("prepare.worktree");
        self.fill_worktree(run, &worktree)?;
        let index = self.trusted_index(run, &worktree)?;
        self.crash_point("prepare.captured");
        let spec = AgentRepositorySpec {
            worktree: &worktree,
            branch: &job.branch,
            target: &job.target,
            base: run.base(),
            author: author_of(&job.agent.name),
            ignored: &self.besides(run)?,
        };
        let repository = AgentRepository::prepare(self.repository, &run.dir.file(AGENT_REPOSITORY), &spec)?;
        let trusted = Trusted { worktree, index, repository };
        self.furnish_worktree(run, &trusted)?;
        self.write_brief(run)?;
        Ok(trusted)
    }

    /// Takes a worktree away that shows the work as it was before it came onto a newer target. Nothing in it is lost, and whatever
    /// comes in between, this can be done again: no agent has worked since.
    fn renew_worktree(&self, run: &mut Run) -> Result<()> {
        if let Some(work) = run.status.work.filter(|_| run.status.outdated) {
            self.remove_worktree(run)?;
            self.point(&branch_ref(&run.job), work)?;
            self.crash_point("revise.removed");
            self.worktree(run)?;
            run.status.outdated = false;
            run.dir.save_status(&run.status)?;
            self.crash_point("revise.renewed");
        }
        Ok(())
    }

    /// The worktree as it was left, or made now.
    fn worktree(&self, run: &Run) -> Result<Worktree> {
        let job = &run.job;
        if let Some(found) = self.find_worktree(run)? {
            let Some(checkout) = found.unfinished().or_else(|| found.gone()) else { return Ok(found) };
            self.repository.forget_checkout(&checkout)?;
        }
        // What was known of an earlier worktree does not hold for a new one.
        write::remove_folder(&run.dir.file("trusted"))?;
        write::remove_folder(&run.dir.file(AGENT_REPOSITORY))?;
        write::remove(&run.dir.file("agent.pointer"))?;
        [FURNISHED, SUBMODULES].iter().try_for_each(|name| write::remove(&run.dir.file(name)))?;
        match self.repository.find_ref(&branch_ref(job))? {
            Some(tip) if tip == run.base() || Some(tip) == run.status.work => {
                Ok(self.repository.check_out_branch(&job.worktree, &job.branch)?)
            }
            _ => Ok(self.repository.add_worktree(&job.worktree, &job.branch, run.base())?),
        }
    }

    /// The run's worktree, as far as git knows it.
    pub(in crate::run) fn find_worktree(&self, run: &Run) -> Result<Option<Worktree>> {
        Ok(self.repository.find_worktree(&run.job.worktree)?)
    }

    /// The copy made right after the worktree; where a crash came in between, one made from the base.
    pub(in crate::run) fn trusted_index(&self, run: &Run, worktree: &Worktree) -> Result<TrustedIndex> {
        let folder = run.dir.file("trusted");
        if let Some(found) = TrustedIndex::load(&folder).ok().filter(|found| found.worktree().git_dir == worktree.git_dir) {
            return Ok(found.ignoring(&folder, &self.besides(run)?)?);
        }
        let untouched = !read::exists(&run.dir.file("agent.pointer"));
        let made = if untouched {
            TrustedIndex::capture(self.repository, worktree, &folder)?
        } else {
            TrustedIndex::rebuild(self.repository, worktree, &folder)?
        };
        Ok(made.ignoring(&folder, &self.besides(run)?)?)
    }

    /// Each attempt has a brief of its own: something was said since the last one.
    fn write_brief(&self, run: &mut Run) -> Result<()> {
        let mut fence = Fence::new(self.random);
        let remarks = self.remarks(run, &mut fence)?;
        let text = brief(&run.job, &run.status.conflicts, &remarks, &mut fence)?;
        write::replace(&run.dir.file("brief.md"), text.as_bytes())?;
        // Written anew by every attempt.
        write::replace_cache(&run.dir.file("out/brief.md"), text.as_bytes())?;
        let assignment = json::pretty(&Assignment::of(&run.job, run.status.attempt.max(1)))?;
        write::replace_cache(&run.dir.file("out/assignment.json"), assignment.as_bytes())?;
        run.status.hidden = fence.hidden;
        Ok(())
    }
}

/// The author of an agent's work.
pub(in crate::run) fn author_of(agent: &str) -> Person {
    let address: String = agent.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' || c == '_' { c } else { '-' }).collect();
    Person { name: agent.to_owned(), email: format!("{address}{AGENT_HOST}") }
}

impl Run {
    /// The brief as the agent gets it.
    pub(in crate::run) fn load_brief(&self) -> Result<String> {
        let path = self.dir.file("brief.md");
        let text = read::find_text(&path)?;
        Ok(text.ok_or_else(|| JobError::Damaged { path, reason: "it is missing".into() })?)
    }
}
