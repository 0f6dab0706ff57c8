//! The formats that can be imported, where projects keep them, and how each is recognised.

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value as Json;

use crate::base::{Explain, Explained, Finding, RepoPath};
use crate::config::Config;
use crate::exchange::json::documents;
use crate::exchange::{Source, SourceFile};
use crate::fs::{PathKind, read};
use crate::store::Record;

use super::super::export::{bundle, table};
use super::super::file::read::is_headed_ticket;
use super::super::model::Ticket;
use super::item::Parcel;
use super::rows::columns;
use super::{backlog, beads, github, jira, linear, own, pages, taskmaster, tk};

named! {
    /// A format of tickets.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema, ValueEnum)]
    #[serde(rename_all = "kebab-case")]
    pub enum Format {
        /// What `cmpm ticket export` writes: JSON lines, CSV or Markdown
        Cmpm = "cmpm",
        /// ai-trackdown's folder of tickets, in any of its dialects
        #[value(alias = "aitrackdown")]
        AiTrackdown = "ai-trackdown",
        /// Backlog.md's folder
        #[value(alias = "backlog.md")]
        Backlog = "backlog",
        /// issues.jsonl of beads or br
        #[value(aliases = ["br", "bd"])]
        Beads = "beads",
        /// tasks.json of task-master
        #[value(alias = "task-master")]
        Taskmaster = "taskmaster",
        /// What `gh issue list --json` writes
        #[value(alias = "gh")]
        Github = "github",
        /// The CSV of a Jira search
        Jira = "jira",
        /// The CSV that Linear exports
        Linear = "linear",
        /// tk's folder `.tickets`
        Tk = "tk",
        /// kanban-md's folder
        KanbanMd = "kanban-md",
    }
}

/// Why a source cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum FormatError {
    /// Nothing that is known, or several.
    #[error("it is not clear what {} is: {seen}", path.display())]
    Unclear { path: PathBuf, seen: String },
    /// Nothing in it is a ticket.
    #[error("nothing in {} can be read as {}: {first}", path.display(), format.as_str())]
    Unreadable { path: PathBuf, format: Format, first: Box<Finding> },
}

impl FormatError {
    /// The same about the path that was typed.
    pub fn of(self, typed: &Path) -> Self {
        let path = typed.to_owned();
        match self {
            Self::Unclear { seen, .. } => Self::Unclear { path, seen },
            Self::Unreadable { format, first, .. } => Self::Unreadable { path, format, first },
        }
    }
}

impl Explain for FormatError {
    fn explain(&self) -> Explained {
        match self {
            Self::Unclear { .. } => {
                let names: Vec<&str> = Format::value_variants().iter().map(|format| format.as_str()).collect();
                let hint = format!("name the file or folder itself, or say what it is with `--from` ({})", names.join(", "));
                Explained::wrong("unclear_format").hint(hint)
            }
            Self::Unreadable { .. } => {
                Explained::wrong("unreadable").hint("nothing was written; fetch the source again, or say what it is with `--from`")
            }
        }
    }
}

/// Where the tickets of a project are, and what they are if that is clear from the place.
type Found = (PathBuf, Option<Format>);

/// What can be in a project, and what it is then.
const PLACES: [(&str, Option<Format>); 9] = [
    (".beads/issues.jsonl", Some(Format::Beads)),
    (".beads/beads.jsonl", Some(Format::Beads)),
    ("backlog/tasks", Some(Format::Backlog)),
    (".backlog/tasks", Some(Format::Backlog)),
    (".taskmaster/tasks/tasks.json", Some(Format::Taskmaster)),
    (".tickets", Some(Format::Tk)),
    ("tasks/issues", None),
    ("tickets/issues", None),
    ("tasks/tasks.json", Some(Format::Taskmaster)),
];

/// The trackers of a project, each with what to import and its name.
pub fn trackers(root: &Path) -> Vec<(RepoPath, &'static str)> {
    let mut found: Vec<(RepoPath, &str)> = Vec::new();
    for (place, format) in PLACES.into_iter().filter_map(|(place, format)| Some((place, format?))) {
        let is_new = found.iter().all(|(_, name)| *name != format.program());
        // Backlog.md keeps drafts and more beside its tasks.
        let whole = if format == Format::Backlog { place.trim_end_matches("/tasks") } else { place };
        found.extend(RepoPath::parse(whole).filter(|_| is_new && read::exists(&root.join(place))).map(|whole| (whole, format.program())));
    }
    found
}

