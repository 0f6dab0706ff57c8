//! What a merge left open: conflict markers that somebody forgot to take out, and files that nobody added.

use crate::base::{Finding, RepoPath, Rule, Severity};
use crate::store::Snapshot;

use super::scope::Scope;

/// The lines that a merge left. `=======` alone underlines a heading in many documents and says nothing.
pub(super) fn find(path: &RepoPath, bytes: &[u8]) -> Vec<Finding> {
    if !["<<<<<<< ", ">>>>>>> "].iter().any(|mark| memchr::memmem::find(bytes, mark.as_bytes()).is_some()) {
        return Vec::new();
    }
    let mut findings = Vec::new();
    let mut has_middle = false;
    let has_keys = bytes.trim_ascii_start().starts_with(b"---") || path.name().ends_with(".yaml") || path.name().ends_with(".yml");
    for (line, number) in bytes.split(|byte| *byte == b'\n').zip(1_u32..) {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let line = in_comment(line).filter(|_| has_keys).unwrap_or(line);
        has_middle |= line == b"=======";
        let begins = line.starts_with(b"<<<<<<< ");
        // `>>>>>>> ` alone could be a quotation of a quotation.
        let ends = line.starts_with(b">>>>>>> ") && has_middle;
        if (begins || ends) && memchr::memmem::find(line, b"cmpm:allow").is_none() {
            let message = if begins { "an unresolved conflict begins here" } else { "an unresolved conflict ends here" };
            let finding = Finding::new(Rule::ConflictMarker, Severity::Error, path.clone(), message).at(number);
            findings.push(finding.hint("keep what is right from both sides and remove the marker lines"));
        }
    }
    findings
}

/// Files of which the index still holds the versions of both sides: nobody has said yet what comes of them.
pub(super) fn unmerged(scope: &Scope<'_>) -> Vec<Finding> {
    let Snapshot::Index(_, staged) = scope.snapshot else { return Vec::new() };
    let open = |path: &RepoPath| {
        let finding = Finding::new(Rule::Unmerged, Severity::Error, path.clone(), "the merge of this file is not finished");
        finding.hint("write what is right from both sides, then `git add` it")
    };
    staged.unmerged.iter().map(open).collect()
}

/// What `cmpm merge-driver` writes next to a key of front matter: the markers as comments.
fn in_comment(line: &[u8]) -> Option<&[u8]> {
    line.trim_ascii_start().strip_prefix(b"# ").filter(|text| matches!(*text, b"<<<<<<< ours" | b">>>>>>> theirs" | b"======="))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ends_of_a_conflict_are_found_and_headings_are_not() {
        let lines = |text: &str| -> Vec<u32> {
            find(&RepoPath::parse("a").unwrap(), text.as_bytes()).iter().filter_map(|finding| finding.line).collect()
        };
        let conflict = ["a", "<<<<<<< HEAD", "b", "=======", "c", ">>>>>>> main", ""].join("\r\n");
        assert_eq!(lines(&conflict), [2, 6]);
        assert_eq!(lines(&conflict.replace("HEAD", "HEAD cmpm:allow")), [6]);
        let open = "  # <<<<<<< ours\n  # a: b\n  # =======\n  # a: c\n  # >>>>>>> theirs\n";
        assert_eq!((lines(&format!("---\n{open}---\n")), lines(open)), (vec![2, 6], vec![]));
        assert_eq!(lines("Title\n=======\n\n>>>>>>> quoted deep\n"), [4]);
        assert_eq!(lines(">>>>>>> quoted deep\nTitle\n=======\n<<<<<<<\n a <<<<<<< b\n"), [0_u32; 0]);
    }
}
