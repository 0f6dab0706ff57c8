//! A link's target: taken apart for the check, and put together again in the style in which it was written.

use std::borrow::Cow;

use super::{Page, PageLink};
use crate::base::RepoPath;
use crate::document::markdown::render_destination;

/// Text in targets that some program fills in later.
const TEMPLATES: &[&str] = &["{{", "{%", "${", "<%"];

/// Pages that forges show next to a repository's files, so that `../../issues` works in a README.
const FORGE_PAGES: &[&str] = &[
    "actions",
    "blob",
    "branches",
    "commit",
    "commits",
    "compare",
    "discussions",
    "graphs",
    "issues",
    "labels",
    "milestones",
    "network",
    "projects",
    "pull",
    "pulls",
    "pulse",
    "raw",
    "releases",
    "security",
    "stargazers",
    "tags",
    "tree",
    "wiki",
];

/// A target that can be checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Target<'a> {
    /// Whether it is written `<like this>`.
    bracketed: bool,
    /// As meant, without query and fragment.
    path: &'a str,
    /// With its `?`.
    query: &'a str,
    /// Without its `#`.
    fragment: Option<&'a str>,
}

impl<'a> Target<'a> {
    /// `None` if there is nothing to check: another site, a template, an empty target.
    pub(super) fn parse(link: &'a PageLink) -> Option<Self> {
        let text = link.meant.trim();
        if text.is_empty() || text.starts_with("//") || has_scheme(text) || TEMPLATES.iter().any(|mark| text.contains(mark)) {
            return None;
        }
        let (before, fragment) = text.split_once('#').map_or((text, None), |(before, fragment)| (before, Some(fragment)));
        let (path, query) = before.split_at(before.find('?').unwrap_or(before.len()));
        Some(Self { bracketed: link.target.trim().starts_with('<'), path, query, fragment })
    }

    /// The path that it means on `page`; `None` if that is outside of the repository.
    pub(super) fn resolve(&self, page: &RepoPath) -> Option<RepoPath> {
        if self.path.is_empty() {
            return Some(page.clone());
        }
        let decoded = decode(self.path);
        let mut whole = if decoded.starts_with('/') { Vec::new() } else { page.parent().as_bytes().to_vec() };
        whole.push(b'/');
        whole.extend_from_slice(decoded.as_bytes());
        let start = whole.iter().position(|byte| *byte != b'/').unwrap_or(whole.len());
        RepoPath::parse(whole.get(start..).unwrap_or_default())
    }

    /// Whether it is a Markdown file as seen from the page it stands on.
    pub(super) fn is_relative_page(&self) -> bool {
        let path = self.path.to_lowercase();
        !path.starts_with(['/', '@']) && [".md", ".markdown", ".mdx"].iter().any(|ending| path.ends_with(ending))
    }

    /// Whether it can only be a folder.
    pub(super) fn is_folder(&self) -> bool {
        self.path.ends_with('/')
    }

    /// The same target for a file.
    pub(super) fn without_slash(&self) -> Self {
        Self { path: self.path.trim_end_matches('/'), ..*self }
    }

    /// The components, decoded, without those that only say where to begin.
    pub(super) fn components(&self) -> Vec<String> {
        decode(self.path).split('/').filter(|part| !matches!(*part, "" | "." | "..")).map(str::to_owned).collect()
    }

    pub(super) fn is_page_of_a_forge(&self) -> bool {
        self.components().first().is_some_and(|first| FORGE_PAGES.contains(&first.as_str()))
    }

    /// The fragment with its escapes undone; `None` if there is none that would have to be an anchor.
    pub(super) fn anchor(&self) -> Option<Cow<'a, str>> {
        let anchor = decode(self.fragment?);
        let free = anchor.is_empty() || anchor.eq_ignore_ascii_case("top") || anchor.starts_with(":~:") || self.query.contains("plain=1");
        (!free).then_some(anchor)
    }

    /// Whether the fragment, if there is one, names something on `page`; as a forge reads it, which tries it in lower case too.
    pub(super) fn fits_anchors_of(&self, page: &Page) -> bool {
        let Some(anchor) = self.anchor() else { return true };
        let plain = anchor.strip_prefix("user-content-").unwrap_or(&anchor);
        let lower = plain.to_lowercase();
        page.anchors.iter().any(|known| *known == anchor || known == plain || *known == lower)
    }

    /// The same link from `page` to `place`, written as this one is; `anchor` replaces the fragment.
    pub(super) fn rewrite(&self, page: &RepoPath, place: &RepoPath, anchor: Option<&str>) -> String {
        let path = if self.path.is_empty() && page == place { String::new() } else { self.spell(page, place) };
        let fragment = match (anchor, self.fragment) {
            (Some(anchor), written) => format!("#{}", self.encode(anchor, written.is_some_and(|text| text.contains('%')))),
            (None, Some(written)) => format!("#{}", render_destination(written)),
            (None, None) => String::new(),
        };
        let text = format!("{path}{}{fragment}", render_destination(self.query));
        if self.bracketed { format!("<{text}>") } else { text }
    }

    fn spell(&self, page: &RepoPath, place: &RepoPath) -> String {
        let encoded = self.path.contains('%');
        let rooted = self.path.starts_with('/');
        let path = if rooted { format!("/{}", place.lossy()) } else { relative(&page.parent(), place) };
        let dotted = !rooted && !path.starts_with("..") && (self.path.starts_with("./") || has_scheme(&path) || path.is_empty());
        let slash = if self.is_folder() && !path.is_empty() && !path.ends_with('/') { "/" } else { "" };
        format!("{}{}{slash}", if dotted { "./" } else { "" }, self.encode(&path, encoded))
    }

    /// Escapes what would end the target or mean something else in it; all that is not ASCII too if that is the style.
    fn encode(&self, text: &str, all: bool) -> String {
        let mut encoded = String::with_capacity(text.len());
        for c in text.chars() {
            let special = matches!(c, '%' | '#' | '?' | '\\' | '<' | '>' | '"') || c.is_control();
            let unbracketed = !self.bracketed && matches!(c, ' ' | '(' | ')');
            if special || unbracketed || all && (c == ' ' || !c.is_ascii()) {
                c.encode_utf8(&mut [0; 4]).bytes().for_each(|byte| encoded.push_str(&format!("%{byte:02X}")));
            } else {
                encoded.push(c);
            }
        }
        encoded
    }
}

