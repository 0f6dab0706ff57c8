//! Which commits touched the files of some folders: asked of the git program, which compares each commit with its own parents.

use super::super::command::repo_path;
use super::super::{GitError, Oid, Repository};
use crate::base::{RepoPath, Timestamp};

/// What git prints of a commit, each field ended by a NUL, which none can hold.
const FIELDS: &str = "%H%x00%P%x00%at%x00%an%x00%s";

/// A commit that touched files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Touch {
    pub commit: Oid,
    pub parents: Vec<Oid>,
    pub when: Timestamp,
    pub author: String,
    /// The first line of its message.
    pub subject: String,
    /// A merge has only those that differ from all of its parents, which may be none.
    pub files: Vec<TouchedFile>,
}

/// A file that is otherwise in a commit than in any of its parents. A link is no file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TouchedFile {
    pub path: RepoPath,
    /// In each of the parents, in their order.
    pub before: Vec<Option<Oid>>,
    pub after: Option<Oid>,
}

impl Repository {
    /// The commits that touched files of some folders, newest first, on all sides of merges: those that can be reached from some
    /// commits, or else from any branch. Cost: git looks at every commit, and into those whose folders differ from their parents'.
    pub fn touches(&self, from: &[Oid], folders: &[RepoPath]) -> Result<Vec<Touch>, GitError> {
        if self.head()?.oid().is_none() || folders.is_empty() {
            return Ok(Vec::new());
        }
        let git = self.git("log")?.args(["--full-history", "--date-order", "-c", "--root", "--raw", "--no-renames", "--no-abbrev", "-z"]);
        let git = git.args(["--no-follow", "--no-show-signature", "--no-color"]).arg(format!("--format={FIELDS}"));
        let git = if from.is_empty() { git.args(["--branches", "HEAD"]) } else { git.args(from.iter().map(Oid::to_string)) };
        let has_all = folders.iter().any(RepoPath::is_empty);
        parse(&git.paths(folders.iter().filter(|_| !has_all)).bytes()?)
    }
}

fn parse(bytes: &[u8]) -> Result<Vec<Touch>, GitError> {
    let mut parts = bytes.split(|byte| *byte == 0);
    let mut touches: Vec<Touch> = Vec::new();
    while let Some(part) = parts.next() {
        // A line end stands before what a commit touched.
        let part = part.trim_ascii_start();
        if part.starts_with(b":") {
            let path = parts.next().unwrap_or_default();
            touches.last_mut().into_iter().try_for_each(|touch| {
                touch.files.push(parse_file(part, path)?);
                Ok::<_, GitError>(())
            })?;
        } else if !part.is_empty() {
            let mut text = || String::from_utf8_lossy(parts.next().unwrap_or_default()).into_owned();
            let (parents, when, author, subject) = (text(), text(), text(), text());
            let parents = parents.split_ascii_whitespace().map(|parent| parse_oid(parent.as_bytes())).collect::<Result<_, _>>()?;
            let when = Timestamp::from_seconds(when.parse().unwrap_or(0));
            touches.push(Touch { commit: parse_oid(part)?, parents, when, author, subject, files: Vec::new() });
        }
    }
    touches.retain(|touch| !touch.files.is_empty() || touch.parents.len() > 1);
    Ok(touches)
}

/// Reads `:MODE MODE OID OID STATUS`, with a colon, a mode and an object more for each further parent.
fn parse_file(fields: &[u8], path: &[u8]) -> Result<TouchedFile, GitError> {
    let sides = fields.iter().take_while(|byte| **byte == b':').count() + 1;
    let fields: Vec<&[u8]> = fields.get(sides - 1..).unwrap_or_default().split(|byte| *byte == b' ').collect();
    let (modes, oids) = (fields.get(..sides).unwrap_or_default(), fields.get(sides..sides * 2).unwrap_or_default());
    let mut before = modes.iter().zip(oids).map(|(mode, oid)| parse_side(mode, oid)).collect::<Result<Vec<_>, _>>()?;
    let after = before.pop().flatten();
    Ok(TouchedFile { path: repo_path(path)?, before, after })
}

fn parse_side(mode: &[u8], oid: &[u8]) -> Result<Option<Oid>, GitError> {
    matches!(mode, b"100644" | b"100755").then(|| parse_oid(oid)).transpose()
}

fn parse_oid(text: &[u8]) -> Result<Oid, GitError> {
    let text = String::from_utf8_lossy(text);
    text.parse().map_err(|_| GitError::other("read git's output", &text))
}
