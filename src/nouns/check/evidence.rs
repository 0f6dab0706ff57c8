//! Pages of runs that are there already. They are evidence: what they record changes, or goes, only by a person's act, which is
//! told to those who review it.

use std::collections::BTreeSet;

use crate::base::{Finding, RepoPath, Result, Rule, Severity};
use crate::context::Context;
use crate::document::markdown::section;
use crate::document::{Document, Node};
use crate::git::{Change, Commit, MergeOutcome, Mode, Named, Oid, Repository};
use crate::run::REVERT_TRAILER;
use crate::store::Snapshot;

use super::identity::{Claims, RUNS, page_path};
use super::scope::Scope;

/// What the body says again of the recorded facts.
pub(super) const EVIDENCE: &str = "Evidence";

/// What a page says of a run that was taken back.
const REVERTED: &str = "reverted";

/// How git says what a commit takes back.
const REVERTS: &str = "This reverts commit ";

/// Pages that were changed, taken away, or brought by a commit that has no run.
pub(super) fn find(context: &Context, scope: &Scope<'_>) -> Result<Vec<Finding>> {
    let look = Look { repository: context.repository()?, scope };
    if let Snapshot::Index(..) = scope.snapshot {
        let by = By { name: look.repository.user_name(), is_agent: context.inside_run().is_some(), commit: None };
        return look.staged(&by);
    }
    let found: Result<Vec<_>> = scope.commits.iter().map(|commit| look.commit(commit)).collect();
    Ok(found?.into_iter().flatten().collect())
}

struct Look<'a> {
    repository: &'a Repository,
    scope: &'a Scope<'a>,
}

/// Who did it.
struct By {
    name: String,
    is_agent: bool,
    commit: Option<Oid>,
}

