//! Edits that give more power than a file had: an agent's waits for a person, a person's is told to whoever reviews it.

use crate::base::{Finding, Result, Rule, Severity};
use crate::context::Context;
use crate::engine::policy::{Gain, gains};
use crate::store::Snapshot;

use super::identity::Claims;
use super::law::Law;
use super::scope::Scope;

pub(super) fn find(context: &Context, scope: &Scope<'_>, law: &Law<'_>) -> Result<Vec<Finding>> {
    let repository = context.repository()?;
    let mut findings = Vec::new();
    match scope.snapshot {
        Snapshot::Index(_, staged) if !scope.is_everything() && scope.before.is_some() => {
            let is_agent = context.inside_run().is_some();
            let gained = gains(repository, &staged.changes, &repository.merging()?)?;
            findings.extend(gained.into_iter().map(|gain| finding(gain, is_agent, "")));
        }
        _ => {}
    }
    for commit in &scope.commits {
        let is_agent = Claims::of(commit, scope)?.names_agents();
        // Where nothing was before, all that people bring is new.
        if law.is_first && !is_agent {
            continue;
        }
        let parent = commit.parents.first().copied().unwrap_or_else(|| repository.empty_tree());
        // What the base allows was a person's to allow: they made the same edit there.
        let others: Vec<_> = commit.parents.iter().skip(1).copied().chain(scope.rules).collect();
        let gained = gains(repository, &repository.diff_trees(parent, commit.oid)?, &others)?;
        let place = format!(" (commit {})", commit.oid.short());
        findings.extend(gained.into_iter().map(|gain| finding(gain, is_agent, &place)));
    }
    Ok(findings)
}

fn finding(gain: Gain, is_agent: bool, place: &str) -> Finding {
    let (severity, hint) = match is_agent {
        true => (Severity::Error, "an agent may not give this; a person does, by the same edit in a commit of their own before this one"),
        false => (Severity::Warning, "whoever reviews the change decides whether this is meant"),
    };
    let finding = Finding::new(Rule::MorePower, severity, gain.path, format!("{}{place}", gain.message)).hint(hint);
    gain.line.into_iter().fold(finding, Finding::at)
}
