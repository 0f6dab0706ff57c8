//! The agent: its instructions, what it may write, and within which limits. No I/O.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

use crate::base::glob::GlobError;
use crate::base::{Explain, Explained, RepoPath, text};
use crate::engine::policy::{Role, Rule, Rules};
use crate::process::Network;
use crate::run::AgentBrief;

/// An agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Agent {
    /// Its name: one word of letters, digits, `-` and `_`.
    pub name: String,
    /// What it is good for.
    pub description: String,
    /// The tools it may use, in its program's own words; absent if the file says nothing.
    pub tools: Option<Vec<String>>,
    /// The model it wants.
    pub model: Option<String>,
    /// What it may write; nothing else.
    pub write: Vec<Grant>,
    /// What it may not write although `write` covers it.
    pub deny: Vec<Grant>,
    /// Why it may write nothing; absent if it may write something.
    pub read_only: Option<ReadOnly>,
    /// The branch of its runs; `{ticket}` is the ticket's id.
    pub branch: Option<String>,
    /// What it may reach of what its runner reaches; all of it if absent.
    pub network: Option<Network>,
    /// Limit of its time in minutes.
    pub timeout_minutes: Option<u32>,
    /// How often it may try.
    pub max_attempts: Option<u32>,
    /// What it is good at.
    pub capabilities: Vec<String>,
    /// Which memories it may be given; any if empty.
    pub memory_categories: Vec<String>,
    /// Whom to turn to when the attempts are used up: agents, or `human`.
    pub escalate_to: Vec<String>,
    /// The agent that it is like, but for what its own file says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extends: Option<String>,
    /// The line that says so.
    #[serde(skip)]
    pub(super) extends_line: u32,
    /// What it is told about itself.
    pub prompt: String,
    /// Where it is defined.
    pub source: Origin,
}

/// One entry of `write` or `deny`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Grant {
    /// As it is written: a glob, or a set as `@name`.
    pub written: String,
    /// The glob, or those in the set, each with the file and line that names it.
    pub rules: Vec<Rule>,
}

/// Why an agent may write nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReadOnly {
    /// Its file has no `write`, as those of other tools.
    NoWriteKey,
    /// Its file grants nothing.
    GrantsNothing,
    /// Its file is damaged, or names something that does not exist; nothing in it is believed.
    Damaged,
    /// Another file of the same folder has the same name.
    SameName,
}

/// Where an agent is defined.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Part of cmpm.
    BuiltIn,
    /// A file of the repository.
    Path(RepoPath),
}

/// What can go wrong with an agent.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum AgentError {
    #[error("there is no agent `{name}`")]
    NotFound { name: String, known: Vec<String> },
    #[error("the agent `{name}` cannot work: {reason}")]
    Unsound {
        name: String,
        /// Its file, and what is wrong with it.
        reason: String,
    },
    #[error("the agent `{name}` is not built into cmpm and needs a program to run")]
    NotBuiltIn { name: String },
}

impl Explain for AgentError {
    fn explain(&self) -> Explained {
        match self {
            Self::NotFound { name, known } => {
                let close = text::closest(name, known.iter().map(String::as_str)).map(|close| format!("did you mean `{close}`?"));
                let all = format!("there are {}", known.join(", "));
                Explained::wrong("not_found").hints(close).hint(all).hint("`cmpm agent list` says what each is good for")
            }
            Self::NotBuiltIn { .. } => Explained::wrong("not_built_in").hint("`cmpm delegate run --help` names the runners"),
            Self::Unsound { name, .. } => Explained::wrong("damaged_agent")
                .hint(format!("fix that file and commit it; `cmpm agent show {name}` says all that is wrong")),
        }
    }
}

impl Agent {
    /// Whether `name` means this agent: case, and `-` for `_`, do not count.
    pub fn is_called(&self, name: &str) -> bool {
        key(&self.name) == key(name)
    }

    /// What it may write, for decisions.
    pub fn role(&self) -> Result<Role, GlobError> {
        Ok(Role {
            name: self.name.clone(),
            source: self.source.to_string(),
            write: Rules::parse(rules(&self.write))?,
            deny: Rules::parse(rules(&self.deny))?,
        })
    }

    /// A digest of what it may write: equal for the same rules, wherever they are written.
    pub fn digest(&self) -> Result<String, GlobError> {
        Ok(self.role()?.digest())
    }

    /// What a run needs to know of it.
    pub fn brief(&self) -> Result<AgentBrief, GlobError> {
        let patterns = |grants| rules(grants).into_iter().map(|rule| rule.pattern).collect();
        Ok(AgentBrief {
            name: self.name.clone(),
            source: self.source.to_string(),
            prompt: self.prompt.clone(),
            write: patterns(&self.write),
            deny: patterns(&self.deny),
            tools: self.tools.as_ref().map(|tools| tools.join(",")),
            model: self.model.clone(),
            network: self.network.clone(),
            digest: self.digest()?,
            max_attempts: self.max_attempts,
            escalate_to: self.escalate_to.clone(),
        })
    }

    /// What its file leaves open is as in the other one. What that one denies stays denied, whatever this one grants.
    pub(super) fn inherit(&mut self, base: &Self) {
        if self.read_only == Some(ReadOnly::NoWriteKey) {
            self.write.clone_from(&base.write);
            self.read_only = base.read_only;
        }
        self.deny.extend(base.deny.iter().cloned());
        self.tools = self.tools.take().or_else(|| base.tools.clone());
        for (own, other) in [(&mut self.model, &base.model), (&mut self.branch, &base.branch)] {
            *own = own.take().or_else(|| other.clone());
        }
        self.timeout_minutes = self.timeout_minutes.or(base.timeout_minutes);
        self.max_attempts = self.max_attempts.or(base.max_attempts);
        let lists = [
            (&mut self.capabilities, &base.capabilities),
            (&mut self.memory_categories, &base.memory_categories),
            (&mut self.escalate_to, &base.escalate_to),
        ];
        for (own, other) in lists.into_iter().filter(|(own, _)| own.is_empty()) {
            own.clone_from(other);
        }
        self.prompt = [base.prompt.as_str(), &self.prompt].iter().filter(|text| !text.is_empty()).copied().collect::<Vec<_>>().join("\n\n");
    }

    /// Whether its file cannot be believed.
    pub fn is_damaged(&self) -> bool {
        matches!(self.read_only, Some(ReadOnly::Damaged | ReadOnly::SameName))
    }

    /// Takes all rights away.
    pub(super) fn disarm(&mut self, reason: ReadOnly) {
        self.write.clear();
        self.read_only = Some(reason);
    }
}

fn rules(grants: &[Grant]) -> Vec<Rule> {
    grants.iter().flat_map(|grant| grant.rules.clone()).collect()
}

/// Names that are equal here are names of the same agent.
pub(super) fn key(name: &str) -> String {
    name.trim().to_lowercase().replace(['-', ' '], "_")
}

impl ReadOnly {
    /// The reason in words.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoWriteKey => "its file has no `write`",
            Self::GrantsNothing => "its `write` is empty",
            Self::Damaged => "its file is damaged, so nothing in it grants a right",
            Self::SameName => "another file has the same name, so neither grants a right",
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BuiltIn => f.write_str("built in"),
            Self::Path(path) => write!(f, "{path}"),
        }
    }
}
