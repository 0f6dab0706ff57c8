//! `cmpm init`

mod block;
mod plan;
mod record;

use std::fmt::Write as _;

use clap::Args;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use self::plan::{Plan, Planned};
use self::record::Installed;
use crate::base::{Finding, RepoPath, Result, text};
use crate::context::Context;
use crate::report::{Metadata, Report, Screen, Tone, Verb};
use crate::store::Store;

/// Make this repository a cmpm project
///
/// Writes the settings, a folder for tickets and a few marked lines for agents in AGENTS.md; commits nothing. Tickets of
/// ai-trackdown are adopted where they are. A second time it changes nothing.
/// Example: `cmpm init --dry-run`
#[derive(Debug, Args, Deserialize, JsonSchema)]
pub struct Init {
    /// Say what would be written, and write nothing
    #[arg(long)]
    #[serde(default)]
    dry_run: bool,
}

/// What was written.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Initialised {
    /// Whether nothing was written because that was asked for.
    dry_run: bool,
    files: Vec<FileRow>,
    /// Folders with tickets that were there before.
    adopted: Vec<RepoPath>,
    /// Lines for agents that cmpm could not write itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    paste: Option<&'static str>,
    #[serde(skip)]
    findings: Vec<Finding>,
}

/// One file.
#[derive(Debug, Serialize, JsonSchema)]
struct FileRow {
    path: RepoPath,
    action: Action,
}

/// What happened to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Action {
    /// It was not there.
    Created,
    /// It was there and has other bytes now.
    Updated,
    /// It has the bytes it had.
    Unchanged,
}

impl Verb for Init {
    type Report = Initialised;
    const METADATA: Metadata = Metadata::WRITES;

    fn run(self, context: &Context) -> Result<Initialised> {
        let plan = plan::make(context)?;
        if !self.dry_run {
            carry_out(context.store()?, &plan)?;
        }
        let row = |planned: &Planned| FileRow { path: planned.path.clone(), action: action(planned) };
        let files = plan.files.iter().map(row).collect();
        Ok(Initialised { dry_run: self.dry_run, files, adopted: plan.adopted, paste: plan.paste, findings: plan.findings })
    }
}

fn carry_out(store: &Store, plan: &Plan) -> Result<()> {
    let changes: Vec<&Planned> = plan.files.iter().filter(|planned| planned.is_change()).collect();
    if changes.is_empty() {
        return Ok(());
    }
    // First, so that nothing is ever put in that is not on record; taking out what is not there takes out nothing.
    let mut record = Installed::load(store.live())?;
    changes.iter().for_each(|planned| record.add(planned));
    record.save(store.live())?;
    let mut transaction = store.transaction("init");
    for planned in changes {
        match &planned.before {
            None => transaction.create(&planned.path, planned.after.clone()),
            Some(before) => transaction.replace(&planned.path, before.clone(), planned.after.clone()),
        }
    }
    transaction.commit()?;
    Ok(())
}

fn action(planned: &Planned) -> Action {
    match (&planned.before, planned.is_change()) {
        (None, _) => Action::Created,
        (Some(_), true) => Action::Updated,
        (Some(_), false) => Action::Unchanged,
    }
}

impl Report for Initialised {
    const SCHEMA: &'static str = "cmpm.init/1";

    fn render(&self, screen: &Screen) -> String {
        let mut out = String::new();
        for row in self.files.iter().filter(|row| row.action != Action::Unchanged) {
            let word = match (row.action, self.dry_run) {
                (Action::Created, false) => "Created",
                (Action::Created, true) => "Would create",
                (_, false) => "Updated",
                (_, true) => "Would update",
            };
            let _ = writeln!(out, "{word} {}", row.path);
        }
        for folder in &self.adopted {
            let _ = writeln!(out, "Tickets stay where they are, in {folder}/");
        }
        let is_changed = !out.is_empty();
        if let Some(lines) = self.paste {
            let _ = writeln!(out, "Lines for agents, to be added by hand:\n\n{}", text::printable(lines));
        }
        let next = match (is_changed, self.dry_run) {
            (false, _) if !self.findings.is_empty() => "Nothing else to change.",
            (false, _) => "This is a cmpm project already; nothing to change.",
            (true, true) => "Nothing was written.",
            (true, false) => "Commit these files, then write a ticket: `cmpm issue create \"…\"`",
        };
        let _ = writeln!(out, "{}", screen.paint(Tone::Quiet, next));
        out
    }

    fn findings(&self) -> &[Finding] {
        &self.findings
    }
}
