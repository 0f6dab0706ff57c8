//! Work: runs, their worktrees and branches, and such that belong to none.

use std::path::Path;

use super::fix::Remedy;
use super::inspection::{Inspection, or_fine};
use super::row::Row;
use crate::base::{Result, text};
use crate::fs::read;
use crate::git::Worktree;
use crate::run::{Found, Remnant, Run, State};

/// Where runs have their branches, unless an agent's file says otherwise.
const BRANCHES: &str = "refs/heads/agent/";

/// Runs that a crash left in the middle.
pub fn runs(inspection: &Inspection<'_>) -> Result<Vec<Row>> {
    let (mut rows, mut lost) = (Vec::new(), Vec::new());
    for (name, found) in &inspection.jobs {
        match found {
            Found::Run(run) => {
                rows.extend(of_run(inspection, run)?);
                let is_open = matches!(run.status.state, State::Queued | State::Running);
                lost.extend((is_open && run.status.owner.is_none()).then_some(name.as_str()));
            }
            Found::Unwritten if is_claimed(inspection, name)? => {}
            Found::Unwritten => {
                rows.push(Row::warning(name, "a folder for a run that was never recorded").fixes(Remedy::Unwritten(name.clone())));
            }
            Found::Damaged(failure) => rows.push(Row::failure(name, failure)),
        }
    }
    let all: Vec<Run> =
        inspection.jobs.iter().filter_map(|(_, found)| if let Found::Run(run) = found { Some((**run).clone()) } else { None }).collect();
    for held in inspection.runs.held_back(&all) {
        rows.push(Row::warning(held.runner.as_str(), format!("{}; it is held back until {}", text::one_line(&held.why()), held.until)));
    }
    let fine = text::plural(inspection.jobs.len(), "run");
    let waits = Row::fine(format!("{fine}; can be resumed: {}", lost.join(", "))).next("cmpm delegate resume");
    Ok(match (rows.is_empty(), lost.is_empty()) {
        (true, false) => vec![waits],
        _ => or_fine(rows, fine),
    })
}

fn is_claimed(inspection: &Inspection<'_>, name: &str) -> Result<bool> {
    Ok(inspection.runs.claims().list()?.iter().any(|claim| claim.run.as_ref().is_some_and(|run| run.as_str() == name)))
}

fn of_run(inspection: &Inspection<'_>, run: &Run) -> Result<Option<Row>> {
    let id = &run.job.run;
    let Some(remnant) = inspection.runs.find_remnant(run)? else {
        let is_away = run.status.state == State::Review && run.status.work.is_some() && !read::exists(&run.job.worktree);
        let away = || Row::warning(id.as_str(), "its worktree is gone; its work is kept").next(format!("cmpm delegate review {id}"));
        return Ok(is_away.then(away));
    };
    let message = match &remnant {
        Remnant::Driver => "its process has ended".to_owned(),
        Remnant::Decision if run.status.state == State::Review => "it was merged, but that was not recorded".to_owned(),
        Remnant::Decision => format!("it is {}, but the cleanup was not finished", run.status.state.as_str()),
        Remnant::Checkout => "a checkout for its gates was left behind".to_owned(),
    };
    let row = Row::problem(id.as_str(), message);
    let row = if matches!(remnant, Remnant::Driver) { row.next(format!("cmpm delegate resume {id}")) } else { row };
    Ok(Some(row.fixes(Remedy::Run(id.clone()))))
}

/// Worktrees without a folder, and folders and worktrees without a run.
pub fn worktrees(inspection: &Inspection<'_>) -> Result<Vec<Row>> {
    let mut rows: Vec<Row> = inspection.worktrees.iter().filter_map(|worktree| of_worktree(inspection, worktree)).collect();
    rows.extend(inspection.repository.damaged_worktrees().into_iter().map(|name| {
        let about = format!("worktrees/{name}");
        if inspection.repository.is_unfinished_note(&name) {
            Row::warning(about, "was interrupted while it was created").fixes(Remedy::Unfinished(name))
        } else if inspection.repository.is_copied_note(&name) {
            let message = "its folder belongs to the clone that this one was copied from; do not run `git worktree repair`, which would change that one";
            Row::warning(about, message)
        } else {
            Row::warning(about, "git's notes about this worktree are damaged").next("git worktree repair")
        }
    }));
    rows.extend(folders(inspection)?);
    Ok(or_fine(rows, format!("{}, each in its place", text::plural(inspection.worktrees.len() + 1, "worktree"))))
}

