//! The anchors a link can lead to, as GitHub makes them.

use std::collections::{BTreeMap, BTreeSet};

use pulldown_cmark::{Event, Tag, TagEnd};
use unicode_width::UnicodeWidthChar;

use super::{events, html};

/// Every anchor of a body: headings in order (`a`, `a-1` for the second), then the `id` and `name` attributes of HTML.
pub fn anchors(body: &str) -> Vec<String> {
    let mut slugs = Slugs::default();
    let (mut found, mut explicit) = (Vec::new(), Vec::new());
    let (mut heading, mut images, mut block): (Option<String>, u32, String) = (None, 0, String::new());
    for (event, _) in events(body) {
        match event {
            Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
            Event::End(TagEnd::Heading(_)) => found.extend(heading.take().map(|text| slugs.unique(&text))),
            // What stands in place of an image is no text; the space after it is.
            Event::Start(Tag::Image { .. }) => images += 1,
            Event::End(TagEnd::Image) => images -= 1,
            Event::Text(text) | Event::Code(text) if images == 0 => heading.iter_mut().for_each(|heading| heading.push_str(&text)),
            Event::SoftBreak | Event::HardBreak => heading.iter_mut().for_each(|heading| heading.push(' ')),
            Event::InlineHtml(html) => explicit.extend(named(&html)),
            // It comes line by line, and a tag may take several.
            Event::Html(html) => block.push_str(&html),
            Event::End(TagEnd::HtmlBlock) => {
                found.extend(headings(&block).map(|text| slugs.unique(text.trim())));
                explicit.extend(named(&block));
                block.clear();
            }
            _ => {}
        }
    }
    found.extend(explicit);
    found
}

/// The text of the headings that are written as HTML.
fn headings(html: &str) -> impl Iterator<Item = String> + '_ {
    let is_level =
        |tag: &str| matches!(tag.as_bytes(), [b'h' | b'H', b'1'..=b'6', rest @ ..] if !rest.first().is_some_and(u8::is_ascii_alphanumeric));
    let mut tags = html.split('<').skip(1);
    std::iter::from_fn(move || {
        let text = |piece: &str| piece.split_once('>').map(|(_, text)| text.to_owned()).unwrap_or_default();
        let mut heading = text(tags.find(|tag| is_level(tag))?);
        heading.extend(tags.by_ref().take_while(|tag| !tag.strip_prefix('/').is_some_and(is_level)).map(text));
        Some(heading)
    })
}

/// The anchor of a heading, before a number makes it unique: <https://github.com/Flet/github-slugger>.
pub fn slug(heading: &str) -> String {
    let kept = heading.chars().filter(|c| is_kept(*c)).flat_map(char::to_lowercase);
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

#[derive(Default)]
struct Slugs {
    taken: BTreeSet<String>,
    counts: BTreeMap<String, u32>,
}

impl Slugs {
    fn unique(&mut self, heading: &str) -> String {
        let base = slug(heading);
        let mut unique = base.clone();
        let count = self.counts.entry(base.clone()).or_default();
        while self.taken.contains(&unique) {
            *count += 1;
            unique = format!("{base}-{count}");
        }
        self.taken.insert(unique.clone());
        unique
    }
}

/// Letters, marks, decimal numbers, connectors, `-` and the space.
fn is_kept(c: char) -> bool {
    c.is_alphabetic()
        || is_decimal(c)
        || is_mark(c)
        || matches!(c, ' ' | '-' | '_' | '‿' | '⁀' | '⁔' | '︳' | '︴' | '﹍' | '﹎' | '﹏' | '＿')
}

/// Digits, but not the likes of `²`, `½`, `①`.
fn is_decimal(c: char) -> bool {
    let counted = matches!(c, '\u{b2}'..='\u{be}' | '\u{2070}'..='\u{218f}' | '\u{2460}'..='\u{24ff}' | '\u{2776}'..='\u{2793}' | '\u{3192}'..='\u{32ff}');
    c.is_numeric() && !counted
}

/// Combining marks take no column of their own; neither do invisible format characters, which are dropped.
fn is_mark(c: char) -> bool {
    let format = matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}');
    !c.is_control() && !format && UnicodeWidthChar::width(c) == Some(0)
}

/// The values of the `id` and `name` attributes in a piece of HTML.
fn named(html: &str) -> Vec<String> {
    let is_anchor = |name: &str| ["id", "name"].iter().any(|known| name.eq_ignore_ascii_case(known));
    html::attributes(html).iter().filter(|found| is_anchor(found.name)).map(html::Attribute::text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_those_of_github() {
        for (heading, anchor) in [
            ("Hello World!", "hello-world"),
            ("I ♥ unicode", "i--unicode"),
            ("`cmpm check` & more", "cmpm-check--more"),
            ("日本語 Ünï_1.2", "日本語-ünï_12"),
            ("😄-emoji", "-emoji"),
            ("e\u{301}", "e\u{301}"),
            ("a\u{200d}b²", "ab"),
            ("  a\tb ", "  ab "),
        ] {
            assert_eq!(slug(&heading.replace('`', "")), anchor.replace("  ab ", "--ab-"));
        }
    }

    #[test]
    fn repeated_headings_are_numbered() {
        let body = "# A\n## a\n## A 1\n> ### A-1\n\n# A\n\n<a id=\"x\"></a> text <a name='y'>\n\n<div class=c id=z>\n";
        assert_eq!(anchors(body), ["a", "a-1", "a-1-1", "a-1-2", "a-2", "x", "y", "z"]);
    }

    #[test]
    fn an_image_before_a_heading_leaves_its_space() {
        for (heading, anchor) in [
            ("## <img src=\"a.svg\" alt=\"Gear\"> Configuration", "-configuration"),
            ("## ![Gear](a.svg) Configuration", "-configuration"),
            ("## [![Gear](a.svg)](b.md) Configuration", "-configuration"),
            ("## Configuration <img src=a.svg>", "configuration-"),
            ("## 🚀 *Quick* `start`", "-quick-start"),
            ("## :rocket: Start", "rocket-start"),
            ("## <kbd>F1</kbd> Help #", "f1-help"),
            ("<h1 align=\"center\">\n  <img src=a.svg>\n  My <b>tool</b>\n</h1>", "my-tool"),
        ] {
            assert_eq!(anchors(heading), [anchor], "{heading}");
        }
        assert_eq!(anchors("<a\n  name=\"deep\">\n</a>\n\n## <a id='top'></a> Top"), ["-top", "deep", "top"]);
    }
}
