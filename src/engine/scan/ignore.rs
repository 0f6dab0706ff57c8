//! Findings that people looked at and accepted: the fingerprints in `.gitleaksignore`.

use std::collections::HashSet;

/// The fingerprints of a file: `path:rule:line`, or `commit:path:rule:line` for one commit only.
#[derive(Debug, Default)]
pub(super) struct Ignored(HashSet<String>);

impl Ignored {
    pub(super) fn parse(text: &str) -> Self {
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        Self(lines.map(|line| line.trim_start_matches("./").to_owned()).collect())
    }

    pub(super) fn has(&self, commit: Option<&str>, fingerprint: &str) -> bool {
        !self.0.is_empty()
            && (self.0.contains(fingerprint) || commit.is_some_and(|commit| self.0.contains(&format!("{commit}:{fingerprint}"))))
    }
}
