//! What reviewers say about a run: comments on lines of its work, or on all of it, in `review.jsonl`. Those that nobody has resolved
//! are told to every later attempt, each where its lines stand by then.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::{JobError, Run, Runs};
use super::placed::find_lines;
use crate::base::{Explain, Explained, Id, RepoPath, Result, Timestamp, json, text};
use crate::fs::{lock, read, write};
use crate::git::Oid;

const FILE: &str = "review.jsonl";
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(10);
/// Which of the two versions of a file a comment is about.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// As it was before the run.
    Old,
    /// As the run made it.
    #[default]
    New,
}

/// Where a comment stands: in a file, on a line or several, or on the file as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spot {
    pub path: RepoPath,
    pub side: Side,
    /// The first and the last line, from 1.
    pub lines: Option<(u32, u32)>,
}

/// A comment on the work of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReviewComment {
    /// Its number in this run, from 1.
    pub number: u32,
    /// The file; none of a comment on the whole run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<RepoPath>,
    /// Which version of the file.
    #[serde(default)]
    pub side: Side,
    /// The first line it is about, from 1, in the file that `oid` names; none of a comment on the whole file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// The last line, where it is about several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<u32>,
    /// The content of the file that was commented on; none where that is not known here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oid: Option<Oid>,
    /// The lines it is about.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<String>,
    /// What it says.
    pub text: String,
    /// Who says it.
    pub by: String,
    /// Whether the project's history knows whoever says it.
    pub verified: bool,
    /// When.
    pub at: Timestamp,
    /// The attempt that it was said about.
    pub attempt: u32,
    /// Who took it as done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolved: Option<Resolution>,
    /// What a forge calls it, if it comes from there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Resolution {
    /// Who resolved it.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// A comment to be added.
#[derive(Debug, Clone)]
pub struct NewComment {
    pub spot: Option<Spot>,
    pub text: String,
    pub by: String,
    pub verified: bool,
    pub at: Option<Timestamp>,
    /// What a forge calls it.
    pub source: Option<String>,
    /// Whether it is resolved there.
    pub resolved: bool,
    /// The lines as the forge shows them; empty if it does not.
    pub lines: Vec<String>,
    /// Whether the forge says that its lines are others by now.
    pub outdated: bool,
}

/// What came of a review file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Imported {
    /// The numbers of the comments that are new, or say more than before.
    pub added: Vec<u32>,
    /// How many were known.
    pub known: usize,
    /// How many are resolved there.
    pub resolved: usize,
    /// How many of the new ones no brief has: the history does not know who wrote them, and nobody accepted that risk.
    pub withheld: usize,
}

/// What a comment of a review file is to a run.
enum Came {
    New(u32),
    Known,
    Resolved,
}

#[derive(Debug, thiserror::Error)]
pub enum CommentError {
    #[error("there is no file {path} in {run}{}", if *side == Side::Old { " before its work" } else { "" })]
    NoFile { run: Id, path: RepoPath, side: Side },
    #[error("{path} has {} in {run}, so there is nothing at line {line}", text::plural(*count, "line"))]
    NoLine { run: Id, path: RepoPath, line: u32, count: usize },
    #[error("{run} has no comment {number}")]
    NoComment { run: Id, number: u32 },
    #[error("a comment needs a text")]
    NoText,
    #[error("`{typed}` is no place in the repository")]
    BadPlace { typed: String },
}

impl Explain for CommentError {
    fn explain(&self) -> Explained {
        match self {
            Self::NoFile { run, .. } => Explained::wrong("not_found")
                .hint(format!("`cmpm delegate diff {run} --stat` lists what it changes; `--old` is for what it removed")),
            Self::NoLine { run, .. } => Explained::wrong("not_found").hint(format!("`cmpm delegate diff {run}` shows the lines")),
            Self::NoComment { run, .. } => {
                Explained::wrong("not_found").hint(format!("`cmpm delegate comment {run}` lists them with their numbers"))
            }
            Self::NoText => Explained::wrong("usage").hint("say it with `-m \"…\"`"),
            Self::BadPlace { .. } => {
                Explained::wrong("usage").hint("name a file from the root of the repository, such as `docs/guide.md:12`")
            }
        }
    }
}

impl ReviewComment {
    pub fn is_open(&self) -> bool {
        self.resolved.is_none()
    }

