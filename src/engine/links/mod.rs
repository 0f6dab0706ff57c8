//! Relative links between Markdown files: which lead nowhere, and where they should lead if only one place can be meant.

mod page;
mod repair;
mod sites;
mod target;
mod tree;

use std::ops::Range;

use schemars::JsonSchema;
use serde::Serialize;

use self::repair::Candidates;
pub use self::sites::{Site, Sites};
use self::target::Target;
use self::tree::{Kind, Tree};
use crate::base::RepoPath;

/// A Markdown file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    pub path: RepoPath,
    /// What it links to, images included.
    pub links: Vec<PageLink>,
    /// What a fragment may name: slugs of headings as GitHub makes them, ids and names of HTML elements.
    pub anchors: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageLink {
    /// Where it leads, escapes and angle brackets included.
    pub target: String,
    /// The same without brackets, escapes of Markdown and entities.
    pub meant: String,
    /// Whether it is an attribute of HTML.
    pub is_html: bool,
    /// The bytes of the page that `target` takes: what a repair replaces.
    pub range: Range<usize>,
    /// The line, counted from 1.
    pub line: u32,
}

/// A link that leads nowhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Broken {
    /// The page it stands in.
    pub page: RepoPath,
    /// The line, counted from 1.
    pub line: u32,
    /// The bytes of the page to replace.
    pub range: Range<usize>,
    /// The target as it is written.
    pub target: String,
    /// What is wrong with it.
    pub problem: Problem,
    /// What to write instead, in the same style; only where a single place can be meant.
    pub repair: Option<String>,
}

/// What is wrong with a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Problem {
    /// There is no such file or folder.
    MissingFile,
    /// The page has no such heading.
    MissingAnchor,
    /// The file has another case: found on some machines only.
    CaseDiffers,
}

/// Checks all links of `pages`, which are all Markdown files of a repository, against `files`, which are all its files.
///
/// Addresses with a scheme or host, templates (`{{…}}`, `${…}`), what lies below a submodule or a linked folder, and what only the
/// generator of a site can tell are left alone.
pub fn check<'a>(pages: &'a [Page], files: impl IntoIterator<Item = &'a RepoPath>, sites: &'a Sites) -> Vec<Broken> {
    let tree = Tree::new(pages, files);
    let examine_all = |page: &'a Page| {
        let site = sites.of(&page.path);
        let (tree, links) = (&tree, page.links.iter());
        links.filter_map(move |link| examine(tree, page, (link, site))).collect::<Vec<_>>()
    };
    let failing: Vec<Failing<'_>> = pages.iter().flat_map(examine_all).collect();
    if failing.is_empty() {
        return Vec::new();
    }
    let candidates = Candidates::new(&tree, pages);
    failing.into_iter().map(|failing| failing.explain(&candidates)).collect()
}

/// The places in the repository that the links of a page name an anchor of: what has to be read as a page to check it.
pub fn anchored<'a>(page: &'a Page) -> impl Iterator<Item = RepoPath> + 'a {
    let targets = page.links.iter().filter_map(Target::parse);
    targets.filter(|target| target.anchor().is_some()).filter_map(|target| target.resolve(&page.path))
}

/// A link that leads nowhere, before anybody has looked for what was meant.
struct Failing<'a> {
    page: &'a Page,
    link: &'a PageLink,
    target: Target<'a>,
    wanted: Wanted,
    /// The site that the page is a part of.
    site: Option<&'a Site>,
}

/// What a failing link asks for.
enum Wanted {
    /// A path that is not there; `None` if it is not even in the repository.
    File(Option<RepoPath>),
    /// A heading of a page.
    Anchor(RepoPath),
}

fn examine<'a>(tree: &Tree<'_>, page: &'a Page, (link, site): (&'a PageLink, Option<&'a Site>)) -> Option<Failing<'a>> {
    let target = Target::parse(link)?;
    if site.is_some_and(|site| link.is_html || !target.is_relative_page() || site.has(tree, &page.path, &target)) {
        return None;
    }
    let wanted = missing(tree, page, &target)?;
    let is_for_the_site = site.is_some() && matches!(wanted, Wanted::Anchor(_));
    (!is_for_the_site).then_some(Failing { page, link, target, wanted, site })
}

fn missing(tree: &Tree<'_>, page: &Page, target: &Target<'_>) -> Option<Wanted> {
    let Some(place) = target.resolve(&page.path) else {
        return (!target.is_page_of_a_forge()).then_some(Wanted::File(None));
    };
    match tree.kind(&place) {
        Some(Kind::File) if target.is_folder() => Some(Wanted::File(Some(place))),
        Some(_) => {
            let page = tree.page(&place)?;
            (!target.fits_anchors_of(page)).then(|| Wanted::Anchor(page.path.clone()))
        }
        None => (!tree.is_out_of_sight(&place)).then_some(Wanted::File(Some(place))),
    }
}

impl Failing<'_> {
    fn explain(self, candidates: &Candidates<'_>) -> Broken {
        let from = &self.page.path;
        let (problem, repair) = match &self.wanted {
            Wanted::File(None) => (Problem::MissingFile, candidates.elsewhere(from, &self.target)),
            Wanted::File(Some(place)) => match candidates.other_case(place) {
                [] => (Problem::MissingFile, candidates.for_file(from, &self.target, place)),
                [same] if *same == place => (Problem::MissingFile, candidates.towards(from, &self.target, same)),
                [only] => (Problem::CaseDiffers, candidates.towards(from, &self.target, only)),
                _ => (Problem::CaseDiffers, None),
            },
            Wanted::Anchor(place) => (Problem::MissingAnchor, candidates.for_anchor(from, &self.target, place)),
        };
        let PageLink { target, range, line, .. } = self.link.clone();
        // A site has only its own pages: a link that leads out of it works nowhere but on the forge.
        let stays = |repair: &String| self.site.is_none_or(|site| site.holds(from, repair));
        let repair = repair.filter(stays);
        Broken { page: from.clone(), line, range, target, problem, repair }
    }
}

#[cfg(test)]
mod tests;
