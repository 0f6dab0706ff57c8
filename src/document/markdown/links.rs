//! Links with the place of their destination in the source, so that it can be replaced there.

use std::ops::Range;

use pulldown_cmark::{Event, LinkType, Tag, TagEnd};

use super::{events, html};
use crate::document::lines::LineCounter;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkKind {
    /// `[text](target)`
    Inline,
    /// `![text](target)`
    Image,
    /// `[label]: target`, which every `[text][label]` shares.
    Definition,
    /// `<https://…>`
    Autolink,
    /// `<a href="target">`, `<img src="target">`
    Html,
}

/// One place where a body names a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    pub kind: LinkKind,
    /// The target, without escapes of Markdown and entities; percent-encoding stays.
    pub target: String,
    /// The bytes of the target in the body, without `<…>` around it.
    pub range: Range<usize>,
    /// The line of the target in the body, counted from 1.
    pub line: u32,
}

/// Every target, in the order of the body. Code and HTML comments have none.
pub fn links(body: &str) -> Vec<Link> {
    let mut links = Vec::new();
    let mut open: Vec<Open> = Vec::new();
    let mut events = events(body);
    for (event, range) in events.by_ref() {
        match event {
            Event::Start(Tag::Link { link_type, dest_url, .. }) => {
                open.push(Open::new(link_type, LinkKind::Inline, dest_url.into_string(), range));
            }
            Event::Start(Tag::Image { link_type, dest_url, .. }) => {
                open.push(Open::new(link_type, LinkKind::Image, dest_url.into_string(), range));
            }
            Event::End(TagEnd::Link | TagEnd::Image) => {
                links.extend(open.pop().and_then(|link| link.finish(body)));
                open.last_mut().into_iter().for_each(|outer| outer.text_end = range.end);
            }
            Event::Start(Tag::HtmlBlock) => links.extend(in_html(body, range)),
            Event::Start(_) => {}
            event => {
                if matches!(event, Event::InlineHtml(_)) {
                    links.extend(in_html(body, range.clone()));
                }
                open.last_mut().into_iter().for_each(|link| link.text_end = link.text_end.max(range.end));
            }
        }
    }
    for (_, definition) in events.reference_definitions().iter() {
        links.extend(find_definition(body, definition.span.clone(), &definition.dest));
    }
    links.sort_by_key(|link| link.range.start);
    let mut counter = LineCounter::new(body);
    for link in &mut links {
        link.line = counter.line_of(link.range.start);
    }
    links
}

/// `target` as it can stand anywhere a destination stands: with what would end it percent-encoded.
pub fn render_destination(target: &str) -> String {
    let mut destination = String::with_capacity(target.len());
    for c in target.chars() {
        if c.is_ascii_control() || matches!(c, ' ' | '(' | ')' | '<' | '>' | '\\' | '`' | '"') {
            destination.push_str(&format!("%{:02X}", u32::from(c)));
        } else {
            destination.push(c);
        }
    }
    destination
}

/// A link whose end is still to come.
struct Open {
    link_type: LinkType,
    kind: LinkKind,
    target: String,
    range: Range<usize>,
    /// Where the text between the brackets ends, as far as it is known.
    text_end: usize,
}

impl Open {
    fn new(link_type: LinkType, kind: LinkKind, target: String, range: Range<usize>) -> Self {
        let bracket = if kind == LinkKind::Image { "![" } else { "[" };
        let text_end = range.start + bracket.len();
        Self { link_type, kind, target, range, text_end }
    }

    fn finish(self, body: &str) -> Option<Link> {
        let (kind, range) = match self.link_type {
            LinkType::Inline => {
                let from = self.text_end + body.get(self.text_end..self.range.end)?.find("](")? + 2;
                (self.kind, find_destination(body, from..self.range.end, &self.target)?)
            }
            LinkType::Autolink => (LinkKind::Autolink, self.range.start + 1..self.range.end.saturating_sub(1)),
            _ => return None,
        };
        Some(Link { kind, target: self.target, range, line: 0 })
    }
}

/// The links and images of a piece of HTML.
fn in_html(body: &str, range: Range<usize>) -> Vec<Link> {
    let html = body.get(range.clone()).unwrap_or_default();
    let targets = html::attributes(html).into_iter().filter(|found| found.is("a", "href") || found.is("img", "src"));
    let place = |at: &Range<usize>| range.start + at.start..range.start + at.end;
    targets.map(|found| Link { kind: LinkKind::Html, target: found.text(), range: place(&found.range), line: 0 }).collect()
}

fn find_definition(body: &str, span: Range<usize>, target: &str) -> Option<Link> {
    let source = body.get(span.clone())?;
    let mut escaped = false;
    let label = source.char_indices().skip(1).find(|(_, c)| {
        let ends = *c == ']' && !escaped;
        escaped = *c == '\\' && !escaped;
        ends
    })?;
    let from = span.start + label.0 + source.get(label.0..)?.find("]:")? + 2;
    let range = find_destination(body, from..span.end, target)?;
    Some(Link { kind: LinkKind::Definition, target: target.to_owned(), range, line: 0 })
}

