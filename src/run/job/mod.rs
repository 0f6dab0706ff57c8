//! The job directory: all that the steps of a run say to each other is in its files.
//!
//! `job.json` (what to do; never changes), `status.json` (how far it is), `brief.md`, `events.jsonl`, `claim.md`,
//! `review.jsonl` (comments on the work), `attempt-<n>/` (the program's plan, its output, how it ended), `out/` (what the agent may write).

pub mod brief;
pub mod error;
pub mod fence;
pub mod lessons;
pub mod message;
pub mod page;
pub mod placed;
pub mod proposal;
pub mod remark;
pub mod review;
pub mod risk;
mod state;
pub mod status;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::JobError;
use super::adapter::Adapter;
use super::furnish::Furnishing;
use crate::base::json::{self, JsonError};
use crate::base::{Id, RepoPath, Result, Timestamp};
use crate::config::{Ceilings, Gate, Retry};
use crate::document::markdown::without_empty_sections;
use crate::fs::{read, write};
use crate::git::Oid;
use crate::process::{Network, SandboxLevel};
use risk::Risk;
use status::Status;

/// The form of `job.json` that is written, and with its earlier shapes the only one that is read: a job grants rights.
pub const SCHEMA: &str = "cmpm.job/1";

/// What a run has to do. Decided at dispatch from the target commit, and never changed afterwards.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Job {
    /// `cmpm.job/1`.
    pub schema: String,
    /// The run.
    pub run: Id,
    /// What it is about.
    pub ticket: TicketBrief,
    /// Who does it, and within which bounds.
    pub agent: AgentBrief,
    /// With which program.
    pub runner: Runner,
    /// The runners that may take over, in this order, where it cannot work.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fallback: Vec<Runner>,
    /// How often it is tried again where its service is busy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry: Option<Retry>,
    /// The commit it starts from.
    pub base: Oid,
    /// The branch it should land on.
    pub target: String,
    /// The run's own branch.
    pub branch: String,
    /// The run's worktree.
    pub worktree: PathBuf,
    /// The gates, as the base commit has them.
    pub gates: Vec<Gate>,
    /// What its worktree gets besides the files of the base commit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub furnishing: Option<Furnishing>,
    /// The first of ten ports that no other open run has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// Limit of the agent's time in seconds.
    pub wall_seconds: u64,
    /// Limit of the agent's silence in seconds.
    pub idle_seconds: u64,
    /// How many turns the agent program may take.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_turns: Option<u32>,
    /// How many US dollars it may spend.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<f64>,
    /// How strictly programs are confined.
    #[schemars(with = "String")]
    pub sandbox: SandboxLevel,
    /// How much its programs may write, and it may bring.
    #[serde(default)]
    pub limits: Ceilings,
    /// The memories that were given.
    pub memories: Vec<MemoryBrief>,
    /// What of the memories was left out, and how to get it; empty if nothing was.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub left_out: String,
    /// What a hostile text could do, as far as it was known at dispatch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub risk: Option<Risk>,
    /// The first of the runs that try this ticket at once, if there are several. One claim holds it for all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<Id>,
    /// The workflow and step this run belongs to, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workflow: Option<String>,
    /// Values for the agent, as environment variables.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub inputs: BTreeMap<String, String>,
    /// When it was asked for.
    pub created: Timestamp,
}

/// What a run knows of its ticket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TicketBrief {
    /// Its id.
    pub id: Id,
    /// One line.
    pub title: String,
    /// Its file.
    pub path: RepoPath,
    /// Its text.
    pub body: String,
    /// What else its file says that matters for the work, such as `due: 2026-03-01`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub facts: Vec<String>,
    /// Who wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<Author>,
    /// Where tickets live; their status is not the agent's to change.
    pub folders: Vec<RepoPath>,
}

impl Job {
    /// In whose name its ticket is claimed.
    pub fn holder(&self) -> &Id {
        self.group.as_ref().unwrap_or(&self.run)
    }

