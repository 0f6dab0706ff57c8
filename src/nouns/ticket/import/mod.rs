//! `cmpm ticket import`: tickets of other trackers, each with the name it has there, so that nothing comes twice.

mod backlog;
mod base;
mod beads;
mod cycles;
mod distinct;
mod fit;
mod format;
mod github;
mod item;
mod jira;
mod known;
mod linear;
mod links;
mod own;
mod page;
mod pages;
mod renew;
mod report;
#[cfg(test)]
mod round_trip_tests;
mod rows;
mod settle;
mod taskmaster;
mod tk;
mod words;

pub use base::{Base, is_as_it_came, place_in};
pub use beads::{MOMENTS, SECTIONS, closes};
pub use format::trackers;
pub use known::base_of;
pub use renew::renew;
pub use settle::{New, Renewed};
pub use words::status;

use std::path::PathBuf;

use rayon::prelude::*;

use crate::base::Severity;
use crate::document::Document;
use crate::exchange::{Source, SourceError, load};
use crate::report::prelude::*;
use crate::store::{Record, Transaction};

use super::model::Ticket;
use super::model::cycle::forbid_cycles;
use format::{Format, FormatError, locate};
use report::ImportReport;
use settle::{Settled, Settling};

/// Import tickets from another tracker
///
/// A file, a folder, or a project with a tracker in it; `-` reads standard input. Each ticket gets an id of cmpm and keeps the
/// old one as an alias. Importing again takes over what changed there and was not edited here. All or nothing is written.
/// Example: `cmpm ticket import ../old/.beads/issues.jsonl --dry-run`
#[derive(Debug, Args)]
pub struct Import {
    /// The file or folder; `-` for standard input
    path: PathBuf,
    /// The format [default: what it clearly is]
    #[arg(long, value_name = "FORMAT")]
    from: Option<Format>,
    /// Only say what would be imported, and what cannot be carried
    #[arg(long, short = 'n')]
    dry_run: bool,
    /// Commit what was written
    #[arg(long)]
    commit: bool,
}

/// As `cmpm undo` names it.
const OPERATION: &str = "ticket import";

impl Verb for Import {
    type Report = WithFindings<ImportReport>;
    const METADATA: Metadata = Metadata::WRITES;

    fn run(self, context: &Context) -> Result<WithFindings<ImportReport>> {
        let store = context.store()?;
        let (source, placed) = self.source(context)?;
        if let Some(first) = source.refused() {
            return Err(SourceError { path: self.path, first: Box::new(first.clone()) }.into());
        }
        let format = match self.from.or(placed) {
            Some(format) => format,
            None => Format::detect(&context.cwd.join(&self.path), &source).map_err(|error| error.of(&self.path))?,
        };
        let parcel = format.read(&source, store.config());
        let records = parcel.records;
        if let Some(first) = parcel.findings.iter().find(|finding| parcel.items.is_empty() && finding.severity > Severity::Note) {
            return Err(FormatError::Unreadable { path: self.path, format, first: Box::new(first.clone()) }.into());
        }
        let ready = context.ready_to_commit(self.commit)?;
        let transaction = if self.dry_run { store.rehearsal(OPERATION) } else { store.begin(OPERATION)? };
        let scan = store.scan::<Ticket>(&store.work_tree());
        let settling = Settling { context, store, source: &source, format, dry_run: self.dry_run };
        let mut settled = settling.settle(parcel, &scan)?;
        // Files that are no pages are what other programs keep next to their tickets.
        settled.findings.extend(source.findings.into_iter().filter(|finding| finding.severity > Severity::Note));
        let written = write(transaction, &settled)?;
        let message = format!("import {} from {}", text::plural(settled.new.len() + settled.renewed.len(), "ticket"), format.as_str());
        if !self.dry_run {
            ready.commit_paths(&written, &message)?;
        }
        Ok(ImportReport::of(format, self.dry_run, records, settled))
    }
}

impl Import {
    fn source(&self, context: &Context) -> Result<(Source, Option<Format>)> {
        if self.path.as_os_str() == "-" {
            return Ok((Source::of_input(&context.read_input()?), None));
        }
        let (path, format) = match self.from {
            Some(format) => (self.path.clone(), Some(format)),
            None => {
                let store = context.store()?;
                let own: Vec<PathBuf> = store.config().paths.tasks.iter().map(|folder| folder.below(store.root())).collect();
                locate(&context.cwd.join(&self.path), &own).map_err(|error| error.of(&self.path))?
            }
        };
        Ok((load(context, &path)?, format))
    }
}

fn write(mut transaction: Transaction<'_>, settled: &Settled) -> Result<Vec<RepoPath>> {
    for new in &settled.new {
        transaction.create(&new.path, new.text.clone().into_bytes());
    }
    for renewed in &settled.renewed {
        transaction.replace(&renewed.path, renewed.before.clone(), renewed.after.clone());
    }
    let comments = settled.new.iter().map(|new| &new.comments).chain(settled.renewed.iter().map(|renewed| &renewed.comments));
    for (path, text) in comments.flatten() {
        transaction.create(path, text.clone().into_bytes());
    }
    forbid_cycles(&mut transaction, waiting(settled));
    transaction.commit()
}

/// The files that say that somebody waits, as they will be.
fn waiting(settled: &Settled) -> Vec<(RepoPath, Document)> {
    let new = settled.new.iter().filter(|new| new.waits).map(|new| (&new.path, new.text.as_bytes()));
    let renewed = settled.renewed.iter().filter(|renewed| renewed.waits()).map(|renewed| (&renewed.path, renewed.after.as_slice()));
    let all: Vec<(&RepoPath, &[u8])> = new.chain(renewed).collect();
    all.into_par_iter().map(|(path, bytes)| (path.clone(), Ticket::document(bytes.to_vec()))).collect()
}
