//! `cmpm check --baseline write`: what is in the index now is known from now on.

use rayon::prelude::*;

use crate::base::{Finding, RepoPath, Result, Rule, Severity, text};
use crate::engine::scan::{BASELINE_FILE, Scanner, Secret, Text, baseline};
use crate::fs::write;
use crate::report::prelude::*;

use super::report::CheckReport;
use super::scope::{Changed, Scope};

/// What is done with the file of known secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Action {
    /// Write what is found now
    Write,
}

/// What counts as known is for a person to say: a run could hide its own secrets that way.
pub(super) fn write(context: &Context) -> Result<CheckReport> {
    context.require_person()?;
    let repository = context.repository()?;
    let staged = repository.staged()?;
    let scope = Scope::of_everything(repository, &staged)?;
    let file = const { RepoPath::of(BASELINE_FILE) };
    let read = |path: &RepoPath| if *path == file { None } else { scope.snapshot.read(path).ok().flatten() };
    let (scanner, _) = Scanner::load(&read);
    let look = |changed: &Changed| -> Result<Vec<(RepoPath, Secret)>> {
        let bytes = repository.read_blob(changed.oid)?;
        let secrets = scanner.scan_marked(&Text { path: &changed.path, bytes: &bytes, commit: None });
        Ok(secrets.into_iter().filter(|secret| !secret.marked).map(|secret| (changed.path.clone(), secret)).collect())
    };
    let found = scope.changed.par_iter().map(look).collect::<Result<Vec<_>>>()?;
    let (content, count) = baseline(found.iter().flatten().map(|(path, secret)| (path, secret)));
    write::replace(&file.below(context.root()?), content.as_bytes())?;
    let message = format!("{} known from now on; commit the file", text::plural(count, "secret"));
    let finding = Finding::new(Rule::Secret, Severity::Note, file, message).hint("revoke what is real all the same: history keeps it");
    Ok(CheckReport::new("everything".to_owned(), scope.changed.len(), vec![finding]))
}
