//! The name that a ticket has in another tracker, where it came from there.

use serde_json::Value as Json;

use super::super::file::draft::Draft;

/// The id and the address of a ticket in `system`.
pub fn place_in<'a>(draft: &'a Draft, system: &str) -> Option<(&'a str, Option<&'a str>)> {
    let entry = draft.external.iter().find(|entry| entry.get("system").and_then(Json::as_str) == Some(system))?;
    Some((entry.get("id").and_then(Json::as_str)?, entry.get("url").and_then(Json::as_str)))
}

fn is_heading(text: &str, heading: &str) -> bool {
    text.lines().next().is_some_and(|line| line.trim_end().strip_prefix("## ") == Some(heading))
}

/// The text below each of these `## Heading`s, up to the next of them; written exactly so, because a description may have
/// headings that nearly say the same.
pub fn sections<'a>(body: &'a str, headings: &[&str]) -> Vec<Option<&'a str>> {
    let found = crate::document::markdown::sections(body);
    let mut starts: Vec<(usize, usize, usize)> = Vec::new();
    for (index, heading) in headings.iter().enumerate() {
        let section = found.iter().find(|section| is_heading(body.get(section.range.clone()).unwrap_or_default(), heading));
        starts.extend(section.map(|section| (section.range.start, section.range.end - section.text.len(), index)));
    }
    starts.sort_unstable();
    let mut texts = vec![None; headings.len()];
    for (at, (_, text, index)) in starts.iter().enumerate() {
        let end = starts.get(at + 1).map_or(body.len(), |next| next.0);
        if let (Some(slot), Some(text)) = (texts.get_mut(*index), body.get(*text..end)) {
            *slot = Some(text.trim_matches(['\n', '\r']).trim_end());
        }
    }
    // What stands above the first of them belongs to the first of all.
    let above = body.get(..starts.first().map_or(body.len(), |first| first.0)).unwrap_or_default().trim();
    if let (Some(slot @ None), false) = (texts.first_mut(), above.is_empty()) {
        *slot = Some(above);
    }
    texts
}
