//! The work of the documentation agent where no agent program is installed: relative links and anchors whose right target
//! can only be one are fixed, all others are reported.

mod report;

use std::path::Path;

use crate::base::glob::Globs;
use crate::base::{RepoPath, Result};
use crate::document::Document;
use crate::engine::links::{self, Broken, Page, Sites};
use crate::engine::policy::Role;
use crate::fs::{read, write};
use crate::store::Snapshot;

pub use report::{DocumentationReport, Left, Repaired};

use super::load::require_agent;
use super::tree;

/// Fixes the links of the Markdown files below `root` that `globs` match (all if there are none) and that the agent
/// `documentation` may write. A file whose bytes stay the same is not touched.
pub fn work(root: &Path, globs: &[String]) -> Result<DocumentationReport> {
    let globs: Vec<&str> = globs.iter().map(|glob| glob.trim()).filter(|glob| !glob.is_empty()).collect();
    let task = Task {
        globs: if globs.is_empty() { None } else { Some(Globs::parse(&globs)?) },
        role: require_agent(&Snapshot::WorkTree(root), "documentation")?.role()?,
    };
    let files = tree::files(root)?;
    let mut texts = Vec::new();
    for path in files.iter().filter(|path| tree::is_page(root, path)) {
        texts.push((path.clone(), Document::parse(read::read(&path.below(root))?)));
    }
    let pages: Vec<Page> = texts.iter().map(|(path, document)| Page::of(path, document)).collect();
    let sites = Sites::find(&files, &|path| read::find_text(&path.below(root)).ok().flatten());
    let broken = links::check(&pages, &files, &sites);
    let mut report = DocumentationReport { pages: pages.len(), ..DocumentationReport::default() };
    for (path, document) in texts {
        let own: Vec<&Broken> = broken.iter().filter(|broken| broken.page == path).collect();
        if own.is_empty() {
            continue;
        }
        if task.covers(&path) {
            let fixed = fix(document, &own, &mut report);
            save(root, &path, fixed)?;
        } else {
            report.elsewhere += own.len();
        }
    }
    Ok(report)
}

/// What should be fixed.
struct Task {
    globs: Option<Globs>,
    role: Role,
}

impl Task {
    fn covers(&self, path: &RepoPath) -> bool {
        self.globs.as_ref().is_none_or(|globs| globs.matches(path)) && self.role.decide(path).is_allowed()
    }
}

/// The document with every link fixed that can be; `None` if there is none.
fn fix(mut document: Document, broken: &[&Broken], report: &mut DocumentationReport) -> Option<Document> {
    let (mut repaired, mut left) = (Vec::new(), Vec::new());
    // From the end, so that the places of the others stay right.
    for link in broken.iter().rev() {
        match &link.repair {
            None => left.push(Left::new(link, report::problem(link.problem))),
            Some(target) => match document.edit_body(link.range.clone(), target) {
                Ok(()) => repaired.push(Repaired::new(link, target)),
                Err(error) => left.push(Left::new(link, &error.to_string())),
            },
        }
    }
    let changed = !repaired.is_empty();
    report.repaired.extend(repaired.into_iter().rev());
    report.left.extend(left.into_iter().rev());
    changed.then_some(document)
}

fn save(root: &Path, path: &RepoPath, fixed: Option<Document>) -> Result<()> {
    let Some(document) = fixed else { return Ok(()) };
    Ok(write::replace(&path.below(root), document.bytes())?)
}

#[cfg(test)]
mod tests;
