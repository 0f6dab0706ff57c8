//! `cmpm hook uninstall`

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::edit::Plan;
use super::line;
use super::place::places;
use super::record::Record;
use crate::fs::{PathKind, read};
use crate::report::prelude::*;
use crate::store::{Change, Kind, Place};

/// Remove cmpm's lines from git's hooks
///
/// Everything else in them stays, byte for byte; a hook that only cmpm wrote is removed.
/// Example: `cmpm hook uninstall --dry-run`
#[derive(Debug, Args)]
pub struct Uninstall {
    /// Only say what would be done
    #[arg(long, short = 'n')]
    dry_run: bool,
}

/// What was taken out.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Uninstalled {
    files: Vec<TakenOut>,
    dry_run: bool,
}

/// One file that had the line.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct TakenOut {
    /// The file.
    pub file: String,
    /// Whether the file itself is gone: nothing else was in it.
    pub removed: bool,
}

impl Verb for Uninstall {
    type Report = Uninstalled;
    const METADATA: Metadata = Metadata::DECIDES;

    fn run(self, context: &Context) -> Result<Uninstalled> {
        let plan = plan_uninstall(context, self.dry_run)?;
        let files = if self.dry_run { plan.rows } else { plan.carry_out()? };
        Ok(Uninstalled { files, dry_run: self.dry_run })
    }
}

/// What takes the line out of every file on record, and out of the hooks that are in force here.
pub fn plan_uninstall(context: &Context, dry_run: bool) -> Result<Plan<TakenOut>> {
    let repository = context.repository()?;
    let mut record = Record::open(repository, dry_run)?;
    // A folder for all repositories is not ours to look through; what was recorded is.
    let here = places(repository).unwrap_or_default().into_iter().flat_map(|place| [moved(&place.entry), vec![place.file]].concat());
    let files: BTreeSet<PathBuf> = record.files.keys().cloned().chain(here).collect();
    let (mut changes, mut rows) = (Vec::new(), Vec::new());
    // Moved files first: what is known of them is recorded under the name that they had.
    for file in files.into_iter().rev() {
        let known = record.files.get(&file).or_else(|| record.files.get(&file.with_extension(""))).cloned();
        record.files.remove(&file);
        let is_file = read::find_kind(&file)? == Some(PathKind::File);
        let before = if is_file { read::read(&file)? } else { Vec::new() };
        let Some(rest) = line::without(&before, known.as_ref().map(|known| known.text.as_str())) else { continue };
        let removed = known.is_some_and(|known| known.created) && matches!(rest.as_slice(), b"" | b"#!/bin/sh\n");
        let place = Place::of_clone(&file).written_as(Kind::Program);
        changes.push(if removed { Change::remove(place, before, 0) } else { Change::write(place, Some(before), rest) });
        rows.push(TakenOut { file: file.display().to_string(), removed });
    }
    changes.reverse();
    rows.reverse();
    // Last, so that nothing is in that is not on it.
    changes.push(record.change()?);
    Ok(Plan { changes, rows, record })
}

/// Where managers move a hook that they find in their place: it is not run any more, or by them.
fn moved(entry: &Path) -> Vec<PathBuf> {
    let name = entry.file_name().unwrap_or_default().to_string_lossy();
    [".old", ".legacy"].map(|ending| entry.with_file_name(format!("{name}{ending}"))).to_vec()
}

impl Report for Uninstalled {
    const SCHEMA: &'static str = "cmpm.hook.uninstall/1";

    fn render(&self, screen: &Screen) -> String {
        if self.files.is_empty() {
            return "No hook calls cmpm.\n".to_owned();
        }
        let verb = |removed: bool| match (removed, self.dry_run) {
            (true, false) => "Removed",
            (true, true) => "Would remove",
            (false, false) => "Removed the line from",
            (false, true) => "Would remove the line from",
        };
        let line = |file: &TakenOut| format!("{} {}\n", verb(file.removed), screen.paint(Tone::Quiet, &text::one_line(&file.file)));
        self.files.iter().map(line).collect()
    }
}
