//! What the value of an argument names, said where the argument is declared: `#[arg(add = Takes::Run)]`. Shells are offered
//! it; to everything else it means nothing.

use clap::builder::ArgExt;

/// What an argument takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    Ticket,
    OpenTicket,
    ClosedTicket,
    Run,
    Memory,
    Session,
    Agent,
    Runner,
    Person,
    Status,
    Priority,
    Label,
    Milestone,
    Template,
    /// A condition that the settings name.
    Filter,
    /// A category of memories.
    Category,
    Tag,
    /// A language, library or tool that memories are about.
    Tech,
    /// The key of a setting.
    Setting,
    Branch,
    /// A rule of `cmpm check`.
    Rule,
}

impl ArgExt for Takes {}
