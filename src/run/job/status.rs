//! How far a run is, how its work ended, and what cmpm saw with its own eyes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::adapter::known::Stop;
use super::super::breaker::Try;
pub use super::state::{Outcome, State};
use crate::base::{Id, RepoPath, Timestamp};
use crate::git::Oid;
use crate::process::Owner;

/// One gate as it ran.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct GateResult {
    /// Its name.
    pub name: String,
    /// Its command.
    pub command: String,
    /// Whether it passed, or was not needed.
    pub passed: bool,
    /// Whether it did not run because the change touches none of its paths.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub not_needed: bool,
    /// Whether its failure keeps the work from being merged.
    pub blocking: bool,
    /// The exit code, if it ended by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exit: Option<i32>,
    /// How long it ran, in whole seconds.
    pub seconds: u64,
    /// Why it did not pass, in words; the end of its output.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub detail: String,
    /// The line of its output that says best what went wrong.
    #[serde(default, alias = "told", skip_serializing_if = "String::is_empty")]
    pub excerpt: String,
}

impl GateResult {
    /// How it went, in a few words.
    pub fn verdict(&self) -> String {
        match (self.not_needed, self.passed) {
            (true, _) => "not needed".to_owned(),
            (false, true) => format!("passed in {} s", self.seconds),
            (false, false) => format!("failed in {} s", self.seconds),
        }
    }
}

/// What the agent says it used. A claim, like everything an agent says.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Usage {
    /// Tokens read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input_tokens: Option<u64>,
    /// Tokens written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_tokens: Option<u64>,
    /// Money, in US dollars.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost: Option<f64>,
    /// The model's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Turns of the conversation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub turns: Option<u64>,
    /// The program's own name for the conversation, with which it can go on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
}

/// Something that the policy forbids.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Breach {
    /// The file.
    pub path: String,
    /// The rule.
    pub rule: String,
    /// In words, with where the rule stands.
    pub message: String,
}

/// An attempt that ended in an error.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Failed {
    /// Which attempt, from 1.
    pub attempt: u32,
    /// How it ended.
    pub outcome: Outcome,
    /// Why, in one sentence.
    pub reason: String,
    /// The line of a program's output that says best what went wrong; empty if none does.
    #[serde(default, alias = "told", skip_serializing_if = "String::is_empty")]
    pub excerpt: String,
    /// What the next attempt should know of it: everything that was denied, the end of what the gates printed.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub detail: String,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
}

/// Who works in an attempt, before cmpm checks what is in the worktree.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Worker {
    #[default]
    Agent,
    /// A person, in the run's worktree.
    Person,
    /// Nobody: the work only came onto a newer target.
    Nobody,
}

impl Worker {
    pub fn is_agent(&self) -> bool {
        *self == Self::Agent
    }
}

/// What a person asked for after seeing what the run had done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Revision {
    /// The attempt that it led to.
    pub attempt: u32,
    /// Who asked.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// In the person's words; empty if only the target had moved.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// The files that the person changed by hand.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub edited: Vec<RepoPath>,
    /// The commit of the target that the work was brought onto.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub onto: Option<Oid>,
}

/// That a merged run was taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Reverted {
    /// The commit that undoes it.
    pub commit: Oid,
    /// Who did it.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Why, in the person's words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
}

/// Whose work it is, where it was made in another clone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Shared {
    /// Who shared it.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// The program that worked there.
    pub runner: String,
    /// The commit of its work there.
    pub work: Oid,
}

