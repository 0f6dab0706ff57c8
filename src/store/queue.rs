//! Since when git's hooks are at work here, and how far what arrived since then has been worked through.
//!
//! Work counts once it is on the integration branch. So one line says since when to look, and what is looked at is that
//! branch's own history: nothing is done twice, a commit that a hook missed is not lost, and a hook that finds the line there
//! has nothing to do.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Change, Place};
use crate::base::json::{self, JsonError};
use crate::base::{Explain, Explained, Result, Timestamp};
use crate::fs::lock::{self, Lock};
use crate::fs::{read, write};
use crate::git::{Oid, Repository};

/// How long to wait for another process that writes in the queue.
const PATIENCE: Duration = Duration::from_secs(2);

#[derive(Debug)]
pub struct Queue {
    live: PathBuf,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Noted {
    /// When.
    pub at: Timestamp,
    /// The hook that noted it.
    pub hook: String,
    /// The branch it happened on, if one was checked out.
    pub branch: Option<String>,
    /// The commit that was checked out afterwards.
    pub commit: Oid,
    /// Where the integration branch was before; absent if it had no commit.
    pub base: Option<Oid>,
}

/// What is done with what arrives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Tickets that commits close are closed.
    Close,
    /// Tickets that can be started are given to agents.
    Delegate,
}

/// How far each step has come: the commit of the integration branch up to which everything is done.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Progress {
    close: Option<Oid>,
    delegate: Option<Oid>,
}

/// What reached the integration branch and is still to be worked through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrived {
    /// The integration branch.
    pub branch: String,
    /// Where to begin, itself left out; `None` for the whole history.
    pub from: Option<Oid>,
    /// The branch's commit now.
    pub to: Oid,
}

/// What keeps the queue from being worked through.
#[derive(Debug, thiserror::Error)]
pub enum QueueError {
    /// The files of another branch are here.
    #[error("what is queued concerns `{branch}`, which is not checked out here")]
    Elsewhere { branch: String },
}

impl Explain for QueueError {
    fn explain(&self) -> Explained {
        match self {
            Self::Elsewhere { branch } => {
                Explained::wrong("elsewhere").hint(format!("run it in the worktree that has `{branch}` checked out"))
            }
        }
    }
}

impl Queue {
    /// The queue among the live facts of a clone.
    pub fn new(live: &Path) -> Self {
        Self { live: live.to_owned() }
    }

    /// Whether it is known since when to look.
    pub fn is_begun(&self) -> bool {
        read::find_metadata(&self.file()).ok().flatten().is_some_and(|found| found.len() > 0)
    }

    /// Notes what happened, if nothing was noted before.
    pub fn begin(&self, noted: &Noted) -> Result<()> {
        let _lock = self.lock()?;
        if !self.is_begun() {
            let line = json::line(noted)? + "\n";
            write::replace(&self.file(), line.as_bytes())?;
        }
        Ok(())
    }

    /// What was noted first. Before, each commit had a line; one that cannot be read is passed over.
    fn first(&self) -> Result<Option<Noted>> {
        let text = read::find_text(&self.file())?.unwrap_or_default();
        Ok(text.lines().find_map(|line| serde_json::from_str(line).ok()))
    }

    /// What arrived since `step` was last done; `None` if nothing did, or nothing was ever noted.
    pub fn arrived(&self, repository: &Repository, step: Step) -> Result<Option<Arrived>> {
        let Some((branch, to)) = repository.integration_branch()? else { return Ok(None) };
        let progress = self.progress()?;
        let done = if step == Step::Close { progress.close } else { progress.delegate };
        let is_there = |oid: &Oid| repository.has_object(*oid);
        let from = match done.filter(is_there) {
            Some(oid) => Some(oid),
            None => match self.first()? {
                // History was rewritten, and nothing says any more where to begin: the next commit is noted as the first one.
                Some(Noted { base: Some(base), .. }) if !is_there(&base) => {
                    drop(write::remove(&self.file()));
                    return Ok(None);
                }
                Some(first) => first.base,
                None => return Ok(None),
            },
        };
        Ok((from != Some(to)).then_some(Arrived { branch, from, to }))
    }

