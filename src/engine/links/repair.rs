//! What a broken link was meant to be. Nothing is proposed unless one place alone fits.

use std::collections::HashMap;

use super::Page;
use super::target::Target;
use super::tree::{Kind, Tree};
use crate::base::RepoPath;

/// Endings of pages, the usual one first.
const PAGES: &[&str] = &["md", "markdown", "mdx"];
/// Endings that a page may have had, or gets when a site is made of it.
const FORMER: &[&str] = &["md", "markdown", "mdx", "html", "htm", "rst", "txt", "adoc"];
/// Names that every folder may have: the only one left is not for that the right one.
const COMMON: &[&str] = &["readme", "index", "changelog", "license", "contributing", "template", "summary", "skill", "notes", "todo"];

/// Where links could lead, by what people get wrong.
pub(super) struct Candidates<'a> {
    tree: &'a Tree<'a>,
    /// By path in lower case.
    any_case: HashMap<String, Vec<&'a RepoPath>>,
    /// By last component in lower case; folders with a `/` at the end.
    by_name: HashMap<String, Vec<&'a RepoPath>>,
    by_anchor: HashMap<&'a str, Vec<&'a Page>>,
}

impl<'a> Candidates<'a> {
    pub(super) fn new(tree: &'a Tree<'a>, pages: &'a [Page]) -> Self {
        let mut candidates = Self { tree, any_case: HashMap::new(), by_name: HashMap::new(), by_anchor: HashMap::new() };
        for (path, kind) in tree.entries() {
            candidates.any_case.entry(path.lossy().to_lowercase()).or_default().push(path);
            let slash = if kind == Kind::Folder { "/" } else { "" };
            candidates.by_name.entry(format!("{}{slash}", path.name().to_lowercase())).or_default().push(path);
        }
        for page in pages {
            for anchor in &page.anchors {
                let known = candidates.by_anchor.entry(anchor).or_default();
                if known.last().is_none_or(|last| last.path != page.path) {
                    known.push(page);
                }
            }
        }
        candidates
    }

    /// What differs from `place` in nothing but case.
    pub(super) fn other_case(&self, place: &RepoPath) -> &[&'a RepoPath] {
        self.any_case.get(&place.lossy().to_lowercase()).map_or(&[], Vec::as_slice)
    }

    /// For a file that is not there: another ending in the same folder, else the same name elsewhere.
    pub(super) fn for_file(&self, page: &RepoPath, target: &Target<'_>, place: &RepoPath) -> Option<String> {
        let beside: Vec<RepoPath> = endings(&place.name()).iter().map(|name| place.parent().join(name)).collect();
        let mut existing = beside.iter().filter(|path| self.tree.kind(path) == Some(Kind::File));
        match (existing.next(), existing.next()) {
            (Some(only), None) => self.towards(page, target, only),
            (Some(_), Some(_)) => None,
            (None, _) => self.elsewhere(page, target),
        }
    }

    /// The one place elsewhere that has the target's name.
    pub(super) fn elsewhere(&self, page: &RepoPath, target: &Target<'_>) -> Option<String> {
        let components = target.components();
        let name = components.last()?;
        let names = if target.is_folder() { vec![format!("{name}/")] } else { [vec![name.clone()], endings(name)].concat() };
        let places = names.iter().find_map(|name| self.by_name.get(&name.to_lowercase()))?;
        let others: Vec<&RepoPath> = places.iter().copied().filter(|place| *place != page).collect();
        let stem = name.split('.').next().unwrap_or(name).to_lowercase();
        let only = match others.as_slice() {
            [only] if !COMMON.contains(&stem.as_str()) => only,
            several => closest(several, &components)?,
        };
        self.towards(page, target, only)
    }

    /// For a heading that is not there: the same words on that page, else the one page that has exactly this heading.
    pub(super) fn for_anchor(&self, page: &RepoPath, target: &Target<'_>, place: &RepoPath) -> Option<String> {
        let anchor = target.anchor()?;
        if let Some(same) = self.tree.page(place).and_then(|found| same_words(found, &anchor)) {
            let written = target.resolve(page)?;
            return Some(self.write(page, target, (&written, Some(same))));
        }
        let [only] = self.by_anchor.get(anchor.as_ref())?.as_slice() else { return None };
        Some(self.write(page, target, (&only.path, None)))
    }

    /// The link to `place`, if its fragment means something there.
    pub(super) fn towards(&self, page: &RepoPath, target: &Target<'_>, place: &RepoPath) -> Option<String> {
        let Some(found) = self.tree.page(place).filter(|found| !target.fits_anchors_of(found)) else {
            return Some(self.write(page, target, (place, None)));
        };
        let anchor = same_words(found, &target.anchor()?)?;
        Some(self.write(page, target, (place, Some(anchor))))
    }

    fn write(&self, page: &RepoPath, target: &Target<'_>, (place, anchor): (&RepoPath, Option<&str>)) -> String {
        let target = if self.tree.kind(place) == Some(Kind::Folder) { *target } else { target.without_slash() };
        target.rewrite(page, place, anchor)
    }
}

/// The name with endings that pages have, instead of the one it has or after it.
fn endings(name: &str) -> Vec<String> {
    let (stem, former) = name.rsplit_once('.').unwrap_or((name, ""));
    let stem = if FORMER.contains(&former.to_lowercase().as_str()) { stem } else { name };
    PAGES.iter().map(|ending| format!("{stem}.{ending}")).filter(|other| other != name).collect()
}

/// The one place that shares most components with the end of the target, and more than its name.
fn closest<'a>(places: &[&'a RepoPath], components: &[String]) -> Option<&'a RepoPath> {
    let shared = |place: &RepoPath| {
        let text = place.lossy().into_owned();
        text.rsplit('/').skip(1).zip(components.iter().rev().skip(1)).take_while(|(a, b)| a == b).count()
    };
    let most = places.iter().map(|place| shared(place)).max().filter(|most| *most > 0)?;
    let mut best = places.iter().copied().filter(|place| shared(place) == most);
    best.next().filter(|_| best.next().is_none())
}

/// The page's one anchor with the same letters and digits.
fn same_words<'a>(page: &'a Page, anchor: &str) -> Option<&'a str> {
    let words = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect::<String>();
    let wanted = words(anchor);
    let mut same = page.anchors.iter().filter(|known| words(known) == wanted);
    same.next().filter(|_| !wanted.is_empty() && same.next().is_none()).map(String::as_str)
}
