//! Agents: who can be given work, what each may write, and what each is told about itself.

pub mod documentation;
mod list;
mod load;
mod model;
mod read;
mod sets;
mod show;

pub use load::{load_agents, require_agent};
pub use model::{Agent, AgentError, Grant, Origin, ReadOnly};

verbs! {
    /// What can be done with agents.
    Command {
        List(list::List),
        Show(show::Show),
    }
}
