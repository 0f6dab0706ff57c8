//! Hooks: whether what git would run in each worktree reaches cmpm. Tried for real where that can start nothing else.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::fix::Remedy;
use super::inspection::{Inspection, or_fine};
use super::row::{self, Row};
use crate::base::env::CMPM_HOOK;
use crate::base::{Result, text};
use crate::context::CONFIG_FILE;
use crate::fs::read;
use crate::git::Repository;
use crate::nouns::hook::{HookError, HookName, Manager, REACHED, Seen, State, look, recorded, survey};

/// How the hooks of every worktree stand.
pub fn hooks(inspection: &Inspection<'_>) -> Result<Vec<Row>> {
    let Some(root) = inspection.repository.work_dir() else { return Ok(vec![Row::fine("no work tree, so git runs none")]) };
    let checks = HookChecks { inspection, recorded: recorded(inspection.repository)? };
    let is_project = read::exists(&CONFIG_FILE.below(root));
    let mut worktrees = Vec::new();
    for repository in survey(inspection.context)?.into_iter().filter(|one| is_for_people(inspection, one)) {
        let seen = match look(&repository) {
            // One folder of hooks for all repositories: only who had cmpm's hooks here before misses something.
            Err(failure) if matches!(failure.downcast_ref(), Some(HookError::Global { .. })) && checks.recorded.is_empty() => {
                let row = Row { state: row::State::Warning, ..Row::failure("", &failure) };
                return Ok(if is_project { vec![row] } else { vec![Row::fine("none of cmpm's")] });
            }
            seen => seen?,
        };
        worktrees.push((repository, seen));
    }
    let all = || worktrees.iter().flat_map(|(_, seen)| seen);
    let is_wanted = !checks.recorded.is_empty() || all().any(|seen| matches!(seen.state, State::Installed | State::Unreachable));
    if !is_wanted {
        let row = if is_project {
            Row::warning("", "cmpm's hooks are not installed in this clone, so commits are not checked here").next("cmpm init")
        } else {
            Row::fine("none of cmpm's")
        };
        return Ok(vec![row]);
    }
    let wanted: Vec<HookName> = all().filter(|seen| checks.is_wanted(seen)).map(|seen| seen.hook).collect();
    let mut rows = Vec::new();
    for (_, seen) in &worktrees {
        rows.extend(checks.judge(seen, &wanted));
    }
    rows.extend(checks.try_all(&worktrees)?);
    // Worktrees share a folder of hooks, and so its troubles.
    let mut known = std::collections::BTreeSet::new();
    rows.retain(|row| known.insert((row.about.clone(), row.message.clone())));
    Ok(or_fine(rows, format!("hooks installed in {}", text::plural(worktrees.len(), "worktree"))))
}

/// Not the worktrees of runs and the checkouts for gates: cmpm itself commits what was done there, after its own checks.
fn is_for_people(inspection: &Inspection<'_>, repository: &Repository) -> bool {
    let is_of_run = |root: &Path| root.starts_with(&inspection.live) || inspection.readable_runs().any(|run| run.job.worktree == root);
    repository.work_dir().is_some_and(|root| !is_of_run(root))
}

struct HookChecks<'a> {
    inspection: &'a Inspection<'a>,
    /// The files that cmpm put its line into.
    recorded: Vec<PathBuf>,
}

impl HookChecks<'_> {
    fn is_recorded(&self, seen: &Seen) -> bool {
        self.recorded.iter().any(|file| file.as_os_str() == seen.file.as_str())
    }

    /// Whether the hook is one that cmpm takes part in here, or did in a folder that git does not look into any more.
    fn is_wanted(&self, seen: &Seen) -> bool {
        let is_named = |file: &PathBuf| file.file_stem().is_some_and(|name| name == seen.hook.as_str());
        self.recorded.iter().any(is_named) || matches!(seen.state, State::Installed | State::Unreachable)
    }

    /// What is wrong with the hooks of one worktree, as far as their files tell.
    fn judge(&self, all: &[Seen], wanted: &[HookName]) -> Vec<Row> {
        let mut rows = Vec::new();
        for seen in all.iter().filter(|seen| wanted.contains(&seen.hook)) {
            let about = self.inspection.short(seen.file.as_ref());
            let because = if seen.detail.is_empty() { String::new() } else { format!(": {}", seen.detail) };
            let name = seen.hook.as_str();
            let row = match seen.state {
                State::Installed if seen.hint.is_empty() => continue,
                State::Installed => Row::warning(about, seen.detail.clone()),
                State::Missing if self.is_recorded(seen) && self.is_here(seen) => {
                    rows.push(Row::problem(about, "cmpm's line was installed here, and it is gone").fixes(Remedy::Hook(seen.hook)));
                    continue;
                }
                State::Missing => Row::problem(about, format!("{name} does not call cmpm in {}{because}", seen.worktree)),
                State::Managed | State::Refused => Row::problem(about, format!("{name} does not call cmpm{because}")),
                State::Unreachable => Row::problem(about, format!("cmpm's line is there, but not reached{because}")),
            };
            rows.push(row.next(seen.hint.clone()));
        }
        rows
    }

    /// Whether `hook install` in the worktree where this runs would write this file.
    fn is_here(&self, seen: &Seen) -> bool {
        self.inspection.repository.work_dir().is_some_and(|root| root.as_os_str() == seen.worktree.as_str())
    }

    /// Has git run each hook that is a file of its own, once per file: the line in it comes first and ends it.
    fn try_all(&self, worktrees: &[(Repository, Vec<Seen>)]) -> Result<Vec<Row>> {
        let mut files: BTreeMap<(&str, &str), &Repository> = BTreeMap::new();
        for (repository, all) in worktrees {
            for seen in all.iter().filter(|seen| can_be_tried(seen)) {
                files.entry((&seen.file, seen.hook.as_str())).or_insert(repository);
            }
        }
        if files.is_empty() {
            return Ok(Vec::new());
        }
        if self.inspection.context.env.find_program("cmpm").is_none() {
            // Without it the line steps aside, and the rest of the hook would run for real.
            let row = Row::problem("", "cmpm is not on PATH, so every hook skips its checks");
            return Ok(vec![row.next("put the folder of cmpm on PATH where git is started")]);
        }
        let mut rows = Vec::new();
        for ((file, name), repository) in files {
            let said = repository.try_hook(name, (CMPM_HOOK, "probe"))?;
            if !said.contains(REACHED) {
                let message = format!("git ran {name}, but it did not call cmpm: {}", text::fit(&text::one_line(&said), 120));
                rows.push(Row::problem(self.inspection.short(file.as_ref()), message).next("cmpm hook install"));
            }
        }
        Ok(rows)
    }
}

/// Only hooks that cmpm's line ends: what runs next to or after it is somebody else's.
fn can_be_tried(seen: &Seen) -> bool {
    seen.state == State::Installed && seen.hook.can_refuse() && matches!(seen.manager, None | Some(Manager::Husky))
}
