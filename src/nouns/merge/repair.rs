//! `cmpm merge --repair`: what the driver would have done, for clones that do not have it; and one side of what is left then.

use super::open::Open;
use super::texts;
use crate::base::{Explain, Explained};
use crate::document::{Reading, Side, conflicts};
use crate::engine::merge::Three;
use crate::fs::{read, write};
use crate::git::{Mode, Oid, Repository, Unmerged};
use crate::report::prelude::*;

/// Resolve cmpm files that git left in conflict
///
/// In the middle of a merge, rebase or cherry-pick: tickets, memories, settings and records of other trackers that git could
/// not merge are merged by what they mean, and staged where nothing is left to choose. A file somebody has worked on stays as
/// it is. `--ours` or `--theirs` also chooses what is left, as git's words for the sides are: in a rebase, ours is the branch that is
/// rebased onto. Exit code 1 if something is still open. Examples: `cmpm merge --repair --dry-run`, `cmpm merge --theirs tasks/a.md`
#[derive(Debug, Args)]
#[command(group(clap::ArgGroup::new("how").required(true)))]
pub struct Merge {
    /// Merge the files that git left in conflict
    #[arg(long, group = "how")]
    repair: bool,
    /// Also take our side of what is in conflict
    #[arg(long, group = "how")]
    ours: bool,
    /// Also take their side of what is in conflict
    #[arg(long, group = "how")]
    theirs: bool,
    /// Only these files
    #[arg(value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    files: Vec<String>,
    /// Only say what would be done
    #[arg(long, short = 'n')]
    dry_run: bool,
}

/// What happened to the open files.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Repaired {
    files: Vec<Row>,
    dry_run: bool,
    /// Whether a side was chosen.
    #[serde(skip)]
    is_chosen: bool,
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
        // The settings may be among what git could not merge.
        context.only_reads();
        let repository = context.repository()?;
        let side = if self.ours { Some(Side::Ours) } else { self.theirs.then_some(Side::Theirs) };
        let files = self.named(context)?;
        let is_meant = |path: &RepoPath| files.is_empty() || files.iter().any(|file| path.is_below(file));
        let Open { unmerged, mut others, marked } = Open::find(repository, context.config()?)?;
        let unmerged: Vec<Unmerged> = unmerged.into_iter().filter(|file| is_meant(&file.path)).collect();
        let repair = Repair { repository, written_by_git: by_git(repository, &unmerged)?, dry_run: self.dry_run, side };
        let mut rows = unmerged.iter().map(|file| repair.file(file)).collect::<Result<Vec<Row>>>()?;
        for (path, _) in marked.iter().filter(|(path, _)| is_meant(path)) {
            let found = read::read(&path.below(repository.require_work_dir()?))?;
            rows.push(repair.write(path, &found, found.clone())?);
        }
        let settled: Vec<RepoPath> = rows.iter().filter(|row| row.is_settled()).map(|row| row.path.clone()).collect();
        if !self.dry_run {
            repository.settle(&settled)?;
        }
        others.retain(&is_meant);
        rows.extend(others.iter().map(|path| Row::new(path, Outcome::Left, "is not a cmpm record")));
        if let Some(unknown) = files.iter().find(|file| !rows.iter().any(|row| row.path.is_below(file))) {
            return Err(MergeError::NotOpen { path: unknown.clone() }.into());
        }
        Ok(Repaired { files: rows, dry_run: self.dry_run, is_chosen: side.is_some() })
    }
}

impl Merge {
    fn named(&self, context: &Context) -> Result<Vec<RepoPath>> {
        let root = context.root()?;
        let path = |typed: &String| {
            let here = read::real_path(&context.cwd.join(typed)).ok().and_then(|file| RepoPath::relative(root, &file));
            here.or_else(|| RepoPath::parse(typed)).ok_or_else(|| MergeError::Outside { path: typed.clone() }.into())
        };
        self.files.iter().map(path).collect()
    }
}

/// Which files cannot be repaired.
#[derive(Debug, thiserror::Error)]
enum MergeError {
    #[error("{path} is not in conflict")]
    NotOpen { path: RepoPath },
    #[error("{path} is not in this work tree")]
    Outside { path: String },
}