    /// The same, where the integration branch must be checked out, because files of it are to be written.
    pub fn arrived_here(&self, repository: &Repository, step: Step) -> Result<Option<Arrived>> {
        let Some(arrived) = self.arrived(repository, step)? else { return Ok(None) };
        if repository.head()?.branch() != Some(&arrived.branch) {
            return Err(QueueError::Elsewhere { branch: arrived.branch }.into());
        }
        Ok(Some(arrived))
    }

    /// Records that `step` is done up to `arrived.to`.
    pub fn finish(&self, step: Step, arrived: &Arrived) -> Result<()> {
        let _lock = self.lock()?;
        if step == Step::Close {
            let change = self.closing(arrived)?;
            return Ok(write::replace(&self.closed_file(), &change.after.unwrap_or_default())?);
        }
        let progress = Progress { delegate: Some(arrived.to), ..Progress::load(&self.progress_file())? };
        Ok(write::replace(&self.progress_file(), &progress.bytes()?)?)
    }

    /// That tickets are closed up to `arrived.to`, as a part of the step that closes them: undone with it, they are queued again.
    pub fn closing(&self, arrived: &Arrived) -> Result<Change> {
        let file = self.closed_file();
        let after = Progress { close: Some(arrived.to), delegate: None }.bytes()?;
        Ok(Change::write(Place::of_clone(&file), read::find(&file)?, after))
    }

    fn progress(&self) -> Result<Progress> {
        let (closed, done) = (Progress::load(&self.closed_file())?, Progress::load(&self.progress_file())?);
        Ok(Progress { close: closed.close.or(done.close), ..done })
    }

    /// A file of its own, so that undoing a step that closed tickets does not depend on what was delegated since.
    fn closed_file(&self) -> PathBuf {
        self.live.join("queue-closed.json")
    }

    fn file(&self) -> PathBuf {
        self.live.join("queue")
    }

    fn progress_file(&self) -> PathBuf {
        self.live.join("queue-done.json")
    }

    fn lock(&self) -> Result<Lock> {
        Ok(lock::acquire(&self.live.join("locks/queue"), PATIENCE)?)
    }
}

impl Progress {
    fn load(file: &Path) -> Result<Self> {
        Ok(serde_json::from_slice(&read::find(file)?.unwrap_or_default()).unwrap_or_default())
    }

    fn bytes(&self) -> Result<Vec<u8>, JsonError> {
        Ok((json::line(self)? + "\n").into_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn oid(number: usize) -> Oid {
        format!("{number:040x}").parse().unwrap()
    }

    fn noted(number: usize) -> Noted {
        let at = Timestamp::from_seconds(0);
        Noted { at, hook: "post-commit".into(), branch: Some("main".into()), commit: oid(number), base: Some(oid(number - 1)) }
    }

    #[test]
    fn what_was_noted_first_stays() {
        let folder = tempfile::tempdir().unwrap();
        let queue = Queue::new(folder.path());
        assert!(!queue.is_begun());
        // A process that was killed in between.
        write::replace(&queue.file(), b"").unwrap();
        assert!(!queue.is_begun());
        std::thread::scope(|scope| {
            for number in 1..=24 {
                let queue = Queue::new(folder.path());
                scope.spawn(move || queue.begin(&noted(number)).unwrap());
            }
        });
        let first = queue.first().unwrap().unwrap();
        queue.begin(&noted(25)).unwrap();
        assert_eq!((queue.is_begun(), queue.first().unwrap()), (true, Some(first)));
    }

    #[test]
    fn a_queue_of_many_lines_says_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let queue = Queue::new(folder.path());
        let lines = format!("{{\"at\": half\n{}\n{}\n", json::line(&noted(1)).unwrap(), json::line(&noted(2)).unwrap());
        write::replace(&queue.file(), lines.as_bytes()).unwrap();
        assert_eq!(queue.first().unwrap(), Some(noted(1)));
    }
}
