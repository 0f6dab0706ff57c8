//! What is learned from a run: what the agent says it learned, which is a claim, and what went wrong, which cmpm saw itself.

use std::path::Path;

use super::super::cut::tail;
use super::super::land::gates;
use super::super::{Outcome, Run, Runs};
use super::Runner;
use super::status::Failed;
use crate::base::{Id, RepoPath, Result, text};
use crate::document::markdown;
use crate::engine::signature;
use crate::fs::read;
use crate::git::Oid;

/// The heading below which lessons stand, in what an agent says and on the page.
pub const HEADING: &str = "Lessons";
/// More of an agent's lessons than this are not kept.
const MOST: usize = 10;
/// How wide a lesson may be, in columns.
const COLUMNS: usize = 600;
/// How much of what a program printed is looked at.
const OUTPUT_BYTES: u64 = 256 * 1024;
/// How much the next attempt is told of what a failed gate printed, on either stream.
const GATE_BYTES: usize = 1_200;
/// How many breaches it is told of.
const MOST_BREACHES: usize = 20;

/// Files that land together with a run's page.
#[derive(Debug, Default)]
pub struct Learned {
    /// New memories.
    pub files: Vec<(RepoPath, Vec<u8>)>,
    /// The memories of what went wrong, new or known before.
    pub errors: Vec<Id>,
}

/// Makes memories of a run's failures, given the tree that they should become a part of.
pub type LearnErrors<'a> = Box<dyn Fn(&Run, Oid) -> Learned + Send + Sync + 'a>;

/// The lessons in what an agent says: the items below a heading `Lessons`, and lines that begin with `Lesson:`.
pub(in crate::run) fn lessons_in(claim: &str) -> Vec<String> {
    let below = markdown::section(claim, HEADING).unwrap_or_default();
    let elsewhere = claim.lines().filter_map(|line| line.trim().strip_prefix("Lesson:"));
    let mut lessons: Vec<String> = items(below);
    lessons.extend(elsewhere.map(str::to_owned));
    lessons.iter_mut().for_each(|lesson| *lesson = text::fit(&text::one_line(lesson), COLUMNS));
    let mut seen = std::collections::HashSet::new();
    lessons.retain(|lesson| lesson.chars().any(char::is_alphabetic) && seen.insert(lesson.clone()));
    lessons.truncate(MOST);
    lessons
}

/// List items, each with the lines that belong to it; paragraphs where there is no list.
fn items(section: &str) -> Vec<String> {
    let mut items: Vec<String> = Vec::new();
    let mut goes_on = false;
    for line in section.lines().map(str::trim) {
        let item = item_of(line);
        match (item, goes_on) {
            (Some(item), _) => items.push(item.to_owned()),
            (None, true) if !line.is_empty() => items.last_mut().into_iter().for_each(|last| *last = format!("{last} {line}")),
            (None, _) if line.is_empty() || line.starts_with(['#', '<']) || line.starts_with("Lesson:") => {}
            (None, _) => items.push(line.to_owned()),
        }
        goes_on = !line.is_empty();
    }
    items
}

/// What follows the mark of a list item.
fn item_of(line: &str) -> Option<&str> {
    let number = line.trim_start_matches(|c: char| c.is_ascii_digit());
    let numbered = (number.len() < line.len()).then(|| number.strip_prefix(". ").or_else(|| number.strip_prefix(") "))).flatten();
    ["- ", "* ", "+ "].iter().find_map(|mark| line.strip_prefix(mark)).or(numbered)
}

/// The line that says best what went wrong in some texts, without where on this machine it happened.
pub(in crate::run) fn telling_line(texts: &[&str], place: &Path) -> Option<String> {
    let place = format!("{}/", place.display());
    let texts: Vec<String> = texts.iter().map(|text| text.replace(&place, "")).collect();
    signature::telling_line(&texts.iter().map(String::as_str).collect::<Vec<_>>())
}

