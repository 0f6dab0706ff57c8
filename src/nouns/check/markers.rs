//! What a merge left open: conflict markers that somebody forgot to take out, and files that nobody added.

use crate::base::{Finding, RepoPath, Rule, Severity};
use crate::document::{Reading, conflicts};
use crate::store::{Snapshot, not_finished};

use super::scope::Scope;

/// What a merge left to choose from, one finding each.
pub(super) fn find(path: &RepoPath, bytes: &[u8]) -> Vec<Finding> {
    if !["<<<<<<< ", ">>>>>>> "].iter().any(|mark| memchr::memmem::find(bytes, mark.as_bytes()).is_some()) {
        return Vec::new();
    }
    let text = String::from_utf8_lossy(bytes);
    let found = conflicts(&text, Reading::of(&path.name(), &text));
    let finding = |line: u32, message: &str| {
        let finding = Finding::new(Rule::ConflictMarker, Severity::Error, path.clone(), message).at(line);
        finding.hint("keep what is right from both sides and remove the marker lines")
    };
    let whole = found.whole.iter().map(|conflict| {
        let key = conflict.key.as_ref().map(|key| format!(" in `{key}`")).unwrap_or_default();
        finding(conflict.line, &format!("an unresolved conflict{key}"))
    });
    let stray = found.stray.iter().map(|line| finding(*line, "a conflict marker without its other half"));
    whole.chain(stray).collect()
}

/// Files of which the index still holds the versions of both sides: nobody has said yet what comes of them.
pub(super) fn unmerged(scope: &Scope<'_>) -> Vec<Finding> {
    let Snapshot::Index(_, staged) = scope.snapshot else { return Vec::new() };
    staged.unmerged.iter().map(not_finished).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_conflict_is_found_once_and_headings_are_not() {
        let lines = |text: &str| -> Vec<u32> {
            find(&RepoPath::parse("a").unwrap(), text.as_bytes()).iter().filter_map(|finding| finding.line).collect()
        };
        let conflict = ["a", "<<<<<<< HEAD", "b", "=======", "c", ">>>>>>> main", ""].join("\r\n");
        assert_eq!(lines(&conflict), [2]);
        assert_eq!(lines(&conflict.replace("HEAD", "HEAD cmpm:allow")), [6]);
        let open = "  # <<<<<<< ours\n  # a: b\n  # =======\n  # a: c\n  # >>>>>>> theirs\n";
        assert_eq!((lines(&format!("---\n{open}---\n")), lines(open)), (vec![2], vec![]));
        assert_eq!(lines("Title\n=======\n\n>>>>>>> quoted deep\n"), [4]);
        assert_eq!(lines(">>>>>>> quoted deep\nTitle\n=======\n<<<<<<<\n a <<<<<<< b\n"), [0_u32; 0]);
    }
}