impl Look<'_> {
    fn staged(&self, by: &By) -> Result<Vec<Finding>> {
        let mut found: Vec<Finding> = self.scope.removed.iter().filter(|path| is_page(path)).map(|path| by.took_away(path)).collect();
        for file in self.scope.changed.iter().filter(|file| is_page(&file.path) && file.old_path.is_none()) {
            if let Some(old) = file.old {
                found.extend(self.changed(&file.path, (old, file.oid), by)?);
            }
        }
        Ok(found)
    }

    fn commit(&self, commit: &Commit) -> Result<Vec<Finding>> {
        let changes = self.pages(commit)?;
        if changes.is_empty() {
            return Ok(Vec::new());
        }
        let claims = Claims::of(commit, self.scope)?;
        let by = By { name: commit.author.name.clone(), is_agent: claims.names_agents(), commit: Some(commit.oid) };
        let named: BTreeSet<RepoPath> = claims.every_run().iter().filter_map(|run| page_path(run)).collect();
        let trailers = commit.trailers();
        let reverted = |path: &RepoPath| {
            let mut runs = trailers.iter().filter(|(key, _)| key == REVERT_TRAILER);
            !by.is_agent && runs.any(|(_, run)| page_path(run).as_ref() == Some(path))
        };
        let mut found = Vec::new();
        for change in &changes {
            let is_file = |side: &(Mode, Oid)| matches!(side.0, Mode::File | Mode::Executable);
            let (old, new) = (change.old.filter(is_file), change.new.filter(is_file));
            let before = change.old_path.as_ref().unwrap_or(&change.path);
            match (old, new) {
                (Some((_, old)), Some((_, new))) if change.old_path.is_none() => {
                    let is_marked = reverted(&change.path) && self.is_only_marked((old, new))?;
                    found.extend(if is_marked { None } else { self.changed(&change.path, (old, new), &by)? });
                }
                (Some(_), _) if is_page(before) => found.push(by.took_away(before)),
                _ => {}
            }
            let is_new = change.old.is_none() || change.old_path.is_some();
            if is_new && new.is_some() && is_page(&change.path) && !named.contains(&change.path) && !self.is_put_back(commit, change)? {
                found.push(by.brought(&change.path));
            }
        }
        Ok(found)
    }

    /// Whether a commit says that it reverts one that took this very page away: it proves what it did.
    fn is_put_back(&self, commit: &Commit, change: &Change) -> Result<bool> {
        let reverted = commit.message.lines().filter_map(|line| line.trim().strip_prefix(REVERTS));
        for name in reverted {
            let Ok(oid) = name.chars().take_while(char::is_ascii_hexdigit).collect::<String>().parse::<Oid>() else { continue };
            if self.repository.find_named(oid)? != Some(Named::Commit) || !self.repository.is_ancestor(oid, commit.oid)? {
                continue;
            }
            let Some(parent) = self.repository.read_commit(oid)?.parents.first().copied() else { continue };
            let before = self.repository.find_entry(parent, &change.path)?.map(|entry| (entry.mode, entry.oid));
            if before.is_some() && before == change.new {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// What a commit does to pages; a merge only what merging its sides does not.
    fn pages(&self, commit: &Commit) -> Result<Vec<Change>> {
        let folder = |tree: Oid| self.repository.find_entry(tree, &RUNS).map(|found| found.map(|entry| entry.oid));
        let (after, before) = (folder(commit.oid)?, commit.parents.iter().map(|parent| folder(*parent)).collect::<Result<Vec<_>, _>>()?);
        if !before.is_empty() && before.iter().all(|before| *before == after) {
            return Ok(Vec::new());
        }
        let since = |tree: Oid| -> Result<Vec<Change>> {
            let mut changes = self.repository.diff_trees(tree, commit.oid)?;
            changes.retain(|change| is_page(&change.path) || change.old_path.as_ref().is_some_and(is_page));
            Ok(changes)
        };
        let mut each = commit.parents.iter().map(|parent| since(*parent)).collect::<Result<Vec<_>>>()?;
        if each.is_empty() {
            each.push(since(self.repository.empty_tree())?);
        }
        let is_touched = each.iter().flatten().any(|change| change.old.is_some());
        if let ([ours, theirs], true) = (commit.parents.as_slice(), is_touched)
            && let MergeOutcome::Clean(tree) = self.repository.merge_trees(*ours, *theirs)?
        {
            return since(tree);
        }
        // What a side has already, no merge brings.
        let mut common = each.pop().unwrap_or_default();
        common.retain(|change| each.iter().all(|other| other.iter().any(|one| one.path == change.path && one.new == change.new)));
        Ok(common)
    }

    /// Whether nothing was recorded but that the run was reverted.
    fn is_only_marked(&self, (old, new): (Oid, Oid)) -> Result<bool> {
        let read = |oid: Oid| -> Result<Document> { Ok(Document::parse(self.repository.read_blob(oid)?)) };
        let (old, new) = (read(old)?, read(new)?);
        Ok(old.field(REVERTED).is_none() && differences(&old, &new) == [format!("`{REVERTED}`")])
    }

    fn changed(&self, path: &RepoPath, (old, new): (Oid, Oid), by: &By) -> Result<Option<Finding>> {
        let read = |oid: Oid| -> Result<Document> { Ok(Document::parse(self.repository.read_blob(oid)?)) };
        let keys = differences(&read(old)?, &read(new)?);
        Ok((!keys.is_empty()).then(|| by.finding(path, &format!("what this run page records was changed ({})", keys.join(", ")))))
    }
}

impl By {
    fn took_away(&self, path: &RepoPath) -> Finding {
        self.finding(path, "this run page was removed or renamed")
    }

    fn brought(&self, path: &RepoPath) -> Finding {
        let found = self.finding(path, "this run page came with a commit that names no such run, so it proves nothing");
        Finding { rule: Rule::ForgedPage.name().to_owned(), ..found }
    }

    /// A person's act is told, an agent's is none.
    fn finding(&self, path: &RepoPath, what: &str) -> Finding {
        let (severity, hint) = match self.is_agent {
            true => (Severity::Error, "no agent writes run pages; a person decides, in a commit of their own"),
            false => (Severity::Warning, "a run page is evidence; whoever reviews the change decides whether this may be"),
        };
        let commit = self.commit.map(|oid| format!(" (commit {})", oid.short())).unwrap_or_default();
        let message = format!("{what}; by {}{commit}", self.name);
        Finding::new(Rule::RunPageChanged, severity, path.clone(), message).hint(hint)
    }
}

fn is_page(path: &RepoPath) -> bool {
    path.is_below(&RUNS) && path.name().ends_with(".md")
}

/// The recorded facts that differ: keys of the front matter, and what the body says of them again.
fn differences(old: &Document, new: &Document) -> Vec<String> {
    let facts =
        |page: &Document| -> Vec<(String, Node)> { page.fields().iter().map(|field| (field.key.clone(), field.node.clone())).collect() };
    let (old_facts, new_facts) = (facts(old), facts(new));
    let only = |these: &[(String, Node)], those: &[(String, Node)]| -> Vec<String> {
        these.iter().filter(|fact| !those.contains(fact)).map(|(key, _)| format!("`{key}`")).collect()
    };
    let mut keys: BTreeSet<String> = only(&old_facts, &new_facts).into_iter().chain(only(&new_facts, &old_facts)).collect();
    if section(old.body(), EVIDENCE).map(str::trim) != section(new.body(), EVIDENCE).map(str::trim) {
        keys.insert(EVIDENCE.to_owned());
    }
    keys.into_iter().collect()
}
