//! The form of every verb and of every answer: a verb is a function from typed flags to a typed report.

mod answers;
mod board;
mod findings;
mod limit;
mod screen;
mod table;

pub use answers::Answers;
pub use board::{Board, Card, Column};
pub use findings::render_findings;
pub use limit::{Limit, is_zero};
pub use screen::{Screen, Tone};
pub use table::{Column as TableColumn, Content, Table};

use std::borrow::Cow;

use clap::Args;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;

use crate::base::{Exit, Finding, Result};
use crate::context::Context;

/// What every verb's file begins with: the words of arguments and answers.
pub mod prelude {
    pub use std::fmt::Write as _;

    pub use clap::Args;
    pub use schemars::JsonSchema;
    pub use serde::{Deserialize, Serialize};

    pub use super::{Metadata, Report, Screen, Table, Tone, Verb, WithFindings};
    pub use crate::base::{Exit, Finding, Id, RepoPath, Result, text};
    pub use crate::context::Context;
    pub use crate::words::Takes;
}

/// What a verb does to the world; used by access rules and by clients that ask before they call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Changes nothing.
    Reads,
    /// Changes files; can be undone.
    Writes,
    /// Takes something away (never without a backup).
    Destructive,
}

/// What is known about a verb without running it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Metadata {
    /// What it does to the world.
    pub effect: Effect,
    /// Refused inside a delegation: only a person may decide this.
    pub person_only: bool,
}

impl Metadata {
    /// A verb that only reads.
    pub const READS: Self = Self { effect: Effect::Reads, person_only: false };
    /// A verb that writes.
    pub const WRITES: Self = Self { effect: Effect::Writes, person_only: false };
    /// A decision that only a person may take.
    pub const DECIDES: Self = Self { effect: Effect::Writes, person_only: true };
    /// A verb that takes something away, and that only a person may call.
    pub const REMOVES: Self = Self { effect: Effect::Destructive, person_only: true };
}

/// A verb: its flags, its help, and what it does.
pub trait Verb: Args {
    type Report: Report;
    /// What it does to the world.
    const METADATA: Metadata;
    fn run(self, context: &Context) -> Result<Self::Report>;
}

/// An answer: text for people, JSON for machines, and an exit code.
pub trait Report: Serialize + JsonSchema {
    /// The name and version of the JSON form, such as `cmpm.ticket.list/1`.
    const SCHEMA: &'static str;
    /// Whether `--json` leaves the text as it is (shell completions, raw diffs and logs).
    const PLAIN: bool = false;
    /// Whether several of it are set apart by empty lines.
    const LONG: bool = false;
    /// The text for people, with a line end after each line.
    fn render(&self, screen: &Screen) -> String;
    /// The answer as something to go on working with, for a person at a terminal; most answers are only read.
    fn board<'a>(&'a self, context: &'a Context) -> Option<Box<dyn Board + 'a>> {
        let _ = context;
        None
    }
    /// How the program ends after this answer.
    fn exit(&self) -> Exit {
        Exit::Done
    }
    /// What was wrong, besides the answer.
    fn findings(&self) -> &[Finding] {
        &[]
    }
    /// This answer, and what was wrong besides.
    fn with(self, findings: Vec<Finding>) -> WithFindings<Self>
    where
        Self: Sized,
    {
        WithFindings { answer: self, findings }
    }
}

/// An answer that has only its own text and JSON, and what was wrong besides.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub struct WithFindings<R> {
    pub answer: R,
    #[serde(skip)]
    findings: Vec<Finding>,
}

impl<R: Report> Report for WithFindings<R> {
    const SCHEMA: &'static str = R::SCHEMA;
    const PLAIN: bool = R::PLAIN;
    const LONG: bool = R::LONG;

    fn render(&self, screen: &Screen) -> String {
        self.answer.render(screen)
    }
    fn board<'a>(&'a self, context: &'a Context) -> Option<Box<dyn Board + 'a>> {
        self.answer.board(context)
    }
    fn exit(&self) -> Exit {
        self.answer.exit()
    }
    fn findings(&self) -> &[Finding] {
        &self.findings
    }
}

impl<R: JsonSchema> JsonSchema for WithFindings<R> {
    fn inline_schema() -> bool {
        R::inline_schema()
    }
    fn schema_name() -> Cow<'static, str> {
        R::schema_name()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        R::json_schema(generator)
    }
}
