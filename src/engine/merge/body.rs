//! The body of a record: line by line as git does, and where that is a conflict, section by section.

use std::collections::HashSet;

use super::guard::{adds_up, contested, has_markers};
use super::hunk::settle;
use super::order::{merged_order, moved_by_both};
use super::three::Three;
use super::weave::{Hunk, Woven, weave, whole};
use crate::document::markdown;

/// Words in headings of sections to which people only add.
const GROWING: &[&str] = &[
    "comment",
    "comments",
    "note",
    "notes",
    "log",
    "history",
    "journal",
    "changelog",
    "activity",
    "progress",
    "update",
    "updates",
    "discussion",
    "worklog",
    "timeline",
    "decisions",
    "learnings",
];

/// Whether people only add to what has this name.
pub(super) fn grows(name: &str) -> bool {
    name.split(|letter: char| !letter.is_alphanumeric()).any(|word| GROWING.contains(&word))
}

/// Merges bodies whose lines end in `\n`.
pub(super) fn merge_body(bodies: &Three<&str>) -> Woven {
    if let Some(text) = bodies.settled() {
        return Woven { text: text.to_owned(), conflicts: 0 };
    }
    let plain = weave(bodies, |_| None);
    if plain.conflicts == 0 {
        // What both moved to different places would be there twice.
        return if adds_up(bodies, &plain.text) { plain } else { whole(bodies) };
    }
    if bodies.map(has_markers) != (Three { base: false, ours: false, theirs: false }) {
        return plain;
    }
    let by_lines = || weave(bodies, |hunk| settle(hunk, false));
    let merged = by_sections(bodies).unwrap_or_else(by_lines);
    let is_better = merged.conflicts == 0 || contested(&merged.text) <= contested(&plain.text);
    if is_better && adds_up(bodies, &merged.text) { merged } else { plain }
}

/// A heading with what stands below it up to the next heading.
struct Section<'a> {
    /// The headings down to this one; empty before the first.
    path: String,
    /// Of its heading; 0 before the first.
    level: u8,
    text: &'a str,
    /// The empty lines after it.
    gap: &'a str,
}

