//! The clone as it is right now: what the checks look at.

use std::path::{Path, PathBuf};

use super::row::Row;
use super::{clone, disk, files, hooks, live, work};
use crate::base::Result;
use crate::config::Config;
use crate::context::Context;
use crate::git::{Repository, Worktree};
use crate::run::{Found, Run, Runs};

/// A check: its name, and what it finds. One that finds nothing wrong says so in a row.
type Check = (&'static str, fn(&Inspection<'_>) -> Result<Vec<Row>>);

/// Every check, in the order of the answer.
const CHECKS: &[Check] = &[
    ("git", clone::git),
    ("clone", clone::kind),
    ("clock", clone::clock),
    ("project", files::project),
    ("settings", files::settings),
    ("agents", files::agents),
    ("tickets", files::tickets),
    ("hooks", hooks::hooks),
    ("locks", live::locks),
    ("merge", live::merge),
    ("journal", live::journal),
    ("claims", live::claims),
    ("slots", live::slots),
    ("sandbox", live::sandbox),
    ("runs", work::runs),
    ("worktrees", work::worktrees),
    ("branches", work::branches),
    ("cache", clone::cache),
    ("leftovers", live::leftovers),
    ("trash", live::trash),
    ("disk", disk::disk),
];

/// The clone, read once for all checks.
pub struct Inspection<'a> {
    pub context: &'a Context,
    pub repository: &'a Repository,
    pub runs: &'a Runs<'a>,
    /// Every folder among the jobs.
    pub jobs: Vec<(String, Found)>,
    /// Every linked worktree that git knows.
    pub worktrees: Vec<Worktree>,
    /// Where this clone keeps live facts.
    pub live: PathBuf,
    /// The settings; the defaults where they cannot be read.
    pub config: Config,
}

impl<'a> Inspection<'a> {
    pub fn new(context: &'a Context, runs: &'a Runs<'a>) -> Result<Self> {
        let repository = context.repository()?;
        Ok(Self {
            context,
            repository,
            runs,
            jobs: runs.survey()?,
            worktrees: repository.list_worktrees()?,
            live: runs.live(),
            config: context.config().cloned().unwrap_or_default(),
        })
    }

    /// Does every check; one that cannot be done is a problem of its own.
    pub fn examine(&self) -> Vec<Row> {
        let all = CHECKS.iter().flat_map(|(name, check)| {
            let rows = check(self).unwrap_or_else(|failure| vec![Row::failure("", &failure)]);
            rows.into_iter().map(|row| Row { check: name, ..row })
        });
        all.collect()
    }

    /// The runs that can be read.
    pub fn readable_runs(&self) -> impl Iterator<Item = &Run> {
        self.jobs.iter().filter_map(|(_, found)| match found {
            Found::Run(run) => Some(run.as_ref()),
            Found::Unwritten | Found::Damaged(_) => None,
        })
    }

    /// A path as short as it can be: from the root of the main work tree.
    pub fn short(&self, path: &Path) -> String {
        let root = self.repository.main_work_dir();
        match root.as_deref().and_then(|root| path.strip_prefix(root).ok()) {
            Some(below) if below.as_os_str().is_empty() => ".".to_owned(),
            below => below.unwrap_or(path).display().to_string(),
        }
    }
}

/// What was found wrong; where that is nothing, that all is well.
pub fn or_fine(rows: Vec<Row>, message: impl Into<String>) -> Vec<Row> {
    if rows.is_empty() { vec![Row::fine(message)] } else { rows }
}
