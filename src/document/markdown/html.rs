//! The attributes of HTML in a body: a tag at a time, without a parser of whole documents.

use std::ops::Range;

use pulldown_cmark::{Event, Parser, Tag};

/// An attribute with its value as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Attribute<'a> {
    pub(super) tag: &'a str,
    pub(super) name: &'a str,
    pub(super) value: &'a str,
    /// The bytes of the value in the HTML, without quotes.
    pub(super) range: Range<usize>,
}

impl Attribute<'_> {
    /// Whether this is `<tag name=…>`, whatever the case.
    pub(super) fn is(&self, tag: &str, name: &str) -> bool {
        self.tag.eq_ignore_ascii_case(tag) && self.name.eq_ignore_ascii_case(name)
    }

    /// The value with its entities undone.
    pub(super) fn text(&self) -> String {
        // Markdown has the same entities, and its reader has the table of them.
        let escaped = |c: char| matches!(c, '\\' | '<' | '>').then_some('\\').into_iter().chain([c]);
        let source = format!("[](<{}>)", self.value.chars().flat_map(escaped).collect::<String>());
        let read = Parser::new(&source).find_map(|event| match event {
            Event::Start(Tag::Link { dest_url, .. }) => Some(dest_url.into_string()),
            _ => None,
        });
        read.filter(|_| self.value.contains('&')).unwrap_or_else(|| self.value.to_owned())
    }
}

/// Every attribute that has a value, outside of comments.
pub(super) fn attributes(html: &str) -> Vec<Attribute<'_>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(open) = html.get(at..).and_then(|rest| rest.find('<')).map(|open| at + open) {
        let rest = html.get(open + 1..).unwrap_or_default();
        at = open + 1;
        if rest.starts_with("!--") {
            at += rest.find("-->").unwrap_or(rest.len());
        } else if rest.starts_with(|c: char| c.is_ascii_alphabetic()) {
            at = of_tag(html, open + 1, &mut found);
        }
    }
    found
}

/// Reads the tag whose name begins at `start`; where it ends.
fn of_tag<'a>(html: &'a str, start: usize, found: &mut Vec<Attribute<'a>>) -> usize {
    let is_end = |c: char| c.is_whitespace() || matches!(c, '>' | '/' | '=');
    let length = |from: usize, ends: &dyn Fn(char) -> bool| {
        let rest = html.get(from..).unwrap_or_default();
        rest.find(ends).unwrap_or(rest.len())
    };
    let mut at = start + length(start, &is_end);
    let tag = html.get(start..at).unwrap_or_default();
    loop {
        at += length(at, &|c| !c.is_whitespace() && c != '/');
        let name = at..at + length(at, &is_end);
        at = name.end;
        let equals = at + length(at, &|c| !c.is_whitespace());
        match html.get(equals..).and_then(|rest| rest.chars().next()) {
            Some('=') => {}
            // A letter begins the next attribute.
            Some(c) if c != '>' && !name.is_empty() => continue,
            _ => return equals,
        }
        at = equals + 1 + length(equals + 1, &|c| !c.is_whitespace());
        let quote = html.get(at..).and_then(|rest| rest.chars().next()).filter(|c| matches!(c, '"' | '\''));
        let from = at + quote.map_or(0, char::len_utf8);
        let range = from..from + length(from, &|c| quote.map_or(c.is_whitespace() || c == '>', |quote| c == quote));
        at = range.end + quote.map_or(0, char::len_utf8);
        let text = |range: &Range<usize>| html.get(range.clone()).unwrap_or_default();
        found.push(Attribute { tag, name: text(&name), value: text(&range), range });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_read_as_browsers_read_them() {
        let html = "<A HREF = \"x&amp;y.md\" id=z class='a>b'>t</A> <!-- <a href=no> --> <img alt\n src=i&#x20;j.png /> a < b=c <br/> <p open name=\"q";
        let seen: Vec<_> = attributes(html).iter().map(|found| (found.tag, found.name, found.text())).collect();
        let wanted = [("A", "HREF", "x&y.md"), ("A", "id", "z"), ("A", "class", "a>b"), ("img", "src", "i j.png"), ("p", "name", "q")];
        assert_eq!(seen, wanted.map(|(tag, name, text)| (tag, name, text.to_owned())));
        assert!(attributes(html).iter().all(|found| html.get(found.range.clone()) == Some(found.value)));
        assert!(attributes("<a =x> <b / =").len() <= 2);
    }
}
