//! Where comments on the work of a run stand by now: each attempt may move their lines, change them or take them away.

use schemars::JsonSchema;
use serde::Serialize;

use super::super::{Run, Runs};
use super::review::ReviewComment;
use crate::base::Result;
use crate::git::changed_lines;

/// How many lines that a comment speaks of are repeated with it.
const QUOTED: usize = 12;

/// A comment, and where its lines stand in the work as it is now.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct PlacedComment {
    #[serde(flatten)]
    pub comment: ReviewComment,
    /// The first of its lines as the work is now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub now: Option<u32>,
    /// Whether what it is about was changed or is gone.
    pub outdated: bool,
}

impl PlacedComment {
    /// Where it stands now, in words.
    pub fn place(&self) -> String {
        let was = if self.outdated { ", which has changed since" } else { "" };
        format!("{}{was}", self.comment.place(self.now.or(self.comment.line)))
    }

    /// The lines it is about, and what it says.
    pub(in crate::run) fn told(&self) -> String {
        let first = self.now.or(self.comment.line).unwrap_or(1);
        let lines = self.comment.lines.iter().take(QUOTED).zip(first..).map(|(line, number)| format!("{number} | {line}\n"));
        let lines: String = lines.collect();
        if lines.is_empty() { self.comment.text.clone() } else { format!("{lines}\n{}", self.comment.text) }
    }
}

impl Runs<'_> {
    /// The same, each with where its lines stand now.
    pub fn placed_comments(&self, run: &Run) -> Result<Vec<PlacedComment>> {
        self.review_comments(run)?.into_iter().map(|comment| self.placed(run, comment)).collect()
    }

    fn placed(&self, run: &Run, comment: ReviewComment) -> Result<PlacedComment> {
        let Some(path) = &comment.path else { return Ok(PlacedComment { comment, now: None, outdated: false }) };
        let file = self.version(run, path, comment.side)?;
        let Some(line) = comment.line else { return Ok(PlacedComment { outdated: file.is_none(), comment, now: None }) };
        let now = match file {
            Some((oid, _)) if comment.oid == Some(oid) => Some(line),
            Some((_, bytes)) => {
                let then = comment.oid.and_then(|oid| self.repository.read_blob(oid).ok());
                let then = then.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
                find_lines(&comment, &String::from_utf8_lossy(&bytes), then.as_deref())
            }
            None => None,
        };
        Ok(PlacedComment { outdated: now.is_none(), comment, now })
    }
}

/// The line at which the lines of a comment begin in the file as it is `now`: where they were moved to by what changed around them,
/// else the only place that has the same.
pub(super) fn find_lines(comment: &ReviewComment, now: &str, then: Option<&str>) -> Option<u32> {
    let (line, lines) = (comment.line?.checked_sub(1)? as usize, &comment.lines);
    let now: Vec<&str> = now.lines().collect();
    let is_at = |at: &usize| !lines.is_empty() && now.get(*at..*at + lines.len()).is_some_and(|there| there.iter().eq(lines.iter()));
    let moved = match then {
        Some(then) => shifted(&then.lines().collect::<Vec<_>>(), &now, line),
        None => Some(line),
    };
    let found = moved.filter(is_at).or_else(|| {
        let mut places = (0..now.len()).filter(is_at);
        places.next().filter(|_| places.next().is_none())
    });
    found.and_then(|at| u32::try_from(at + 1).ok())
}

/// Where a line is after a change; `None` if it was changed itself.
fn shifted(old: &[&str], new: &[&str], line: usize) -> Option<usize> {
    let changes = changed_lines(old, new);
    if changes.iter().any(|change| change.old.contains(&line)) {
        return None;
    }
    let before = || changes.iter().filter(|change| change.old.end <= line);
    let (added, removed): (usize, usize) =
        before().fold((0, 0), |(added, removed), change| (added + change.new.len(), removed + change.old.len()));
    (line + added).checked_sub(removed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on(line: u32, lines: &[&str]) -> ReviewComment {
        let lines: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
        let end = Some(line + u32::try_from(lines.len()).unwrap() - 1).filter(|end| *end > line);
        serde_json::from_value(serde_json::json!({
            "number": 1, "path": "a", "line": line, "end": end, "lines": lines, "text": "x", "by": "y", "verified": true,
            "at": "2026-01-31T12:00:00Z", "attempt": 1,
        }))
        .unwrap()
    }

    #[test]
    fn lines_are_found_where_they_went() {
        let then = "a\n}\nb\n}\nc\n";
        for (now, line, lines, wanted) in [
            ("a\n}\nb\n}\nc\n", 4, vec!["}"], Some(4)),
            ("new\na\n}\nb\n}\nc\n", 4, vec!["}"], Some(5)),
            ("a\nb\n}\nc\n", 4, vec!["}"], Some(3)),
            // Changed: an equal line elsewhere is another one, unless there is only one.
            ("a\n}\nb\nx\nc\n}\nd\n", 4, vec!["}"], None),
            ("c\na\n}\nb\n}\n", 5, vec!["c"], Some(1)),
            ("a\nb\n}\nc\n", 3, vec!["b", "}"], Some(2)),
            ("a\n", 3, vec!["b", "}"], None),
        ] {
            assert_eq!(find_lines(&on(line, &lines), now, Some(then)), wanted, "{now:?} {line}");
        }
        // What is there is not known: the same line, else the only one.
        assert_eq!(find_lines(&on(2, &["}"]), then, None), Some(2));
        assert_eq!(find_lines(&on(2, &["c"]), then, None), Some(5));
        assert_eq!(find_lines(&on(1, &["}"]), then, None), None);
    }
}
