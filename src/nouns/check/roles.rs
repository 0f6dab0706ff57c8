//! Commits that agents made: each is compared with its agent's role, as the base of the range defines it. So a branch that
//! reached the server around cmpm is judged there by the same rules.

use crate::base::{Finding, RepoPath, Result, Rule, Severity};
use crate::config::Config;
use crate::context::Context;
use crate::document::Document;
use crate::engine::policy::{self, Proposed};
use crate::git::{Change, Commit, Mode, Oid, Repository};
use crate::nouns::agent::require_agent;
use crate::nouns::ticket::{Ticket, key_in};
use crate::run::{AGENT_HOST, proposed};
use crate::store::{Record, Snapshot};
use crate::words::Property;

use super::scope::Scope;

const RUNS: RepoPath = RepoPath::of(".cmpm/runs");
/// Memories of errors.
const ERRORS: RepoPath = RepoPath::of(".cmpm/memory/error");
/// Names the run that made a commit.
const RUN: &str = "Cmpm-Run";
/// Names the agent of that run.
const AGENT: &str = "Cmpm-Agent";

/// What the commits of runs changed beyond their agents' roles.
pub(super) fn find(context: &Context, scope: &Scope<'_>) -> Result<Vec<Finding>> {
    let Some(base) = scope.before.filter(|_| !scope.commits.is_empty()) else { return Ok(Vec::new()) };
    let judge = Judge { context, repository: context.repository()?, scope, base };
    let mut findings = Vec::new();
    for commit in &scope.commits {
        if let Some(run) = trailer(commit, RUN) {
            findings.extend(judge.commit(commit, &run)?);
        } else if commit.author.email.ends_with(AGENT_HOST) {
            findings.push(finding(RepoPath::default(), commit, "an agent did this work, but the commit names no run"));
        }
    }
    Ok(findings)
}

struct Judge<'a> {
    context: &'a Context,
    repository: &'a Repository,
    scope: &'a Scope<'a>,
    base: Oid,
}

/// The run page as far as it counts here.
struct RunPage {
    path: RepoPath,
    agent: Option<String>,
    ticket: Option<String>,
}

impl Judge<'_> {
    fn commit(&self, commit: &Commit, run: &str) -> Result<Vec<Finding>> {
        let Some(page) = self.page(run)? else {
            return Ok(vec![finding(RUNS, commit, &format!("`{run}` is not the name of a run"))]);
        };
        let said = trailer(commit, AGENT);
        let agent = match (&page.agent, &said) {
            (Some(page), Some(said)) if page != said => {
                let message = format!("{run} is a run of `{page}`, but its commit says `{said}`");
                return Ok(vec![finding(RepoPath::default(), commit, &message)]);
            }
            (Some(agent), _) | (None, Some(agent)) => agent.clone(),
            // cmpm's own commit about a run, such as its rejection: nobody's work is in it, so nothing but the page may be.
            (None, None) => String::new(),
        };
        let parent = commit.parents.first().copied().unwrap_or_else(|| self.repository.empty_tree());
        let by_cmpm = self.written_by_cmpm(commit, &page)?;
        let changes = self.repository.diff_trees(parent, commit.oid)?;
        let is_by_cmpm = |change: &Change| by_cmpm.contains(&change.path) || !by_cmpm.is_empty() && self.is_memory_of(change, run);
        let theirs: Vec<&Change> = changes.iter().filter(|change| change.old_path.is_some() || !is_by_cmpm(change)).collect();
        if theirs.is_empty() {
            return Ok(Vec::new());
        }
        let role = match require_agent(&Snapshot::Tree(self.repository, self.base), &agent) {
            Ok(agent) => agent.role()?,
            Err(failure) => return Ok(vec![finding(page.path, commit, &failure.to_string())]),
        };
        let mut findings = self.status_changes(commit, &theirs)?;
        let proposed: Vec<Proposed> = theirs.into_iter().map(|change| proposed(self.repository, change)).collect::<Result<_>>()?;
        let violations = policy::check(&role, &proposed).err().unwrap_or_default();
        let of_violation = |violation: policy::Violation| {
            let hint = format!("the rule is `{}`, {}", violation.rule, violation.origin);
            finding(violation.path, commit, &violation.message).hint(hint)
        };
        findings.extend(violations.into_iter().map(of_violation));
        Ok(findings)
    }

    /// Whether a file is the memory of what went wrong in a run, which lands with its page.
    fn is_memory_of(&self, change: &Change, run: &str) -> bool {
        let Some((Mode::File, oid)) = change.new.filter(|_| change.path.is_below(&ERRORS)) else { return false };
        self.repository.read_blob(oid).is_ok_and(|bytes| String::from_utf8_lossy(&bytes).contains(run))
    }

    /// The status of a ticket is changed by who approves a run, never by its agent, whatever the role may write.
    fn status_changes(&self, commit: &Commit, changes: &[&Change]) -> Result<Vec<Finding>> {
        let folders = self.context.layers_at(self.base).map_or_else(|_| Config::default(), |layers| layers.config.clone()).paths.tasks;
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

    /// The page of a run as the end of the range has it; an empty one where none was written yet; `None` for a name that is not valid.
    fn page(&self, run: &str) -> Result<Option<RunPage>> {
        let is_name = !run.is_empty() && run.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        let Some(path) = RepoPath::parse(format!("{RUNS}/{run}.md")).filter(|_| is_name) else { return Ok(None) };
        let document = self.scope.snapshot.read(&path)?.map(Document::parse);
        let text = |key: &str| document.as_ref().and_then(|document| document.text(key));
        Ok(Some(RunPage { agent: text("agent"), ticket: text("ticket"), path }))
    }

    /// What cmpm itself writes: the run page, and on a merge the ticket that is finished by it. In an agent's own commit, nothing.
    fn written_by_cmpm(&self, commit: &Commit, page: &RunPage) -> Result<Vec<RepoPath>> {
        let is_merge = commit.parents.len() > 1;
        if !is_merge && trailer(commit, AGENT).is_some() {
            return Ok(Vec::new());
        }
        let mut paths = vec![page.path.clone()];
        if let Some(ticket) = page.ticket.as_ref().filter(|_| is_merge) {
            let scan = self.context.store()?.list::<Ticket>(&self.scope.snapshot);
            paths.extend(scan.find(ticket).ok().map(|stored| stored.path.clone()));
        }
        Ok(paths)
    }
}

fn trailer(commit: &Commit, name: &str) -> Option<String> {
    commit.trailers().into_iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

fn finding(path: RepoPath, commit: &Commit, message: &str) -> Finding {
    Finding::new(Rule::Role, Severity::Error, path, format!("{message} (commit {})", commit.oid.short()))
}
