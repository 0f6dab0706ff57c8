//! Links and anchors of the Markdown files that changed, compared with the whole tree.

use std::collections::BTreeSet;

use crate::base::{Finding, RepoPath, Result, Rule, Severity};
use crate::document::Document;
use crate::engine::leaks::each;
use crate::engine::links::{self, Broken, Page, Problem, Site, Sites};

use super::exempt;
use super::scope::Scope;

/// The links that lead nowhere. Pages in hidden folders are for programs and are left alone.
pub(super) fn find(scope: &Scope<'_>) -> Result<Vec<Finding>> {
    let changed: Vec<&RepoPath> = scope.changed.iter().map(|file| &file.path).filter(|path| is_page(path) && !is_hidden(path)).collect();
    let mut pages: Vec<Page> = each(&changed, |path| read(scope, path))?.into_iter().flatten().collect();
    if pages.iter().all(|page| page.links.is_empty()) {
        return Ok(Vec::new());
    }
    let paths = scope.all_paths()?;
    let checked: BTreeSet<&RepoPath> = pages.iter().map(|page| &page.path).collect();
    let targets: BTreeSet<RepoPath> = pages.iter().flat_map(links::anchored).collect();
    let wanted =
        paths.iter().filter(|path| is_page(path) && !checked.contains(path) && scope.missing.iter().all(|(missing, _)| missing != *path));
    let wanted: Vec<&RepoPath> = wanted.filter(|path| targets.contains(path) || targets.contains(&path.parent())).collect();
    // Of the pages that did not change only the anchors count.
    let others = each(&wanted, |path| Ok(read(scope, path)?.map(|page| Page { links: Vec::new(), ..page })))?;
    pages.extend(others.into_iter().flatten());
    let text = |path: &RepoPath| Some(String::from_utf8_lossy(&scope.snapshot.read(path).ok().flatten()?).into_owned());
    let sites = Sites::find(&paths, &text);
    let mut findings: Vec<Finding> = links::check(&pages, &paths, &sites).iter().map(finding).collect();
    exempt::as_it_came(scope, &mut findings)?;
    if scope.is_everything() {
        let mut known = BTreeSet::new();
        let found = pages.iter().filter(|page| !page.links.is_empty()).filter_map(|page| sites.of(&page.path));
        findings.extend(found.filter(|site| known.insert(&site.settings)).map(of_site));
    }
    Ok(findings)
}

/// What is not looked at.
fn of_site(site: &Site) -> Finding {
    let message = format!("links of {} are not checked, except relative ones to Markdown files", site.generator);
    Finding::new(Rule::SiteLinks, Severity::Note, site.settings.clone(), message)
}

fn read(scope: &Scope<'_>, path: &RepoPath) -> Result<Option<Page>> {
    Ok(scope.snapshot.read(path)?.map(|bytes| Page::of(path, &Document::parse(bytes))))
}

fn finding(broken: &Broken) -> Finding {
    let target = &broken.target;
    let (rule, severity, message) = match broken.problem {
        Problem::MissingFile => (Rule::BrokenLink, Severity::Error, format!("`{target}` leads to no file")),
        Problem::CaseDiffers => (Rule::BrokenLink, Severity::Error, format!("`{target}` differs from the file's name in case")),
        Problem::MissingAnchor => (Rule::BrokenAnchor, Severity::Warning, format!("`{target}` leads to no heading")),
    };
    let finding = Finding::new(rule, severity, broken.page.clone(), message).at(broken.line);
    match &broken.repair {
        Some(repair) => finding.hint(format!("write `{repair}`")),
        None => finding,
    }
}

pub(super) fn is_page(path: &RepoPath) -> bool {
    let name = path.name();
    [".md", ".markdown"].iter().any(|ending| name.ends_with(ending))
}

fn is_hidden(path: &RepoPath) -> bool {
    path.lossy().split('/').any(|part| part.starts_with('.'))
}
