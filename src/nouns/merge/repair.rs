//! `cmpm merge --repair`: what the driver would have done, for clones that do not have it.

use super::files::{self, files};
use super::texts;
use crate::engine::merge::{Merged, Three};
use crate::fs::{read, write};
use crate::git::{Mode, Oid, Repository, Unmerged};
use crate::report::prelude::*;

/// Resolve cmpm files that git left in conflict
///
/// In the middle of a merge, rebase or cherry-pick: tickets, memories, settings and records of other trackers that git could
/// not merge are merged by what they mean, and staged where nothing is left to choose. A file somebody has worked on stays as
/// it is. Exit code 1 if something is still open. Example: `cmpm merge --repair --dry-run`
#[derive(Debug, Args)]
pub struct Merge {
    /// Merge the files that git left in conflict
    #[arg(long, required = true)]
    repair: bool,
    /// Only say what would be done
    #[arg(long, short = 'n')]
    dry_run: bool,
}

/// What happened to the open files.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Repaired {
    files: Vec<Row>,
    dry_run: bool,
}

/// What happened to one file.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Row {
    path: RepoPath,
    outcome: Outcome,
    /// Why, or what is open.
    detail: String,
}

/// How a file stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Merged and staged.
    Merged,
    /// Merged as far as that goes; a person must choose.
    Open,
    /// One side removed it and the other changed it: the changed one is staged.
    Kept,
    /// Not touched.
    Left,
}

impl Verb for Merge {
    type Report = Repaired;
    const METADATA: Metadata = Metadata::WRITES;

    fn run(self, context: &Context) -> Result<Repaired> {
        let repository = context.repository()?;
        let paths = &context.config()?.paths;
        let records = files(&paths.tasks, &paths.memory);
        let (unmerged, others): (Vec<Unmerged>, Vec<Unmerged>) =
            repository.unmerged()?.into_iter().partition(|file| files::is_record(&records, &file.path));
        let repair = Repair { repository, written_by_git: by_git(repository, &unmerged)?, dry_run: self.dry_run };
        let mut rows = unmerged.iter().map(|file| repair.file(file)).collect::<Result<Vec<Row>>>()?;
        let settled: Vec<RepoPath> = rows.iter().filter(|row| row.is_settled()).map(|row| row.path.clone()).collect();
        if !self.dry_run {
            repository.settle(&settled)?;
        }
        rows.extend(others.into_iter().map(|file| Row::new(&file.path, Outcome::Left, "is not a cmpm record")));
        Ok(Repaired { files: rows, dry_run: self.dry_run })
    }
}

/// What git wrote into the work tree, in each of its styles, for files that both sides have.
fn by_git(repository: &Repository, unmerged: &[Unmerged]) -> Result<Vec<(RepoPath, Vec<u8>)>> {
    let both: Vec<RepoPath> =
        unmerged.iter().filter(|file| file.ours.is_some() && file.theirs.is_some()).map(|file| file.path.clone()).collect();
    if both.is_empty() {
        return Ok(Vec::new());
    }
    Ok(repository.marked_by_git(&both)?.into_iter().map(|(path, bytes)| (path, unnamed(&bytes))).collect())
}

/// The text without the names after its markers, which depend on how the merge was started, and without carriage returns.
fn unnamed(bytes: &[u8]) -> Vec<u8> {
    let mut result = Vec::with_capacity(bytes.len());
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        let marker = [b"<<<<<<< ".as_slice(), b"||||||| ", b">>>>>>> "].into_iter().find(|marker| line.starts_with(marker));
        match marker {
            Some(marker) => result.extend([marker, b"\n"].concat()),
            None => result.extend(line.iter().filter(|byte| **byte != b'\r')),
        }
    }
    result
}

struct Repair<'a> {
    repository: &'a Repository,
    written_by_git: Vec<(RepoPath, Vec<u8>)>,
    dry_run: bool,
}

