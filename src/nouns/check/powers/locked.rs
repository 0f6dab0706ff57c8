//! Files that steer agents, compared with the lock that says as what a person has read them. A project without a lock is left alone.

use crate::base::{Finding, RepoPath, Result, Rule, Severity};
use crate::engine::policy::{LOCK, Lock, Unlocked, agent_files};
use crate::git::{Mode, Oid, Repository};
use crate::store::Snapshot;

use super::super::scope::Scope;
use super::Edit;

/// What a person does about it.
const PIN: &str = "read it, then `cmpm trust --lock` locks what is staged; commit the lock with it";

pub(super) struct Locks<'a> {
    repository: &'a Repository,
    scope: &'a Scope<'a>,
    /// What judges: the lock of before the change.
    before: Option<Lock>,
    /// The lock that the change leaves.
    after: Option<Lock>,
}

impl<'a> Locks<'a> {
    pub(super) fn over(repository: &'a Repository, scope: &'a Scope<'a>) -> Result<Self> {
        let before = scope.rules.map(|commit| Lock::at(repository, commit)).transpose()?.flatten();
        let is_needed = before.is_some() || scope.is_everything();
        let after = if is_needed { scope.snapshot.read(&LOCK)?.map(|bytes| Lock::parse(&bytes)) } else { None };
        Ok(Self { repository, scope, before, after })
    }

    /// Where everything is looked at: what differs from the lock that is there.
    pub(super) fn whole(&self) -> Result<Vec<Finding>> {
        let (Some(lock), Snapshot::Index(_, staged), true) = (&self.after, self.scope.snapshot, self.scope.is_everything()) else {
            return Ok(Vec::new());
        };
        let files = agent_files(self.repository, &staged.files)?;
        Ok(lock.differences(&files).into_iter().map(of_person).collect())
    }

    pub(super) fn of_edit(&self, edit: &Edit<'_>) -> Result<Vec<Finding>> {
        let Some(before) = &self.before else { return Ok(Vec::new()) };
        let unlocked = before.unlocked(self.repository, edit.changes, edit.others)?;
        if edit.is_agent {
            return Ok(unlocked.into_iter().map(|unlocked| of_agent(unlocked, edit.place)).collect());
        }
        let Some(after) = &self.after else {
            let message = "the lock is gone, so nothing tells when a file that steers agents changes";
            let gone = Finding::new(Rule::AgentFile, Severity::Warning, LOCK, message).hint("`cmpm trust --lock` writes it again");
            return Ok(unlocked.iter().filter(|unlocked| unlocked.path == LOCK).map(|_| gone.clone()).collect());
        };
        let mut findings = Vec::new();
        for Unlocked { path, .. } in unlocked.into_iter().filter(|unlocked| unlocked.path != LOCK) {
            // What counts is how the change leaves it: somebody may have locked or taken back what came in between.
            let what = after.differs(self.repository, &path, self.left(&path)?)?;
            findings.extend(what.map(|what| of_person(Unlocked { path, what })));
        }
        Ok(findings)
    }

    /// What the change leaves at a path.
    fn left(&self, path: &RepoPath) -> Result<Option<(Mode, Oid)>> {
        let entry = match self.scope.snapshot {
            Snapshot::Index(_, staged) => staged.find(path).cloned(),
            Snapshot::Tree(repository, commit) => repository.find_entry(commit, path)?,
            Snapshot::WorkTree(_) => None,
        };
        Ok(entry.map(|entry| (entry.mode, entry.oid)))
    }
}

fn of_person(Unlocked { path, what }: Unlocked) -> Finding {
    Finding::new(Rule::AgentFile, Severity::Warning, path, format!("this file steers agents and {what}")).hint(PIN)
}

fn of_agent(Unlocked { path, what }: Unlocked, place: &str) -> Finding {
    let message = format!("this file steers agents and {what}{place}");
    Finding::new(Rule::AgentFile, Severity::Error, path, message)
        .hint("an agent may not change it; a person does, in a commit of their own before this one, and locks it with `cmpm trust --lock`")
}