/// The file or folder that a path stands for: a project stands for the tickets in it, and this one for those that are not its `own`.
pub fn locate(path: &Path, own: &[PathBuf]) -> Result<Found, FormatError> {
    let is_folder = read::find_kind(path).is_ok_and(|kind| kind == Some(PathKind::Folder));
    if !is_folder {
        return Ok((path.to_owned(), None));
    }
    let inside = |file: &str| read::exists(&path.join(file));
    let folder = |name: &str| path.file_name().is_some_and(|found| found == name);
    match () {
        () if folder(".tickets") => return Ok((path.to_owned(), Some(Format::Tk))),
        () if (folder("backlog") || folder(".backlog")) && inside("tasks") && !inside(".git") => {
            return Ok((path.to_owned(), Some(Format::Backlog)));
        }
        () if inside("config.yml") && inside("tasks") => return Ok((path.to_owned(), None)),
        () => {}
    }
    if let Some(file) = ["issues.jsonl", "beads.jsonl"].into_iter().find(|file| inside(file)) {
        return Ok((path.join(file), Some(Format::Beads)));
    }
    if let Some(file) = ["tasks/tasks.json", "tasks.json"].into_iter().find(|file| inside(file)) {
        return Ok((path.join(file), Some(Format::Taskmaster)));
    }
    let mut found: Vec<(PathBuf, Option<Format>)> = Vec::new();
    for (place, format) in PLACES {
        let known = found.iter().any(|(_, other)| format.is_some() && *other == format);
        if inside(place) && !known {
            let ends = ["/tasks", "/issues"].iter().find(|end| place.ends_with(*end)).map_or(0, |end| end.len());
            found.push((path.join(place.get(..place.len() - ends).unwrap_or(place)), format));
        }
    }
    if found.len() > 1 {
        found.retain(|(place, _)| !read::real_path(place).is_ok_and(|place| own.contains(&place)));
    }
    match found.as_slice() {
        [] => Ok((path.to_owned(), None)),
        [one] => Ok(one.clone()),
        several => {
            let names: Vec<String> =
                several.iter().map(|(found, _)| found.strip_prefix(path).unwrap_or(found).display().to_string()).collect();
            Err(FormatError::Unclear { path: path.to_owned(), seen: format!("it has {}", names.join(" and ")) })
        }
    }
}

impl Format {
    /// What the program calls itself.
    fn program(self) -> &'static str {
        match self {
            Self::Backlog => "Backlog.md",
            _ => self.as_str(),
        }
    }

    /// Whether records are one file each: two files with one id are two tickets there, and not two versions of one.
    pub fn is_tree(self) -> bool {
        matches!(self, Self::AiTrackdown | Self::Backlog | Self::Tk | Self::KanbanMd)
    }

    /// What a source of this format holds.
    pub fn read(self, source: &Source, config: &Config) -> Parcel {
        match self {
            Self::Cmpm => own::read(source, config),
            Self::AiTrackdown => pages::read_trackdown(source, config),
            Self::Backlog => backlog::read(source, config),
            Self::Beads => read_beads(source, config),
            Self::Taskmaster => taskmaster::read(source, config),
            Self::Github => github::read(source, config),
            Self::Jira => jira::read(source, config),
            Self::Linear => linear::read(source, config),
            Self::Tk => tk::read_tk(source, config),
            Self::KanbanMd => tk::read_kanban(source, config),
        }
    }

    /// The format that a source clearly has: what most of its files are.
    pub fn detect(path: &Path, source: &Source) -> Result<Self, FormatError> {
        // An export of no ticket.
        let is_empty = source.single && source.files.iter().all(|file| file.text.trim().is_empty());
        if is_empty && path.extension().is_some_and(|end| end == "jsonl") {
            return Ok(Self::Cmpm);
        }
        let mut seen: Vec<(Self, usize)> = Vec::new();
        for format in source.files.iter().filter_map(of_file) {
            match seen.iter_mut().find(|(known, _)| *known == format) {
                Some((_, count)) => *count += 1,
                None => seen.push((format, 1)),
            }
        }
        // A page or two among those of a whole project are not its tracker.
        let is_project = read::exists(&path.join(".git"));
        let is_clear = |count: usize| !is_project || count * 2 >= source.files.len();
        let best = seen.iter().max_by_key(|(_, count)| *count).filter(|(_, count)| is_clear(*count)).map(|(format, _)| *format);
        best.ok_or_else(|| {
            let files = crate::base::text::plural(source.files.len(), "file");
            FormatError::Unclear { path: path.to_owned(), seen: format!("{files}, but none of a known tracker") }
        })
    }
}

