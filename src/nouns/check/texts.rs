//! What is looked for in every file: conflict markers and secrets. Each file is read once. For secrets also all that the commits
//! of a range brought on the way is read: merges, messages and names.

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeSet, HashMap};

use crate::base::{Finding, RepoPath, Result, Rule, Severity};
use crate::config::InlineAllow;
use crate::context::Context;
use crate::engine::leaks::{Brought, Leak, Leaks, Place, Unread, brought, each};
use crate::engine::scan::{FILES, Known, MOST_BYTES, RuleProblem, Scanner, Secret, Text};
use crate::git::{Commit, Oid, Repository};

use super::identity::Claims;
use super::law::{Law, problem, scanner_of};
use super::scope::{Changed, Scope};
use super::{exempt, hidden, markers};

#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) markers: Vec<Finding>,
    /// Secrets, and what is wrong with the rules about them.
    pub(super) secrets: Vec<Finding>,
    /// How many secrets the baseline names.
    pub(super) known: usize,
    /// What of the commits is not in this partial clone.
    pub(super) missing: Vec<(RepoPath, Oid)>,
}

/// Conflict markers and secrets in the files that changed, and secrets in what the commits of a range brought on the way.
pub(super) fn find(context: &Context, scope: &Scope<'_>, law: &Law<'_>) -> Result<Found> {
    if scope.changed.is_empty() && scope.links.is_empty() && scope.commits.is_empty() {
        return Ok(Found::default());
    }
    let repository = context.repository()?;
    let (scanner, mut findings) = law.scanner(scope);
    let leaks = Leaks { repository, scanner };
    let State { markers, mut leaked, large } = in_state(&leaks, scope)?;
    let mut unread = Unread { large, ..Unread::default() };
    let mut seen: BTreeSet<(RepoPath, Oid)> = scope.changed.iter().map(|file| (file.path.clone(), file.oid)).collect();
    seen.extend(scope.links.iter().cloned());
    for commit in &scope.commits {
        leaked.extend(leaks.of_commit(commit, &mut seen, &mut unread)?);
        let place = format!("commit {}", commit.oid.short());
        findings.extend(hidden::said(&commit.message, &format!("the message of {place}")));
        findings.extend(hidden::said(&repository.head_of(commit.oid)?, &format!("the names and headers of {place}")));
    }
    let is_agents = context.inside_run().is_some();
    findings.extend(unread.large.into_iter().map(|path| not_scanned(path, is_agents)));
    let judge = Judge::of(context, (scope, law))?;
    if brings_rules(scope) {
        findings.extend(judge.own().1.iter().cloned().map(problem));
    }
    for leak in &leaked {
        findings.extend(judge.findings(leak)?);
    }
    findings.extend(unreadable(scanner));
    Ok(Found { markers, secrets: findings, known: scanner.known(), missing: unread.missing })
}

/// What is in the files as they are at the end.
#[derive(Default)]
struct State {
    /// Conflict markers and hidden text.
    markers: Vec<Finding>,
    /// Secrets in texts and names.
    leaked: Vec<Leak>,
    /// What is too large to be looked at.
    large: Vec<RepoPath>,
}

fn in_state(leaks: &Leaks<'_>, scope: &Scope<'_>) -> Result<State> {
    let look = |file: &Changed| -> Result<State> {
        if leaks.is_too_large(file.oid)? {
            return Ok(State { large: vec![file.path.clone()], ..State::default() });
        }
        let bytes = leaks.repository.read_blob(file.oid)?;
        let mut markers = of_text(&file.path, &bytes);
        if let Some(old) = file.old.filter(|_| !markers.is_empty()) {
            exempt::known_before(&mut markers, &of_text(&file.path, &leaks.repository.read_blob(old)?));
        }
        let before = file.old_path.as_ref().unwrap_or(&file.path);
        let old = file.old.map(|old| (before.clone(), old)).into_iter().collect();
        let file = Brought { path: file.path.clone(), oid: file.oid, old, is_new: false };
        Ok(State { markers, leaked: leaks.in_file(&file, &bytes, None)?, large: Vec::new() })
    };
    let mut all = State::default();
    for State { markers, leaked, large } in each(&scope.changed, look)? {
        all.markers.extend(markers);
        all.leaked.extend(leaked);
        all.large.extend(large);
    }
    let link = |(path, oid): &(RepoPath, Oid)| Brought { path: path.clone(), oid: *oid, old: Vec::new(), is_new: true };
    let links: Vec<Brought> = scope.links.iter().map(link).collect();
    all.leaked.extend(leaks.in_files(&links, None)?);
    let new = scope.changed.iter().filter(|file| file.old.is_none() || file.old_path.is_some());
    let names = new.map(|file| &file.path).chain(scope.links.iter().map(|(path, _)| path));
    all.leaked.extend(leaks.in_names(names, None));
    Ok(all)
}

