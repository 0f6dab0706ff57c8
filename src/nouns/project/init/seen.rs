//! What `init` finds besides its own files: files of other agents, trackers, and folders that only look like those of tickets.

use schemars::JsonSchema;
use serde::Serialize;

use super::plan::Found;
use crate::base::{RepoPath, Result};
use crate::engine::links::{Site, Sites};
use crate::engine::policy::{LOCK, instructs};
use crate::fs::read;
use crate::nouns::ticket::trackers;

/// Something in the repository, and what it means to cmpm.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Seen {
    pub path: RepoPath,
    /// What is done about it, or what to type.
    pub message: String,
}

/// So many sites are named.
const SITES: usize = 2;

/// Looks at a repository that becomes a project.
pub fn look(found: &Found<'_>) -> Result<Vec<Seen>> {
    let mut seen = Vec::new();
    let mut see = |path: RepoPath, message: String| seen.push(Seen { path, message });
    for (file, imports) in found.claude_files() {
        let does =
            if imports { "imports AGENTS.md, so it stays as it is" } else { "gets the same lines: Claude Code does not read AGENTS.md" };
        see(file, does.to_owned());
    }
    let blocks: Vec<RepoPath> = found.blocks().into_iter().map(|(file, _)| file).collect();
    for file in found.repository.ignored(&blocks) {
        let message = format!("is ignored by git, so its lines stay on this machine; `git add -f {file}` shares them");
        see(file, message);
    }
    for (place, tracker) in trackers(found.store.root()) {
        let message = format!("holds tickets of {tracker}; `cmpm ticket import {place}` imports them");
        see(place, message);
    }
    for site in sites(found)? {
        let message = format!("makes a site with {}; `cmpm check` reads only its relative links to Markdown files", site.generator);
        see(site.settings, message);
    }
    let steering: Vec<RepoPath> = tracked(found)?.into_iter().filter(instructs).collect();
    if let Some(first) = steering.first().filter(|_| !read::exists(&LOCK.below(found.store.root()))) {
        let others = if steering.len() > 1 { format!(", like {} more", steering.len() - 1) } else { String::new() };
        see(first.clone(), format!("steers agents{others}; after `cmpm trust --lock` a check tells when that changes"));
    }
    let own = found.folders.first().cloned().unwrap_or_default();
    for folder in &found.foreign {
        see(folder.clone(), format!("holds no tickets, so it stays as it is; tickets go to {own}/"));
    }
    Ok(seen)
}

fn tracked(found: &Found<'_>) -> Result<Vec<RepoPath>> {
    Ok(found.repository.staged()?.files.into_iter().map(|entry| entry.path).collect())
}

/// The sites of the repository, each once; of many settings that a program generates or tests with, one would read none.
fn sites(found: &Found<'_>) -> Result<Vec<Site>> {
    let files = tracked(found)?;
    let text = |path: &RepoPath| read::find_text(&path.below(found.store.root())).ok().flatten();
    let mut sites = Sites::find(&files, &text).all().to_vec();
    sites.dedup_by(|one, other| one.settings == other.settings);
    sites.sort_by_key(|site| site.settings.as_bytes().iter().filter(|byte| **byte == b'/').count());
    sites.truncate(SITES);
    Ok(sites)
}
