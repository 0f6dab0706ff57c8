//! What a fresh worktree needs besides the files of its commit.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Span;
use crate::base::RepoPath;
use crate::process::Network;

/// What a fresh worktree of a run gets besides the files of its commit. Nothing of it happens before it was approved (`cmpm trust`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Worktree {
    /// Patterns, as in `.gitignore`, of ignored files and folders that are copied from the main checkout.
    pub copy: Vec<String>,
    /// Ignored files and folders of the main checkout that links lead to; they can be read, not changed.
    pub link: Vec<RepoPath>,
    /// Commands that are run in it, one after the other, before anybody works there.
    pub setup: Vec<Setup>,
}

/// A command that prepares a worktree: a line for `sh -c`, or the line with its bounds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(from = "SetupWritten")]
#[schemars(with = "SetupWritten")]
pub struct Setup {
    pub run: String,
    #[serde(skip_serializing_if = "Network::is_none")]
    pub network: Network,
    pub timeout: Span,
}

/// As it stands in files.
#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
enum SetupWritten {
    Line(String),
    Bounded(Bounded),
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Bounded {
    /// The command, run by `sh -c` in the root of the worktree.
    run: String,
    /// What it may reach: nothing, all (`true`), or a list such as `[registry.example.com:443]`.
    #[serde(default)]
    network: Network,
    /// Limit of its time.
    #[serde(default = "ten_minutes")]
    timeout: Span,
}

fn ten_minutes() -> Span {
    Span::minutes(10)
}

impl From<SetupWritten> for Setup {
    fn from(written: SetupWritten) -> Self {
        match written {
            SetupWritten::Line(run) => Self { run, network: Network::None, timeout: ten_minutes() },
            SetupWritten::Bounded(Bounded { run, network, timeout }) => Self { run, network, timeout },
        }
    }
}

impl Setup {
    /// A line of another tool's file: those know no bounds, and most fetch something.
    pub fn unbounded(run: &str) -> Self {
        Self { run: run.to_owned(), network: Network::Open, timeout: Span::minutes(30) }
    }
}

impl Worktree {
    /// What cannot be meant: the key, and why.
    pub(super) fn broken(&self) -> Option<(&'static str, String)> {
        let unfit = |pattern: &&String| pattern.trim().is_empty() || pattern.chars().any(char::is_control);
        if let Some(pattern) = self.copy.iter().find(unfit) {
            return Some(("worktree.copy", format!("has `{}`, which is no pattern of files", pattern.escape_default())));
        }
        if self.link.iter().any(RepoPath::is_empty) {
            return Some(("worktree.link", "names the root".to_owned()));
        }
        let runs_nothing = self.setup.iter().any(|setup| setup.run.trim().is_empty());
        runs_nothing.then(|| ("worktree.setup", "has a command that runs nothing".to_owned()))
    }
}
