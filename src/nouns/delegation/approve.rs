//! `cmpm delegate approve`

use clap::Args;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::{Id, RepoPath, Result, text};
use crate::context::Context;
use crate::document::{Document, Value};
use crate::git::Oid;
use crate::nouns::agent;
use crate::nouns::memory::{Lesson, Lessons, Memory, render_lessons};
use crate::nouns::ticket::{self, Ticket};
use crate::report::{Metadata, Report, Screen, Tone, Verb};
use crate::run::{Approval, Present, Run};
use crate::store::{Scan, Snapshot};
use crate::words::{Property, Takes};

use super::row::render_errors;

/// Merge a run that passed
///
/// Builds the merge, checks policy and gates again on the result, and then moves the target, with its files where it is
/// checked out. Anything in the way (a conflict, your uncommitted changes) stops it with nothing touched.
/// Example: `cmpm delegate approve RUN-4f2 -m "looks right"`
#[derive(Debug, Args, Deserialize, JsonSchema)]
pub struct Approve {
    /// Run to merge
    #[arg(add = Takes::Run)]
    run: String,
    /// A note for the page and the merge commit
    #[arg(long, short, value_name = "TEXT", allow_hyphen_values = true)]
    message: Option<String>,
    /// Merge into this branch instead
    #[arg(long, value_name = "BRANCH", add = Takes::Branch)]
    into: Option<String>,
    /// Leave the ticket open
    #[arg(long)]
    #[serde(default)]
    keep_open: bool,
}

/// A merged run.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Approved {
    run: Id,
    ticket: Id,
    target: String,
    commit: Oid,
    /// What could be learned from it: proposals, of which nothing is written until `cmpm memory learn`.
    lessons: Vec<Lesson>,
    /// The memories of what went wrong in earlier attempts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<Id>,
}

impl Verb for Approve {
    type Report = Approved;
    const METADATA: Metadata = Metadata::DECIDES;

    fn run(self, context: &Context) -> Result<Approved> {
        let trust = super::trust(context)?;
        let runs = super::runs(context, &trust)?;
        let mut run = runs.require(&self.run)?;
        let edit = |run: &Run, tree: Oid| {
            if self.keep_open { Ok(None) } else { finish_ticket(context, run, tree) }
        };
        let rules = |run: &Run, tip: Oid| present(context, run, tip);
        let message = self.message.clone().unwrap_or_default();
        let approval = Approval { message, into: self.into.clone(), ticket: &edit, present: &rules };
        let commit = runs.approve(&mut run, &approval)?;
        let target = self.into.clone().unwrap_or_else(|| run.job.target.clone());
        // It is merged; what cannot be proposed is no reason to say otherwise.
        let lessons = runs.page(&run).map(|page| lessons(context, page.text)).unwrap_or_default();
        Ok(Approved { run: run.job.run, ticket: run.job.ticket.id, target, commit, lessons, errors: run.status.errors })
    }
}

/// What the page of a run proposes to remember.
fn lessons(context: &Context, page: String) -> Vec<Lesson> {
    let nothing = || Scan { records: Vec::new(), findings: Vec::new() };
    let known = || context.store().map_or_else(|_| nothing(), |store| store.scan::<Memory>(&store.work_tree()));
    Lessons::read(&Document::parse(page.into_bytes()), &known).lessons
}

/// The agent and the gates as the target has them now.
fn present(context: &Context, run: &Run, tip: Oid) -> Result<Present> {
    let (agents, _) = agent::load_agents(&Snapshot::Tree(context.repository()?, tip));
    let agent = agents.into_iter().find(|agent| agent.name == run.job.agent.name);
    Ok(Present { agent: agent.map(|agent| agent.brief()).transpose()?, gates: context.layers_at(tip)?.config.gates.clone() })
}

/// The ticket's file with its new status, as the merged tree has it.
fn finish_ticket(context: &Context, run: &Run, tree: Oid) -> Result<Option<(RepoPath, Vec<u8>)>> {
    let store = context.store()?;
    let snapshot = Snapshot::Tree(context.repository()?, tree);
    let scan = store.list::<Ticket>(&snapshot);
    let Ok(listed) = scan.find(run.job.ticket.id.as_str()) else { return Ok(None) };
    let mut stored = store.open(&snapshot, listed)?;
    let Ok(word) = stored.record.completed_word() else { return Ok(None) };
    let key = ticket::key_in(&stored.document, Property::Status);
    stored.set(key, &Value::from(word))?;
    Ok(Some((stored.path, stored.document.bytes().to_vec())))
}

impl Report for Approved {
    const SCHEMA: &'static str = "cmpm.delegate.approve/1";

    fn render(&self, screen: &Screen) -> String {
        let run = screen.paint(Tone::Key, self.run.as_str());
        let mut out = format!("Merged {run} into {} as {}\n", text::one_line(&self.target), self.commit.short());
        out.push_str(&render_errors(&self.errors, screen));
        if !self.lessons.is_empty() {
            out.push_str(&format!("Proposed lessons:\n{}", render_lessons(&self.lessons, screen)));
            let next = format!("next: cmpm memory learn {} --all, or --take NUMBER", self.run);
            out.push_str(&format!("{}\n", screen.paint(Tone::Quiet, &next)));
        }
        out
    }
}
