//! The domain: one folder per noun, one file per verb. A new noun is its folder and three lines here.

use clap::Subcommand;
use clap::builder::Resettable;

use crate::report::Verb;

/// Lists the verbs of a noun: the clap enum, how each is handed on, and how each is described.
macro_rules! verbs {
    ($(#[$meta:meta])* $name:ident { $($variant:ident($verb:ty)),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, clap::Subcommand)]
        pub enum $name { $($variant($verb)),+ }

        impl $name {
            /// Hands the verb on.
            pub fn visit<H: $crate::nouns::Handler>(self, handler: H) -> H::Out {
                match self { $(Self::$variant(verb) => handler.handle(verb)),+ }
            }
            pub fn describe(catalogue: &mut dyn $crate::nouns::Describe) {
                $(catalogue.describe($crate::nouns::Description::of::<$verb>());)+
            }
        }
    };
}

pub mod agent;
pub mod check;
pub mod config;
pub mod delegation;
pub mod hook;
pub mod memory;
pub mod merge;
pub mod project;
pub mod session;
pub mod ticket;

/// What is done with a verb, whatever it is.
pub trait Handler {
    type Out;
    fn handle<V: Verb>(self, verb: V) -> Self::Out;
}

/// Collects descriptions of verbs.
pub trait Describe {
    fn describe(&mut self, description: Description);
}

/// What is known of a verb without running it.
#[derive(Debug)]
pub struct Description {
    /// The name and version of its answer, such as `cmpm.ticket.list/1`.
    pub schema: &'static str,
    /// The JSON Schema of its answer.
    pub report: schemars::Schema,
    /// What it does to the world.
    pub metadata: crate::report::Metadata,
}

impl Description {
    pub fn of<V: Verb>() -> Self {
        use crate::report::Report;
        Self { schema: V::Report::SCHEMA, report: schemars::schema_for!(V::Report), metadata: V::METADATA }
    }
}

/// The verbs of a noun, described to clap only when that noun is typed: to describe all of them takes longer than most verbs.
#[derive(Debug)]
pub struct Deferred<C>(C);

impl<C: clap::FromArgMatches> clap::FromArgMatches for Deferred<C> {
    fn from_arg_matches(matches: &clap::ArgMatches) -> Result<Self, clap::Error> {
        C::from_arg_matches(matches).map(Self)
    }
    fn update_from_arg_matches(&mut self, matches: &clap::ArgMatches) -> Result<(), clap::Error> {
        self.0.update_from_arg_matches(matches)
    }
}

impl<C: Subcommand> Subcommand for Deferred<C> {
    fn augment_subcommands(command: clap::Command) -> clap::Command {
        // What is said of the noun stays, whatever is said of the enum of its verbs.
        command.defer(|noun| {
            let (about, more) = (noun.get_about().cloned(), noun.get_long_about().cloned());
            C::augment_subcommands(noun).about(Resettable::from(about)).long_about(Resettable::from(more))
        })
    }
    fn augment_subcommands_for_update(command: clap::Command) -> clap::Command {
        Self::augment_subcommands(command)
    }
    fn has_subcommand(name: &str) -> bool {
        C::has_subcommand(name)
    }
}

/// Everything that can be typed after `cmpm`.
#[derive(Debug, Subcommand)]
pub enum Noun {
    /// Verbs about the project as a whole.
    #[command(flatten)]
    Project(project::Command),
    /// The guard.
    #[command(flatten)]
    Check(check::Command),
    /// What git calls.
    #[command(flatten)]
    Merge(merge::Command),
    /// Epics: large pieces of work, made of issues
    #[command(subcommand)]
    Epic(Deferred<ticket::Command>),
    /// Issues: something to do or fix
    #[command(subcommand)]
    Issue(Deferred<ticket::Command>),
    /// Tasks: steps of an issue, small enough to delegate
    #[command(subcommand)]
    Task(Deferred<ticket::Command>),
    /// Pull requests: work that waits for review
    #[command(subcommand)]
    Pr(Deferred<ticket::Command>),
    /// Tickets of any kind
    #[command(subcommand)]
    Ticket(Deferred<ticket::AnyCommand>),
    /// Delegations: agents at work, and what they did
    #[command(subcommand)]
    Delegate(Deferred<delegation::Command>),
    /// Memory: what the project has learned, and how to find it again
    #[command(subcommand)]
    Memory(Deferred<memory::Command>),
    /// Sessions: save what you were working on and pick it up later
    #[command(subcommand)]
    Session(Deferred<session::Command>),
    /// Agents: who can be given work, and what each may write
    #[command(subcommand)]
    Agent(Deferred<agent::Command>),
    /// Git hooks: install and run cmpm's hooks; existing ones are kept
    #[command(subcommand)]
    Hook(Deferred<hook::Command>),
    /// Settings, and where each comes from
    #[command(subcommand)]
    Config(Deferred<config::Command>),
}

impl Noun {
    /// Hands the verb on.
    pub fn visit<H: Handler>(self, handler: H) -> H::Out {
        use crate::words::Kind;
        match self {
            Self::Project(command) => command.visit(handler),
            Self::Check(command) => command.visit(handler),
            Self::Merge(command) => command.visit(handler),
            Self::Epic(command) => command.0.of(Kind::Epic).visit(handler),
            Self::Issue(command) => command.0.of(Kind::Issue).visit(handler),
            Self::Task(command) => command.0.of(Kind::Task).visit(handler),
            Self::Pr(command) => command.0.of(Kind::Pr).visit(handler),
            Self::Ticket(command) => command.0.visit(handler),
            Self::Delegate(command) => command.0.visit(handler),
            Self::Memory(command) => command.0.visit(handler),
            Self::Session(command) => command.0.visit(handler),
            Self::Agent(command) => command.0.visit(handler),
            Self::Hook(command) => command.0.visit(handler),
            Self::Config(command) => command.0.visit(handler),
        }
    }

    /// Describes every verb once.
    pub fn describe(catalogue: &mut dyn Describe) {
        project::Command::describe(catalogue);
        check::Command::describe(catalogue);
        merge::Command::describe(catalogue);
        ticket::Command::describe(catalogue);
        ticket::AnyCommand::describe(catalogue);
        delegation::Command::describe(catalogue);
        memory::Command::describe(catalogue);
        session::Command::describe(catalogue);
        agent::Command::describe(catalogue);
        hook::Command::describe(catalogue);
        config::Command::describe(catalogue);
    }
}
