//! Three things that together let a hostile text carry something out of the machine: the agent can read what is private, its brief
//! has text of strangers, and it reaches the network. Any two of them are ordinary work.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::furnish::Furnishing;
use super::remark::Remark;
use super::{Job, Runner};
use crate::base::text;
use crate::process::{Network, SandboxLevel};

/// What of the three a run has, as it was at dispatch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Risk {
    /// Whether the agent can read what is private, and why.
    pub private: Part,
    /// Whether its brief has text of strangers.
    pub untrusted: Part,
    /// Whether it reaches the network.
    pub network: Part,
    /// Who accepted all three together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Part {
    /// Whether it is so.
    pub is: bool,
    /// In a few words.
    pub why: String,
}

impl Risk {
    /// Of a job and what was said about its ticket.
    pub fn of(job: &Job, remarks: &[Remark]) -> Self {
        Self { private: private(job), untrusted: untrusted(job, remarks), network: network(job), accepted: None }
    }

    pub fn is_all(&self) -> bool {
        self.private.is && self.untrusted.is && self.network.is
    }

    /// Whether text of strangers may be in a brief of this run.
    pub fn allows_strangers(&self) -> bool {
        self.accepted.is_some() || !(self.private.is && self.network.is)
    }

    /// All of it in one line.
    pub fn line(&self) -> String {
        let part = |name: &str, Part { is, why }: &Part| format!("{name} {} ({why})", if *is { "yes" } else { "no" });
        let parts =
            [part("private data readable", &self.private), part("text of strangers", &self.untrusted), part("network", &self.network)];
        let accepted = self.accepted.as_ref().map(|by| format!("; accepted by {}", text::one_line(by))).unwrap_or_default();
        format!("{}{accepted}", parts.join(", "))
    }
}

fn private(job: &Job) -> Part {
    // What gates run is the agent's.
    let (is, why) = match &job.runner {
        Runner::Builtin { .. } if job.gates.is_empty() => (false, "cmpm's own agent reads its worktree"),
        Runner::Adapter { adapter, .. } if adapter.has_private_things() => (true, "its runner gives it logins or folders of yours"),
        _ if job.furnishing.as_ref().is_some_and(Furnishing::shows_ignored) => (true, "files that git ignores are in its worktree"),
        _ if job.sandbox == SandboxLevel::Require => (false, "the sandbox, which is required, closes reading"),
        _ => (true, "the sandbox is not required, so reading may be open"),
    };
    Part { is, why: why.into() }
}

fn untrusted(job: &Job, remarks: &[Remark]) -> Part {
    let author = job.ticket.author.as_ref().filter(|author| !author.verified);
    let ticket = author.map(|author| format!("{} is by {}, who has no commits here", job.ticket.id, author.name));
    let comment = || remarks.iter().find(|remark| remark.untrusted).map(|remark| format!("{}, who has no commits here", remark.head));
    let why = ticket.or_else(comment);
    Part { is: why.is_some(), why: why.unwrap_or_else(|| "all authors have commits here".into()) }
}

fn network(job: &Job) -> Part {
    let what = match job.network() {
        Network::None => "has none".to_owned(),
        Network::Open => "has it".to_owned(),
        some @ Network::Only(_) => format!("has {some}"),
    };
    let of_role = if job.agent.network.is_some() { format!(" for {}", job.agent.name) } else { String::new() };
    let gates: Vec<&str> = job.gates.iter().filter(|gate| !gate.network.is_none()).map(|gate| gate.name.as_str()).collect();
    let of_gates = if gates.is_empty() { String::new() } else { format!("; gates with it: {}", gates.join(", ")) };
    let has_setup = job.furnishing.as_ref().is_some_and(Furnishing::has_network);
    let of_setup = if has_setup { "; setup with it" } else { "" };
    let is = job.has_network() || !gates.is_empty() || has_setup;
    Part { is, why: format!("the runner {} {what}{of_role}{of_gates}{of_setup}", job.runner.name()) }
}
