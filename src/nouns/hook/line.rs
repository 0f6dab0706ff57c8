//! cmpm's line in a hook: where it goes, and how it comes out again with every other byte as it was. Pure.

use std::ops::Range;

use super::model::HookName;

const CHECK: &str = include_str!("../../../hooks/check.sh");
/// git writes to it what is pushed, which whoever comes after it wants too.
const PUSH: &str = include_str!("../../../hooks/push.sh");
const NOTICE: &str = include_str!("../../../hooks/notice.sh");
/// By which the line is known, whatever version of cmpm wrote it.
const MARK: &[u8] = b"# cmpm:hook";
/// Programs that understand the line.
const SHELLS: [&str; 7] = ["sh", "bash", "dash", "ash", "ksh", "zsh", "mksh"];

/// The line for a hook, without its end.
pub fn line(hook: HookName) -> String {
    let text = match hook {
        HookName::PrePush => PUSH,
        _ if hook.can_refuse() => CHECK,
        _ => NOTICE,
    };
    text.trim_end().replace("{hook}", hook.as_str())
}

/// Whether a shell runs this file; no `#!` counts, because git falls back to a shell.
pub fn is_shell(text: &[u8]) -> bool {
    if text.contains(&0) || std::str::from_utf8(text).is_err() {
        return false;
    }
    let first = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let Some(command) = first.strip_prefix(b"#!") else { return true };
    let command = String::from_utf8_lossy(command).into_owned();
    let words = command.split_whitespace().map(|word| word.rsplit('/').next().unwrap_or(word));
    // `#!/usr/bin/env -S bash -e`
    words.filter(|word| !matches!(*word, "env" | "busybox") && !word.starts_with('-')).take(1).any(|word| SHELLS.contains(&word))
}

/// The text with the line in it, and what exactly was put in.
pub fn insert(text: &[u8], line: &str) -> (Vec<u8>, String) {
    let at = head(text);
    let (before, after) = text.split_at_checked(at).unwrap_or((text, b""));
    let end = if before.ends_with(b"\r\n") { "\r\n" } else { "\n" };
    let apart = if before.is_empty() || before.ends_with(b"\n") { "" } else { end };
    let inserted = format!("{apart}{line}{end}");
    ([before, inserted.as_bytes(), after].concat(), inserted)
}

/// The marked line with its end, if there is one.
pub fn find(text: &[u8]) -> Option<Range<usize>> {
    let mut at = 0;
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        if line.trim_ascii_end().ends_with(MARK) {
            return Some(at..at + line.len());
        }
        at += line.len();
    }
    None
}

/// The text without what was put in, or without the marked line if that changed since; `None` if neither is there.
pub fn without(text: &[u8], inserted: Option<&str>) -> Option<Vec<u8>> {
    let recorded = inserted.map(str::as_bytes).filter(|wanted| !wanted.is_empty()).and_then(|wanted| {
        let start = text.windows(wanted.len()).position(|window| window == wanted)?;
        Some(start..start + wanted.len())
    });
    let range = recorded.or_else(|| find(text))?;
    Some([text.get(..range.start)?, text.get(range.end..)?].concat())
}

/// Whether nothing that could end the hook stands before the line.
pub fn is_first(text: &[u8]) -> bool {
    find(text).is_some_and(|range| {
        let above = text.get(head(text)..range.start).unwrap_or_default();
        above.split(|byte| *byte == b'\n').all(|line| line.trim_ascii().is_empty() || line.trim_ascii_start().starts_with(b"#"))
    })
}

/// The end of `#!`, and of husky's own first line: it starts the hook a second time, and what is above it would run twice.
fn head(text: &[u8]) -> usize {
    let mut end = 0;
    let mut at = 0;
    for (line, number) in text.split_inclusive(|byte| *byte == b'\n').zip(0_usize..) {
        at += line.len();
        let starts_husky = (line.starts_with(b". ") || line.starts_with(b"source ")) && String::from_utf8_lossy(line).contains("husky.sh");
        if starts_husky || (number == 0 && line.starts_with(b"#!")) {
            end = at;
        }
    }
    end
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LINE: &str = "cmpm # cmpm:hook";

    fn inserted(text: &str) -> String {
        String::from_utf8(insert(text.as_bytes(), LINE).0).unwrap()
    }

    #[test]
    fn the_line_comes_before_anything_that_could_end_the_hook() {
        assert_eq!(inserted("#!/bin/sh\nexit 0\n"), "#!/bin/sh\ncmpm # cmpm:hook\nexit 0\n");
        assert_eq!(inserted("exec true"), "cmpm # cmpm:hook\nexec true");
        assert_eq!(inserted("#!/bin/sh"), "#!/bin/sh\ncmpm # cmpm:hook\n");
        assert_eq!(inserted("#!/bin/sh\r\na\r\n"), "#!/bin/sh\r\ncmpm # cmpm:hook\r\na\r\n");
        let husky = "#!/usr/bin/env sh\n. \"$(dirname -- \"$0\")/_/husky.sh\"\n";
        assert_eq!(inserted(&format!("{husky}\nnpm test\n")), format!("{husky}cmpm # cmpm:hook\n\nnpm test\n"));
    }

    #[test]
    fn a_line_behind_others_may_never_be_reached() {
        assert!(is_first(b"#!/bin/sh\n# note\n\nx # cmpm:hook\nexit\n"));
        assert!(!is_first(b"#!/bin/sh\nexit 0\nx # cmpm:hook\n"));
        assert!(!is_first(b"#!/bin/sh\n"));
    }

    #[test]
    fn shells_are_known_by_their_first_line() {
        for first in ["#!/bin/sh", "#! /bin/bash -e", "#!/usr/bin/env bash", "#!/usr/bin/env -S zsh -f", "#!/bin/busybox sh", "echo"] {
            assert!(is_shell(first.as_bytes()), "{first}");
        }
        for first in ["#!/usr/bin/env python3", "#!/usr/bin/env fish", "#!/usr/bin/perl", "\u{0}ELF", "#!"] {
            assert!(!is_shell(first.as_bytes()), "{first}");
        }
    }

    #[test]
    fn a_line_that_was_edited_comes_out_whole() {
        assert_eq!(without(b"#!/bin/sh\nmine cmpm # cmpm:hook\nb\n", Some("cmpm # cmpm:hook\n2")), Some(b"#!/bin/sh\nb\n".to_vec()));
        assert_eq!(without(b"#!/bin/sh\n", Some("gone\n")), None);
    }

    proptest! {
        #[test]
        fn what_goes_in_comes_out_again(text in "(#!/bin/sh)?[a-z#\r\n .\"]{0,40}") {
            let (with, inserted) = insert(text.as_bytes(), LINE);
            prop_assert!(is_first(&with));
            prop_assert_eq!(without(&with, Some(&inserted)), Some(text.into_bytes()));
        }
    }
}
