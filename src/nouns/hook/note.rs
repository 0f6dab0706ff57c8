//! What the hooks that cannot refuse do: one line in the queue, and a word about who works through it. Nothing else happens
//! in them, so a commit stays quick and never changes files behind the user's back.

use super::model::HookName;
use crate::base::Result;
use crate::context::Context;
use crate::git::{Commit, Head, LogRange, Repository};
use crate::nouns::ticket::{MentionVerb, named_in, next_for_agents};
use crate::store::queue::{Noted, Queue};

/// Of a merge only so many commits are read for what they close.
const MOST: usize = 500;

/// Notes what happened, if anything did; what the user should know.
pub(super) fn note(context: &Context, hook: HookName, arguments: &[String]) -> Result<Vec<String>> {
    let repository = context.repository()?;
    let head = repository.head()?;
    let Some(oid) = head.oid().filter(|_| happened(hook, &head, arguments)) else { return Ok(Vec::new()) };
    let target = repository.integration_branch()?;
    let commit = repository.read_commit(oid)?;
    let is_here = target.as_ref().is_some_and(|(name, _)| head.branch() == Some(name));
    let base = if is_here { previous(repository, hook, &commit) } else { target.as_ref().map(|(_, tip)| *tip) };
    let noted =
        Noted { at: context.clock.now(), hook: hook.as_str().to_owned(), branch: head.branch().map(str::to_owned), commit: oid, base };
    if !Queue::new(&repository.common_dir().join("cmpm")).add(&noted)? {
        return Ok(Vec::new());
    }
    let place = target.map_or_else(String::new, |(name, _)| if is_here { String::new() } else { format!(", once this is on {name}") });
    let mut closed: Vec<String> = brought(repository, hook, &noted)?.iter().flat_map(closing).collect();
    closed.dedup();
    let start = noted.base.unwrap_or_else(|| repository.empty_tree());
    // The same also closes what the commits close.
    if hook == HookName::PostMerge && !next_for_agents(context, (start, oid))?.is_empty() {
        return Ok(vec![format!("this merge brought work for agents; start it with `cmpm delegate run --queued`{place}")]);
    }
    let ids = closed.join(", ");
    Ok(if ids.is_empty() { Vec::new() } else { vec![format!("to close {ids}, run `cmpm ticket from-commit --queued`{place}")] })
}

/// The commits that came: all of a merge, else the one that was made.
fn brought(repository: &Repository, hook: HookName, noted: &Noted) -> Result<Vec<Commit>> {
    let base = noted.base.filter(|_| hook == HookName::PostMerge);
    let limit = if base.is_some() { MOST } else { 1 };
    let range = LogRange { from: vec![noted.commit], hide: base.into_iter().collect(), limit, ..LogRange::default() };
    Ok(repository.commits(&range)?)
}

/// Whether there is something new: not where a merge is only staged, files are checked out or a branch is switched to.
fn happened(hook: HookName, head: &Head, arguments: &[String]) -> bool {
    match hook {
        HookName::PostMerge => arguments.first().is_none_or(|squash| squash != "1"),
        // On a branch nothing arrives by a checkout; without one a rebase begins, as in `git pull --rebase`.
        HookName::PostCheckout => head.branch().is_none(),
        _ => true,
    }
}

/// The commit that the integration branch was at before.
fn previous(repository: &Repository, hook: HookName, commit: &Commit) -> Option<crate::git::Oid> {
    let parent = commit.parents.first().copied();
    // A fast-forward brings commits of which only the last is seen here.
    let start = (hook == HookName::PostMerge).then(|| repository.resolve("ORIG_HEAD").ok()).flatten();
    start.filter(|oid| repository.is_ancestor(*oid, commit.oid).unwrap_or(false)).or(parent)
}

fn closing(commit: &Commit) -> impl Iterator<Item = String> {
    let named = named_in(&commit.message).into_iter();
    named.filter(|mention| mention.verb == MentionVerb::Closes && mention.is_surely_ticket()).map(|mention| mention.id)
}
