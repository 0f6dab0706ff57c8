//! `cmpm init`, and `cmpm init --remove`.

mod attributes;
mod block;
mod install;
mod leavings;
mod plan;
pub mod record;
mod remove;
mod report;
mod seen;
mod settings;

pub use self::settings::KEY as MERGE_DRIVER;

use std::time::Duration;

use self::install::Wishes;
use self::leavings::Leavings;
use self::plan::Plan;
use self::report::Initialised;
use crate::base::progress::Event;
use crate::fs::lock::{self, Lock};
use crate::nouns::hook;
use crate::report::prelude::*;
use crate::store::{self, Store};

/// How long to wait for another cmpm that sets this clone up.
const PATIENCE: Duration = Duration::from_secs(10);

/// Make this repository a cmpm project
///
/// Writes the settings, a folder for tickets, and marked lines in AGENTS.md, CLAUDE.md (if there is one) and .gitattributes; commits
/// nothing. Sets up this clone: a line in git's hooks and a merge driver. In a clone of a project it does only the latter. Tickets of
/// ai-trackdown are adopted where they are; what else it finds it names. A second time it changes nothing; `cmpm undo` reverts it.
/// Example: `cmpm init --dry-run`
#[derive(Debug, Args)]
pub struct Init {
    /// Show what would be written without writing it
    #[arg(long, short = 'n')]
    dry_run: bool,
    /// Leave git's hooks as they are
    #[arg(long)]
    no_hooks: bool,
    /// Also update cmpm's lines in files that are already committed
    #[arg(long)]
    update: bool,
    /// Remove what `cmpm init` added; tickets, memory and run pages stay
    #[arg(long, conflicts_with_all = ["no_hooks", "update"])]
    remove: bool,
    /// With `--remove`, also the backups of runs, `.git/cmpm` and what was trusted here; this cannot be undone
    #[arg(long, requires = "remove")]
    all: bool,
    /// With `--all`, even while runs are not closed
    #[arg(long, requires = "all")]
    force: bool,
    /// With `--all`, remove without asking; needed where there is no terminal to ask on
    #[arg(long, short, requires = "all")]
    yes: bool,
}

impl Verb for Init {
    type Report = Initialised;
    const METADATA: Metadata = Metadata::DECIDES;

    fn run(self, context: &Context) -> Result<Initialised> {
        context.root()?;
        if self.all {
            leavings::require_closed(context, self.force)?;
        }
        let leavings = if self.remove { Some(Leavings::look(context, self.all)?) } else { None };
        if let Some(leavings) = leavings.as_ref().filter(|_| self.all && !self.dry_run && !self.yes) {
            leavings.confirm(context, self.force)?;
        }
        let _lock = if self.dry_run { None } else { Some(begin(context)?) };
        let store = context.store()?;
        let plan = if self.remove {
            remove::plan(context, (self.dry_run, self.all))?
        } else {
            install::plan(context, Wishes { hooks: !self.no_hooks, update: self.update, dry_run: self.dry_run })?
        };
        let mut report = Initialised::of(&plan, store.root());
        (report.dry_run, report.removed) = (self.dry_run, self.remove);
        report.leavings = leavings;
        if !self.dry_run {
            let has_hooks = plan.hooks.is_some() && !self.remove;
            carry_out(store, plan, self.remove)?;
            if has_hooks {
                hook::begin(context)?;
            }
        }
        if let Some(leavings) = report.leavings.as_mut().filter(|_| self.all && !self.dry_run) {
            leavings.remove(context)?;
        }
        Ok(report)
    }
}

/// Before anything is read, settings and all: nobody else sets this clone up meanwhile, and what a crash left half done is
/// finished, because what is planned on half of it does not fit later.
fn begin(context: &Context) -> Result<Lock> {
    let live = context.repository()?.common_dir().join("cmpm");
    let lock = lock::acquire(&live.join("locks/init"), PATIENCE)?;
    if let Some(entry) = store::recover(&live)? {
        context.events.emit(Event::Note { message: entry.note() });
    }
    Ok(lock)
}

/// Writes it all in one piece; where nothing is written, the record stays as well.
fn carry_out(store: &Store, plan: Plan, is_removal: bool) -> Result<()> {
    let mut transaction = store.transaction(if is_removal { "init --remove" } else { "init" });
    transaction.add(plan.record.change()?);
    plan.files.into_iter().for_each(|change| transaction.add(change));
    // Nobody else may plan about hooks before these are written.
    let hooks = plan.hooks;
    hooks.iter().flat_map(|hooks| &hooks.changes).for_each(|change| transaction.add(change.clone()));
    transaction.commit()?;
    drop(hooks);
    Ok(())
}