fn of_worktree(inspection: &Inspection<'_>, worktree: &Worktree) -> Option<Row> {
    let about = inspection.short(&worktree.path);
    let is_of_run = run_at(inspection, &worktree.path).is_some();
    let is_place = worktree.path.parent().is_some_and(|parent| Some(parent) == place(inspection).as_deref());
    if worktree.is_unfinished() && run_at(inspection, &worktree.path).is_some_and(|run| !run.is_driven()) {
        return Some(Row::warning(about, "was interrupted while it was created").fixes(Remedy::Unfinished(worktree.name.clone())));
    }
    if worktree.gone && worktree.locked.is_none() {
        let row = Row::warning(about, "git knows this worktree, but its folder is gone");
        let is_safe = worktree.is_forgettable() && (is_of_run || is_place);
        return Some(if is_safe { row.fixes(Remedy::Worktree(worktree.name.clone())) } else { row.next("git worktree prune --dry-run") });
    }
    let is_branch_of_run = worktree.branch.as_ref().is_some_and(|branch| format!("refs/heads/{branch}").starts_with(BRANCHES));
    let is_orphan = !worktree.gone && !is_of_run && (is_place || is_branch_of_run);
    let message = "a worktree among those of runs, but no run of this clone knows it";
    is_orphan.then(|| Row::warning(about.clone(), message).next(format!("git -C '{about}' status")))
}

/// Folders among the worktrees of runs that are not worktrees.
fn folders(inspection: &Inspection<'_>) -> Result<Vec<Row>> {
    let Some(place) = place(inspection) else { return Ok(Vec::new()) };
    let paths = read::names(&place)?.into_iter().map(|name| place.join(name)).filter(|path| read::is_folder(path));
    let is_known = |path: &Path| inspection.worktrees.iter().any(|worktree| worktree.path == path) || run_at(inspection, path).is_some();
    let strange = paths.filter(|path| !is_known(path));
    let row = |path: std::path::PathBuf| {
        Row::warning(inspection.short(&path), "a folder among the worktrees of runs, but git knows no worktree there")
            .next("look into it; cmpm leaves it as it is")
    };
    Ok(strange.map(row).collect())
}

/// Where runs have their worktrees, with links resolved as git's list has them.
fn place(inspection: &Inspection<'_>) -> Option<std::path::PathBuf> {
    let below = &inspection.config.paths.worktrees;
    let root = inspection.repository.main_work_dir().filter(|_| !below.is_empty());
    let place = root.map_or_else(|| inspection.live.join("worktrees"), |root| below.below(&root));
    read::real_path(&place).ok()
}

/// The run that works at a path, or has its gates run there.
fn run_at<'p>(inspection: &'p Inspection<'_>, path: &Path) -> Option<&'p Run> {
    inspection.readable_runs().find(|run| run.job.worktree == path || path.starts_with(run.dir.file("")))
}

/// Branches that look like those of runs, but belong to none.
pub fn branches(inspection: &Inspection<'_>) -> Result<Vec<Row>> {
    let all = inspection.repository.refs_below(BRANCHES)?;
    let names = all.iter().filter_map(|(name, _)| name.strip_prefix("refs/heads/"));
    let is_known = |name: &str| {
        let is_of_run = inspection.readable_runs().any(|run| run.job.branch == name);
        is_of_run || inspection.worktrees.iter().any(|worktree| worktree.branch.as_deref() == Some(name))
    };
    let row = |name: &str| Row::warning(name, "a branch without a run in this clone").next(format!("git log --oneline HEAD..{name}"));
    let rows = names.filter(|name| !is_known(name)).map(row).collect();
    Ok(or_fine(rows, format!("{} of runs", all.len())))
}
