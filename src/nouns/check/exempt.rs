//! Findings that are nobody's doing: what was wrong before the change, and files that the settings exclude.

use std::collections::HashMap;

use crate::base::glob::Globs;
use crate::base::{Finding, RepoPath, Result};
use crate::config::Config;

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Rule, Severity};

    #[test]
    fn what_was_there_before_is_taken_away_as_often_as_it_was_there() {
        let finding = |message: &str, line| Finding::new(Rule::Role, Severity::Error, RepoPath::parse("a").unwrap(), message).at(line);
        let mut findings = vec![finding("x", 3), finding("x", 5), finding("y", 6)];
        known_before(&mut findings, &[finding("x", 1), finding("z", 2)]);
        assert_eq!(findings, [finding("x", 5), finding("y", 6)]);
    }
}
