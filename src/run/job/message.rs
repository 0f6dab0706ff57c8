//! What a run and its agent say to each other in files of `CMPM_RUN_DIR`. Each has a schema, for authors of agents
//! (docs/agents-protocol.md). What an agent says is a claim; a message that cannot be read says nothing.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::{Job, JobDir};
use crate::base::{Id, Result, text};
use crate::fs::{PathKind, read, write};

pub const ASSIGNMENT: &str = "cmpm.assignment/1";
pub const PROGRESS: &str = "cmpm.progress/1";
pub const RESULT: &str = "cmpm.result/1";
pub const HANDOFF: &str = "cmpm.handoff/1";
/// What an agent says in files.
const SAID: [&str; 4] = ["claim.md", "progress.jsonl", "result.json", "handoff.json"];
/// Larger messages are not read.
const MOST_BYTES: u64 = 64 * 1024;
documented! {
    "docs/agents-protocol.md": "larger than {} kB is not read", MOST_BYTES / 1024;
}

/// What an agent has to do: `assignment.json`, written by cmpm before each attempt.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Assignment {
    /// `cmpm.assignment/1`.
    pub schema: String,
    /// The run.
    pub run: Id,
    /// Which attempt this is, from 1.
    pub attempt: u32,
    /// The ticket.
    pub ticket: Id,
    /// Its title.
    pub title: String,
    /// Who the agent is.
    pub agent: String,
    /// The folder to work in.
    pub worktree: PathBuf,
    /// The branch that the work is for.
    pub target: String,
    /// The file with the whole brief, beside this one.
    pub brief: String,
    /// Globs of files that may be written.
    pub write: Vec<String>,
    /// Globs of files that may never be written.
    pub deny: Vec<String>,
    /// What will be checked afterwards.
    pub gates: Vec<AssignedGate>,
    /// How long the attempt may take, in seconds.
    pub wall_seconds: u64,
    /// How long it may be silent, in seconds.
    pub idle_seconds: u64,
}

/// A command that must pass afterwards.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AssignedGate {
    /// Its name.
    pub name: String,
    /// The command, as `sh -c` runs it.
    pub run: String,
    /// It runs only if something below these globs changes; always if there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub paths: Vec<String>,
}

/// How far an agent is: one line of `progress.jsonl`, added by the agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Progress {
    /// `cmpm.progress/1`.
    pub schema: String,
    /// What it is doing, in one line.
    pub text: String,
    /// How many steps are done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub done: Option<u32>,
    /// Of how many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<u32>,
}

/// What an agent says at the end: `result.json`. Whatever it says, a run passes on evidence only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Finished {
    /// `cmpm.result/1`.
    pub schema: String,
    /// How it ended, by its own word.
    pub status: FinishedAs,
    /// What it did, what it could not do, and what to look at first.
    pub summary: String,
    /// What the next agent should know.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lessons: Vec<String>,
}

/// How an agent says that it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FinishedAs {
    /// All that was asked.
    Done,
    /// A part of it.
    Partial,
    /// It cannot go on without something that it has not.
    Blocked,
    /// Nothing came of it.
    Failed,
}

/// For whom the rest of the work is: `handoff.json`. A person decides whether that one gets it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Handoff {
    /// `cmpm.handoff/1`.
    pub schema: String,
    /// An agent, or `human`.
    pub to: String,
    /// Why.
    pub reason: String,
    /// What is left to do.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub open: Vec<String>,
}

impl Assignment {
    /// What an attempt has to do.
    pub fn of(job: &Job, attempt: u32) -> Self {
        let gate = |gate: &crate::config::Gate| AssignedGate { name: gate.name.clone(), run: gate.run.clone(), paths: gate.paths.clone() };
        Self {
            schema: ASSIGNMENT.to_owned(),
            run: job.run.clone(),
            attempt,
            ticket: job.ticket.id.clone(),
            title: text::one_line(&job.ticket.title),
            agent: job.agent.name.clone(),
            worktree: job.worktree.clone(),
            target: job.target.clone(),
            brief: "brief.md".to_owned(),
            write: job.agent.write.clone(),
            deny: job.agent.deny.clone(),
            gates: job.gates.iter().map(gate).collect(),
            wall_seconds: job.wall_seconds,
            idle_seconds: job.idle_seconds,
        }
    }
}

