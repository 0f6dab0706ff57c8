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
    let has_links = pages.iter().any(|page| !page.links.is_empty());
    if !has_links && (scope.removed.is_empty() || scope.is_everything()) {
        return Ok(Vec::new());
    }
    let paths = scope.all_paths()?;
    let checked: BTreeSet<&RepoPath> = pages.iter().map(|page| &page.path).collect();
    let targets: BTreeSet<RepoPath> = pages.iter().flat_map(links::anchored).collect();
    let wanted =
        paths.iter().filter(|path| is_page(path) && !checked.contains(path) && scope.missing.iter().all(|(missing, _)| missing != *path));
    let wanted: Vec<&RepoPath> = wanted.filter(|path| targets.contains(path) || targets.contains(&path.parent())).collect();
    let unread = paths.iter().filter(|path| is_page(path) && !is_hidden(path) && !checked.contains(path)).collect::<Vec<_>>();
    // Of the pages that did not change only the anchors count.
    let others = each(&wanted, |path| Ok(read(scope, path)?.map(|page| Page { links: Vec::new(), ..page })))?;
    pages.extend(others.into_iter().flatten());
    let text = |path: &RepoPath| Some(String::from_utf8_lossy(&scope.snapshot.read(path).ok().flatten()?).into_owned());
    let sites = Sites::find(&paths, &text);
    let mut findings: Vec<Finding> = links::check(&pages, &paths, &sites).iter().map(finding).collect();
    findings.extend(left_behind(scope, &unread, (&paths, &sites))?);
    exempt::as_it_came(scope, &mut findings)?;
    if scope.is_everything() {
        let mut known = BTreeSet::new();
        let found = pages.iter().filter(|page| !page.links.is_empty()).filter_map(|page| sites.of(&page.path));
        findings.extend(found.filter(|site| known.insert(&site.settings)).map(of_site));
    }
    Ok(findings)
}

/// The links of pages that did not change to what this change took away. Only pages with a name of that in them are read as pages.
fn left_behind(scope: &Scope<'_>, unread: &[&RepoPath], (paths, sites): (&[RepoPath], &Sites)) -> Result<Vec<Finding>> {
    let there: BTreeSet<&RepoPath> = paths.iter().collect();
    let gone: Vec<&RepoPath> = scope.removed.iter().filter(|path| !there.contains(path)).collect();
    if gone.is_empty() || scope.is_everything() {
        return Ok(Vec::new());
    }
    let names: BTreeSet<String> = gone.iter().flat_map(|path| path.lossy().split('/').map(plain).collect::<Vec<_>>()).collect();
    let names = regex::bytes::Regex::new(&names.iter().map(|name| regex::escape(name)).collect::<Vec<_>>().join("|")).ok();
    let may_link = |bytes: &[u8]| names.as_ref().is_none_or(|names| names.is_match(bytes));
    let is_here = |path: &RepoPath| scope.missing.iter().all(|(missing, _)| missing != path);
    let page = |path: &&RepoPath| -> Result<Option<Page>> {
        let bytes = if is_here(path) { scope.snapshot.read(path)? } else { None };
        Ok(bytes.filter(|bytes| may_link(bytes)).map(|bytes| Page::of(path, &Document::parse(bytes))))
    };
    let pages: Vec<Page> = each(unread, page)?.into_iter().flatten().collect();
    let broken = |files: Vec<&RepoPath>| -> Vec<Finding> {
        let broken = links::check(&pages, files, sites);
        broken.iter().filter(|broken| broken.problem != Problem::MissingAnchor).map(finding).collect()
    };
    let mut now = broken(paths.iter().collect());
    if !now.is_empty() {
        exempt::known_before(&mut now, &broken(paths.iter().chain(gone).collect()));
    }
    Ok(now)
}

/// The longest part of a name that is written in a link as it is.
fn plain(name: &str) -> String {
    let parts = name.split(|c: char| !c.is_ascii_alphanumeric());
    parts.max_by_key(|part| part.len()).unwrap_or_default().to_owned()
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