/// `None` where a section is gone on both sides (each may have renamed it), was moved by both, or removed on one side and
/// changed on the other, and where each side wrote a document of its own.
fn by_sections(bodies: &Three<&str>) -> Option<Woven> {
    let sections = bodies.map(sections);
    let names = sections.each().map(|sections| sections.iter().map(|section| section.path.as_str()).collect::<Vec<_>>());
    let is_gone = names.base.iter().any(|name| !names.ours.contains(name) && !names.theirs.contains(name));
    if is_gone || moved_by_both(&names) || are_two_documents(&sections, &names) {
        return None;
    }
    let mut woven = Woven { text: String::new(), conflicts: 0 };
    let mut before: Option<(&str, &Three<Option<&Section<'_>>>)> = None;
    let mut order = merged_order(&names);
    // What stands before the first heading on one side would fall to the section above it anywhere else.
    order.sort_by_key(|name| !name.is_empty());
    let all: Vec<_> = order
        .into_iter()
        .map(|name| (name, sections.each().map(|sections| sections.iter().find(|section| section.path == name))))
        .collect();
    for (name, versions) in &all {
        let Some(merged) = merge_section(name, versions)? else { continue };
        if let Some((last, behind)) = before {
            woven.text.push_str(gap(last, behind, &names));
        }
        woven.text.push_str(&merged.text);
        woven.conflicts += merged.conflicts;
        before = Some((name, versions));
    }
    if let Some((last, versions)) = before {
        let end =
            |side: &[&str], section: Option<&Section<'_>>| section.filter(|_| side.last() == Some(&last)).map(|section| section.gap.len());
        let lines = end(&names.ours, versions.ours).or(end(&names.theirs, versions.theirs)).unwrap_or(0);
        woven.text.push_str(&"\n".repeat(lines));
    }
    Some(woven)
}

/// Whether each side wrote something else into one place: a title, or where there was nothing, a heading.
fn are_two_documents(sections: &Three<Vec<Section<'_>>>, names: &Three<Vec<&str>>) -> bool {
    let is_new = |section: &&Section<'_>, other: &[&str]| {
        section.level == 1 && ![&names.base, other].iter().any(|names| names.contains(&section.path.as_str()))
    };
    let titled = |side: &[Section<'_>], other: &[&str]| side.iter().any(|section| is_new(&section, other));
    let was_blank = sections.base.iter().all(|section| section.text.trim().is_empty());
    let two_titles = titled(&sections.ours, &names.theirs) && titled(&sections.theirs, &names.ours);
    two_titles || was_blank && share_a_place(&names.ours, &names.theirs)
}

/// Whether both have headings of their own between two that both have.
fn share_a_place(ours: &[&str], theirs: &[&str]) -> bool {
    let places = |side: &[&str], other: &[&str]| {
        let mut before = "";
        let mut places = HashSet::new();
        for name in side {
            if other.contains(name) {
                before = name;
            } else {
                places.insert(before.to_owned());
            }
        }
        places
    };
    !places(ours, theirs).is_disjoint(&places(theirs, ours))
}

/// The text of one section; `Some(None)` where it is gone.
fn merge_section(name: &str, versions: &Three<Option<&Section<'_>>>) -> Option<Option<Woven>> {
    let texts = versions.map(|version| version.map(|section| section.text));
    if let Some(text) = texts.settled() {
        return Some(text.map(|text| Woven { text: text.to_owned(), conflicts: 0 }));
    }
    let both = Three { base: texts.base.unwrap_or_default(), ours: texts.ours?, theirs: texts.theirs? };
    let grows = grows(name);
    Some(Some(weave(&both, |hunk: &Hunk<'_>| settle(hunk, grows))))
}

/// The empty lines after a section that another one follows: as on the sides where one does, or one.
fn gap<'a>(name: &str, versions: &Three<Option<&Section<'a>>>, names: &Three<Vec<&str>>) -> &'a str {
    let inner = Three { base: (versions.base, &names.base), ours: (versions.ours, &names.ours), theirs: (versions.theirs, &names.theirs) }
        .map(|(section, names)| section.filter(|_| names.last() != Some(&name)).map(|section| section.gap));
    match (inner.ours, inner.theirs) {
        (Some(ours), Some(theirs)) => inner.settled().flatten().unwrap_or_else(|| ours.max(theirs)),
        (Some(gap), None) | (None, Some(gap)) => gap,
        (None, None) => "\n",
    }
}

fn sections(body: &str) -> Vec<Section<'_>> {
    let found = markdown::sections(body);
    let starts: Vec<usize> = found.iter().map(|section| section.range.start).chain([body.len()]).collect();
    let mut parts = vec![(String::new(), 0, body.get(..starts.first().copied().unwrap_or_default()).unwrap_or_default())];
    let mut open: Vec<(u8, String)> = Vec::new();
    for (section, ends) in found.iter().zip(starts.get(1..).unwrap_or_default()) {
        open.retain(|(level, _)| *level < section.level);
        open.push((section.level, section.heading.trim().to_lowercase()));
        let path = open.iter().map(|(_, heading)| heading.as_str()).collect::<Vec<_>>().join("\n");
        parts.push((path, section.level, body.get(section.range.start..*ends).unwrap_or_default()));
    }
    let mut seen = HashSet::new();
    let parts = parts.into_iter().filter(|(_, _, text)| !text.is_empty());
    parts.map(|(path, level, text)| Section { path: first_free(path, &mut seen), level, ..split_gap(text) }).collect()
}

/// The second section of one name is another one than the first.
fn first_free(mut path: String, seen: &mut HashSet<String>) -> String {
    while !seen.insert(path.clone()) {
        path.push('\0');
    }
    path
}

fn split_gap(text: &str) -> Section<'_> {
    let end = text.trim_end().len();
    let end = text.get(end..).and_then(|rest| rest.find('\n')).map_or(text.len(), |line| end + line + 1);
    let (text, gap) = text.split_at_checked(end).unwrap_or((text, ""));
    Section { path: String::new(), level: 0, text, gap }
}
