//! Edits that give more power than a file had, and edits of files that steer agents: an agent's waits for a person, a person's is
//! told to whoever reviews it.

mod locked;

use std::collections::{BTreeMap, BTreeSet};

use crate::base::{Finding, Result, Rule, Severity};
use crate::context::Context;
use crate::engine::policy::{Gain, gains};
use crate::git::{Change, Mode, Oid};
use crate::store::Snapshot;

use self::locked::Locks;
use super::identity::Claims;
use super::law::Law;
use super::scope::Scope;

/// What one commit changes.
struct Edit<'a> {
    changes: &'a [Change],
    /// Where a person may have done the same: then it is theirs.
    others: &'a [Oid],
    is_agent: bool,
    /// Which commit, as it is added to a message.
    place: &'a str,
}

pub(super) fn find(context: &Context, scope: &Scope<'_>, law: &Law<'_>) -> Result<Vec<Finding>> {
    let repository = context.repository()?;
    let locks = Locks::over(repository, scope)?;
    let mut findings = locks.whole()?;
    let mut judge = |edit: &Edit<'_>, moved: &[Change]| -> Result<()> {
        let gained = gains(repository, moved, edit.others)?;
        findings.extend(gained.into_iter().map(|gain| finding(gain, edit)));
        findings.extend(locks.of_edit(edit)?);
        Ok(())
    };
    match scope.snapshot {
        Snapshot::Index(_, staged) if !scope.is_everything() && scope.before.is_some() => {
            let is_agent = context.inside_run().is_some();
            let edit = Edit { changes: &staged.changes, others: &repository.merging()?, is_agent, place: "" };
            judge(&edit, &with_moves(scope, &staged.changes))?;
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
        let place = format!(" (commit {})", commit.oid.short());
        let changes = repository.diff_trees(parent, commit.oid)?;
        judge(&Edit { changes: &changes, others: &others, is_agent, place: &place }, &changes)?;
    }
    Ok(findings)
}

/// The changes of an index, in which a file that moved is gone here and new there.
fn with_moves(scope: &Scope<'_>, changes: &[Change]) -> Vec<Change> {
    let moves = scope.changed.iter().filter_map(|file| Some((&file.path, (file.old_path.as_ref()?, file.old?))));
    let moves: BTreeMap<_, _> = moves.collect();
    let gone: BTreeSet<_> = moves.values().map(|(old, _)| *old).collect();
    let kept = changes.iter().filter(|change| change.new.is_some() || !gone.contains(&change.path)).cloned();
    let moved = |change: Change| match moves.get(&change.path) {
        Some((old, oid)) => Change { old: Some((Mode::File, *oid)), old_path: Some((*old).clone()), ..change },
        None => change,
    };
    kept.map(moved).collect()
}

fn finding(gain: Gain, edit: &Edit<'_>) -> Finding {
    let (severity, hint) = match edit.is_agent {
        true => (Severity::Error, "an agent may not give this; a person does, by the same edit in a commit of their own before this one"),
        false => (Severity::Warning, "whoever reviews the change decides whether this is meant"),
    };
    let finding = Finding::new(Rule::MorePower, severity, gain.path, format!("{}{}", gain.message, edit.place)).hint(hint);
    gain.line.into_iter().fold(finding, Finding::at)
}
