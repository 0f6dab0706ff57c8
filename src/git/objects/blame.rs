//! Where lines come from, as `git blame` follows them: through renames of files, and through lines that moved or were copied.

use super::super::command::repo_path;
use super::super::{GitError, Oid, Repository};
use crate::base::RepoPath;

/// Which lines are asked about.
#[derive(Debug, Clone, Copy)]
pub struct Blame<'a> {
    pub path: &'a RepoPath,
    /// The first and the last line, from 1; all of them if left out.
    pub lines: Option<(u32, u32)>,
    /// The commit in which they stand; the work tree if left out.
    pub at: Option<Oid>,
    /// What was there already in this commit is of nobody.
    pub since: Option<Oid>,
}

/// A line and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlamedLine {
    /// Which line, from 1.
    pub line: u32,
    /// Its text.
    pub text: String,
    /// The commit that brought it; none of one that is not committed, or that was there before.
    pub commit: Option<Oid>,
    /// Whether it was there before history was looked at.
    pub before: bool,
    /// The file in which that commit has it, and the line there.
    pub origin: (RepoPath, u32),
}

impl Repository {
    /// The lines of a file, each with the commit that brought it.
    pub fn blame(&self, wanted: &Blame<'_>) -> Result<Vec<BlamedLine>, GitError> {
        // `core.quotePath` is for people.
        let mut git = self.git("-c core.quotePath=false blame")?.args(["--line-porcelain", "--no-textconv", "-M", "-C"]);
        if let Some((first, last)) = wanted.lines {
            git = git.arg(format!("-L{first},{last}"));
        }
        git = match (wanted.since, wanted.at) {
            (Some(since), Some(at)) => git.arg(format!("{since}..{at}")),
            (_, Some(at)) => git.arg(at.to_string()),
            (_, None) => git,
        };
        let said = git.paths([wanted.path]).bytes()?;
        // In a range the commit at its edge brought nothing.
        parse(&said, wanted.since.is_some())
    }
}

fn parse(said: &[u8], is_range: bool) -> Result<Vec<BlamedLine>, GitError> {
    let odd = |line: &[u8]| GitError::other("read git's blame", String::from_utf8_lossy(line));
    let (mut lines, mut head, mut path, mut is_edge) = (Vec::new(), None, None, false);
    for line in said.split_inclusive(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        if let Some(text) = line.strip_prefix(b"\t") {
            let (Some((commit, then, now)), Some(path)) = (head.take(), path.take()) else { return Err(odd(line)) };
            let before = std::mem::take(&mut is_edge) && is_range;
            let text = String::from_utf8_lossy(text).trim_end_matches('\r').to_owned();
            let commit = Option::filter(commit, |_: &Oid| !before);
            lines.push(BlamedLine { line: now, text, commit, before, origin: (path, then) });
        } else if head.is_none() {
            head = Some(parse_head(line).ok_or_else(|| odd(line))?);
        } else if let Some(name) = line.strip_prefix(b"filename ") {
            path = Some(repo_path(name)?);
        } else if line == b"boundary" {
            is_edge = true;
        }
    }
    Ok(lines)
}

/// The commit, the line there, and the line now.
fn parse_head(line: &[u8]) -> Option<(Option<Oid>, u32, u32)> {
    let mut words = std::str::from_utf8(line).ok()?.split(' ');
    let oid = words.next()?;
    let commit = if oid.bytes().all(|byte| byte == b'0') { None } else { Some(oid.parse().ok()?) };
    Some((commit, words.next()?.parse().ok()?, words.next()?.parse().ok()?))
}
