//! What the hooks that cannot refuse do: where `hook install` did not, they note since when to look at the integration branch.
//! Once that is noted the line in them starts nothing, so a commit stays quick and never changes files behind the user's back.
//! What to do about a commit the hook for its message says; what arrived, `status` says.

use std::collections::BTreeSet;

use super::model::HookName;
use crate::base::Result;
use crate::context::Context;
use crate::git::{Commit, Head, LogRange, Oid, Repository};
use crate::nouns::ticket::{MentionVerb, Ticket, named_in, next_for_agents};
use crate::store::queue::{Arrived, Noted, Queue, Step};

/// Only so many commits are read for what they close.
const MOST: usize = 500;

/// Notes what happened, if anything did and nothing was noted before.
pub(super) fn note(context: &Context, hook: HookName, arguments: &[String]) -> Result<()> {
    let repository = context.repository()?;
    let queue = Queue::new(&repository.common_dir().join("cmpm"));
    if queue.is_begun() {
        return Ok(());
    }
    let head = repository.head()?;
    let Some(oid) = head.oid().filter(|_| happened(hook, &head, arguments)) else { return Ok(()) };
    let target = repository.integration_branch()?;
    let is_here = target.as_ref().is_some_and(|(name, _)| head.branch() == Some(name));
    let base = if is_here { previous(repository, hook, &repository.read_commit(oid)?) } else { target.map(|(_, tip)| tip) };
    let branch = head.branch().map(str::to_owned);
    queue.begin(&Noted { at: context.clock.now(), hook: hook.as_str().to_owned(), branch, commit: oid, base })
}

/// Notes that the integration branch is looked at from here on, if nothing was noted before. One without a commit is looked at
/// from its first.
pub fn begin(context: &Context) -> Result<()> {
    let repository = context.repository()?;
    let Some((name, tip)) = repository.integration_branch()? else { return Ok(()) };
    let noted = Noted { at: context.clock.now(), hook: "install".to_owned(), branch: Some(name), commit: tip, base: Some(tip) };
    Queue::new(&repository.common_dir().join("cmpm")).begin(&noted)
}

/// What to do about a commit with this message, in words.
pub(super) fn about_message(context: &Context, message: &str) -> Result<Vec<String>> {
    let ids: Vec<String> = closing(message).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let repository = context.repository()?;
    let head = repository.head()?;
    let elsewhere = repository.integration_branch()?.filter(|(name, _)| head.branch() != Some(name));
    let place = elsewhere.map_or_else(String::new, |(name, _)| format!(", once this is on {name}"));
    Ok(vec![format!("{}{place}", to_close(&ids))])
}

/// What reached the integration branch and was not worked through, in words: tickets to close, and work for agents if there can
/// be any.
pub fn waiting(context: &Context, for_agents: bool) -> Result<Vec<String>> {
    let (repository, store) = (context.repository()?, context.store()?);
    let queue = Queue::new(store.live());
    let mut words = Vec::new();
    if let Some(Arrived { from, to, .. }) = queue.arrived(repository, Step::Close)? {
        let range = LogRange { from: vec![to], hide: from.into_iter().collect(), limit: MOST, ..LogRange::default() };
        let named: BTreeSet<String> = repository.commits(&range)?.iter().flat_map(|commit| closing(&commit.message)).collect();
        let is_open = |id: &String| store.find_by_name::<Ticket>(id).is_none_or(|found| !found.record.category.is_closed());
        let ids: Vec<String> = named.into_iter().filter(is_open).collect();
        words.extend((!ids.is_empty()).then(|| to_close(&ids)));
    }
    if let Some(Arrived { from, to, .. }) = queue.arrived(repository, Step::Delegate)?.filter(|_| for_agents)
        && !next_for_agents(context, (from.unwrap_or_else(|| repository.empty_tree()), to))?.is_empty()
    {
        // The same also closes what the commits close.
        words = vec!["work for agents arrived; start it with `cmpm delegate run --queued`".to_owned()];
    }
    Ok(words)
}

fn to_close(ids: &[String]) -> String {
    format!("to close {}, run `cmpm ticket from-commit --queued`", ids.join(", "))
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
fn previous(repository: &Repository, hook: HookName, commit: &Commit) -> Option<Oid> {
    let parent = commit.parents.first().copied();
    // A fast-forward brings commits of which only the last is seen here.
    let start = (hook == HookName::PostMerge).then(|| repository.resolve("ORIG_HEAD").ok()).flatten();
    start.filter(|oid| repository.is_ancestor(*oid, commit.oid).unwrap_or(false)).or(parent)
}

fn closing(message: &str) -> impl Iterator<Item = String> {
    let named = named_in(message).into_iter();
    named.filter(|mention| mention.verb == MentionVerb::Closes && mention.is_surely_ticket()).map(|mention| mention.id)
}
