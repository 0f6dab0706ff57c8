//! A merge compared with its two sides: what of the records it lost, and ids that both sides gave.

use std::collections::BTreeSet;

use super::Snapshot;
use crate::base::{Finding, RepoPath, Result, Rule, Severity};
use crate::config::Config;
use crate::document::Document;
use crate::engine::merge::{Fact, Facts, Three, Told, doubled, lost, repeated};
use crate::git::{Change, Oid, Repository};

/// A merge that was made or is about to be.
#[derive(Clone, Copy)]
pub struct MergeResult<'a> {
    /// The branch that was merged into.
    pub ours: Oid,
    /// What was merged.
    pub theirs: Oid,
    /// What came of it.
    pub result: Snapshot<'a>,
    /// How a file is read.
    pub document: fn(&RepoPath, Vec<u8>) -> Document,
}

/// A record with an id that another one has.
#[derive(Debug, Clone)]
pub struct Collision {
    pub id: String,
    /// Who was there.
    pub kept: Told,
    /// Who came.
    pub new: Told,
}

#[derive(Debug, Default)]
pub struct MergeCheck {
    /// What only a person can fix: what is lost, and two records of one id in one file.
    pub open: Vec<Finding>,
    /// Ids that two records have.
    pub collisions: Vec<Collision>,
}

/// The folders with tickets and memories.
pub fn record_folders(config: &Config) -> Vec<RepoPath> {
    config.paths.tasks.iter().chain([&config.paths.memory]).cloned().collect()
}

/// Compares a merge with both sides and what they began with. Only files that a side or the merge changed are
/// read, and of these the ones below `folders` and cmpm's own.
pub fn check_merge(repository: &Repository, folders: &[RepoPath], merge: &MergeResult<'_>) -> Result<MergeCheck> {
    let base = repository.merge_base(merge.ours, merge.theirs)?.map_or(Ok(repository.empty_tree()), |base| repository.tree_of(base))?;
    let (ours, theirs) = (repository.tree_of(merge.ours)?, repository.tree_of(merge.theirs)?);
    let mut changes = repository.diff_trees(base, ours)?;
    changes.extend(repository.diff_trees(base, theirs)?);
    changes.extend(match &merge.result {
        Snapshot::Tree(_, oid) => repository.diff_trees(ours, repository.tree_of(*oid)?)?,
        Snapshot::Index(_, staged) => staged.changes.clone(),
        Snapshot::WorkTree(_) => Vec::new(),
    });
    let paths = records(&changes, folders);
    let sides = Three { base, ours, theirs }.map(|tree| facts(&Snapshot::Tree(repository, tree), &paths, merge.document));
    let sides = Three { base: sides.base?, ours: sides.ours?, theirs: sides.theirs? };
    let result = facts(&merge.result, &paths, merge.document)?;
    let lost = lost(&sides.each(), &result);
    let repeated = repeated(&sides.each(), &result);
    // The index has a side of a file that is still open, and not what will come of it.
    let unfinished: &[RepoPath] = if let Snapshot::Index(_, staged) = &merge.result { &staged.unmerged } else { &[] };
    let is_judged = |told: &Told| !unfinished.contains(&told.path);
    let lost = lost.iter().filter(|(_, told)| is_judged(told)).map(|(fact, told)| finding(fact, told));
    let repeated = repeated.iter().filter(|(_, told)| is_judged(told)).map(|(fact, told)| twice(fact, told));
    let open = lost.chain(repeated).chain(unfinished.iter().filter(|path| paths.contains(path)).map(not_finished));
    let collisions = doubled(&sides.each(), &result).into_iter().map(|(id, kept, new)| Collision { id, kept, new }).collect();
    Ok(MergeCheck { open: open.collect(), collisions })
}

/// The changed files that hold records.
fn records(changes: &[Change], folders: &[RepoPath]) -> BTreeSet<RepoPath> {
    let fixed = [".cmpm", ".beads"].into_iter().filter_map(RepoPath::parse);
    let folders: Vec<RepoPath> = folders.iter().cloned().chain(fixed).collect();
    let is_record = |path: &&RepoPath| {
        let name = path.name();
        (super::snapshot::is_markdown(&name) || name.ends_with(".jsonl")) && folders.iter().any(|folder| path.is_below(folder))
    };
    changes.iter().flat_map(|change| std::iter::once(&change.path).chain(&change.old_path)).filter(is_record).cloned().collect()
}

fn facts(snapshot: &Snapshot<'_>, paths: &BTreeSet<RepoPath>, document: fn(&RepoPath, Vec<u8>) -> Document) -> Result<Facts> {
    let mut facts = Facts::default();
    for path in paths {
        if let Some(bytes) = snapshot.read(path)? {
            facts.read(path, bytes, &document);
        }
    }
    Ok(facts)
}

fn finding(fact: &Fact, told: &Told) -> Finding {
    let (rule, what) = match fact {
        Fact::Record { id } => (Rule::LostRecord, format!("`{id}`")),
        Fact::Link { from, key, to } => (Rule::LostLink, format!("`{key}: {to}` of `{from}`")),
    };
    let message = format!("the merge lost {what}, which neither side removed");
    let finding = Finding::new(rule, Severity::Error, told.path.clone(), message).at(told.line);
    finding.hint("bring it back from the side that has it, and amend the merge")
}

/// A file of which the index still holds the versions of both sides: nobody has said yet what comes of it.
pub fn not_finished(path: &RepoPath) -> Finding {
    let finding = Finding::new(Rule::Unmerged, Severity::Error, path.clone(), "the merge of this file is not finished");
    finding.hint("write what is right from both sides, then `git add` it")
}

fn twice(fact: &Fact, told: &Told) -> Finding {
    let (Fact::Record { id } | Fact::Link { from: id, .. }) = fact;
    let message = format!("both sides used the id `{id}`: it exists twice");
    let finding = Finding::new(Rule::IdCollision, Severity::Error, told.path.clone(), message).at(told.line);
    finding.hint("combine both into one record, or give one of them another id")
}

impl Collision {
    /// The same as a finding at the file that came.
    pub fn finding(&self) -> Finding {
        let message = format!("both sides used the id `{}`: {} has it too", self.id, self.kept.path);
        let finding = Finding::new(Rule::IdCollision, Severity::Error, self.new.path.clone(), message).at(self.new.line);
        finding.hint("`cmpm ticket merge-check --fix` gives this one a new id")
    }
}

impl MergeCheck {
    pub fn findings(&self) -> Vec<Finding> {
        self.open.iter().cloned().chain(self.collisions.iter().map(Collision::finding)).collect()
    }
}
