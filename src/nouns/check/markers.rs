//! What a merge left open: conflict markers that somebody forgot to take out, and files that nobody added.

use std::ops::Range;

use crate::base::{Finding, RepoPath, Rule, Severity};
use crate::document::{Document, markdown};
use crate::store::Snapshot;

use super::links::is_page;
use super::scope::Scope;

/// The lines that a merge left. `=======` alone underlines a heading in many documents and says nothing, and what stands in the
/// code of a page is documentation.
pub(super) fn find(path: &RepoPath, bytes: &[u8]) -> Vec<Finding> {
    if !["<<<<<<< ", ">>>>>>> "].iter().any(|mark| memchr::memmem::find(bytes, mark.as_bytes()).is_some()) {
        return Vec::new();
    }
    let mut findings = Vec::new();
    let mut has_middle = false;
    let (text, keys) = read(path, bytes);
    for ((line, raw), number) in text.lines().zip(bytes.split(|byte| *byte == b'\n')).zip(1_u32..) {
        let line = in_comment(line).filter(|_| keys.contains(&number)).unwrap_or(line);
        // A conflict may begin or end in the middle of code.
        has_middle |= line == "=======" || raw.starts_with(b"=======");
        let begins = line.starts_with("<<<<<<< ");
        // `>>>>>>> ` alone could be a quotation of a quotation.
        let ends = line.starts_with(">>>>>>> ") && has_middle;
        if (begins || ends) && !line.contains("cmpm:allow") {
            let message = if begins { "an unresolved conflict begins here" } else { "an unresolved conflict ends here" };
            let finding = Finding::new(Rule::ConflictMarker, Severity::Error, path.clone(), message).at(number);
            findings.push(finding.hint("keep what is right from both sides and remove the marker lines"));
        }
    }
    findings
}

/// The text without what is documentation, and the lines (from 1) that are keys.
fn read(path: &RepoPath, bytes: &[u8]) -> (String, Range<u32>) {
    if !is_page(path) {
        let is_yaml = [".yaml", ".yml"].iter().any(|ending| path.name().ends_with(ending)) || bytes.trim_ascii_start().starts_with(b"---");
        return (String::from_utf8_lossy(bytes).into_owned(), if is_yaml { 1..u32::MAX } else { 0..0 });
    }
    let page = Document::parse(bytes.to_vec());
    let head = page.as_str().strip_suffix(page.body()).unwrap_or_default();
    (format!("{head}{}", markdown::without_code(page.body())), 1..page.body_line())
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
fn in_comment(line: &str) -> Option<&str> {
    line.trim_ascii_start().strip_prefix("# ").filter(|text| matches!(*text, "<<<<<<< ours" | ">>>>>>> theirs" | "======="))
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
        let page = |text: &str| {
            find(&RepoPath::parse("a.md").unwrap(), text.as_bytes()).iter().filter_map(|finding| finding.line).collect::<Vec<_>>()
        };
        let code = format!("---\na: b\n---\n```\n{conflict}```\n\n    # <<<<<<< ours\n");
        assert_eq!((page(&code), page(&format!("---\n{open}---\n{conflict}"))), (vec![], vec![2, 6, 9, 13]));
        assert_eq!(page("```\n<<<<<<< HEAD\na\n=======\n```\n\n>>>>>>> main\n"), [7], "a conflict that ends outside");
        assert_eq!(lines("Title\n=======\n\n>>>>>>> quoted deep\n"), [4]);
        assert_eq!(lines(">>>>>>> quoted deep\nTitle\n=======\n<<<<<<<\n a <<<<<<< b\n"), [0_u32; 0]);
    }
}
