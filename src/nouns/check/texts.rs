//! What is looked for in every file: conflict markers and secrets. Each file is read once.

use std::collections::BTreeSet;

use rayon::prelude::*;

use crate::base::{Finding, RepoPath, Result, Rule, Severity};
use crate::engine::scan::{RULES_FILE, Scanner, Secret, Text};
use crate::git::{Oid, Repository};

use super::scope::{Changed, Scope, split};
use super::{exempt, markers};

/// From so many files on the work is spread over the cores.
const MANY: usize = 8;

#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) markers: Vec<Finding>,
    /// Secrets, and what is wrong with the rules about them.
    pub(super) secrets: Vec<Finding>,
}

/// Conflict markers and secrets in the files that changed, and secrets in what the commits of a range brought on the way.
pub(super) fn find(repository: &Repository, scope: &Scope<'_>) -> Result<Found> {
    if scope.changed.is_empty() && scope.commits.is_empty() {
        return Ok(Found::default());
    }
    let (scanner, problems) = Scanner::load(&|path: &RepoPath| scope.snapshot.read(path).ok().flatten());
    let problem = |path: RepoPath, message: String| Finding::new(Rule::ScanRules, Severity::Error, path, message);
    let look = Look { repository, scanner: &scanner };
    let (markers, mut findings): (Vec<_>, Vec<_>) =
        each(&scope.changed, &|file| look.at(file))?.into_iter().partition(|finding| finding.rule == Rule::ConflictMarker.name());
    findings.extend(problems.into_iter().map(|wrong| problem(wrong.path, wrong.message)));
    let mut seen: BTreeSet<(RepoPath, Oid)> = scope.changed.iter().map(|file| (file.path.clone(), file.oid)).collect();
    for commit in scope.commits.iter().filter(|commit| commit.parents.len() < 2) {
        let parent = commit.parents.first().copied().unwrap_or_else(|| repository.empty_tree());
        let (mut brought, _) = split(&repository.diff_trees(parent, commit.oid)?);
        brought.retain(|file| seen.insert((file.path.clone(), file.oid)));
        let name = commit.oid.to_string();
        findings.extend(each(&brought, &|file| look.for_secrets(file, &repository.read_blob(file.oid)?, Some(&name)))?);
    }
    let rules = const { RepoPath::of(RULES_FILE) };
    findings.extend(scanner.broken().into_iter().map(|(rule, reason)| {
        let message = format!("an expression of `{rule}` cannot be read, so it finds nothing: {reason}");
        problem(rules.clone(), message).hint("write it in Go's RE2 syntax")
    }));
    Ok(Found { markers, secrets: findings })
}

pub(super) fn secrets(scanner: &Scanner, text: &Text<'_>) -> Vec<Finding> {
    scanner.scan(text).iter().map(|secret| finding(secret, text)).collect()
}

fn finding(secret: &Secret, text: &Text<'_>) -> Finding {
    let place = text.commit.map(|commit| format!(" in commit {}", commit.get(..7).unwrap_or(commit))).unwrap_or_default();
    let message = match secret.line {
        Some(_) => format!("{}: {}{place}", secret.description, secret.shown()),
        None => format!("{}{place}", secret.description),
    };
    let finding = Finding::of_scanner(&secret.rule, text.path.clone(), message);
    let finding =
        finding.hint(format!("revoke it if it is real, then remove it; `cmpm check --explain {}` says how to allow it", secret.rule));
    secret.line.into_iter().fold(finding, Finding::at)
}

struct Look<'a> {
    repository: &'a Repository,
    scanner: &'a Scanner,
}

type Find<'a> = dyn Fn(&Changed) -> Result<Vec<Finding>> + Sync + 'a;

fn each(files: &[Changed], find: &Find<'_>) -> Result<Vec<Finding>> {
    let found: Result<Vec<_>> = if files.len() < MANY { files.iter().map(find).collect() } else { files.par_iter().map(find).collect() };
    Ok(found?.into_iter().flatten().collect())
}

impl Look<'_> {
    fn at(&self, file: &Changed) -> Result<Vec<Finding>> {
        let bytes = self.repository.read_blob(file.oid)?;
        let mut findings = markers::find(&file.path, &bytes);
        if let Some(old) = file.old.filter(|_| !findings.is_empty()) {
            exempt::known_before(&mut findings, &markers::find(&file.path, &self.repository.read_blob(old)?));
        }
        findings.extend(self.for_secrets(file, &bytes, None)?);
        Ok(findings)
    }

    /// The secrets of a file that were not in it before.
    fn for_secrets(&self, file: &Changed, bytes: &[u8], commit: Option<&str>) -> Result<Vec<Finding>> {
        let text = Text { path: &file.path, bytes, commit };
        let found = self.scanner.scan(&text);
        let old = match file.old {
            Some(oid) if !found.is_empty() => self.scanner.scan(&Text { bytes: &self.repository.read_blob(oid)?, ..text }),
            _ => Vec::new(),
        };
        let is_new = |secret: &&Secret| !old.iter().any(|known| known.is_same(secret));
        Ok(found.iter().filter(is_new).map(|secret| finding(secret, &text)).collect())
    }
}