    /// The model that was asked for.
    pub fn model(&self) -> Option<&str> {
        self.agent.model.as_deref().filter(|model| *model != "inherit")
    }

    /// What its agent can reach.
    pub fn network(&self) -> Network {
        let of_runner = match &self.runner {
            Runner::Command { .. } => Network::Open,
            Runner::Builtin { .. } => Network::None,
            Runner::Adapter { adapter, .. } => adapter.network.clone(),
        };
        self.agent.network.as_ref().map_or(of_runner.clone(), |of_role| of_runner.and(of_role))
    }

    /// Whether its agent can reach others.
    pub fn has_network(&self) -> bool {
        !self.network().is_none()
    }
}

impl TicketBrief {
    /// What is asked, with its title and what else its file says first.
    pub(in crate::run) fn text(&self) -> String {
        let facts: String = self.facts.iter().map(|fact| format!("- {fact}\n")).collect();
        let body = without_empty_sections(&self.body);
        let parts = [&self.title, facts.trim_end(), body.trim()];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n\n")
    }

    /// Whose it is, and whether that is known.
    pub(in crate::run) fn label(&self) -> (String, bool) {
        let name = self.author.as_ref().map_or("somebody", |author| &author.name);
        (format!("{} by {name}", self.id), self.author.as_ref().is_some_and(|author| author.verified))
    }
}

/// Who wrote a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Author {
    /// As the text says it.
    pub name: String,
    /// Whether the history has commits of that name.
    pub verified: bool,
}

/// A memory that an agent is given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MemoryBrief {
    /// Its id.
    pub id: Id,
    /// What it says, in one line.
    pub text: String,
}

/// What a run knows of its agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AgentBrief {
    /// Its name.
    pub name: String,
    /// Where its file is.
    pub source: String,
    /// What it is told about itself.
    pub prompt: String,
    /// Globs of files it may write.
    pub write: Vec<String>,
    /// Globs of files it may never write.
    pub deny: Vec<String>,
    /// The tools it may use, in its program's own words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tools: Option<String>,
    /// The model it wants.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// What it may reach of what its runner reaches; all of it if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network: Option<Network>,
    /// Digest of the rules above.
    pub digest: String,
    /// How often it may try.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_attempts: Option<u32>,
    /// Whom to turn to when the attempts are used up.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub escalate_to: Vec<String>,
}

/// What does the work.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Runner {
    /// A command the user typed.
    Command {
        /// Program and arguments.
        argv: Vec<String>,
    },
    /// An agent that is part of cmpm.
    Builtin {
        /// Its name.
        agent: String,
        /// The programs that were looked for first, none of which is installed.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        instead_of: Vec<String>,
    },
    /// A program described by a file.
    Adapter {
        /// The description.
        #[schemars(with = "serde_json::Value")]
        adapter: Box<Adapter>,
        /// The file in the project that says so, which must be approved; none of an adapter that is part of cmpm.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        file: Option<String>,
    },
}

impl Runner {
    /// That a part of cmpm works because nothing better was found, if so.
    pub fn fallback(&self) -> Option<String> {
        let Self::Builtin { agent, instead_of } = self else { return None };
        let looked = instead_of.join(", ");
        (!looked.is_empty()).then(|| {
            format!("no agent program was found (looked for {looked}), so cmpm's built-in {agent} agent works; it is no language model")
        })
    }

    /// Its name for people.
    pub fn name(&self) -> &str {
        match self {
            Self::Command { .. } => "command",
            Self::Builtin { .. } => "builtin",
            Self::Adapter { adapter, .. } => &adapter.name,
        }
    }
}

/// The folder of one run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobDir {
    folder: PathBuf,
}

