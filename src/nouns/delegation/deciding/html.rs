//! A review as one web page that needs nothing else: the page and the diff. Whatever a run, a ticket or a file says is escaped, and
//! the page allows no program and no other address.

use minijinja::Environment;
use minijinja::value::Serde;
use serde::Serialize;
use serde_json::json;

use crate::base::text;
use crate::git::FileStat;

const PAGE: &str = include_str!("../../../../templates/review.html");

/// So many lines of a diff are shown, and so many of a file unfolded.
const MOST_LINES: usize = 20_000;
const UNFOLDED: usize = 500;

/// A part of the page: a text or a list.
#[derive(Debug, Serialize)]
pub struct Part {
    pub title: &'static str,
    pub text: String,
    pub items: Vec<String>,
}

/// What the page says of a run.
pub struct Sheet<'a> {
    /// Run, ticket, agent, runner, target.
    pub names: [&'a str; 5],
    pub title: &'a str,
    /// How it ended, and the class of the colour that this has.
    pub outcome: (&'a str, &'static str),
    pub reason: &'a str,
    pub parts: Vec<Part>,
    pub files: &'a [FileStat],
    /// As `git diff` shows it, without colours.
    pub diff: &'a str,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
struct File {
    name: String,
    open: bool,
    lines: Vec<Line>,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
struct Line {
    kind: &'static str,
    old: String,
    new: String,
    text: String,
}

pub fn render(sheet: &Sheet<'_>) -> String {
    let (mut diff, total) = (files_of(sheet.diff), sheet.diff.lines().count());
    let mut room = MOST_LINES;
    for file in &mut diff {
        file.lines.truncate(room);
        room -= file.lines.len();
        file.open = file.lines.len() <= UNFOLDED;
    }
    let left_out = if room == 0 && total > MOST_LINES { text::plural(total - MOST_LINES, "line") } else { String::new() };
    let [run, ticket, agent, runner, target] = sheet.names.map(text::one_line);
    let values = json!({
        "run": run, "ticket": ticket, "agent": agent, "runner": runner, "target": target,
        "title": text::one_line(sheet.title),
        "outcome": sheet.outcome.0,
        "tone": sheet.outcome.1,
        "reason": text::one_line(sheet.reason),
        "parts": sheet.parts,
        "files": sheet.files,
        "diff": diff,
        "left_out": left_out,
    });
    let mut environment = Environment::new();
    // The name decides that everything is escaped.
    let template = environment.add_template("review.html", PAGE).and_then(|()| environment.get_template("review.html"));
    template.and_then(|page| page.render(Serde(&values))).unwrap_or_default()
}

/// A diff cut into its files, with the numbers of its lines on both sides.
fn files_of(diff: &str) -> Vec<File> {
    let mut files: Vec<File> = Vec::new();
    let (mut old, mut new) = (0_usize, 0_usize);
    let mut is_head = true;
    for line in diff.lines() {
        if let Some(names) = line.strip_prefix("diff --git ") {
            files.push(File { name: text::printable(names), open: true, lines: Vec::new() });
            is_head = true;
            continue;
        }
        let Some(file) = files.last_mut() else { continue };
        if let Some((before, after)) = hunk(line) {
            (old, new, is_head) = (before, after, false);
            file.add("hunk", (None, None), line);
            continue;
        }
        match (is_head, line.chars().next()) {
            (true, _) => file.head(line),
            (false, Some('+')) => {
                file.add("add", (None, Some(new)), line);
                new += 1;
            }
            (false, Some('-')) => {
                file.add("del", (Some(old), None), line);
                old += 1;
            }
            (false, Some('\\')) => file.add("note", (None, None), line),
            (false, _) => {
                file.add("same", (Some(old), Some(new)), line);
                (old, new) = (old + 1, new + 1);
            }
        }
    }
    files
}

impl File {
    fn add(&mut self, kind: &'static str, (old, new): (Option<usize>, Option<usize>), line: &str) {
        let number = |number: Option<usize>| number.map(|number| number.to_string()).unwrap_or_default();
        self.lines.push(Line { kind, old: number(old), new: number(new), text: text::printable(line) });
    }

    /// What git says of the file before its lines: its name, and what else is worth a line.
    fn head(&mut self, line: &str) {
        let name = line.strip_prefix("--- a/").or_else(|| line.strip_prefix("+++ b/"));
        match name {
            Some(name) => self.name = text::printable(name.trim_end_matches('\t')),
            None if line.starts_with("index ") || line.starts_with("--- ") || line.starts_with("+++ ") => {}
            None => self.add("note", (None, None), line),
        }
    }
}

/// Where a hunk begins on both sides: `@@ -1,4 +2,5 @@ fn main`.
fn hunk(line: &str) -> Option<(usize, usize)> {
    let (old, rest) = line.strip_prefix("@@ -")?.split_once(" +")?;
    let (new, _) = rest.split_once(" @@")?;
    let first = |range: &str| range.split(',').next().and_then(|number| number.parse().ok());
    Some((first(old)?, first(new)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_have_their_numbers_on_both_sides() {
        let diff = "diff --git a/a b/a\nindex 1..2 100644\n--- a/a\n+++ b/a\n@@ -3,3 +3,3 @@ x\n same\n-diff --git old\n+@@ new\n end\n\\ No newline\n\
                    diff --git a/b b/c\nrename from b\nrename to c\n";
        let files = files_of(diff);
        let seen: Vec<String> = files
            .iter()
            .flat_map(|file| &file.lines)
            .map(|line| format!("{} {}/{} {}", line.kind, line.old, line.new, line.text))
            .collect();
        let wanted = [
            "hunk / @@ -3,3 +3,3 @@ x",
            "same 3/3  same",
            "del 4/ -diff --git old",
            "add /4 +@@ new",
            "same 5/5  end",
            "note / \\ No newline",
            "note / rename from b",
            "note / rename to c",
        ];
        assert_eq!(seen, wanted);
        assert_eq!(files.iter().map(|file| file.name.as_str()).collect::<Vec<_>>(), ["a", "a/b b/c"]);
    }
}
