//! Agents: who can be given work, what each may write, and what each is told about itself.

mod documentation;
mod list;
mod load;
mod model;
mod read;
mod sets;
mod show;

pub use load::{load_agents, require_agent};
pub use model::{Agent, AgentError, ReadOnly};

use std::path::Path;

use crate::base::Result;

/// The agents that can work without a program of their own.
pub const BUILT_IN: &[&str] = &["documentation"];

/// Lets one of them work on the files below `root` that `globs` match; what it says at the end.
///
/// # Errors
/// `AgentError::NotBuiltIn`, or what kept it from working.
pub fn work_built_in(name: &str, root: &Path, globs: &[String]) -> Result<String> {
    match name {
        "documentation" => Ok(documentation::work(root, globs)?.to_string()),
        _ => Err(AgentError::NotBuiltIn { name: name.to_owned() }.into()),
    }
}

verbs! {
    /// What can be done with agents.
    Command {
        List(list::List),
        Show(show::Show),
    }
}
