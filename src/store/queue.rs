//! What git's hooks noted for later, one line for each commit, merge or checkout, and how far it has been worked through.
//!
//! Work counts once it is on the integration branch. So the queue says since when to look, and what is looked at is that
//! branch's own history: nothing is done twice, and a commit that a hook missed is not lost.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::base::json::{self, JsonError};
use crate::base::{Explain, Explained, Result, Timestamp};
use crate::fs::lock::{self, Lock};
use crate::fs::{read, write};
use crate::git::{Oid, Repository};

/// So many lines are kept; beyond that the oldest go.
const LINES: usize = 500;
documented! {
    "docs/hooks.md": "at most {} lines", LINES;
}
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

    /// Adds a line, unless the same commit is on it for the same branch; `false` then.
    pub fn add(&self, noted: &Noted) -> Result<bool> {
        let _lock = self.lock()?;
        let mut lines = self.list()?;
        if lines.iter().any(|line| line.commit == noted.commit && line.branch == noted.branch) {
            return Ok(false);
        }
        if lines.len() < LINES {
            write::append(&self.file(), line(noted)?.as_bytes())?;
            return Ok(true);
        }
        lines.push(noted.clone());
        let gone = lines.len() - LINES;
        // The oldest line says since when to look, so what goes hands that on.
        let since = lines.first().and_then(|oldest| oldest.base);
        lines.drain(..gone);
        if let Some(oldest) = lines.first_mut() {
            oldest.base = since;
        }
        self.rewrite(&lines)?;
        Ok(true)
    }

    /// The lines, the oldest first. One that cannot be read is left out.
    pub fn list(&self) -> Result<Vec<Noted>> {
        let text = read::find_text(&self.file())?.unwrap_or_default();
        Ok(text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect())
    }

    /// What arrived since `step` was last done; `None` if nothing did, or nothing was ever noted.
    pub fn arrived(&self, repository: &Repository, step: Step) -> Result<Option<Arrived>> {
        let Some((branch, to)) = repository.integration_branch()? else { return Ok(None) };
        let progress = self.progress()?;
        let done = if step == Step::Close { progress.close } else { progress.delegate };
        let from = match done.filter(|oid| repository.read_commit(*oid).is_ok()) {
            Some(oid) => Some(oid),
            None => match self.list()?.first() {
                Some(oldest) => oldest.base,
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

    /// Records that `step` is done up to `arrived.to`. Once tickets are delegated up to there, the lines about it go.
    pub fn finish(&self, repository: &Repository, step: Step, arrived: &Arrived) -> Result<()> {
        let _lock = self.lock()?;
        let mut progress = self.progress()?;
        match step {
            Step::Close => progress.close = Some(arrived.to),
            Step::Delegate => progress.delegate = Some(arrived.to),
        }
        let text = json::line(&progress)? + "\n";
        write::replace(&self.progress_file(), text.as_bytes())?;
        if step == Step::Close {
            return Ok(());
        }
        // A commit that was amended away is on no branch and will never arrive.
        let tips: Vec<Oid> = repository.refs_below("refs/heads/")?.into_iter().map(|(_, tip)| tip).collect();
        let reaches = |tip: Oid, commit| repository.is_ancestor(commit, tip).unwrap_or(false);
        let mut lines = self.list()?;
        lines.retain(|line| !reaches(arrived.to, line.commit) && tips.iter().any(|tip| reaches(*tip, line.commit)));
        self.rewrite(&lines)
    }

    fn progress(&self) -> Result<Progress> {
        let bytes = read::find(&self.progress_file())?.unwrap_or_default();
        Ok(serde_json::from_slice(&bytes).unwrap_or_default())
    }

    fn rewrite(&self, lines: &[Noted]) -> Result<()> {
        let text = lines.iter().map(line).collect::<Result<String, _>>()?;
        Ok(write::replace(&self.file(), text.as_bytes())?)
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

fn line(noted: &Noted) -> Result<String, JsonError> {
    Ok(json::line(noted)? + "\n")
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
    fn the_same_commit_is_noted_once_and_the_oldest_go() {
        let folder = tempfile::tempdir().unwrap();
        let queue = Queue::new(folder.path());
        assert!(queue.add(&noted(1)).unwrap() && !queue.add(&noted(1)).unwrap());
        for number in 2..=LINES + 3 {
            queue.add(&noted(number)).unwrap();
        }
        let lines = queue.list().unwrap();
        assert_eq!((lines.len(), lines[0].commit, lines[0].base), (LINES, oid(4), Some(oid(0))));
        assert_eq!(lines[1], noted(5));
    }

    #[test]
    fn a_line_that_cannot_be_read_hides_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let queue = Queue::new(folder.path());
        queue.add(&noted(1)).unwrap();
        write::append(&queue.file(), b"{\"at\": half\n").unwrap();
        queue.add(&noted(2)).unwrap();
        assert_eq!(queue.list().unwrap(), [noted(1), noted(2)]);
    }

    #[test]
    fn many_at_once_lose_nothing() {
        let folder = tempfile::tempdir().unwrap();
        std::thread::scope(|scope| {
            for number in 1..=24 {
                let queue = Queue::new(folder.path());
                scope.spawn(move || queue.add(&noted(number)).unwrap());
            }
        });
        assert_eq!(Queue::new(folder.path()).list().unwrap().len(), 24);
    }
}
