//! The project's own agents: a file that cannot be believed takes the agent's rights away, which is better known before it
//! is committed.

use crate::base::{Finding, RepoPath};
use crate::nouns::agent::load_agents;

use super::scope::Scope;

/// Where they are. Files of other tools are theirs to check.
const FOLDER: RepoPath = RepoPath::of(".cmpm/agents");

/// What is wrong with the agents that changed.
pub(super) fn find(scope: &Scope<'_>) -> Vec<Finding> {
    let changed: Vec<&RepoPath> = scope.changed.iter().map(|file| &file.path).filter(|path| path.is_below(&FOLDER)).collect();
    if changed.is_empty() {
        return Vec::new();
    }
    let (_, mut findings) = load_agents(&scope.snapshot);
    findings.retain(|finding| changed.contains(&&finding.path));
    findings
}
