//! Agents: who can be given work, what each may write, and what each is told about itself.

mod create;
mod documentation;
mod list;
mod load;
mod model;
mod policy;
mod read;
mod security;
mod sets;
mod show;
mod tree;
mod validate;

pub use load::{load_agents, require, require_agent, require_sound_agent};
pub use model::{Agent, AgentError, ReadOnly};

use std::path::Path;

use crate::base::Result;

/// The agents that can work without a program of their own.
pub const BUILT_IN: &[&str] = &["documentation", "security"];

#[derive(Debug, Clone, Copy)]
pub struct Assignment<'a> {
    pub root: &'a Path,
    /// The files that the ticket is about; all if empty.
    pub globs: &'a [String],
    /// The run's id; empty outside of any.
    pub run: &'a str,
}

/// Lets one of them work; what it says at the end.
pub fn work_built_in(name: &str, assignment: &Assignment<'_>) -> Result<String> {
    match name {
        "documentation" => Ok(documentation::work(assignment.root, assignment.globs)?.to_string()),
        "security" => security::work(assignment),
        _ => Err(AgentError::NotBuiltIn { name: name.to_owned() }.into()),
    }
}

verbs! {
    /// What can be done with agents.
    Command {
        List(list::List),
        Show(show::Show),
        Create(create::Create),
        Validate(validate::Validate),
        Policy(policy::Policy),
        Select(super::delegation::Select),
    }
}
