//! Settings that changed: a file nobody can read must not get into a commit, least of all by a merge that went well.

use crate::base::{Finding, RepoPath, Result};
use crate::config;

use super::scope::Scope;

pub(super) fn find(scope: &Scope<'_>) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for file in scope.changed.iter().filter(|file| is_settings(&file.path)) {
        findings.extend(scope.snapshot.read(&file.path)?.and_then(|bytes| config::check_file(&file.path, &bytes)));
    }
    Ok(findings)
}

fn is_settings(path: &RepoPath) -> bool {
    const FOLDER: RepoPath = RepoPath::of(".cmpm");
    let name = path.name();
    path.parent() == FOLDER && name.starts_with("config.") && name.ends_with(".yaml")
}