/// What is said of the text of a file whatever is kept in it.
pub(super) fn of_text(path: &RepoPath, bytes: &[u8]) -> Vec<Finding> {
    let mut findings = markers::find(path, bytes);
    findings.extend(hidden::find(path, bytes));
    findings
}

fn not_scanned(path: RepoPath, is_agents: bool) -> Finding {
    let message = format!("larger than {} MiB, so nothing was looked for in it", MOST_BYTES >> 20);
    Finding::new(Rule::NotScanned, if is_agents { Severity::Error } else { Severity::Warning }, path, message)
}

/// Secrets and hidden text in texts that go with a scope and are no files of it, such as a message; each with what it is.
pub(super) fn in_texts(context: &Context, (scope, law): (&Scope<'_>, &Law<'_>), said: &[(&str, &str)]) -> Result<Vec<Finding>> {
    if said.iter().all(|(text, _)| text.trim().is_empty()) {
        return Ok(Vec::new());
    }
    let scanner = law.scanner(scope).0;
    let judge = Judge::of(context, (scope, law))?;
    let leaks = Leaks { repository: judge.repository, scanner };
    let leaked = said.iter().flat_map(|(text, what)| leaks.in_text(text, what, None));
    let mut findings: Vec<Finding> = leaked.map(|leak| judge.findings(&leak)).collect::<Result<Vec<_>>>()?.into_iter().flatten().collect();
    findings.extend(said.iter().flat_map(|(text, what)| hidden::said(text, what)));
    Ok(findings)
}

/// Secrets in a text without a place in any repository.
pub(super) fn secrets(scanner: &Scanner, text: &Text<'_>) -> Vec<Finding> {
    scanner.scan_marked(text).iter().filter(|secret| !secret.marked).map(|secret| finding(secret, text.path, "")).collect()
}

fn finding(secret: &Secret, path: &RepoPath, place: &str) -> Finding {
    let message = match secret.line {
        Some(_) => format!("{}: {}{place}", secret.description, secret.shown()),
        None => format!("{}{place}", secret.description),
    };
    let finding = Finding { severity: secret.severity, ..Finding::of_scanner(&secret.rule, path.clone(), message) };
    let first = if secret.personal { "use made-up data" } else { "revoke it if it is real, then remove it" };
    let finding = finding.hint(format!("{first}; `cmpm check --explain {}` says how to allow it", secret.rule));
    secret.line.into_iter().fold(finding, Finding::at)
}

/// Expressions of the rules that could not be read when they were needed.
fn unreadable(scanner: &Scanner) -> impl Iterator<Item = Finding> {
    scanner.broken().into_iter().map(|(rule, reason)| {
        let message = format!("an expression of `{rule}` cannot be read, so it finds nothing: {reason}");
        Finding::new(Rule::ScanRules, Severity::Error, scanner.source().clone(), message).hint("write it in Go's RE2 syntax")
    })
}

/// Whether the change brings other rules about secrets than those that judge it.
fn brings_rules(scope: &Scope<'_>) -> bool {
    let is_rule_file = |path: &RepoPath| FILES.iter().any(|name| path.lossy() == *name) || path.name().ends_with(".toml");
    scope.changed.iter().map(|file| &file.path).chain(&scope.removed).any(is_rule_file)
}

type Origins<'a> = HashMap<(RepoPath, Oid), &'a Commit>;

/// For each version of a file the first commit that brought it.
fn origins<'a>(repository: &Repository, scope: &'a Scope<'_>) -> Origins<'a> {
    let mut origins = HashMap::new();
    for commit in &scope.commits {
        let files = brought(repository, commit).unwrap_or_default();
        origins.extend(files.into_iter().map(|file| ((file.path, file.oid), commit)));
    }
    origins
}

/// A text: its path, what it is, and its commit.
type Where = (RepoPath, Place, Option<Oid>);

