//! A page made from a Markdown document.

use super::{Page, PageLink};
use crate::base::RepoPath;
use crate::document::{Document, markdown};

impl Page {
    /// The links and anchors of the document at `path`.
    pub fn of(path: &RepoPath, document: &Document) -> Self {
        let body = document.body();
        let first = document.body_line();
        let links = markdown::links(body).into_iter().filter(|link| link.kind != markdown::LinkKind::Autolink);
        let as_written = |link: markdown::Link| {
            let (start, end) = (link.range.start, link.range.end);
            // With its angle brackets, because they decide what has to be escaped.
            let bracketed = start.checked_sub(1).and_then(|before| body.get(before..end + 1)).filter(|text| text.starts_with('<'));
            let (target, range) = match bracketed.filter(|text| text.ends_with('>')) {
                Some(text) => (text, start - 1..end + 1),
                None => (body.get(start..end).unwrap_or_default(), start..end),
            };
            let is_html = link.kind == markdown::LinkKind::Html;
            PageLink { target: target.to_owned(), meant: link.target, is_html, range, line: first + link.line.saturating_sub(1) }
        };
        Self { path: path.clone(), links: links.map(as_written).collect(), anchors: markdown::anchors(body) }
    }
}