    /// Where it stands, such as `docs/a.md:3-4`; nothing of a comment on the whole run.
    pub fn place(&self, first: Option<u32>) -> String {
        let Some(path) = &self.path else { return String::new() };
        let more = self.end.zip(self.line).map_or(0, |(end, line)| end.saturating_sub(line));
        let lines = first.map(|first| if more > 0 { format!(":{first}-{}", first + more) } else { format!(":{first}") });
        let before = if self.side == Side::Old { " (before the run)" } else { "" };
        format!("{path}{}{before}", lines.unwrap_or_default())
    }
}

impl Runs<'_> {
    /// What was said about the work of a run, first to last.
    pub fn review_comments(&self, run: &Run) -> Result<Vec<ReviewComment>> {
        let path = run.dir.file(FILE);
        let whole = read::find_text(&path)?.unwrap_or_default();
        let parsed = whole.lines().filter(|line| !line.trim().is_empty()).map(serde_json::from_str);
        parsed.collect::<Result<_, _>>().map_err(|error| JobError::Damaged { path, reason: error.to_string() }.into())
    }

    /// Whether somebody said something about what the last attempt made that the next one is told.
    pub fn has_new_comments(&self, run: &Run) -> Result<bool> {
        let is_new = |comment: &ReviewComment| comment.is_open() && comment.attempt == run.status.attempt && is_told(run, comment.verified);
        Ok(self.review_comments(run)?.iter().any(is_new))
    }

    /// Adds a comment of whoever uses cmpm here.
    pub fn comment(&self, run: &Run, spot: Option<Spot>, text: &str) -> Result<ReviewComment> {
        if text.trim().is_empty() {
            return Err(CommentError::NoText.into());
        }
        if let Some(Spot { path, side, lines }) = &spot {
            let id = || run.job.run.clone();
            let file = self.version(run, path, *side)?;
            let (_, bytes) = file.ok_or_else(|| CommentError::NoFile { run: id(), path: path.clone(), side: *side })?;
            let count = String::from_utf8_lossy(&bytes).lines().count();
            let outside = lines.and_then(|(first, last)| [first, last].into_iter().find(|line| *line == 0 || *line as usize > count));
            if let Some(line) = outside {
                return Err(CommentError::NoLine { run: id(), path: path.clone(), line, count }.into());
            }
        }
        let (by, text) = (self.repository.user_name(), text.trim().to_owned());
        let new =
            NewComment { spot, text, by, verified: true, at: None, source: None, resolved: false, lines: Vec::new(), outdated: false };
        self.change_comments(run, |comments| {
            let comment = self.built(run, new, next_number(comments))?;
            comments.push(comment.clone());
            Ok(comment)
        })
    }

    /// Adds what a forge has and this run has not. What is resolved there is resolved here.
    pub fn import_comments(&self, run: &Run, all: Vec<NewComment>) -> Result<Imported> {
        self.change_comments(run, |comments| {
            let mut imported = Imported::default();
            for new in all {
                let is_told = is_told(run, new.verified);
                match self.import(run, comments, new)? {
                    Came::Known => imported.known += 1,
                    Came::Resolved => imported.resolved += 1,
                    Came::New(number) => {
                        imported.added.push(number);
                        imported.withheld += usize::from(!is_told);
                    }
                }
            }
            Ok(imported)
        })
    }

    fn import(&self, run: &Run, comments: &mut Vec<ReviewComment>, new: NewComment) -> Result<Came> {
        let known = comments.iter_mut().find(|comment| comment.source.is_some() && comment.source == new.source);
        Ok(match known {
            Some(known) if new.resolved => {
                known.resolved.get_or_insert_with(|| Resolution { by: self.repository.user_name(), at: self.clock.now() });
                Came::Resolved
            }
            // Somebody answered there.
            Some(known) if known.text != new.text => {
                (known.text, known.verified, known.attempt, known.resolved) = (new.text, new.verified, run.status.attempt, None);
                Came::New(known.number)
            }
            Some(_) => Came::Known,
            None if new.resolved => Came::Resolved,
            None => {
                let comment = self.built(run, new, next_number(comments))?;
                comments.push(comment);
                Came::New(next_number(comments) - 1)
            }
        })
    }

    /// Adds the comments of a colleague that this run does not have; how many those are. What is resolved there is resolved here.
    pub(in crate::run) fn join_comments(&self, run: &Run, theirs: Vec<ReviewComment>) -> Result<usize> {
        self.change_comments(run, |comments| Ok(theirs.into_iter().filter_map(|their| join(comments, their)).count()))
    }

    /// Takes comments as done, or not any more.
    pub fn resolve_comments(&self, run: &Run, numbers: &[u32], done: bool) -> Result<()> {
        let (by, at) = (self.repository.user_name(), self.clock.now());
        self.change_comments(run, |comments| {
            for &number in numbers {
                let found = comments.iter_mut().find(|comment| comment.number == number);
                let comment = found.ok_or_else(|| CommentError::NoComment { run: run.job.run.clone(), number })?;
                let resolution = || Resolution { by: by.clone(), at };
                comment.resolved = if done { Some(comment.resolved.take().unwrap_or_else(resolution)) } else { None };
            }
            Ok(())
        })
    }

    /// Changes the comments of a run that is not decided yet, one process after the other.
    fn change_comments<T>(&self, run: &Run, change: impl FnOnce(&mut Vec<ReviewComment>) -> Result<T>) -> Result<T> {
        let _lock = lock::acquire(&run.dir.file("review.lock"), PATIENCE)?;
        let state = run.dir.load_status()?.state;
        if state.is_closed() {
            return Err(JobError::WrongState { run: run.job.run.clone(), state, wanted: "commented on" }.into());
        }
        let mut comments = self.review_comments(run)?;
        let before = comments.clone();
        let changed = change(&mut comments)?;
        if comments != before {
            let lines: Result<Vec<String>, _> = comments.iter().map(json::line).collect();
            write::replace(&run.dir.file(FILE), (lines?.join("\n") + "\n").as_bytes())?;
        }
        Ok(changed)
    }

    fn built(&self, run: &Run, new: NewComment, number: u32) -> Result<ReviewComment> {
        let NewComment { spot, text, by, verified, at, source, lines, outdated, .. } = new;
        let side = spot.as_ref().map(|spot| spot.side).unwrap_or_default();
        let mut comment = ReviewComment {
            number,
            path: spot.as_ref().map(|spot| spot.path.clone()),
            side,
            line: spot.as_ref().and_then(|spot| spot.lines).map(|(first, _)| first),
            end: spot.as_ref().and_then(|spot| spot.lines).filter(|(first, last)| last > first).map(|(_, last)| last),
            oid: None,
            lines,
            text,
            by,
            verified,
            at: at.unwrap_or_else(|| self.clock.now()),
            attempt: run.status.attempt,
            resolved: None,
            source,
        };
        let Some(path) = &comment.path else { return Ok(comment) };
        let Some((oid, bytes)) = self.version(run, path, side)? else { return Ok(comment) };
        let now = String::from_utf8_lossy(&bytes).into_owned();
        let Some(first) = comment.line else { return Ok(ReviewComment { oid: Some(oid), ..comment }) };
        if comment.lines.is_empty() && !outdated {
            let last = comment.end.unwrap_or(first);
            comment.lines = now.lines().skip(first as usize - 1).take(last.saturating_sub(first) as usize + 1).map(str::to_owned).collect();
        }
        if let Some(found) = find_lines(&comment, &now, None) {
            let more = comment.end.map(|end| end.saturating_sub(first));
            (comment.line, comment.end, comment.oid) = (Some(found), more.map(|more| found + more), Some(oid));
        }
        Ok(comment)
    }

    /// A file as the work has it, or as it was before.
    pub(super) fn version(&self, run: &Run, path: &RepoPath, side: Side) -> Result<Option<(Oid, Vec<u8>)>> {
        let commit = if side == Side::Old { run.base() } else { run.status.work.unwrap_or(run.base()) };
        let Some(entry) = self.repository.find_entry(commit, path)? else { return Ok(None) };
        Ok(self.repository.read_blob(entry.oid).ok().map(|bytes| (entry.oid, bytes)))
    }
}

/// Whether the words of whoever it is may be in a brief of this run.
fn is_told(run: &Run, verified: bool) -> bool {
    verified || run.job.risk.as_ref().is_none_or(super::risk::Risk::allows_strangers)
}

/// Adds a comment that is not there yet; its number.
fn join(comments: &mut Vec<ReviewComment>, their: ReviewComment) -> Option<u32> {
    let same = |own: &&mut ReviewComment| (&own.by, own.at, &own.text) == (&their.by, their.at, &their.text);
    if let Some(own) = comments.iter_mut().find(same) {
        own.resolved = own.resolved.take().or(their.resolved);
        return None;
    }
    let number = next_number(comments);
    comments.push(ReviewComment { number, ..their });
    Some(number)
}

fn next_number(comments: &[ReviewComment]) -> u32 {
    comments.iter().map(|comment| comment.number).max().unwrap_or_default() + 1
}