impl Repair<'_> {
    fn file(&self, file: &Unmerged) -> Result<Row> {
        let left = |why: &str| Ok(Row::new(&file.path, Outcome::Left, why));
        let root = self.repository.work_dir().unwrap_or(self.repository.git_dir());
        let Some(found) = read::find(&file.path.below(root))? else { return left("is not in the work tree") };
        let is_file = |version: Option<(Mode, Oid)>| version.is_none_or(|(mode, _)| matches!(mode, Mode::File | Mode::Executable));
        if ![file.base, file.ours, file.theirs].into_iter().all(is_file) {
            return left("is not a file on all sides");
        }
        match (file.ours, file.theirs) {
            (Some((_, ours)), Some((_, theirs))) => self.both(file, &found, (ours, theirs)),
            (Some((_, oid)), None) => self.one_side(file, (&found, oid), "theirs removed it and ours changed it"),
            (None, Some((_, oid))) => self.one_side(file, (&found, oid), "ours removed it and theirs changed it"),
            (None, None) => left("was renamed in two ways"),
        }
    }

    fn both(&self, file: &Unmerged, found: &[u8], (ours, theirs): (Oid, Oid)) -> Result<Row> {
        let base = file.base.map(|(_, oid)| self.repository.read_blob(oid)).transpose()?.unwrap_or_default();
        let sides = Three { base, ours: self.repository.read_blob(ours)?, theirs: self.repository.read_blob(theirs)? };
        let Some(merged) = texts::merge(&file.path.lossy(), sides.each().map(Vec::as_slice)) else {
            return Ok(Row::new(&file.path, Outcome::Left, "is not text"));
        };
        let is_done = unnamed(merged.text.as_bytes()) == unnamed(found);
        let plain = unnamed(found);
        if !is_done && !self.written_by_git.iter().any(|(path, bytes)| *path == file.path && *bytes == plain) {
            return Ok(Row::new(&file.path, Outcome::Left, "has been changed since"));
        }
        if !is_done && !self.dry_run {
            self.write(&file.path, found, &merged)?;
        }
        let outcome = if merged.is_clean() { Outcome::Merged } else { Outcome::Open };
        Ok(Row::new(&file.path, outcome, &merged.open.join(", ")))
    }

    fn write(&self, path: &RepoPath, found: &[u8], merged: &Merged) -> Result<()> {
        let root = self.repository.work_dir().unwrap_or(self.repository.git_dir());
        // Where git gives this file other line ends on disk, it keeps them.
        let is_windows = !merged.text.contains('\r') && found.windows(2).any(|pair| pair == b"\r\n");
        let text = if is_windows { merged.text.replace('\n', "\r\n") } else { merged.text.clone() };
        Ok(write::replace(&path.below(root), text.as_bytes())?)
    }

    /// A file that only one side still has: it stays, unless somebody changed it since.
    fn one_side(&self, file: &Unmerged, (found, oid): (&[u8], Oid), why: &str) -> Result<Row> {
        let is_untouched = unnamed(&self.repository.read_blob(oid)?) == unnamed(found);
        let row = if is_untouched { (Outcome::Kept, why) } else { (Outcome::Left, "has been changed since") };
        Ok(Row::new(&file.path, row.0, row.1))
    }
}

impl Row {
    fn new(path: &RepoPath, outcome: Outcome, detail: &str) -> Self {
        Self { path: path.clone(), outcome, detail: detail.to_owned() }
    }

    fn is_settled(&self) -> bool {
        matches!(self.outcome, Outcome::Merged | Outcome::Kept)
    }
}

impl Report for Repaired {
    const SCHEMA: &'static str = "cmpm.merge/1";

    fn render(&self, screen: &Screen) -> String {
        if self.files.is_empty() {
            return "No conflicts left.\n".to_owned();
        }
        let mut out = String::new();
        for row in &self.files {
            let path = screen.paint(Tone::Key, &row.path.lossy());
            let _ = match row.outcome {
                Outcome::Merged if self.dry_run => writeln!(out, "Would merge {path}"),
                Outcome::Merged => writeln!(out, "Merged {path}"),
                Outcome::Open => writeln!(out, "{path}: conflict in {}", row.detail),
                Outcome::Kept if self.dry_run => writeln!(out, "Would keep {path}: {}", row.detail),
                Outcome::Kept => writeln!(out, "Kept {path}: {}", row.detail),
                Outcome::Left => writeln!(out, "Left {path}, which {}", row.detail),
            };
        }
        out
    }

    fn exit(&self) -> Exit {
        if self.files.iter().all(Row::is_settled) { Exit::Done } else { Exit::No }
    }
}