/// The destination that begins `within` a part of the body, after white space and the marks of quotes on further lines.
fn find_destination(body: &str, within: Range<usize>, target: &str) -> Option<Range<usize>> {
    let text = body.get(within.clone())?;
    let skipped = text.trim_start_matches([' ', '\t', '\n', '\r']);
    let skipped = if text.len() > skipped.len() && !target.starts_with('>') {
        skipped.trim_start_matches(['>', ' ', '\t', '\n', '\r'])
    } else {
        skipped
    };
    let start = within.start + text.len() - skipped.len();
    match skipped.strip_prefix('<') {
        Some(rest) => Some(start + 1..start + 1 + length_until(rest, |c, _| matches!(c, '>' | '\n' | '\r'))),
        None => Some(
            start..start + length_until(skipped, |c, depth| c.is_ascii_whitespace() || c.is_ascii_control() || (c == ')' && depth == 0)),
        ),
    }
}

/// The length up to the first unescaped character that ends it, given how many brackets are open.
fn length_until(text: &str, ends: impl Fn(char, usize) -> bool) -> usize {
    let (mut escaped, mut depth) = (false, 0usize);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped && c.is_ascii_punctuation() => escaped = false,
            '\\' => escaped = true,
            c if ends(c, depth) => return at,
            c => {
                escaped = false;
                depth = match c {
                    '(' => depth + 1,
                    ')' => depth.saturating_sub(1),
                    _ => depth,
                };
            }
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(body: &str) -> Vec<(LinkKind, String, &str, u32)> {
        links(body).into_iter().map(|link| (link.kind, link.target, body.get(link.range).unwrap(), link.line)).collect()
    }

    #[test]
    fn every_form_tells_the_place_of_its_target() {
        for (body, target, source) in [
            ("[a](b.md)", "b.md", "b.md"),
            ("[a](b.md#c \"title\")", "b.md#c", "b.md#c"),
            ("[a]( <b c.md> 't')", "b c.md", "b c.md"),
            ("[a](b\\)c(d).md)", "b)c(d).md", "b\\)c(d).md"),
            ("[](b)", "b", "b"),
            ("[`](`](b)", "b", "b"),
            ("[a\\](b](c)", "c", "c"),
            ("[a](\n  b)", "b", "b"),
            ("> [a](\n> b)", "b", "b"),
            ("[a](f&ouml;)", "fö", "f&ouml;"),
            ("[a]()", "", ""),
            ("[a [b] c ](d)", "d", "d"),
        ] {
            let found = seen(body);
            assert_eq!(found.len(), 1, "{body}");
            assert_eq!((found[0].0, found[0].1.as_str(), found[0].2), (LinkKind::Inline, target, source), "{body}");
        }
    }

    #[test]
    fn images_within_links_and_definitions_count() {
        let body = "[![a](i.png)](t.md) [x][r] <https://h/> ![](j.png)\n\n[r]: <d e.md> \"t\"\n[un\\]used]:\n  u.md\n[^1]: note\n";
        let found: Vec<_> = seen(body).into_iter().map(|(kind, _, source, line)| (kind, source, line)).collect();
        use LinkKind::{Autolink, Definition, Image, Inline};
        let wanted = [
            (Image, "i.png", 1),
            (Inline, "t.md", 1),
            (Autolink, "https://h/", 1),
            (Image, "j.png", 1),
            (Definition, "d e.md", 3),
            (Definition, "u.md", 5),
        ];
        assert_eq!(found, wanted);
    }

    #[test]
    fn html_has_links_too() {
        let body = "a <a href='b&amp;c.md'>[x](y.md)</a>\n\n<p align=center>\n  <img\n    src=\"i&#x20;j.png\">\n</p>\n";
        use LinkKind::{Html, Inline};
        let wanted = [
            (Html, "b&c.md".to_owned(), "b&amp;c.md", 1),
            (Inline, "y.md".to_owned(), "y.md", 1),
            (Html, "i j.png".to_owned(), "i&#x20;j.png", 5),
        ];
        assert_eq!(seen(body), wanted);
    }

    #[test]
    fn code_and_comments_have_no_links() {
        assert_eq!(seen("`[a](b)`\n\n```\n[a](b)\n```\n\n    [a](b)\n\n<!-- [a](b) <a href=b> -->\n\n`<a href=b>`\n"), []);
    }

    #[test]
    fn any_target_can_be_put_in_place() {
        for target in ["a b(c).md", "x<y>.md", "a\\b", "ä.md", "a_b*c.md"] {
            for body in [format!("[t]({})", render_destination(target)), format!("[t](<{}>)", render_destination(target))] {
                assert_eq!(links(&body)[0].target, render_destination(target));
            }
        }
    }
}
