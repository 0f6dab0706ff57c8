//! Merges: what one is about to lose, or has lost, of the records of its sides.

use crate::base::{Finding, Result};
use crate::context::Context;
use crate::git::{Commit, Oid};
use crate::nouns::ticket::document_at;
use crate::store::{MergeResult, Snapshot, check_merge, record_folders};

use super::scope::Scope;

/// What is wrong with the merges among the commits, or with the one that is about to be committed.
pub(super) fn find(context: &Context, scope: &Scope<'_>) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    if let (Snapshot::Index(repository, _), Some(ours)) = (scope.snapshot, scope.before) {
        for theirs in repository.merging()? {
            findings.extend(of_merge(context, &MergeResult { ours, theirs, result: scope.snapshot, document: document_at })?);
        }
    }
    for commit in &scope.commits {
        if let Some((ours, theirs)) = sides(commit) {
            let result = Snapshot::Tree(context.repository()?, commit.tree);
            findings.extend(of_merge(context, &MergeResult { ours, theirs, result, document: document_at })?);
        }
    }
    Ok(findings)
}

fn of_merge(context: &Context, merge: &MergeResult<'_>) -> Result<Vec<Finding>> {
    let store = context.store()?;
    Ok(check_merge(context.repository()?, &record_folders(store.config()), merge)?.findings())
}

/// What a merge with two parents put together; nothing for any other commit.
fn sides(commit: &Commit) -> Option<(Oid, Oid)> {
    match commit.parents.as_slice() {
        [ours, theirs] => Some((*ours, *theirs)),
        _ => None,
    }
}