impl Explain for MergeError {
    fn explain(&self) -> Explained {
        match self {
            Self::NotOpen { .. } => Explained::wrong("not_open").hint("`cmpm merge --repair --dry-run` names the files that are"),
            Self::Outside { .. } => Explained::wrong("outside"),
        }
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
    /// What is taken of what a person must choose.
    side: Option<Side>,
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
        let plain = unnamed(found);
        let is_done = unnamed(merged.text.as_bytes()) == plain;
        if !is_done && !self.written_by_git.iter().any(|(path, bytes)| *path == file.path && *bytes == plain) {
            // What somebody has worked on is merged no more; a side of what is left of it can be taken.
            return match (self.side, String::from_utf8(found.to_vec())) {
                (Some(_), Ok(text)) if !conflicts(&text, Reading::of(&file.path.name(), &text)).whole.is_empty() => {
                    self.write(&file.path, found, found.to_vec())
                }
                _ => Ok(Row::new(&file.path, Outcome::Left, "has been changed since")),
            };
        }
        // Where git gives this file other line ends on disk, it keeps them.
        let is_windows = !merged.text.contains('\r') && found.windows(2).any(|pair| pair == b"\r\n");
        let text = if is_windows { merged.text.replace('\n', "\r\n") } else { merged.text };
        let row = self.write(&file.path, found, if is_done { found.to_vec() } else { text.into_bytes() })?;
        // A record that one side removed is not marked; it is named all the same.
        let is_open = self.side.is_none() && !merged.open.is_empty();
        Ok(if is_open { Row::new(&file.path, Outcome::Open, &merged.open.join(", ")) } else { row })
    }

    /// Writes a file, with the side that was chosen; what is still open in it is not settled.
    fn write(&self, path: &RepoPath, found: &[u8], bytes: Vec<u8>) -> Result<Row> {
        let Ok(text) = String::from_utf8(bytes) else { return Ok(Row::new(path, Outcome::Left, "is not text")) };
        let open = conflicts(&text, Reading::of(&path.name(), &text));
        let (places, taken) = (open.places().join(", "), self.side.map(|side| open.take(&text, side)));
        let text = taken.unwrap_or(text);
        if !self.dry_run && text.as_bytes() != found {
            write::replace(&path.below(self.repository.require_work_dir()?), text.as_bytes())?;
        }
        let left = conflicts(&text, Reading::of(&path.name(), &text));
        Ok(match self.side {
            _ if !left.is_empty() => Row::new(path, Outcome::Open, &left.places().join(", ")),
            Some(side) if !places.is_empty() => Row::new(path, Outcome::Merged, &format!("{} in {places}", word(side))),
            _ => Row::new(path, Outcome::Merged, ""),
        })
    }

    /// A file that only one side still has: it stays, unless somebody changed it since.
    fn one_side(&self, file: &Unmerged, (found, oid): (&[u8], Oid), why: &str) -> Result<Row> {
        let is_removal = match self.side {
            Some(Side::Ours) => file.ours.is_none(),
            Some(Side::Theirs) => file.theirs.is_none(),
            None => false,
        };
        if is_removal {
            return Ok(Row::new(&file.path, Outcome::Left, "is not there on that side; `git rm` removes it"));
        }
        let is_untouched = unnamed(&self.repository.read_blob(oid)?) == unnamed(found);
        let row = if is_untouched { (Outcome::Kept, why) } else { (Outcome::Left, "has been changed since") };
        Ok(Row::new(&file.path, row.0, row.1))
    }
}

fn word(side: Side) -> &'static str {
    if side == Side::Ours { "ours" } else { "theirs" }
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
                Outcome::Merged => {
                    let verb = if self.dry_run { "Would merge" } else { "Merged" };
                    let with = if row.detail.is_empty() { String::new() } else { format!(", with {}", row.detail) };
                    writeln!(out, "{verb} {path}{with}")
                }
                Outcome::Open => writeln!(out, "{path}: conflict in {}", row.detail),
                Outcome::Kept if self.dry_run => writeln!(out, "Would keep {path}: {}", row.detail),
                Outcome::Kept => writeln!(out, "Kept {path}: {}", row.detail),
                Outcome::Left => writeln!(out, "Left {path}, which {}", row.detail),
            };
        }
        if self.files.iter().any(|row| row.outcome == Outcome::Open) {
            out += "Choose in the files and `git add` them, or take a side: `cmpm merge --ours|--theirs [FILE]…`\n";
        }
        if self.is_chosen && !self.dry_run && self.files.iter().any(Row::is_settled) {
            out += "`git checkout --merge FILE` brings a conflict back as git left it\n";
        }
        out
    }

    fn exit(&self) -> Exit {
        if self.files.iter().all(Row::is_settled) { Exit::Done } else { Exit::No }
    }
}
