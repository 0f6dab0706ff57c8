//! The project's files: whether there is a project, its settings, its agents, and what a clone does not carry.

use std::path::Path;

use super::super::init::MERGE_DRIVER;
use super::super::init::record::Record;
use super::inspection::{Inspection, or_fine};
use super::row::Row;
use crate::base::{Finding, Result, Severity, text};
use crate::config::{Origin, Sources};
use crate::context::CONFIG_FILE;
use crate::engine::policy::{LOCK, Lock, Unlocked, agent_files, instructs};
use crate::fs::read;
use crate::nouns::agent::load_agents;
use crate::nouns::ticket::{Ticket, drop_strangers};
use crate::run::adapter::Adapter;
use crate::store::Snapshot;

/// Where overlays of the settings are.
const FOLDER: &str = ".cmpm";
/// Where a project describes agent programs of its own.
const RUNNERS: &str = ".cmpm/runners";

/// Whether `cmpm init` was done, and what of it this clone lacks.
pub fn project(inspection: &Inspection<'_>) -> Result<Vec<Row>> {
    let Some(root) = inspection.repository.work_dir() else { return Ok(vec![Row::fine("no work tree, so there are no files to check")]) };
    let mut rows = Vec::new();
    if !read::exists(&CONFIG_FILE.below(root)) {
        rows.push(Row::warning("", "this repository is not a cmpm project yet").next("cmpm init"));
    }
    let attributes = read::find_text(&root.join(".gitattributes"))?.unwrap_or_default();
    if names_driver(&attributes) && inspection.repository.config_value(MERGE_DRIVER).is_none() {
        let message = "names the merge driver of cmpm, which this clone does not have, so git merges line by line";
        rows.push(Row::warning(".gitattributes", message).next("cmpm init"));
    }
    rows.extend(Record::load(&inspection.live).err().map(|failure| Row::failure("init.json", &failure)));
    Ok(or_fine(rows, "initialised"))
}

fn names_driver(attributes: &str) -> bool {
    let lines = attributes.lines().filter(|line| !line.trim_start().starts_with('#'));
    lines.flat_map(str::split_whitespace).any(|word| word == "merge=cmpm")
}

/// Whether every file of settings is valid, also overlays that are not in use now.
pub fn settings(inspection: &Inspection<'_>) -> Result<Vec<Row>> {
    let mut rows: Vec<Row> = inspection.context.layers().err().iter().map(|failure| Row::failure("", failure)).collect();
    let Some(root) = inspection.repository.work_dir() else {
        return Ok(or_fine(Vec::new(), "no work tree, so there are no files to check"));
    };
    for name in read::names(&root.join(FOLDER))?.iter().filter(|name| is_overlay(name)) {
        let path = format!("{FOLDER}/{name}");
        let bytes = read::find(&root.join(&path))?.unwrap_or_default();
        let read = Sources::default().add_file(Origin::Project { path }, &bytes);
        rows.extend(read.err().map(|error| Row::failure("", &error.into())));
    }
    rows.extend(runners(root)?);
    rows.dedup_by(|one, other| one.message == other.message);
    Ok(or_fine(rows, "valid"))
}

fn is_overlay(name: &str) -> bool {
    name.starts_with("config.") && name.ends_with(".yaml") && name != "config.yaml"
}

fn runners(root: &Path) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for name in read::names(&root.join(RUNNERS))?.iter().filter(|name| name.ends_with(".yaml")) {
        let path = format!("{RUNNERS}/{name}");
        let text = read::find_text(&root.join(&path))?.unwrap_or_default();
        rows.extend(Adapter::parse(&path, &text).err().map(|failure| Row::failure("", &failure)));
    }
    Ok(rows)
}

/// Whether every agent's file is strictly valid, as one that is not grants nothing, and whether what steers agents is as it was locked.
pub fn agents(inspection: &Inspection<'_>) -> Result<Vec<Row>> {
    let Some(root) = inspection.repository.work_dir() else {
        return Ok(or_fine(Vec::new(), "no work tree, so there are no files to check"));
    };
    let (agents, findings) = load_agents(&Snapshot::WorkTree(root));
    let mut rows: Vec<Row> = findings.iter().filter_map(of_finding).collect();
    let staged = inspection.repository.staged()?.files;
    let mut fine = format!("{}, each valid", text::plural(agents.len(), "agent"));
    match read::find(&LOCK.below(root))? {
        Some(lock) => {
            let files = agent_files(inspection.repository, &staged)?;
            rows.extend(Lock::parse(&lock).differences(&files).iter().map(of_unlocked));
        }
        None => match staged.iter().filter(|entry| instructs(&entry.path)).count() {
            0 => {}
            count => fine += &format!("; `cmpm trust --lock` locks what steers agents ({})", text::plural(count, "file")),
        },
    }
    Ok(or_fine(rows, fine))
}

fn of_unlocked(file: &Unlocked) -> Row {
    Row::warning(file.path.to_string(), format!("steers agents and {}", file.what)).next("read it, then `cmpm trust --lock`")
}

/// What is wrong with ticket files, as lists say it: the first, and how many more.
pub fn tickets(inspection: &Inspection<'_>) -> Result<Vec<Row>> {
    if inspection.repository.work_dir().is_none() {
        return Ok(vec![Row::fine("no work tree, so there are no files to check")]);
    }
    let Ok(store) = inspection.context.store() else { return Ok(vec![Row::fine("not checked, for the settings cannot be read")]) };
    // Without the cache: the doctor writes nothing.
    let mut scan = store.scan::<Ticket>(&store.work_tree());
    drop_strangers(store, &mut scan);
    let count = text::plural(scan.records.len(), "ticket");
    let row = scan.findings.first().map(|first| {
        let line = first.line.map(|line| format!(":{line}")).unwrap_or_default();
        let more = if scan.findings.len() > 1 { format!("; {} in all", scan.findings.len()) } else { String::new() };
        Row::warning(format!("{}{line}", first.path), format!("{}{more}", first.message)).next("cmpm ready")
    });
    Ok(or_fine(row.into_iter().collect(), count))
}

fn of_finding(finding: &Finding) -> Option<Row> {
    let line = finding.line.map(|line| format!(":{line}")).unwrap_or_default();
    let about = format!("{}{line}", finding.path);
    let row = match finding.severity {
        Severity::Note => return None,
        Severity::Warning => Row::warning(about, &finding.message),
        Severity::Error => Row::problem(about, &finding.message),
    };
    Some(row.next(finding.hint.clone().unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_driver_is_named_by_an_attribute_and_not_by_a_comment() {
        assert!(names_driver("*.md text\ntasks/**/*.md merge=cmpm\n"));
        assert!(!names_driver("# tasks/** merge=cmpm\n*.md merge=cmpm-other\n"));
    }
}