/// Everything that changes during a run's life.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Status {
    /// How far it is.
    pub state: State,
    /// How the work ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    /// Why, in one sentence.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// Which attempt this is, from 1.
    pub attempt: u32,
    /// When it began to work.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started: Option<Timestamp>,
    /// When its work ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended: Option<Timestamp>,
    /// How many seconds its attempts took, without the time between them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub worked: Option<u64>,
    /// When the attempt began that this process drives.
    #[serde(skip)]
    pub begun: Option<Timestamp>,
    /// Whether the file that said more is damaged.
    #[serde(skip)]
    pub damaged: bool,
    /// The process that drives it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<Owner>,
    /// cmpm's commit of the agent's work.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub work: Option<Oid>,
    /// What the work is built on now, if it was brought onto a newer commit than the run began with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<Oid>,
    /// The files in which bringing it there left conflicts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conflicts: Vec<RepoPath>,
    /// Whether the worktree still shows the work as it was before that.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub outdated: bool,
    /// Who works in this attempt.
    #[serde(default, skip_serializing_if = "Worker::is_agent")]
    pub worker: Worker,
    /// Where it comes from, if somebody else shared it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shared: Option<Shared>,
    /// What people asked for, first to last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub revisions: Vec<Revision>,
    /// The work that a person was shown last, by `review` or `diff`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shown: Option<Oid>,
    /// The files of the work that were not merged with the rest.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<RepoPath>,
    /// The merge commit, or the one commit of a squash.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub merge: Option<Oid>,
    /// That it was taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reverted: Option<Reverted>,
    /// What the agent says it used.
    #[serde(default)]
    pub usage: Usage,
    /// Each time that the program of a runner worked, first to last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tries: Vec<Try>,
    /// The runner that took over from the one that was chosen first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runner: Option<String>,
    /// The gates, as cmpm ran them.
    #[serde(default)]
    pub gates: Vec<GateResult>,
    /// What the policy forbids.
    #[serde(default)]
    pub violations: Vec<Breach>,
    /// What else was seen: processes left behind, own commits, changed settings.
    #[serde(default)]
    pub notes: Vec<String>,
    /// How many hidden characters were removed from the texts of the brief.
    #[serde(default, skip_serializing_if = "is_none")]
    pub hidden: usize,
    /// The sandbox that really held.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub sandbox: String,
    /// What the person who decided said.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub decision: String,
    /// The attempts that ended in an error, first to last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failures: Vec<Failed>,
    /// The error memories that say so, once the page has landed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<Id>,
}

fn is_none(count: &usize) -> bool {
    *count == 0
}

impl Status {
    /// How long its attempts took, in seconds; of a run from before this was measured, with the time between them.
    pub fn worked(&self) -> Option<u64> {
        self.worked.or_else(|| Some(self.ended?.since(self.started?)))
    }

    /// How many US dollars all its attempts cost, as far as their programs said.
    pub fn cost(&self) -> Option<f64> {
        self.tries.iter().filter_map(|one| one.usage.cost).reduce(|sum, cost| sum + cost).or(self.usage.cost)
    }

    /// What kept the program of this attempt from working, if that is known.
    pub fn stop(&self) -> Option<&Stop> {
        self.tries.iter().find(|one| one.attempt == self.attempt)?.stop.as_ref()
    }

    /// A run of which nothing is known but how often the agent was started.
    pub fn lost(attempt: u32) -> Self {
        Self { state: State::Running, attempt, owner: None, reason: "its status file was damaged".into(), damaged: true, ..Self::queued() }
    }

    /// A run that waits.
    pub fn queued() -> Self {
        Self {
            state: State::Queued,
            outcome: None,
            reason: String::new(),
            attempt: 0,
            started: None,
            ended: None,
            worked: None,
            begun: None,
            damaged: false,
            owner: Some(Owner::this_process()),
            work: None,
            base: None,
            conflicts: Vec::new(),
            outdated: false,
            worker: Worker::Agent,
            shared: None,
            revisions: Vec::new(),
            shown: None,
            left_out: Vec::new(),
            merge: None,
            reverted: None,
            usage: Usage::default(),
            tries: Vec::new(),
            runner: None,
            gates: Vec::new(),
            violations: Vec::new(),
            notes: Vec::new(),
            hidden: 0,
            sandbox: String::new(),
            decision: String::new(),
            failures: Vec::new(),
            errors: Vec::new(),
        }
    }
}