/// Says what comes of each secret.
struct Judge<'a> {
    context: &'a Context,
    repository: &'a Repository,
    scope: &'a Scope<'a>,
    law: &'a Law<'a>,
    /// The rules as the change has them.
    own: OnceCell<(Scanner, Vec<RuleProblem>)>,
    /// What those find in the text that was looked at last: its secrets come one after another.
    last: RefCell<(Option<Where>, Known)>,
    origins: OnceCell<Origins<'a>>,
}

impl<'a> Judge<'a> {
    fn of(context: &'a Context, (scope, law): (&'a Scope<'a>, &'a Law<'a>)) -> Result<Self> {
        let (own, last, origins) = (OnceCell::new(), RefCell::default(), OnceCell::new());
        Ok(Self { context, repository: context.repository()?, scope, law, own, last, origins })
    }

    fn own(&self) -> &(Scanner, Vec<RuleProblem>) {
        self.own.get_or_init(|| scanner_of(&self.scope.snapshot))
    }

    fn findings(&self, leak: &Leak) -> Result<Vec<Finding>> {
        let mut found = finding(&leak.secret, &leak.path, &leak.shown_place());
        if leak.secret.is_private_key() && found.severity < Severity::Error && self.author(leak)?.1 {
            found.severity = Severity::Error;
        }
        found.line = found.line.filter(|_| leak.has_lines());
        if leak.secret.marked {
            let counts = match self.law.config.check.secrets.inline_allow {
                InlineAllow::Change => true,
                InlineAllow::Base => self.scope.is_everything(),
                InlineAllow::Never => false,
            };
            return Ok(match counts {
                true if self.scope.is_everything() => Vec::new(),
                true => vec![self.allowed(leak, "a mark on the line")?],
                false => vec![found.hint("this project does not let a new mark allow it (`check.secrets.inline_allow`)")],
            });
        }
        if !brings_rules(self.scope) || self.is_found_by_own(leak)? {
            return Ok(vec![found]);
        }
        let allowed = self.allowed(leak, "a rule that this change brings")?;
        if self.law.is_first {
            return Ok(vec![allowed]);
        }
        Ok(vec![found, allowed.hint("rules hold from the next change on: bring them first, in a change of their own")])
    }

    fn is_found_by_own(&self, leak: &Leak) -> Result<bool> {
        let mut last = self.last.borrow_mut();
        let place = (leak.path.clone(), leak.place.clone(), leak.commit);
        if last.0.as_ref() != Some(&place) {
            let name = leak.commit.map(|oid| oid.to_string());
            let bytes = leak.text(self.repository)?;
            let text = Text { path: &leak.path, bytes: &bytes, commit: name.as_deref() };
            *last = (Some(place), Known::of(self.own().0.scan_marked(&text)));
        }
        Ok(last.1.has(&leak.secret))
    }

    /// Who brought it, and whether that is an agent.
    fn author(&self, leak: &Leak) -> Result<(String, bool)> {
        let commit = match (&leak.place, leak.commit) {
            (Place::File(oid), None) => {
                self.origins.get_or_init(|| origins(self.repository, self.scope)).get(&(leak.path.clone(), *oid)).copied()
            }
            (_, oid) => self.scope.commits.iter().find(|commit| Some(commit.oid) == oid),
        };
        Ok(match commit {
            Some(commit) => (commit.author.name.clone(), Claims::of(commit, self.scope)?.names_agents()),
            None => (self.repository.user_name(), self.context.inside_run().is_some()),
        })
    }

    /// What somebody allowed: a person's act is told, an agent's is none.
    fn allowed(&self, leak: &Leak, by: &str) -> Result<Finding> {
        let (who, is_agent) = self.author(leak)?;
        let secret = &leak.secret;
        let message = format!("{by} allows {}: {}{}; by {who}", secret.description, secret.shown(), leak.shown_place());
        let (severity, hint) = match is_agent {
            true => (Severity::Error, "an agent may not allow this; a person decides, in a commit of their own"),
            false => (Severity::Warning, "whoever reviews the change decides whether this is a secret"),
        };
        let finding = Finding::new(Rule::SecretAllowed, severity, leak.path.clone(), message).hint(hint);
        Ok(secret.line.filter(|_| leak.has_lines()).into_iter().fold(finding, Finding::at))
    }
}
