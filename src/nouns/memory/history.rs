//! `cmpm memory history`

use std::fmt::Write as _;

use clap::Args;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::{Id, RepoPath, Result, Timestamp, text};
use crate::context::Context;
use crate::report::{Metadata, Report, Screen, Tone, Verb};

use super::model::Memory;

/// Show what became of a memory
///
/// The commits that changed its file, newest first, through its earlier names.
/// Example: `cmpm memory history MEM-c9w`
#[derive(Debug, Args, Deserialize, JsonSchema)]
pub struct History {
    /// Memory to look at
    id: String,
}

/// What became of a memory.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Past {
    id: Id,
    title: String,
    path: RepoPath,
    /// Whether the file differs from the last commit.
    uncommitted: bool,
    /// Newest first.
    versions: Vec<Version>,
}

/// One commit.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Version {
    commit: String,
    when: Timestamp,
    author: String,
    subject: String,
    /// added, changed, removed or renamed.
    what: &'static str,
    /// The file then.
    path: RepoPath,
}

impl Verb for History {
    type Report = Past;
    const METADATA: Metadata = Metadata::READS;

    fn run(self, context: &Context) -> Result<Past> {
        let stored = context.store()?.require::<Memory>(&context.name_of(&self.id))?;
        let repository = context.repository()?;
        let uncommitted = match repository.head()?.oid() {
            Some(head) => !repository.is_path_committed(&stored.path, head)?,
            None => true,
        };
        let versions = repository.file_history(&stored.path)?.into_iter().map(|version| Version {
            commit: version.commit.to_string(),
            when: version.when,
            what: version.what(),
            author: version.author,
            subject: version.subject,
            path: version.path,
        });
        let versions = versions.collect();
        Ok(Past { id: stored.record.id, title: stored.record.title, path: stored.path, uncommitted, versions })
    }
}

impl Report for Past {
    const SCHEMA: &'static str = "cmpm.memory.history/1";

    fn render(&self, screen: &Screen) -> String {
        let mut out = format!("{} {}\n", screen.paint(Tone::Key, self.id.as_str()), text::one_line(&self.title));
        if self.uncommitted {
            let _ = writeln!(out, "{}", screen.paint(Tone::Careful, "not committed as it is now"));
        }
        for version in &self.versions {
            let commit = screen.paint(Tone::Key, version.commit.get(..7).unwrap_or(&version.commit));
            let rest = format!("{}: {}", text::one_line(&version.author), text::one_line(&version.subject));
            let _ = writeln!(out, "{}  {commit}  {:<7}  {rest}", version.when.date(), version.what);
        }
        out
    }
}
