//! `cmpm agent policy explain`

use clap::Subcommand;

use crate::base::{Explain, Explained};
use crate::engine::policy::Decision;
use crate::report::prelude::*;
use crate::store::Snapshot;

use super::load::{load_agents, require};
use super::model::{Agent, Grant};

/// Explain what an agent may write, and why
///
/// `cmpm agent policy explain AGENT PATH` says which rule decides about a path and where it is written; exit code 1 if the agent may not
/// write it. Without a path it says the whole policy in plain words.
/// Examples: `cmpm agent policy explain qa tests/login.rs`, `cmpm agent policy explain engineer`
#[derive(Debug, Args)]
pub struct Policy {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Say which rule decides a path, or the whole policy
    Explain {
        /// The agent
        #[arg(add = Takes::Agent)]
        agent: String,
        /// A path from the root of the repository; the file need not exist
        #[arg(value_hint = clap::ValueHint::AnyPath)]
        path: Option<String>,
    },
}

/// What decides.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Explanation {
    agent: String,
    /// Where it is defined.
    source: String,
    /// Why it may write nothing.
    read_only: Option<super::ReadOnly>,
    /// The path that was asked about.
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<RepoPath>,
    /// What is decided about it, and by which rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    decision: Option<Decision>,
    /// The whole policy in plain words.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    policy: Vec<String>,
}

#[derive(Debug, thiserror::Error)]
#[error("`{path}` is not a path inside of the repository")]
struct NoPath {
    path: String,
}

impl Explain for NoPath {
    fn explain(&self) -> Explained {
        Explained::wrong("usage").hint("write it from the root of the repository, such as `src/main.rs`")
    }
}

impl Verb for Policy {
    type Report = WithFindings<Explanation>;
    const METADATA: Metadata = Metadata::READS;

    fn run(self, context: &Context) -> Result<WithFindings<Explanation>> {
        let Action::Explain { agent, path } = self.action;
        let (agents, mut findings) = load_agents(&Snapshot::WorkTree(context.root()?));
        let agent = require(agents, &agent)?;
        findings.retain(|finding| finding.path.to_string() == agent.source.to_string());
        let path = path.map(|typed| RepoPath::parse(&typed).filter(|path| !path.is_empty()).ok_or(NoPath { path: typed })).transpose()?;
        let decision = path.as_ref().map(|path| Ok::<_, crate::base::Failure>(agent.role()?.decide(path))).transpose()?;
        let policy = if path.is_some() { Vec::new() } else { in_words(&agent) };
        let (source, read_only) = (agent.source.to_string(), agent.read_only);
        Ok(Explanation { agent: agent.name, source, read_only, path, decision, policy }.with(findings))
    }
}

/// The whole policy, a sentence each.
fn in_words(agent: &Agent) -> Vec<String> {
    let list = |grants: &[Grant]| grants.iter().map(|grant| grant.written.as_str()).collect::<Vec<_>>().join(", ");
    let mut said = Vec::new();
    said.extend(agent.extends.iter().map(|base| format!("It is as `{base}` where its own file says nothing.")));
    said.push(match agent.read_only {
        Some(reason) => format!("It may write nothing: {}.", reason.as_str()),
        None => format!("It may write {}; nothing else.", list(&agent.write)),
    });
    if !agent.deny.is_empty() {
        said.push(format!("It may never write {}, in any spelling that some file system takes for the same.", list(&agent.deny)));
    }
    said.push(
        "No agent ever writes cmpm's settings, agents, runners and run pages, git's own files, or the status of a ticket.".to_owned(),
    );
    said.push(
        "Pipelines, hooks, and what steers agents, editors and tools it may write only where one of its globs spells the path out \
         (docs/protected.md)."
            .to_owned(),
    );
    said.push("One path outside of this, and nothing of the run can be merged.".to_owned());
    let limit = agent.timeout_minutes.map(|minutes| format!("{minutes} minutes"));
    let tries = agent.max_attempts.map(|tries| text::plural(tries as usize, "attempt"));
    let bounds: Vec<String> = [limit, tries].into_iter().flatten().collect();
    if !bounds.is_empty() {
        said.push(format!("It has {}; the settings may say less.", bounds.join(" and ")));
    }
    if !agent.escalate_to.is_empty() {
        said.push(format!("After that it is the turn of {}.", agent.escalate_to.join(", then ")));
    }
    said.push(match &agent.tools {
        Some(tools) => format!("Its program is told to give it these tools: {}.", tools.join(", ")),
        None => "Its program gives it the tools that it has.".to_owned(),
    });
    said.push(if agent.memory_categories.is_empty() {
        "Its brief may carry any memories.".to_owned()
    } else {
        format!("Its brief carries memories of the categories {}.", agent.memory_categories.join(", "))
    });
    said
}

impl Explanation {
    fn render_decision(&self, path: &RepoPath, decision: &Decision) -> String {
        match decision {
            Decision::Allowed { by } => {
                format!("{} may write {path}: the write rule `{}` covers it [{}]\n", self.agent, by.pattern, by.origin)
            }
            Decision::Denied { by: _ } if self.read_only.is_some() => {
                let why = self.read_only.map_or("", super::ReadOnly::as_str);
                format!("{} may not write {path}: it may write nothing, as {why} [{}]\n", self.agent, self.source)
            }
            Decision::Denied { by } => format!("{} may not write {path}: {by} [{}]\n", self.agent, by.origin()),
        }
    }
}

impl Report for Explanation {
    const SCHEMA: &'static str = "cmpm.agent.policy/1";

    fn render(&self, screen: &Screen) -> String {
        match (&self.path, &self.decision) {
            (Some(path), Some(decision)) => text::one_line(self.render_decision(path, decision).trim_end()) + "\n",
            _ => {
                let lines: String = self.policy.iter().map(|line| format!("- {}\n", text::one_line(line))).collect();
                format!("{} ({})\n{lines}", screen.paint(Tone::Key, &self.agent), self.source)
            }
        }
    }

    fn exit(&self) -> Exit {
        let is_denied = self.decision.as_ref().is_some_and(|decision| !decision.is_allowed());
        if is_denied { Exit::No } else { Exit::Done }
    }
}
