//! What people are told of hooks in one line: by `init` of the managers it finds, by `status` of hooks that do not call cmpm.

use std::path::Path;

use super::judge::State;
use super::model::{HookName, Manager};
use super::record::recorded;
use super::status::look;
use crate::base::{RepoPath, Result};
use crate::fs::read;
use crate::git::{Origin, Repository};

/// The managers of hooks that this repository has settings of, and what that means for cmpm's line.
pub fn managers(repository: &Repository) -> Result<Vec<(RepoPath, String)>> {
    let root = repository.require_work_dir()?;
    let folder = repository.hooks_folder()?;
    let is_husky = folder.path.starts_with(root.join(".husky"));
    let husky = if is_husky {
        "git runs these hooks, so cmpm's line goes there"
    } else {
        "git does not use it yet; once it does, run `cmpm hook install`"
    };
    let mut rows = vec![
        (".husky", husky.to_owned()),
        (".pre-commit-config.yaml", "pre-commit and prek keep cmpm's hooks and run them first".to_owned()),
    ];
    for manager in Manager::ALL {
        rows.extend(entry_for(manager, root)?);
    }
    let own = RepoPath::relative(root, &folder.path).filter(|_| folder.origin == Origin::Repository && !is_husky);
    let own = own.map(|own| (own, "core.hooksPath names it, so cmpm's line goes into the hooks there".to_owned()));
    let found = rows.into_iter().filter_map(|(file, message)| Some((RepoPath::parse(file)?, message)));
    Ok(own.into_iter().chain(found).filter(|(file, _)| read::exists(&file.below(root))).collect())
}

/// The settings of a manager that replaces git's hooks, and what is missing in them.
fn entry_for(manager: Manager, root: &Path) -> Result<Option<(&'static str, String)>> {
    let Some((files, entry)) = manager.settings(HookName::PreCommit) else { return Ok(None) };
    let text = |file: &'static str| Some((file, read::find_text(&root.join(file)).ok()??));
    let Some((file, text)) = files.iter().copied().filter_map(text).find(|(file, text)| manager.is_in(file, text)) else {
        return Ok(None);
    };
    let is_called = text.contains("cmpm hook run pre-commit");
    let replaces = format!("{} replaces git's hooks; add to this file: {entry}", manager.as_str());
    Ok(Some((file, if is_called { "calls cmpm".to_owned() } else { replaces })))
}

/// Whether cmpm's line is in a hook here, or was put into one of this clone.
pub fn is_set_up(repository: &Repository) -> Result<bool> {
    Ok(!recorded(repository)?.is_empty() || look(repository)?.iter().any(|seen| seen.state == State::Installed))
}

/// Why git does not reach cmpm's line although it was put in: another program took the hooks over, or somebody removed it.
pub fn find_gap(repository: &Repository) -> Result<Option<String>> {
    let recorded = recorded(repository)?;
    let is_recorded = |hook: HookName| recorded.iter().any(|file| file.file_stem().is_some_and(|name| name == hook.as_str()));
    let is_out = |state: State| !matches!(state, State::Installed);
    let seen = if recorded.is_empty() { Vec::new() } else { look(repository)? };
    let out: Vec<_> = seen.iter().filter(|seen| is_recorded(seen.hook) && is_out(seen.state)).collect();
    let Some(first) = out.first() else { return Ok(None) };
    let names = out.iter().map(|seen| seen.hook.as_str()).collect::<Vec<_>>().join(", ");
    let what = if out.len() == HookName::ALL.len() { "git's hooks".to_owned() } else { names };
    let next =
        if out.iter().all(|seen| seen.hint == "cmpm hook install") { "`cmpm hook install` adds it" } else { "`cmpm hook status` says why" };
    let root = repository.require_work_dir()?;
    let folder = repository.hooks_folder()?.path;
    let shown = folder.strip_prefix(root).unwrap_or(&folder).display();
    let by = first.manager.map_or_else(String::new, |manager| format!(" of {}", manager.as_str()));
    let call = if out.len() == 1 { "calls" } else { "call" };
    Ok(Some(format!("{what} no longer {call} cmpm (git runs those in {shown}{by}); {next}")))
}