impl JobDir {
    /// The folder of `run`, whether it exists or not.
    pub fn new(live: &Path, run: &str) -> Self {
        Self { folder: live.join("jobs").join(run) }
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// What the agent may write besides its worktree; its name marks every process of the run.
    pub fn out(&self) -> PathBuf {
        self.folder.join("out")
    }

    /// Removes what only a working program needs.
    pub fn clear_scratch(&self) -> Result<()> {
        for name in ["tmp", "layers", "gate-home", "furnish"] {
            write::remove_folder(&self.file(name))?;
        }
        Ok(())
    }

    pub fn attempt(&self, number: u32) -> PathBuf {
        self.folder.join(format!("attempt-{number}"))
    }

    /// How many attempts have a folder.
    fn attempts(&self) -> Result<u32> {
        let names = read::names(&self.folder)?;
        Ok(names.iter().filter_map(|name| name.strip_prefix("attempt-")?.parse().ok()).max().unwrap_or(0))
    }

    /// Writes a new job and its first status; the job is there from then on.
    pub fn create(&self, job: &Job) -> Result<()> {
        let text = to_json(job)?;
        write::create_folder(&self.out())?;
        write::replace(&self.file("worktree"), format!("{}\n", job.worktree.display()).as_bytes())?;
        self.save_status(&Status::queued())?;
        write::create(&self.file("job.json"), text.as_bytes())?;
        Ok(())
    }

    /// The job; `None` if this run was never dispatched.
    pub fn find_job(&self) -> Result<Option<Job>> {
        let Some(found) = self.find_json::<Value>("job.json")? else { return Ok(None) };
        let damaged = |reason: String| JobError::Damaged { path: self.file("job.json"), reason };
        let job: Job = serde_json::from_value(in_todays_shape(found)).map_err(|error| damaged(error.to_string()))?;
        if job.schema == SCHEMA {
            Ok(Some(job))
        } else {
            Err(damaged(format!("`{}` is not a form this version of cmpm reads", job.schema)).into())
        }
    }

    /// How far it is; where the file is damaged, the others still say what there is to go on with.
    pub fn load_status(&self) -> Result<Status> {
        self.require_status().or_else(|failure| match failure.downcast_ref() {
            Some(JobError::Damaged { .. }) => self.attempts().map(Status::lost),
            _ => Err(failure),
        })
    }

    /// The same as its file says it.
    pub fn require_status(&self) -> Result<Status> {
        let found = self.find_json("status.json")?;
        found.ok_or_else(|| JobError::Damaged { path: self.file("status.json"), reason: "it is missing".into() }.into())
    }

    /// Writes how far it is, atomically and durably.
    pub fn save_status(&self, status: &Status) -> Result<()> {
        Ok(write::replace(&self.file("status.json"), to_json(status)?.as_bytes())?)
    }

    /// Adds a line to the events of this run.
    pub fn event(&self, now: Timestamp, name: &str, detail: &str) {
        let line = json!({ "at": now, "event": name, "detail": detail }).to_string() + "\n";
        // Events are for reading along; a full disk is noticed where it matters.
        drop(write::append(&self.file("events.jsonl"), line.as_bytes()));
    }

    /// A JSON file of this folder; `None` if it is not there.
    pub fn find_json<T: serde::de::DeserializeOwned>(&self, name: &str) -> Result<Option<T>> {
        let path = self.file(name);
        let Some(bytes) = read::find(&path)? else { return Ok(None) };
        let parsed = serde_json::from_slice(&bytes);
        parsed.map(Some).map_err(|error| JobError::Damaged { path, reason: error.to_string() }.into())
    }

    /// Writes a JSON file of this folder.
    pub fn save_json<T: Serialize>(&self, name: &str, value: &T) -> Result<()> {
        Ok(write::replace(&self.file(name), to_json(value)?.as_bytes())?)
    }
}

/// The first jobs had the limits of gates in minutes.
fn in_todays_shape(mut job: Value) -> Value {
    for gate in job.get_mut("gates").and_then(Value::as_array_mut).into_iter().flatten() {
        if let Some(gate) = gate.as_object_mut()
            && let Some(minutes) = gate.remove("timeout_minutes")
        {
            gate.insert("timeout".into(), format!("{minutes}m").into());
        }
    }
    job
}

fn to_json(value: &impl Serialize) -> Result<String, JsonError> {
    Ok(json::pretty(value)? + "\n")
}
