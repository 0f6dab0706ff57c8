//! What cmpm takes of the disk, and how much is left.

use std::path::PathBuf;

use super::inspection::Inspection;
use super::row::Row;
use crate::base::{Result, text};
use crate::fs::read;
use crate::fs::walk::{count, free_bytes};

/// Less than so much of caches is not worth a word, in megabytes.
const WORTH_A_WORD: u64 = 50;

/// Worktrees of runs and caches against what is free and what the settings allow; the trash has a row of its own.
pub fn disk(inspection: &Inspection<'_>) -> Result<Vec<Row>> {
    let delegate = &inspection.config.delegate;
    let worktrees: Vec<PathBuf> =
        inspection.readable_runs().map(|run| run.job.worktree.clone()).filter(|folder| read::exists(folder)).collect();
    let megabytes = |folders: &[PathBuf]| count(folders).bytes.div_ceil(1_000_000);
    let (taken, caches) = (megabytes(&worktrees), megabytes(&[inspection.live.join("cache")]));
    let mut said = match worktrees.len() {
        0 => "no run has a worktree".to_owned(),
        number => format!("{} of runs, {taken} MB", text::plural(number, "worktree")),
    };
    if caches >= WORTH_A_WORD {
        said += &format!("; caches, {caches} MB");
    }
    let free = free_bytes(&inspection.live).map(|bytes| bytes / 1_000_000);
    let clean = "`cmpm delegate clean` removes the worktrees of closed runs";
    Ok(vec![match free.filter(|free| *free < u64::from(delegate.min_free_mb)) {
        Some(free) => Row::problem("", format!("only {free} MB are free, so no run can begin; {said}")).next(clean),
        None if taken > delegate.limits.disk_mb => {
            let most = delegate.limits.disk_mb;
            Row::warning("", format!("{said}, more than one run may write (`delegate.limits.disk_mb`, {most})")).next(clean)
        }
        None => Row::fine(said),
    }])
}
