//! `cmpm ticket merge-check`

use super::file::read::document_at;
use super::file::rekey::{Rekeyed, rekey};
use crate::git::{Commit, LogRange, Oid, Repository};
use crate::report::prelude::*;
use crate::store::{MergeResult, Snapshot, check_merge, record_folders};

/// Check that a merge lost nothing from either side
///
/// Every ticket, comment, reference, memory and page of a run must be there, unless a side removed it; and no two records may
/// have one id. Looks at the merge in progress, or at `HEAD`. Exit code 1 if something is wrong. `--fix` gives the record that came
/// in a new id and rewrites the files that came with it. Examples: `cmpm ticket merge-check`,
/// `cmpm ticket merge-check --range main~20..main`
#[derive(Debug, Args)]
pub struct MergeCheck {
    /// A merge commit; without one, the merge in progress or HEAD
    #[arg(conflicts_with_all = ["range", "fix"])]
    commit: Option<String>,
    /// Every merge of a range, such as `main..HEAD`
    #[arg(long, value_name = "A..B", conflicts_with = "fix")]
    range: Option<String>,
    /// Where two records have the same id, give the incoming one a new id
    #[arg(long)]
    fix: bool,
}

/// What is wrong with merges.
#[derive(Debug, Serialize, JsonSchema)]
pub struct MergeChecked {
    /// How many merges were looked at.
    merges: usize,
    findings: Vec<Finding>,
    /// Records that got a new id.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    rekeyed: Vec<Rekeyed>,
}

impl Verb for MergeCheck {
    type Report = MergeChecked;
    const METADATA: Metadata = Metadata::WRITES;

    fn run(self, context: &Context) -> Result<MergeChecked> {
        let repository = context.repository()?;
        if let Some(range) = &self.range {
            let (from, to) = range.split_once("..").unwrap_or((range.as_str(), "HEAD"));
            let side = |text: &str| repository.resolve(if text.is_empty() { "HEAD" } else { text });
            let range = LogRange { from: vec![side(to.trim_start_matches('.'))?], hide: vec![side(from)?], first_parent: false, limit: 0 };
            return of_commits(context, &repository.commits(&range)?);
        }
        let under_way = if self.commit.is_none() { repository.merging()? } else { Vec::new() };
        if under_way.is_empty() {
            let commit = repository.resolve(self.commit.as_deref().unwrap_or("HEAD"))?;
            let range = LogRange { from: vec![commit], hide: Vec::new(), first_parent: false, limit: 1 };
            let commits = repository.commits(&range)?;
            let sides = commits.first().and_then(sides).filter(|_| self.fix);
            return sides.map_or_else(|| of_commits(context, &commits), |sides| fix(context, sides, false));
        }
        self.under_way(context, repository, &under_way)
    }
}

impl MergeCheck {
    fn under_way(&self, context: &Context, repository: &Repository, commits: &[Oid]) -> Result<MergeChecked> {
        let Some(ours) = repository.head()?.oid() else { return Ok(MergeChecked { merges: 0, findings: Vec::new(), rekeyed: Vec::new() }) };
        if let (true, [theirs]) = (self.fix, commits) {
            return fix(context, (ours, *theirs), true);
        }
        let staged = repository.staged()?;
        let mut findings = Vec::new();
        for theirs in commits {
            findings.extend(check(context, (ours, *theirs), Snapshot::Index(repository, &staged))?.findings());
        }
        Ok(MergeChecked { merges: commits.len(), findings, rekeyed: Vec::new() })
    }
}

fn check(context: &Context, (ours, theirs): (Oid, Oid), result: Snapshot<'_>) -> Result<crate::store::MergeCheck> {
    let folders: Vec<RepoPath> = record_folders(context.store()?.config());
    check_merge(context.repository()?, &folders, &MergeResult { ours, theirs, result, document: document_at })
}

fn of_commits(context: &Context, commits: &[Commit]) -> Result<MergeChecked> {
    let repository = context.repository()?;
    let mut checked = MergeChecked { merges: 0, findings: Vec::new(), rekeyed: Vec::new() };
    for (commit, sides) in commits.iter().filter_map(|commit| Some((commit, sides(commit)?))) {
        checked.merges += 1;
        checked.findings.extend(check(context, sides, Snapshot::Tree(repository, commit.tree))?.findings());
    }
    Ok(checked)
}

/// What a merge put together; `None` for other commits and for merges of more than two.
fn sides(commit: &Commit) -> Option<(Oid, Oid)> {
    if let [ours, theirs] = commit.parents.as_slice() { Some((*ours, *theirs)) } else { None }
}

/// Gives new ids in the work tree; a merge in progress takes what was written.
fn fix(context: &Context, sides: (Oid, Oid), under_way: bool) -> Result<MergeChecked> {
    let repository = context.repository()?;
    let staged = repository.staged()?;
    let found = check(context, sides, Snapshot::Index(repository, &staged))?;
    let (rekeyed, written) = rekey(context, sides, &found.collisions)?;
    if under_way {
        repository.settle(&written)?;
    }
    Ok(MergeChecked { merges: 1, findings: found.open, rekeyed })
}

impl Report for MergeChecked {
    const SCHEMA: &'static str = "cmpm.ticket.merge-check/1";

    fn render(&self, screen: &Screen) -> String {
        let mut out = String::new();
        for Rekeyed { old, new, path, files } in &self.rekeyed {
            let (old, new) = (screen.paint(Tone::Key, old), screen.paint(Tone::Key, new.as_str()));
            let _ = writeln!(out, "Gave {old} the id {new}: {path}, {}", text::plural(*files, "file"));
        }
        match (self.merges, self.findings.is_empty()) {
            (0, _) => out.push_str("There is no merge to check.\n"),
            (_, true) if out.is_empty() => {
                let _ = writeln!(out, "Nothing was lost in {}.", text::plural(self.merges, "merge"));
            }
            _ => {}
        }
        out
    }

    fn findings(&self) -> &[Finding] {
        &self.findings
    }

    fn exit(&self) -> Exit {
        if self.findings.is_empty() { Exit::Done } else { Exit::No }
    }
}
