//! What judges a change: settings, roles and rules about secrets as the commit has them that the change is compared with. A
//! change can bring other rules; they hold from the next one on.

use std::cell::{OnceCell, RefCell};

use crate::base::{Finding, RepoPath, Result, Rule, Severity};
use crate::config::{Config, Layers};
use crate::context::Context;
use crate::engine::scan::{RuleProblem, Scanner};
use crate::git::{Oid, Repository};
use crate::nouns::agent::{Agent, load_agents};
use crate::store::Snapshot;

use super::scope::Scope;

/// The rules of one commit. Nothing but a commit can be made into one: where there is none, cmpm's own rules judge.
pub(super) struct Law<'a> {
    /// The state that the rules are read from.
    before: Snapshot<'a>,
    /// Whether there is a commit at all: where nothing was before, nobody can have allowed anything before.
    pub(super) is_first: bool,
    pub(super) config: Config,
    /// What is wrong with the settings.
    findings: Vec<Finding>,
    /// The rules about secrets, once they are needed.
    scanner: OnceCell<(Scanner, Vec<RuleProblem>)>,
}

impl<'a> Law<'a> {
    /// The rules of a commit, which can judge several scopes.
    pub(super) fn of(context: &'a Context, rules: Option<Oid>) -> Result<Self> {
        let repository: &Repository = context.repository()?;
        let commit = rules.unwrap_or_else(|| repository.empty_tree());
        let Layers { config, findings, .. } = context.layers_judging(commit)?;
        let before = Snapshot::Tree(repository, commit);
        Ok(Self { before, is_first: rules.is_none(), config, findings, scanner: OnceCell::new() })
    }

    /// What is wrong with the settings.
    pub(super) fn findings(&self, scope: &Scope<'_>) -> Vec<Finding> {
        self.findings.iter().cloned().map(|finding| told(finding, scope)).collect()
    }

    /// The rules about secrets, and what is wrong with them.
    pub(super) fn scanner(&self, scope: &Scope<'_>) -> (&Scanner, Vec<Finding>) {
        let (scanner, problems) = self.scanner.get_or_init(|| scanner_of(&self.before));
        // What does not matter is said to whoever writes it, and where everything is looked at.
        let problems = problems.iter().filter(|wrong| !wrong.is_small || scope.is_everything()).cloned();
        let tell = |wrong: RuleProblem| if wrong.is_small { problem(wrong) } else { told(problem(wrong), scope) };
        (scanner, problems.map(tell).collect())
    }

    pub(super) fn agents(&self) -> Vec<Agent> {
        load_agents(&self.before).0
    }
}

/// The rules about secrets of any state of the files.
pub(super) fn scanner_of(snapshot: &Snapshot<'_>) -> (Scanner, Vec<RuleProblem>) {
    let unread: RefCell<Vec<RuleProblem>> = RefCell::default();
    let (scanner, mut problems) = Scanner::load(&|path: &RepoPath| {
        snapshot.read(path).unwrap_or_else(|failure| {
            let message = format!("cannot be read, so nobody can tell what it says: {failure}");
            unread.borrow_mut().push(RuleProblem { path: path.clone(), line: None, message, is_small: false });
            None
        })
    });
    problems.append(&mut unread.into_inner());
    (scanner, problems)
}

pub(super) fn problem(wrong: RuleProblem) -> Finding {
    let severity = if wrong.is_small { Severity::Warning } else { Severity::Error };
    let finding = Finding::new(Rule::ScanRules, severity, wrong.path, wrong.message);
    wrong.line.into_iter().fold(finding, Finding::at)
}

/// What is wrong with the rules from before stops a change, unless it is the one that changes them: that is looked at for itself.
fn told(finding: Finding, scope: &Scope<'_>) -> Finding {
    let is_changed = scope.changed.iter().map(|file| &file.path).chain(&scope.removed).any(|path| *path == finding.path);
    let severity = if is_changed { Severity::Warning } else { Severity::Error };
    Finding { severity, message: format!("{}; this is in the commit that the change is compared with", finding.message), ..finding }
}
