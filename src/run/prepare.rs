//! First step: the worktree, what is known of it before the agent touches it, and the brief. Doing it again changes nothing.

use serde_json::json;

use super::{Run, RunError, Runs, page};
use crate::base::{RepoPath, Result};
use crate::fs::{read, write};
use crate::git::{AgentRepository, AgentRepositorySpec, Person, TrustedIndex, Worktree};

/// What cmpm knows of a worktree independently of anything the agent can write.
pub(super) struct Trusted {
    /// The worktree as it was made.
    pub worktree: Worktree,
    /// Its index and settings as they were made.
    pub index: TrustedIndex,
    /// The agent's own repository.
    pub repository: AgentRepository,
}

impl Runs<'_> {
    /// Makes what the run needs, or finds what an earlier attempt made.
    pub(super) fn prepare(&self, run: &mut Run) -> Result<Trusted> {
        let job = &run.job;
        self.ignore_worktrees(run)?;
        let existing = self.repository.list_worktrees()?.into_iter().find(|worktree| worktree.path == job.worktree && !worktree.prunable);
        let worktree = match existing {
            Some(found) => found,
            None => self.repository.add_worktree(&job.worktree, &job.branch, job.base)?,
        };
        self.crash_point("prepare.worktree");
        let index = self.trusted_index(run, &worktree)?;
        self.crash_point("prepare.captured");
        let spec = AgentRepositorySpec {
            worktree: &worktree,
            branch: &job.branch,
            target: &job.target,
            base: job.base,
            author: author_of(&job.agent.name),
        };
        let repository = AgentRepository::prepare(self.repository, &run.dir.file("agent.git"), &spec)?;
        self.write_brief(run)?;
        Ok(Trusted { worktree, index, repository })
    }

    /// The copy made right after the worktree; where a crash came in between, one made from the base.
    pub(super) fn trusted_index(&self, run: &Run, worktree: &Worktree) -> Result<TrustedIndex> {
        let folder = run.dir.file("trusted");
        if let Ok(found) = TrustedIndex::load(&folder) {
            return Ok(found);
        }
        let untouched = !read::exists(&run.dir.file("agent.pointer"));
        Ok(if untouched {
            TrustedIndex::capture(self.repository, worktree, &folder)?
        } else {
            TrustedIndex::rebuild(self.repository, worktree, &folder)?
        })
    }

    /// `.worktrees/.gitignore` holds `*`, so nothing else need be edited to ignore the folder.
    fn ignore_worktrees(&self, run: &Run) -> Result<()> {
        let Some(folder) = self.worktree_folder(run).parent() else { return Ok(()) };
        let inside = self.repository.main_work_dir().is_some_and(|root| RepoPath::relative(&root, folder).is_some());
        let file = folder.join(".gitignore");
        if inside && !read::exists(&file) {
            write::replace(&file, b"*\n")?;
        }
        Ok(())
    }

    fn write_brief(&self, run: &Run) -> Result<()> {
        let path = run.dir.file("brief.md");
        if !read::exists(&path) {
            let job = &run.job;
            let body = job.ticket.body.trim();
            let values = json!({ "ticket": job.ticket, "run": job.run, "agent": job.agent, "gates": job.gates, "body": body, "memories": job.memories });
            let text = page::render(&job.run, "brief", &values)?;
            write::replace(&path, text.as_bytes())?;
            write::replace(&run.dir.file("out/brief.md"), text.as_bytes())?;
        }
        Ok(())
    }
}

/// The author of an agent's work.
pub(super) fn author_of(agent: &str) -> Person {
    let address: String = agent.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' || c == '_' { c } else { '-' }).collect();
    Person { name: agent.to_owned(), email: format!("{address}@agents.cmpm.invalid") }
}

impl Run {
    /// The brief as the agent gets it.
    ///
    /// # Errors
    /// If it was not written yet or cannot be read.
    pub(super) fn load_brief(&self) -> Result<String> {
        let path = self.dir.file("brief.md");
        let text = read::find_text(&path)?;
        Ok(text.ok_or_else(|| RunError::Damaged { path, reason: "it is missing".into() })?)
    }
}