/// What the agent's program says of itself when it fails: on its standard error, else where it says everything. What an adapter's
/// program prints is for the adapter, which has read the answer off it.
fn last_words(run: &Run, attempt: u32) -> Result<Option<String>> {
    let folder = run.dir.attempt(attempt);
    let answer = if matches!(run.job.runner, Runner::Adapter { .. }) { run.dir.file("claim.md") } else { folder.join("stdout") };
    let text = |file: &Path| -> Result<String> {
        let bytes = if read::exists(file) { read::read_head(file, OUTPUT_BYTES)? } else { Vec::new() };
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    };
    Ok(telling_line(&[&text(&folder.join("stderr"))?, &text(&answer)?], &run.job.worktree))
}

/// What whoever tries again should know: every breach, or the end of what each failed gate printed.
fn failure_detail(run: &Run) -> Result<String> {
    let status = &run.status;
    let mut lines: Vec<String> = status.violations.iter().take(MOST_BREACHES).map(|breach| breach.message.clone()).collect();
    lines.extend(status.violations.len().checked_sub(MOST_BREACHES + 1).map(|more| format!("and {} more", more + 1)));
    let folder = run.dir.attempt(status.attempt);
    let place = format!("{}/", gates::checkout(run).display());
    for (index, gate) in status.gates.iter().enumerate().filter(|(_, gate)| gate.blocking && !gate.passed) {
        lines.push(format!("gate {} (`{}`): {}", gate.name, gate.command, gate.detail.split(';').next().unwrap_or_default()));
        for name in ["stdout", "stderr"] {
            let file = folder.join(format!("gate-{index}")).join(name);
            let text = read::find(&file)?.unwrap_or_default();
            lines.push(tail(&String::from_utf8_lossy(&text).replace(&place, ""), GATE_BYTES));
        }
    }
    lines.retain(|line| !line.is_empty());
    Ok(lines.join("\n"))
}

impl Runs<'_> {
    /// Records that an attempt ended in an error, if it did.
    pub(in crate::run) fn note_failure(&self, run: &mut Run) -> Result<()> {
        let status = &run.status;
        // What a person leaves for later is no error of the agent's.
        let Some(outcome) = status.outcome.filter(|outcome| outcome.is_error() && status.worker.is_agent()) else { return Ok(()) };
        // Nor are marks of conflicts that cmpm's own merge put there.
        if outcome == Outcome::GateFailed && !status.conflicts.is_empty() {
            return Ok(());
        }
        let first = status.violations.first().filter(|_| outcome == Outcome::Denied).map(|breach| breach.message.clone());
        let (attempt, reason) = (status.attempt, first.unwrap_or_else(|| status.reason.clone()));
        let excerpt = match outcome {
            Outcome::GateFailed => status.gates.iter().find(|gate| gate.blocking && !gate.passed).map(|gate| gate.excerpt.clone()),
            // That a program cannot work for now teaches nothing about the project.
            Outcome::AgentFailed if status.stop().is_none() => last_words(run, attempt)?,
            _ => None,
        };
        let (excerpt, detail) = (excerpt.unwrap_or_default(), failure_detail(run)?);
        run.status.failures.retain(|failed| failed.attempt != attempt);
        run.status.failures.push(Failed { attempt, outcome, reason, excerpt, detail, at: Some(self.clock.now()) });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lessons_are_items_paragraphs_and_lines_that_say_so() {
        let claim = "Done.\n\n## Lessons\n\n- Pages are\n  generated.\n* Use `make docs`.\n2. Third\n\nA paragraph.\n\n# End\n\nLesson: last\nLesson: last\n";
        assert_eq!(lessons_in(claim), ["Pages are generated.", "Use `make docs`.", "Third", "A paragraph.", "last"]);
        assert_eq!(lessons_in("## Lessons\n\n## Next\n- not one\n"), Vec::<String>::new());
        assert_eq!(lessons_in("## lessons\n- \u{1b}[31mred\n- ---\n"), ["[31mred"]);
        assert_eq!(lessons_in("> ## Lessons\n> - quoted\n"), Vec::<String>::new());
        let many: String = (0..30).map(|number| format!("- lesson {number}\n")).collect();
        assert_eq!(lessons_in(&format!("# Lessons\n{many}")).len(), MOST);
        assert!(text::width(&lessons_in(&format!("# Lessons\n- {}", "word ".repeat(1000)))[0]) <= COLUMNS);
    }
}
