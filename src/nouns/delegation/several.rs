//! One run, or several of which each has its own result; and the words of the person who decides.

use schemars::JsonSchema;
use serde::Serialize;

use crate::base::{Exit, Failure, Finding, Result, text};
use crate::context::Context;
use crate::exchange::edit_text;
use crate::report::{Report, Screen, Tone};

/// What was decided.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Decided<T> {
    One(Box<T>),
    Several {
        /// In the order they were named.
        runs: Vec<Each<T>>,
        #[serde(skip)]
        findings: Vec<Finding>,
    },
}

/// One of several.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Each<T> {
    Done(Box<T>),
    Failed {
        /// As it was named.
        run: String,
        /// What kept it from being decided.
        error: String,
        /// What can be done about it.
        hints: Vec<String>,
        #[serde(skip)]
        exit: Exit,
    },
}

impl<T: Report> Decided<T> {
    /// Decides about each of the runs that are named, or about the only one that waits for review.
    pub fn of(named: &[String], decide: impl Fn(Option<&str>) -> Result<T>) -> Result<Self> {
        if let [] | [_] = named {
            return Ok(Self::One(Box::new(decide(named.first().map(String::as_str))?)));
        }
        let each = |run: &String| match decide(Some(run)) {
            Ok(done) => Each::Done(Box::new(done)),
            Err(failure) => {
                Each::Failed { run: run.clone(), error: failure.to_string(), hints: failure.hints(), exit: Failure::exit(&failure) }
            }
        };
        let runs: Vec<Each<T>> = named.iter().map(each).collect();
        let of_each = |each: &Each<T>| if let Each::Done(done) = each { done.findings().to_vec() } else { Vec::new() };
        Ok(Self::Several { findings: runs.iter().flat_map(of_each).collect(), runs })
    }
}

impl<T: Report> Report for Decided<T> {
    const SCHEMA: &'static str = T::SCHEMA;

    fn render(&self, screen: &Screen) -> String {
        let each = |each: &Each<T>| match each {
            Each::Done(done) => done.render(screen),
            Each::Failed { run, error, hints, .. } => {
                let line = format!("{} {}: {}\n", screen.paint(Tone::Bad, "failed"), text::one_line(run), text::one_line(error));
                line + &hints.iter().map(|hint| format!("  {}\n", text::one_line(hint))).collect::<String>()
            }
        };
        match self {
            Self::One(done) => done.render(screen),
            Self::Several { runs, .. } => runs.iter().map(each).collect(),
        }
    }

    fn exit(&self) -> Exit {
        let failed = |each: &Each<T>| if let Each::Failed { exit, .. } = each { Some(*exit) } else { None };
        match self {
            Self::One(done) => done.exit(),
            Self::Several { runs, .. } => runs.iter().find_map(failed).unwrap_or(Exit::Done),
        }
    }

    fn findings(&self) -> &[Finding] {
        match self {
            Self::One(done) => done.findings(),
            Self::Several { findings, .. } => findings,
        }
    }
}

/// Goes on with the text that was given, or with one from the editor where a person sits before a terminal; empty elsewhere.
pub fn with_text<T>(context: &Context, given: Option<&str>, using: impl FnOnce(&str) -> Result<T>) -> Result<T> {
    match given {
        None if context.is_terminal() => edit_text(context, "")?.used(|text| using(text.trim())),
        given => using(given.unwrap_or_default().trim()),
    }
}