impl JobDir {
    /// A text that the agent left in its folder, if it is a plain file: a link or a pipe could be anything.
    pub(in crate::run) fn left(&self, name: &str, most: u64) -> Result<Option<String>> {
        let path = self.out().join(name);
        if read::find_kind(&path)? != Some(PathKind::File) {
            return Ok(None);
        }
        Ok(Some(String::from_utf8_lossy(&read::read_head(&path, most)?).into_owned()))
    }

    /// What an earlier attempt said is not said by the next one.
    pub(in crate::run) fn forget_messages(&self) -> Result<()> {
        for path in SAID.iter().map(|name| self.out().join(name)) {
            match read::find_kind(&path)? {
                Some(PathKind::Folder) => write::remove_folder(&path)?,
                Some(_) => write::remove(&path)?,
                None => {}
            }
        }
        Ok(())
    }

    /// How far the agent says it is.
    pub fn progress(&self) -> Result<Option<Progress>> {
        let path = self.out().join("progress.jsonl");
        if read::find_kind(&path)? != Some(PathKind::File) {
            return Ok(None);
        }
        let end = read::Pieces::open(&path).and_then(|file| {
            let length = file.length().min(MOST_BYTES);
            file.read(file.length() - length, usize::try_from(length).ok()?)
        });
        let lines = String::from_utf8_lossy(&end.unwrap_or_default()).into_owned();
        Ok(lines.lines().rev().find_map(|line| message(line, PROGRESS, |progress: &Progress| &progress.schema)))
    }

    /// What the agent said in messages at its end, as one text; `None` if it left none.
    pub(in crate::run) fn said(&self) -> Result<Option<String>> {
        let found = |name| self.left(name, MOST_BYTES).map(Option::unwrap_or_default);
        let finished = message(&found("result.json")?, RESULT, |finished: &Finished| &finished.schema);
        let handoff = message(&found("handoff.json")?, HANDOFF, |handoff: &Handoff| &handoff.schema);
        let parts = [handoff.as_ref().map(Handoff::text), finished.as_ref().map(Finished::text)];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        Ok((!parts.is_empty()).then(|| parts.join("\n\n")))
    }
}

fn message<T: DeserializeOwned>(json: &str, schema: &str, of: impl Fn(&T) -> &String) -> Option<T> {
    serde_json::from_str::<T>(json).ok().filter(|message| of(message) == schema)
}

impl Finished {
    fn text(&self) -> String {
        let word = match self.status {
            FinishedAs::Done => "",
            FinishedAs::Partial => "Only a part is done.\n\n",
            FinishedAs::Blocked => "It is blocked.\n\n",
            FinishedAs::Failed => "It failed.\n\n",
        };
        let lessons: String = self.lessons.iter().map(|lesson| format!("- {}\n", text::one_line(lesson))).collect();
        let heading = if lessons.is_empty() { "" } else { "\n\n## Lessons\n\n" };
        format!("{word}{}{heading}{lessons}", self.summary.trim())
    }
}

impl Handoff {
    fn text(&self) -> String {
        let open: String = self.open.iter().map(|item| format!("\n- {}", text::one_line(item))).collect();
        let apart = if open.is_empty() { "" } else { "\n" };
        format!("Hands over to {}: {}{apart}{open}", text::one_line(&self.to), text::one_line(&self.reason))
    }
}

impl std::fmt::Display for Progress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&text::one_line(&self.text))?;
        match (self.done, self.of) {
            (Some(done), Some(of)) => write!(f, " ({done} of {of})"),
            _ => Ok(()),
        }
    }
}
