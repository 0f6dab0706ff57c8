//! Findings that are nobody's doing: what was wrong before the change, and files that the settings exclude.

use std::collections::HashMap;

use crate::base::glob::Globs;
use crate::base::{Finding, RepoPath, Result, Rule, Severity};
use crate::config::Config;
use crate::document::Document;
use crate::nouns::ticket::is_as_it_came;

use super::scope::Scope;

/// What makes two findings the same, wherever in the file they are.
pub(super) type Key = (RepoPath, String, String);

pub(super) fn key(finding: &Finding) -> Key {
    (finding.path.clone(), finding.rule.clone(), finding.message.clone())
}

/// Takes away what was found in the same file before, once for each time it was found there; lines may have moved.
pub(super) fn known_before(findings: &mut Vec<Finding>, earlier: &[Finding]) {
    let mut known: HashMap<Key, usize> = HashMap::new();
    for finding in earlier {
        *known.entry(key(finding)).or_default() += 1;
    }
    findings.retain(|finding| match known.get_mut(&key(finding)) {
        Some(times) if *times > 0 => {
            *times -= 1;
            false
        }
        _ => true,
    });
}

/// Takes away what was found in files that `check.exclude` names.
pub(super) fn excluded(findings: &mut Vec<Finding>, config: &Config) -> Result<()> {
    if findings.is_empty() {
        return Ok(());
    }
    let globs = Globs::parse(&config.check.exclude)?;
    findings.retain(|finding| !globs.matches(&finding.path));
    Ok(())
}

/// What was wrong with a text where it came from is nobody's doing here, and does not keep the import from being committed. This
/// holds for what is only untidy, and only below the keys: those are written here.
pub(super) fn as_it_came(scope: &Scope<'_>, findings: &mut [Finding]) -> Result<()> {
    for same in findings.chunk_by_mut(|one, other| one.path == other.path) {
        let is_untidy = |finding: &&mut Finding| {
            let rules = [Rule::BrokenLink, Rule::ConflictMarker, Rule::ConflictMarkers];
            finding.severity == Severity::Error && rules.iter().any(|rule| finding.rule == rule.name())
        };
        let mut untidy: Vec<&mut Finding> = same.iter_mut().filter(is_untidy).collect();
        let Some(path) = untidy.first().map(|finding| finding.path.clone()) else { continue };
        let is_new = || scope.changed.iter().any(|file| file.path == path && file.old.is_none());
        // A memory does not say what its text was, only that nobody has verified it.
        let is_imported = |document: &Document| document.text("tainted").as_deref() == Some("import") && is_new();
        let is_same = |document: &Document| is_as_it_came(&path, document) || is_imported(document);
        let Some(document) = scope.snapshot.read(&path)?.map(Document::parse).filter(is_same) else { continue };
        for finding in untidy.iter_mut().filter(|finding| finding.line >= Some(document.body_line())) {
            finding.severity = Severity::Warning;
            finding.hint =
                Some("an import brought it, so it keeps nothing from being committed; correct it here when it matters".to_owned());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_there_before_is_taken_away_as_often_as_it_was_there() {
        let finding = |message: &str, line| Finding::new(Rule::Role, Severity::Error, RepoPath::parse("a").unwrap(), message).at(line);
        let mut findings = vec![finding("x", 3), finding("x", 5), finding("y", 6)];
        known_before(&mut findings, &[finding("x", 1), finding("z", 2)]);
        assert_eq!(findings, [finding("x", 5), finding("y", 6)]);
    }
}
