//! Commits that agents made: each is compared with the roles of the agents it names, as the base of the range defines them. So a
//! branch that reached the server around cmpm is judged there by the same rules.

use std::cell::LazyCell;
use std::collections::BTreeSet;

use crate::base::{Finding, RepoPath, Result, Rule, Severity, text};
use crate::context::Context;
use crate::engine::policy::{self, Proposed};
use crate::git::{Change, Commit, Mode, Oid, Repository};
use crate::nouns::agent::{Agent, load_agents, require};
use crate::nouns::ticket::{Ticket, key_in};
use crate::run::proposed;
use crate::store::{Record, Snapshot};
use crate::words::Property;

use super::identity::{Claims, RUNS, page_path};
use super::law::Law;
use super::pages::{Landing, Squashed};
use super::scope::Scope;

/// What the commits of runs changed beyond their agents' roles.
pub(super) fn find(context: &Context, scope: &Scope<'_>, law: &Law<'_>) -> Result<Vec<Finding>> {
    if scope.commits.is_empty() {
        return Ok(Vec::new());
    }
    let judge = Judge { context, repository: context.repository()?, scope, law, agents: LazyCell::new(|| law.agents()) };
    let found: Result<Vec<_>> = scope.commits.iter().map(|commit| judge.commit(commit)).collect();
    Ok(found?.into_iter().flatten().collect())
}

struct Judge<'a, F: FnOnce() -> Vec<Agent>> {
    context: &'a Context,
    repository: &'a Repository,
    scope: &'a Scope<'a>,
    law: &'a Law<'a>,
    agents: LazyCell<Vec<Agent>, F>,
}

