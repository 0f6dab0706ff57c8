//! `cmpm delegate pr`

use clap::ValueEnum;

use crate::base::{Explain, Explained};
use crate::git::{Oid, with_trailers};
use crate::report::prelude::*;
use crate::run::{RUN_TRAILER, TICKET_TRAILER};

/// Print a run as a pull request: title and text
///
/// The text is the run's page (what was asked, what the agent says, gates, risk) without what looks like a secret, and ends with the trailers by which cmpm knows the run once it is
/// merged: `delegate approve` then adds the page and finishes the ticket, `delegate clean` only clears it away. What reviewers say there comes back with `delegate revise --from-review`.
/// Example: `cmpm delegate pr RUN-4f2 --part body > body.md`
#[derive(Debug, Args)]
pub struct Request {
    /// Run to print; the only one that waits for review if left out
    #[arg(add = Takes::Run)]
    run: Option<String>,
    /// Print only this part
    #[arg(long, value_name = "PART")]
    part: Option<Part>,
}

/// A part of a pull request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    Title,
    Body,
    /// The branch to push.
    Branch,
    /// The branch to merge it into.
    Base,
}

/// A run as a pull request.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Requested {
    run: Id,
    ticket: Id,
    title: String,
    /// Markdown.
    body: String,
    /// The branch to push.
    branch: String,
    /// The branch to merge it into.
    base: String,
    /// The commit that the branch should have.
    head: Oid,
    #[serde(skip)]
    part: Option<Part>,
}

#[derive(Debug, thiserror::Error)]
#[error("the branch `{branch}` does not have the work of {run}, so there is nothing to push")]
struct NothingToPush {
    run: Id,
    branch: String,
}

impl Explain for NothingToPush {
    fn explain(&self) -> Explained {
        Explained::refused("nothing_to_push").hint(format!("`cmpm delegate review {}` shows why", self.run))
    }
}

impl Verb for Request {
    type Report = Requested;
    const METADATA: Metadata = Metadata::READS;

    fn run(self, context: &Context) -> Result<Requested> {
        let trust = super::super::trust(context)?;
        let runs = super::super::runs(context, &trust)?;
        let run = super::super::require(context, &runs, self.run.as_deref())?;
        let job = &run.job;
        let tip = runs.repository.find_ref(&format!("refs/heads/{}", job.branch))?;
        let nothing = || NothingToPush { run: job.run.clone(), branch: job.branch.clone() };
        let head = run.status.work.filter(|work| tip == Some(*work)).ok_or_else(nothing)?;
        let page = runs.public_page(&run)?;
        let (_, text) = page.split_once("\n---\n").unwrap_or(("", &page));
        let body = text.trim_start().split_once('\n').map_or("", |(_, behind_title)| behind_title.trim());
        let trailers = [(RUN_TRAILER, job.run.as_str()), (TICKET_TRAILER, job.ticket.id.as_str())];
        Ok(Requested {
            body: with_trailers(&format!("{body}\n"), &trailers),
            title: text::one_line(&job.ticket.title),
            ticket: job.ticket.id.clone(),
            branch: job.branch.clone(),
            base: job.target.clone(),
            head,
            part: self.part,
            run: run.job.run,
        })
    }
}

impl Report for Requested {
    const SCHEMA: &'static str = "cmpm.delegate.pr/1";

    fn render(&self, _: &Screen) -> String {
        let text = match self.part {
            None => format!("{}\n\n{}", self.title, self.body),
            Some(Part::Title) => self.title.clone(),
            Some(Part::Body) => self.body.clone(),
            Some(Part::Branch) => self.branch.clone(),
            Some(Part::Base) => self.base.clone(),
        };
        format!("{}\n", text::printable(text.trim_end()))
    }
}