/// `https:`, `mailto:`, `C:`: a colon before any slash, after letters.
fn has_scheme(text: &str) -> bool {
    let Some((scheme, _)) = text.split_once(':') else { return false };
    scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
}

/// Undoes `%20`; what is not an escape, or not UTF-8 after it, stays.
fn decode(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return Cow::Borrowed(text);
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        match (first, after) {
            (b'%', [high, low, tail @ ..]) if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                bytes.push(hex(*high) * 16 + hex(*low));
                rest = tail;
            }
            _ => bytes.push(*first),
        }
    }
    String::from_utf8(bytes).map_or(Cow::Borrowed(text), Cow::Owned)
}

fn hex(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        _ => digit.to_ascii_lowercase().saturating_sub(b'a').saturating_add(10),
    }
}

/// The way from `folder` to `place`; empty if that is the folder itself.
fn relative(folder: &RepoPath, place: &RepoPath) -> String {
    let split = |path: &RepoPath| -> Vec<String> { path.lossy().split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect() };
    let (from, to) = (split(folder), split(place));
    let shared = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let up = from.iter().skip(shared).map(|_| "..");
    up.chain(to.iter().skip(shared).map(String::as_str)).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Document;

    fn path(text: &str) -> RepoPath {
        RepoPath::parse(text).unwrap()
    }

    /// A link as a page with it has it.
    fn link(written: &str) -> PageLink {
        let page = Page::of(&path("docs/a.md"), &Document::parse(format!("[a]({written})").into_bytes()));
        page.links.into_iter().next().unwrap()
    }

    fn resolved(written: &str) -> Option<String> {
        Target::parse(&link(written)).unwrap().resolve(&path("docs/a.md")).map(|path| path.lossy().into_owned())
    }

    #[test]
    fn other_sites_and_templates_are_left_alone() {
        for text in ["https://a.b/c", "mailto:a@b", "//host/x", "C:\\x", "{{ site.url }}/x", "${x}", "", "javascript:void(0)"] {
            assert_eq!(Target::parse(&PageLink { meant: text.to_owned(), ..link("x") }), None, "{text}");
        }
    }

    #[test]
    fn escapes_of_all_kinds_are_undone() {
        assert_eq!(resolved("b%20c.md?x#y").as_deref(), Some("docs/b c.md"));
        assert_eq!(resolved("<b c.md>").as_deref(), Some("docs/b c.md"));
        assert_eq!(resolved("b&amp;c&#x20;d&#37;20e.md").as_deref(), Some("docs/b&c d e.md"));
        assert_eq!(resolved("b\\&amp;c%26amp;.md").as_deref(), Some("docs/b&amp;c&amp;.md"));
        assert_eq!(resolved("b\\_c\\(1\\).md").as_deref(), Some("docs/b_c(1).md"));
        assert_eq!(resolved("/b/%C3%A9.md").as_deref(), Some("b/é.md"));
        assert_eq!(resolved("100%.md").as_deref(), Some("docs/100%.md"));
        assert_eq!(resolved("%FF.md").as_deref(), Some("docs/%FF.md"));
        assert_eq!(resolved("../..").as_deref(), None);
        assert_eq!(resolved("#x").as_deref(), Some("docs/a.md"));
        assert_eq!(resolved("..").as_deref(), Some(""));
    }

    #[test]
    fn a_rewritten_target_keeps_its_style() {
        let rewrite = |written: &str, place: &str| Target::parse(&link(written)).unwrap().rewrite(&path("docs/a.md"), &path(place), None);
        assert_eq!(rewrite("x.md?plain=1#y", "docs/b/x.md"), "b/x.md?plain=1#y");
        assert_eq!(rewrite("./x.md", "docs/b (1).md"), "./b%20%281%29.md");
        assert_eq!(rewrite("<x y.md>", "b c.md"), "<../b c.md>");
        assert_eq!(rewrite("x%20y.md", "é.md"), "../%C3%A9.md");
        assert_eq!(rewrite("x.md", "é.md"), "../é.md");
        assert_eq!(rewrite("/x.md", "b/x.md"), "/b/x.md");
        assert_eq!(rewrite("x/", "docs/y"), "y/");
        assert_eq!(rewrite("x.md", "docs/a:b.md"), "./a:b.md");
        assert_eq!(rewrite("X/", "docs"), "./");
    }
}
