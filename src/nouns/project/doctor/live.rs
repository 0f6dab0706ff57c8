//! Live facts: locks, the journal, claims, slots, and what killed processes left of files.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::super::counts::describe_trash;
use super::fix::Remedy;
use super::inspection::{Inspection, or_fine};
use super::row::Row;
use crate::base::{Clock, Result, text};
use crate::claims::{Claim, Term};
use crate::fs::{read, write};
use crate::nouns::merge::Open;
use crate::nouns::ticket::find_unknown;
use crate::process::{Access, Liveness, Network};
use crate::run::{Runs, State};
use crate::store::{
    is_being_written,
    journal::{Entry, Journal},
};

/// How many seconds a git may hold a lock before it looks forgotten, and a file may take to be written.
const PATIENCE: u64 = 60;

/// How many seconds a claim may take to be written.
const CLAIM_PATIENCE: u64 = 5;

/// git's own locks, which only a person may remove. Those of cmpm are the system's and go with their process.
pub fn locks(inspection: &Inspection<'_>) -> Result<Vec<Row>> {
    let files = inspection.repository.lock_files();
    let rows = files.iter().filter_map(|file| {
        let age = age(file)?;
        let message = format!("git is running here, or was killed {} ago", text::duration(age));
        let row =
            if age > PATIENCE { Row::problem(inspection.short(file), message) } else { Row::warning(inspection.short(file), message) };
        Some(row.next("make sure that no git runs in this repository, then move this file away"))
    });
    Ok(or_fine(rows.collect(), "none in the way"))
}

/// Files of cmpm that a merge left in conflict.
pub fn merge(inspection: &Inspection<'_>) -> Result<Vec<Row>> {
    let described =
        if inspection.repository.work_dir().is_some() { Open::find(inspection.repository, &inspection.config)?.describe() } else { None };
    Ok(or_fine(
        described.map(|message| Row::problem("", message).next("cmpm merge --repair")).into_iter().collect(),
        "nothing is in conflict",
    ))
}

/// What was started and not finished.
pub fn journal(inspection: &Inspection<'_>) -> Result<Vec<Row>> {
    let journal = Journal::new(&inspection.live);
    let seen = journal.find_unfinished()?.filter(|_| !is_being_written(&inspection.live));
    // Looked at twice: a writer may have come to its end between the first look and the question.
    let unfinished = if seen.is_some() { journal.find_unfinished()?.filter(|entry| Some(entry) == seen.as_ref()) } else { None };
    let mut rows = Vec::new();
    for entry in journal.set_aside()? {
        rows.push(set_aside(inspection, &journal, &entry)?);
    }
    rows.extend(unfinished.map(|entry| {
        let files = text::plural(entry.steps.len(), "file");
        let message = format!("`{}` was interrupted while writing {files}", entry.operation);
        Row::problem(inspection.short(&entry.root), message).fixes(Remedy::Journal)
    }));
    Ok(or_fine(rows, "nothing is unfinished"))
}

/// What was interrupted and cannot be finished, because its files were changed since.
fn set_aside(inspection: &Inspection<'_>, journal: &Journal, entry: &Entry) -> Result<Row> {
    let (changed, folder) = (journal.changed_since(entry)?, inspection.short(&journal.entry_folder(entry.number)));
    let files = match changed.as_slice() {
        [] => String::new(),
        [file] => format!(" ({file} was changed since)"),
        [file, rest @ ..] => format!(" ({file} and {} more were changed since)", rest.len()),
    };
    let message = format!("`{}` was interrupted and set aside{files}; what it was going to write is in {folder}", entry.operation);
    let next = if changed.is_empty() {
        "`cmpm undo` reverts it".to_owned()
    } else {
        format!("look at these files with `git diff`; when they are right, move {folder} away")
    };
    Ok(Row::problem(inspection.short(&entry.root), message).next(next))
}

