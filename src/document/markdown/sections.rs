//! A body as sections under headings.

use std::ops::Range;

use pulldown_cmark::{Event, Tag, TagEnd};

use super::events;
use crate::document::lines::{LineCounter, line_start};

/// A heading with everything up to the next one of its level or above.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section<'a> {
    pub level: u8,
    /// The text of the heading, without its formatting.
    pub heading: String,
    /// The line of the heading in the body, counted from 1.
    pub line: u32,
    /// The bytes of the body it takes, heading and subsections included.
    pub range: Range<usize>,
    /// What stands below the heading, subsections included.
    pub text: &'a str,
}

impl Section<'_> {
    /// Whether this is the section people mean by `heading`: case and space do not count.
    pub fn is_called(&self, heading: &str) -> bool {
        self.heading.trim().to_lowercase() == heading.trim().to_lowercase()
    }
}

/// Every section of `body`; headings within quotes and lists do not begin one.
pub fn sections(body: &str) -> Vec<Section<'_>> {
    let mut counter = LineCounter::new(body);
    let headings = headings(body);
    let mut sections: Vec<Section<'_>> = Vec::with_capacity(headings.len());
    let mut open: Vec<usize> = Vec::new();
    for heading in headings {
        let start = line_start(body, heading.range.start);
        close(&mut sections, &mut open, heading.level, start);
        open.push(sections.len());
        let text = start + heading_length(body.get(start..).unwrap_or_default(), heading.range.end - start);
        let text = body.get(text..).unwrap_or_default();
        sections.push(Section {
            level: heading.level,
            heading: heading.text,
            line: counter.line_of(start),
            range: start..body.len(),
            text,
        });
    }
    sections
}

/// What stands below the first heading of this name, at any level.
pub fn section<'a>(body: &'a str, heading: &str) -> Option<&'a str> {
    sections(body).into_iter().find(|section| section.is_called(heading)).map(|section| section.text)
}

/// The body without headings that nothing stands below.
pub fn without_empty_sections(body: &str) -> String {
    let mut text = body.to_owned();
    loop {
        let empty: Vec<Range<usize>> =
            sections(&text).into_iter().filter(|section| section.text.trim().is_empty()).map(|section| section.range).collect();
        if empty.is_empty() {
            return text;
        }
        // What is above them may be empty then.
        empty.into_iter().rev().for_each(|range| text.replace_range(range, ""));
    }
}

/// The text of the first heading of level 1.
pub fn title(body: &str) -> Option<String> {
    headings(body).into_iter().find(|heading| heading.level == 1).map(|heading| heading.text)
}

/// Ends every open section that a heading of this level at this byte ends.
fn close(sections: &mut [Section<'_>], open: &mut Vec<usize>, level: u8, end: usize) {
    while let Some(section) = open.last().and_then(|last| sections.get_mut(*last)).filter(|section| section.level >= level) {
        let length = section.text.len().saturating_sub(section.range.end - end);
        section.range.end = end;
        section.text = section.text.get(..length).unwrap_or_default();
        open.pop();
    }
}

/// The length of the heading with its line end.
fn heading_length(text: &str, heading: usize) -> usize {
    let ended = text.get(..heading).is_some_and(|text| text.ends_with(['\n', '\r']));
    if ended {
        return heading;
    }
    let rest = text.get(heading..).unwrap_or_default();
    let line = rest.find(['\n', '\r']).unwrap_or(rest.len());
    let end = rest.get(line..).map_or(0, |end| if end.starts_with("\r\n") { 2 } else { usize::from(!end.is_empty()) });
    heading + line + end
}

struct Heading {
    level: u8,
    text: String,
    range: Range<usize>,
}

/// The headings at the top level of the document.
fn headings(body: &str) -> Vec<Heading> {
    let mut found: Vec<Heading> = Vec::new();
    let (mut depth, mut inside) = (0usize, false);
    for (event, range) in events(body) {
        match event {
            Event::Start(Tag::Heading { level, .. }) if depth == 0 => {
                found.push(Heading { level: level as u8, text: String::new(), range });
                (depth, inside) = (depth + 1, true);
            }
            Event::Start(_) => depth += 1,
            Event::End(end) => {
                depth = depth.saturating_sub(1);
                inside &= !(depth == 0 && matches!(end, TagEnd::Heading(_)));
            }
            Event::Text(text) | Event::Code(text) if inside => {
                found.last_mut().into_iter().for_each(|heading| heading.text.push_str(&text));
            }
            Event::SoftBreak | Event::HardBreak if inside => found.last_mut().into_iter().for_each(|heading| heading.text.push(' ')),
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &str =
        "intro\n# One `code`\ntext\n## Two\r\n\r\n- a\n### Three\nx\n```\n# not\n```\n> # quoted\n\nFour\n----\nend\n# Five #";

    #[test]
    fn sections_hold_their_subsections() {
        let seen: Vec<_> = sections(BODY).into_iter().map(|s| (s.level, s.heading, s.line, s.text)).collect();
        let three = "x\n```\n# not\n```\n> # quoted\n\n";
        assert_eq!(seen[1], (2, "Two".into(), 4, &*format!("\r\n- a\n### Three\n{three}")));
        assert_eq!(seen[2], (3, "Three".into(), 7, three));
        assert_eq!(seen[3], (2, "Four".into(), 14, "end\n"));
        assert_eq!(seen[4], (1, "Five".into(), 17, ""));
        assert_eq!(seen[0].1, "One code");
        assert!(seen[0].3.starts_with("text\n") && seen[0].3.ends_with("end\n"));
    }

    #[test]
    fn a_section_is_found_by_name() {
        assert_eq!(section(BODY, "four"), Some("end\n"));
        assert_eq!(section(BODY, "not"), None);
        assert_eq!(title(BODY).as_deref(), Some("One code"));
    }
}
