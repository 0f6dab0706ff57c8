//! Text that shows nothing: for people it is not there, for agents it is.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::base::hidden::{self, Hidden};
use crate::base::{Finding, RepoPath, Rule, Severity, text};
use crate::engine::policy::instructs;
use crate::engine::scan::readable;

pub(super) fn find(path: &RepoPath, bytes: &[u8]) -> Vec<Finding> {
    if bytes.is_ascii() {
        return Vec::new();
    }
    let (text, is_strict) = (readable(bytes), instructs(path));
    // What is no text, such as a picture, hides nothing; a file that instructs agents is read whatever is in it.
    let text = match std::str::from_utf8(&text) {
        Ok(text) => text.into(),
        Err(_) if is_strict => String::from_utf8_lossy(&text),
        Err(_) => return Vec::new(),
    };
    let mut found: BTreeMap<(&str, u32), usize> = BTreeMap::new();
    let mut first: BTreeMap<&str, u32> = BTreeMap::new();
    for (line, text) in (1..).zip(text.trim_start_matches('\u{feff}').lines()) {
        // Programs that remove a byte order mark name it.
        let text = if is_strict { Cow::Borrowed(text) } else { Cow::Owned(text.replace('\u{feff}', "")) };
        for kind in kinds(&text) {
            let first = *first.entry(kind).or_insert(line);
            *found.entry((kind, if is_strict { line } else { first })).or_default() += 1;
        }
    }
    let found = found.into_iter().map(|((kind, line), count)| {
        let severity = if kind == name(Hidden::Tag) || is_strict { Severity::Error } else { Severity::Warning };
        let message = format!("{kind} ({})", text::plural(count, "character"));
        Finding::new(Rule::HiddenText, severity, path.clone(), message).at(line).hint("remove them, with an editor that shows them")
    });
    found.collect()
}

/// The same of a text that is no file, such as a message. There characters that steer a terminal count as well.
pub(super) fn said(text: &str, what: &str) -> Vec<Finding> {
    let mut found: BTreeMap<&str, usize> = BTreeMap::new();
    for line in text.lines() {
        let steering = line.chars().filter(|c| c.is_control() && !matches!(c, '\t' | '\r'));
        for kind in kinds(line).chain(steering.map(|_| "control characters")) {
            *found.entry(kind).or_default() += 1;
        }
    }
    let found = found.into_iter().map(|(kind, count)| {
        let severity = if kind == name(Hidden::Tag) { Severity::Error } else { Severity::Warning };
        let message = format!("{kind} ({}) in {what}", text::plural(count, "character"));
        Finding::new(Rule::HiddenText, severity, RepoPath::default(), message).hint("write it again without them")
    });
    found.collect()
}

fn kinds(line: &str) -> impl Iterator<Item = &'static str> + '_ {
    // A soft hyphen says where a word may be broken; marks of direction turn nothing but themselves.
    hidden::find(line).filter(|(_, c, _)| !matches!(c, '\u{ad}' | '\u{200e}' | '\u{200f}')).map(|(.., kind)| name(kind))
}

const fn name(kind: Hidden) -> &'static str {
    match kind {
        Hidden::Tag => "Unicode tags",
        Hidden::Bidi => "characters that turn the direction of the text",
        Hidden::ZeroWidth => "zero-width characters",
        Hidden::Selector => "variation selectors",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_instruct_agents_are_stricter() {
        let severity = |path: &str, text: &str| find(&RepoPath::parse(path).unwrap(), text.as_bytes())[0].severity;
        for path in ["AGENTS.md", "web/CLAUDE.md", ".claude/skills/a/SKILL.md", ".cmpm/agents/x.md", ".github/copilot-instructions.md"] {
            assert_eq!(severity(path, "a\u{200b}b"), Severity::Error, "{path}");
        }
        assert_eq!(severity("README.md", "a\u{200b}b"), Severity::Warning);
        assert_eq!(severity("README.md", "a\u{e0041}b"), Severity::Error);
    }

    #[test]
    fn a_file_is_told_with_what_it_hides() {
        let said = |text: &[u8]| -> Vec<(Option<u32>, String)> {
            find(&RepoPath::of("a.md"), text).into_iter().map(|finding| (finding.line, finding.message)).collect()
        };
        assert_eq!(said("a\nb\u{e0064}\u{e006f}\n".as_bytes()), [(Some(2), "Unicode tags (2 characters)".to_owned())]);
        let wide: Vec<u8> = "\u{feff}a\u{200b}".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(said(&wide), [(Some(1), "zero-width characters (1 character)".to_owned())]);
        assert_eq!(said("a\u{200b}\nb\n\u{200b}".as_bytes()), [(Some(1), "zero-width characters (2 characters)".to_owned())]);
        assert_eq!(said(b"\x89PNG\r\n\0\0 \xe2\x80\x8b \xff"), []);
        assert_eq!(said("text.replace(/^\u{feff}/, '')".as_bytes()), []);
        assert_eq!(said("\u{feff}a mark at the start, a soft\u{ad}hyphen, \u{5d0}\u{200f}".as_bytes()), []);
    }
}