/// Claims that keep tickets from everybody although nobody works on them.
pub fn claims(inspection: &Inspection<'_>) -> Result<Vec<Row>> {
    let claims = inspection.runs.claims();
    let (mut rows, mut count) = (Vec::new(), 0);
    for (_, found) in claims.survey()? {
        match found {
            Err(failure) => rows.push(Row::failure("", &failure).next("look into the file; moved away, the ticket is free")),
            Ok(claim) if !claims.counts(&claim) => {
                let is_over = claim.expires.is_some() && claim.owner.liveness() != Liveness::Dead || claim.term == Term::Timed;
                let what = if is_over { "the claim has expired" } else { "claimed by a process that has ended" };
                rows.push(Row::problem(claim.ticket.as_str(), what).fixes(Remedy::Claim(claim.ticket)));
            }
            Ok(claim) => {
                let lost = claims.lost_to(&claim).filter(|_| claim.run.is_none());
                rows.extend(lost.map(|held| {
                    let row = Row::warning(claim.ticket.as_str(), format!("claimed {held}, so the claim of this clone is lost"));
                    row.next(format!("cmpm ticket release {}", claim.ticket))
                }));
                count += 1;
                rows.extend(of_another_machine(&claim));
            }
        }
    }
    // Only `ready` and `status` say that it was never asked: nothing is broken then.
    let known = inspection.config.claims.remote.as_ref().filter(|remote| inspection.repository.require_remote(remote).is_err());
    if let Some(finding) = known.map_or(Ok(None), |_| find_unknown(inspection.context))? {
        rows.push(Row::warning("", finding.message).next(finding.hint.unwrap_or_default()));
    }
    for orphan in inspection.runs.orphans()? {
        let row = Row::problem(orphan.ticket.as_str(), "claimed for a run that was never recorded");
        rows.push(row.fixes(Remedy::Orphan(Box::new(orphan))));
    }
    Ok(or_fine(rows, format!("{} claimed", text::plural(count, "ticket"))))
}

fn of_another_machine(claim: &Claim) -> Option<Row> {
    let is_decided_elsewhere = claim.owner.liveness() == Liveness::Unknown && claim.run.is_none() && claim.term == Term::Lease;
    is_decided_elsewhere
        .then(|| Row::warning(claim.ticket.as_str(), format!("claimed on {}, which cannot be checked from here", claim.owner.host)))
}

/// Places for runs. Each is a lock of the system, so it is free as soon as its process ends.
pub fn slots(inspection: &Inspection<'_>) -> Result<Vec<Row>> {
    let taken = inspection.readable_runs().filter(|run| run.status.state == State::Running && run.is_driven()).count();
    Ok(vec![Row::fine(format!("{taken} of {} taken", inspection.config.delegate.max_parallel))])
}

/// What was taken away and is not deleted yet. More than the settings allow goes in the background of the next run.
pub fn trash(inspection: &Inspection<'_>) -> Result<Vec<Row>> {
    let (held, limits) = (inspection.repository.trash().held()?, inspection.config.delegate.trash);
    if held.worktrees == 0 {
        return Ok(vec![Row::fine("empty")]);
    }
    let said = describe_trash(&held);
    let is_too_much = held.bytes > limits.max_bytes() || held.files > u64::from(limits.files);
    let too_much = || Row::warning("", format!("{said}, more than `delegate.trash` allows")).next("cmpm delegate clean");
    Ok(vec![if is_too_much { too_much() } else { Row::fine(said) }])
}

/// What the programs of runs are kept from on this system; found out with one that does nothing.
pub fn sandbox(_: &Inspection<'_>) -> Result<Vec<Row>> {
    let (achieved, no_room) = Runs::probe_sandbox()?;
    let first = match no_room {
        None => Row::fine(achieved.to_string()),
        Some(reason) => Row::fine(format!("{achieved}; no namespaces: {reason}"))
            .next("`delegate.sandbox: require`, if agents should not run with what that leaves open"),
    };
    let held = |access: &Access| {
        let row = Row::fine(achieved.held(*access, &Network::None).as_str());
        Row { about: access.as_str().to_owned(), ..row }
    };
    Ok(std::iter::once(first).chain(Access::ALL.iter().map(held)).collect())
}

/// Half-written files of processes that were killed.
pub fn leftovers(inspection: &Inspection<'_>) -> Result<Vec<Row>> {
    let live = &inspection.live;
    let mut folders: Vec<PathBuf> = ["", "claims", "ids", "tmp", "cache"].iter().map(|name| live.join(name)).collect();
    for parent in ["journal", "jobs"] {
        folders.extend(read::names(&live.join(parent))?.iter().map(|name| live.join(parent).join(name)));
    }
    let mut files = Vec::new();
    for folder in folders.iter().filter(|folder| read::is_folder(folder)) {
        let staged = read::names(folder)?.into_iter().filter(|name| write::is_staged(name)).map(|name| folder.join(name));
        // A claim is a few lines: it is written at once, or its process is gone.
        let patience = if folder.ends_with("claims") { CLAIM_PATIENCE } else { PATIENCE };
        files.extend(staged.filter(|file| age(file).is_some_and(|age| age > patience)));
    }
    if files.is_empty() {
        return Ok(vec![Row::fine("none")]);
    }
    let message = format!("{} of killed processes", text::plural(files.len(), "half-written file"));
    Ok(vec![Row::warning(inspection.short(live), message).fixes(Remedy::Staged(files))])
}

/// How many seconds ago a file was written, by the system's clock.
fn age(file: &Path) -> Option<u64> {
    let found = read::find_metadata(file).ok().flatten()?;
    u64::try_from(Clock::System.now().seconds() - found.mtime()).ok()
}