impl<F: FnOnce() -> Vec<Agent>> Judge<'_, F> {
    fn commit(&self, commit: &Commit) -> Result<Vec<Finding>> {
        let claims = Claims::of(commit, self.scope)?;
        if claims.every_run().is_empty() && !claims.names_agents() {
            return Ok(Vec::new());
        }
        let parent = commit.parents.first().copied().unwrap_or_else(|| self.repository.empty_tree());
        let changes = self.repository.diff_trees(parent, commit.oid)?;
        let landing = Landing { context: self.context, repository: self.repository, commit, claims: &claims, changes: &changes };
        if let Some(findings) = self.of_squash(&landing)? {
            return Ok(findings);
        }
        let mut findings = self.contradictions(commit, &claims);
        findings.extend(self.landed(&landing)?);
        let mut excused = Vec::new();
        for run in &claims.runs {
            match landing.excused(run)? {
                Ok(paths) => {
                    // Of a run that was turned down nothing but the page is there; of a squash nothing else proves it.
                    let is_alone = commit.parents.len() == 1 && claims.is_agents_own() && !paths.is_empty();
                    findings.extend(is_alone.then(|| unproved(run, commit)));
                    excused.extend(paths);
                }
                Err(reason) => {
                    let path = page_path(run).unwrap_or(RUNS);
                    let message = format!("this page {reason}, so it excuses nothing");
                    findings.push(Finding { rule: Rule::ForgedPage.name().to_owned(), ..finding(path, commit, &message) });
                }
            }
        }
        let theirs: Vec<&Change> = changes.iter().filter(|change| change.old_path.is_some() || !excused.contains(&change.path)).collect();
        if !theirs.is_empty() {
            findings.extend(self.beyond_roles(commit, &claims.agents(), &theirs)?);
        }
        Ok(findings)
    }

    /// A person's commit that joins those of others: each run's part is held to its role, the rest is the person's and is told.
    /// `None` where a run or an agent that is named cannot be told from the rest; then all of it is the agents'.
    fn of_squash(&self, landing: &Landing<'_>) -> Result<Option<Vec<Finding>>> {
        let (commit, claims) = (landing.commit, landing.claims);
        if commit.parents.len() != 1 || !claims.mailed.is_empty() || !claims.names_agents() {
            return Ok(None);
        }
        let (mut findings, mut known, mut of_runs) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
        for run in claims.every_run() {
            let Some(Squashed { agent, work: paths }) = landing.squashed(run)? else { return Ok(None) };
            // What cmpm itself adds: the page, the finished ticket, what is remembered.
            let own = landing.excused(run)?.unwrap_or_default();
            of_runs.extend(page_path(run).into_iter().chain(own.iter().cloned()));
            let is_theirs =
                |change: &&Change| paths.contains(&change.path) || change.old_path.as_ref().is_some_and(|old| paths.contains(old));
            let theirs: Vec<&Change> = landing.changes.iter().filter(is_theirs).filter(|change| !own.contains(&change.path)).collect();
            findings.extend(self.beyond_roles(commit, &BTreeSet::from([&agent]), &theirs)?);
            of_runs.extend(theirs.iter().map(|change| change.path.clone()));
            known.insert((agent, !paths.is_empty()));
        }
        // An agent that the message names did something; one that only a page names may have been turned down.
        let is_known = |agent: &String| known.iter().any(|(name, has_work)| name == agent && (*has_work || !claims.names(agent)));
        if known.iter().all(|(_, has_work)| !has_work) || !claims.agents().into_iter().all(is_known) {
            return Ok(None);
        }
        let others = landing.changes.iter().filter(|change| !of_runs.contains(&change.path)).count();
        if others > 0 {
            let message = format!("{} beside the work of its runs, as done by {}", text::plural(others, "file"), commit.author.name);
            findings.push(Finding { severity: Severity::Note, ..finding(RUNS, commit, &message) });
        }
        Ok(Some(findings))
    }

    /// The runs that a commit names although they had landed before it: they did not make it.
    fn landed(&self, landing: &Landing<'_>) -> Result<Vec<Finding>> {
        let mut findings = Vec::new();
        let pages = landing.claims.every_run().iter().filter_map(|run| Some((run, page_path(run)?)));
        for (run, path) in pages.filter(|(_, path)| landing.changes.iter().all(|change| change.path != *path)) {
            let (mut landed, mut next) = (None, Some(landing.commit).filter(|commit| commit.parents.len() == 1).map(|commit| commit.oid));
            while let Some(commit) = next {
                let has_page = self.repository.find_entry(commit, &path)?.is_some();
                landed = has_page.then_some(commit).or(landed);
                next = if has_page { self.repository.read_commit(commit)?.parents.first().copied() } else { None };
            }
            if let Some(commit) = landed {
                let message = format!("{run} has landed already in commit {}, so it did not make this change", commit.short());
                let found = finding(path, landing.commit, &message);
                findings.push(Finding { rule: Rule::ForgedPage.name().to_owned(), severity: Severity::Warning, ..found });
            }
        }
        Ok(findings)
    }

    /// What a commit says of itself that does not fit together.
    fn contradictions(&self, commit: &Commit, claims: &Claims) -> Vec<Finding> {
        let mut findings = Vec::new();
        if claims.every_run().is_empty() {
            findings.push(finding(RepoPath::default(), commit, "an agent did this work, but the commit names no run"));
        }
        for run in claims.every_run() {
            if page_path(run).is_none() {
                findings.push(finding(RUNS, commit, &format!("`{run}` is not the name of a run")));
            }
            for (page, said) in claims.paged.iter().flat_map(|page| claims.said.iter().map(move |said| (page, said))) {
                if page != said {
                    let message = format!("{run} is a run of `{page}`, but its commit says `{said}`");
                    findings.push(finding(RepoPath::default(), commit, &message));
                }
            }
        }
        findings
    }

    /// What of these changes one of the agents may not do. Who does not exist may do nothing.
    fn beyond_roles(&self, commit: &Commit, agents: &BTreeSet<&String>, theirs: &[&Change]) -> Result<Vec<Finding>> {
        let mut findings = self.status_changes(commit, theirs)?;
        let proposed: Vec<Proposed> = theirs.iter().map(|change| proposed(self.repository, change)).collect::<Result<_>>()?;
        if agents.is_empty() {
            findings.push(finding(RUNS, commit, "the commit of a run changes more than its page, and no agent is named"));
        }
        let known = match (self.scope.rules, commit.parents.first()) {
            // With nothing there to judge by, as in a first push, each commit is judged by what it was made on.
            (None, Some(parent)) => load_agents(&Snapshot::Tree(self.repository, *parent)).0,
            _ => self.agents.clone(),
        };
        for name in agents {
            let role = match require(known.clone(), name) {
                Ok(agent) => agent.role()?,
                Err(failure) => {
                    let message = format!("{failure} in the commit that the change is compared with, so it may do nothing");
                    findings.push(finding(RUNS, commit, &message));
                    continue;
                }
            };
            let violations = policy::check(&role, &proposed).err().unwrap_or_default();
            findings.extend(violations.into_iter().map(|violation| {
                let hint = format!("the rule is `{}`, {}", violation.rule, violation.origin);
                finding(violation.path, commit, &violation.message).hint(hint)
            }));
        }
        Ok(findings)
    }

    /// The status of a ticket is changed by who approves a run, never by its agent, whatever the role may write.
    fn status_changes(&self, commit: &Commit, changes: &[&Change]) -> Result<Vec<Finding>> {
        let folders = &self.law.config.paths.tasks;
        let status = |side: Option<(Mode, Oid)>| -> Result<Option<String>> {
            let Some((Mode::File | Mode::Executable, oid)) = side else { return Ok(None) };
            let document = Ticket::document(self.repository.read_blob(oid)?);
            Ok(document.text(key_in(&document, Property::Status)))
        };
        let mut findings = Vec::new();
        for change in changes.iter().filter(|change| change.old.is_some() && change.new.is_some()) {
            let is_ticket = folders.iter().any(|folder| change.path.is_below(folder)) && change.path.name().ends_with("md");
            if is_ticket && status(change.old)? != status(change.new)? {
                findings.push(finding(change.path.clone(), commit, "an agent may not change the status of a ticket"));
            }
        }
        Ok(findings)
    }
}

fn finding(path: RepoPath, commit: &Commit, message: &str) -> Finding {
    Finding::new(Rule::Role, Severity::Error, path, format!("{message} (commit {})", commit.oid.short()))
}

/// The work of a run that nothing here proves but what a person committed.
fn unproved(run: &str, commit: &Commit) -> Finding {
    let message = format!("the work of {run} is not in this clone, so its page is as {} says it", commit.author.name);
    Finding { severity: Severity::Note, ..finding(page_path(run).unwrap_or(RUNS), commit, &message) }
}
