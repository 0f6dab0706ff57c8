//! What `--fix` does. Each remedy looks again before it acts, because the clone goes on living meanwhile.

use std::path::PathBuf;

use crate::claims::Claim;
use crate::fs::{PathKind, read, write};
use crate::nouns::hook::{Action, HookName, install_all};
use crate::report::prelude::*;
use crate::run::{Runs, State};
use crate::store;

/// How something is put in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remedy {
    /// Finish what was half written.
    Journal,
    /// Bring a run to where `resume` can go on, or its decision to its end.
    Run(Id),
    /// Free a ticket whose process is gone.
    Claim(Id),
    /// Free a ticket that was taken for a run which was never recorded.
    Orphan(Box<Claim>),
    /// Remove the empty folder of such a run.
    Unwritten(String),
    /// Let git forget a worktree whose folder is gone.
    Worktree(String),
    /// Take away a worktree that was never finished.
    Unfinished(String),
    /// Remove a cache that is of no use.
    Cache(PathBuf),
    /// Put cmpm's line back where it was.
    Hook(HookName),
    /// Remove half-written files.
    Staged(Vec<PathBuf>),
}

/// What was done about something.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Fixed {
    /// Which thing.
    about: String,
    /// What was done; empty if it failed.
    #[serde(skip_serializing_if = "String::is_empty")]
    done: String,
    /// Why nothing was done.
    #[serde(skip_serializing_if = "String::is_empty")]
    failed: String,
    #[serde(skip)]
    pub remedy: Remedy,
}

impl Fixed {
    /// One line about it.
    pub fn render(&self, screen: &Screen) -> String {
        let about = screen.paint(Tone::Key, &text::one_line(&self.about));
        let (word, tone, what) =
            if self.failed.is_empty() { ("fixed", Tone::Good, &self.done) } else { ("not fixed", Tone::Bad, &self.failed) };
        format!("{} {about}: {}", screen.paint(tone, word), text::one_line(what))
    }
}

impl Remedy {
    /// Does it, and says what was done.
    pub fn apply(self, context: &Context, runs: &Runs<'_>) -> Fixed {
        let about = self.about();
        let (done, failed) = match self.carry_out(context, runs) {
            Ok(done) => (done, String::new()),
            Err(failure) => (String::new(), failure.to_string()),
        };
        Fixed { about, done, failed, remedy: self }
    }

    fn about(&self) -> String {
        match self {
            Self::Journal => "journal".to_owned(),
            Self::Run(id) | Self::Claim(id) => id.to_string(),
            Self::Orphan(claim) => claim.ticket.to_string(),
            Self::Unwritten(name) | Self::Worktree(name) | Self::Unfinished(name) => name.clone(),
            Self::Cache(_) => "cache".to_owned(),
            Self::Hook(name) => name.as_str().to_owned(),
            Self::Staged(_) => "half-written files".to_owned(),
        }
    }

    fn carry_out(&self, context: &Context, runs: &Runs<'_>) -> Result<String> {
        match self {
            Self::Journal => Ok(match store::recover(&runs.live())? {
                Some(entry) if entry.state == store::journal::State::SetAside => {
                    format!("set `{}` aside as a whole; its files stay unchanged", entry.operation)
                }
                Some(entry) => format!("finished `{}`", entry.operation),
                None => "closed".to_owned(),
            }),
            Self::Run(id) => mend_run(runs, id),
            Self::Claim(ticket) => {
                runs.claims().release_dead(ticket)?;
                Ok("released; its process has ended".to_owned())
            }
            Self::Orphan(claim) => Ok(match runs.release_orphan(claim)? {
                None => "released; its run was never recorded".to_owned(),
                Some(remote) => format!("released here; `{remote}` could not be told: `cmpm delegate clean` tries again"),
            }),
            Self::Unwritten(name) => {
                runs.forget_unwritten(name)?;
                Ok("removed the empty folder of a run that never started".to_owned())
            }
            Self::Worktree(name) => {
                runs.repository.forget_gone_worktree(name)?;
                Ok("pruned this worktree, whose folder was gone; its branch stays".to_owned())
            }
            Self::Unfinished(name) => {
                runs.repository.forget_unfinished_worktree(name)?;
                Ok("removed a worktree that was never completed".to_owned())
            }
            Self::Cache(folder) => remove_cache(folder).map(|()| "removed; it is created again when needed".to_owned()),
            Self::Hook(hook) => {
                let rows = install_all(context, &[*hook], false)?;
                let is_done = rows.iter().all(|row| matches!(row.action, Action::Created | Action::Added | Action::Unchanged));
                let why = rows.iter().map(|row| row.detail.as_str()).collect::<Vec<_>>().join(", ");
                Ok(if is_done { "restored cmpm's line".to_owned() } else { format!("left unchanged: {why}") })
            }
            Self::Staged(files) => {
                files.iter().try_for_each(|file| write::remove(file))?;
                Ok(format!("removed {}", text::plural(files.len(), "file")))
            }
        }
    }
}

fn mend_run(runs: &Runs<'_>, id: &Id) -> Result<String> {
    let mut run = runs.require(id.as_str())?;
    runs.fix(&mut run)?;
    Ok(match run.status.state {
        State::Queued | State::Running => {
            format!("it stopped: `cmpm delegate resume {id}` resumes it, `cmpm delegate clean {id}` discards it")
        }
        State::Review => "removed what its gates left; it waits for review".to_owned(),
        closed => format!("finished: {}", closed.as_str()),
    })
}

fn remove_cache(folder: &std::path::Path) -> Result<()> {
    if read::find_kind(folder)? == Some(PathKind::Folder) {
        write::remove_folder(folder)?;
    } else {
        write::remove(folder)?;
    }
    Ok(())
}