/// A list of records in one JSON document, or one a line.
fn read_beads(source: &Source, config: &Config) -> Parcel {
    let listed = |file: &&SourceFile| file.text.trim_start().starts_with('[');
    if !source.files.iter().all(|file| listed(&file)) {
        return beads::read(source, config);
    }
    let mut parcel = Parcel::default();
    for file in &source.files {
        let (found, broken) = documents(&file.text);
        if let Some((line, why)) = broken {
            parcel.wrong(file, line, format!("not JSON from here on: {why}"));
        }
        let items = found.into_iter().flat_map(|document| if let Json::Array(items) = document { items } else { vec![document] });
        let objects = items.filter_map(|item| if let Json::Object(object) = item { Some(object) } else { None });
        parcel.extend(beads::read_objects(file, objects.collect(), config));
    }
    parcel
}

fn of_file(file: &SourceFile) -> Option<Format> {
    if file.is_page() {
        return of_page(file);
    }
    if table::is_one(&file.text) {
        return Some(Format::Cmpm);
    }
    let trimmed = file.text.trim_start();
    if !trimmed.starts_with(['{', '[', '<']) {
        let header = trimmed.lines().next().unwrap_or_default().to_lowercase();
        if linear::is_one(&columns(&header)) {
            return Some(Format::Linear);
        }
        return (header.contains("issue key") || (header.contains("summary") && header.contains("key"))).then_some(Format::Jira);
    }
    of_dump(trimmed)
}

/// By the first record that can be read; a conflict marker above it does not count.
fn of_dump(text: &str) -> Option<Format> {
    let line = || text.lines().find_map(|line| serde_json::from_str::<Json>(line).ok().filter(Json::is_object));
    let first = line().or_else(|| documents(text).0.into_iter().next())?;
    let record = if let Json::Array(items) = &first { items.first()? } else { &first };
    let object = record.as_object()?;
    let has = |key: &str| object.contains_key(key);
    let is_list = |value: &Json| value.get("tasks").is_some_and(Json::is_array);
    match () {
        () if has("issue_type") || object.get("_type").is_some() || (has("id") && has("deleted_at")) => Some(Format::Beads),
        () if has("number") && (has("title") || has("state")) => Some(Format::Github),
        () if is_list(record) || object.values().any(is_list) => Some(Format::Taskmaster),
        () if has("kind") && has("title") => Some(Format::Cmpm),
        () if has("id") && has("title") && has("status") && has("priority") => Some(Format::Beads),
        () => None,
    }
}

fn of_page(file: &SourceFile) -> Option<Format> {
    if bundle::is_one(&file.text) {
        return Some(Format::Cmpm);
    }
    let document = Ticket::document(file.text.clone().into_bytes());
    let has = |key: &str| document.field(key).is_some();
    let number = document.text("id").is_some_and(|id| id.bytes().all(|byte| byte.is_ascii_digit()));
    match () {
        () if document.is_headed() => is_headed_ticket(&file.place, &document).then_some(Format::AiTrackdown),
        () if has("kind") && has("id") => Some(Format::Cmpm),
        () if has("deps") && has("id") => Some(Format::Tk),
        () if number && has("status") => Some(Format::KanbanMd),
        () if ["issue_id", "epic_id", "task_id", "pr_id", "created_at"].into_iter().any(has) => Some(Format::AiTrackdown),
        () if has("id") && (has("created_date") || has("ordinal") || has("parent_task_id")) => Some(Format::Backlog),
        () if has("id") && has("title") && has("status") => Some(Format::AiTrackdown),
        () => None,
    }
}
