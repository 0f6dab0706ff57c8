//! `cmpm trace`

mod record;

use clap::ValueEnum;

use crate::base::{Explain, Explained, Timestamp};
use crate::fs::read;
use crate::git::{Blame, BlamedLine, Commit, Oid};
use crate::nouns::delegation::{Origin, Origins, Writer};
use crate::report::prelude::*;

/// Show where lines come from: commit, run, ticket, agent
///
/// Follows renames, and lines that moved. Takes a file, a line of it or several (`PATH:12-20`), as the work tree has them. With `--commit` it is about what a commit or a
/// range of them (`v1.0..HEAD`) brought. `--format agent-trace` prints an Agent Trace record (agent-trace.dev, 0.1.0) of what is committed.
/// Example: `cmpm trace src/main.rs:12`
#[derive(Debug, Args)]
pub struct Trace {
    /// `PATH`, `PATH:LINE` or `PATH:LINE-LINE`
    #[arg(value_name = "PLACE", required_unless_present = "commit")]
    place: Option<String>,
    /// Only what this commit or range brought
    #[arg(long, value_name = "COMMIT")]
    commit: Option<String>,
    /// How to print it
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For a terminal.
    Text,
    /// For other programs: <https://agent-trace.dev>.
    AgentTrace,
}

/// Where lines come from.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Traced {
    Spans {
        /// Lines that come from the same commit, in order.
        spans: Vec<Span>,
    },
    /// An Agent Trace record.
    Record(serde_json::Value),
}

/// Lines that stand together and come from the same commit.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Span {
    path: RepoPath,
    first: u32,
    last: u32,
    /// The commit that brought them; none of what is not committed.
    #[serde(skip_serializing_if = "Option::is_none")]
    commit: Option<Oid>,
    /// Its first line.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[schemars(default)]
    subject: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    author: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<Timestamp>,
    /// Where the first of them stood then.
    #[serde(skip_serializing_if = "Option::is_none")]
    then: Option<Place>,
    /// Who wrote them.
    #[serde(skip_serializing_if = "Option::is_none")]
    writer: Option<Writer>,
    /// The run that they are the work of.
    #[serde(skip_serializing_if = "Option::is_none")]
    run: Option<Origin>,
    #[serde(skip)]
    lines: Vec<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct Place {
    path: RepoPath,
    line: u32,
}

#[derive(Debug, thiserror::Error)]
enum TraceError {
    #[error("there is no file {path}{}", .at.map(|at| format!(" in {}", at.short())).unwrap_or_default())]
    NoFile { path: String, at: Option<Oid> },
    #[error("{path} has {}, so there is nothing at line {line}", text::plural(*count, "line"))]
    NoLine { path: RepoPath, line: u32, count: usize },
    #[error("{path} is not in git, so nobody knows where its lines come from")]
    Unknown { path: RepoPath },
}

impl Explain for TraceError {
    fn explain(&self) -> Explained {
        match self {
            Self::NoFile { .. } => Explained::wrong("not_found").hint("name a file from where you are, such as `src/main.rs:12`"),
            Self::NoLine { .. } => Explained::wrong("not_found").hint("name a line that it has"),
            Self::Unknown { .. } => Explained::wrong("untracked").hint("add it to git first"),
        }
    }
}

/// A file, and the first and last of its lines that are asked about.
type Lines = (RepoPath, Option<(u32, u32)>);

/// What is asked: the commit that the lines stand in, and the one before which nothing counts.
struct Wanted {
    at: Option<Oid>,
    since: Option<Oid>,
}

impl Verb for Trace {
    type Report = Traced;
    const METADATA: Metadata = Metadata::READS;

    fn run(self, context: &Context) -> Result<Traced> {
        let repository = context.repository()?;
        let head = repository.head()?.require_oid()?;
        let wanted = match self.commit.as_deref() {
            Some(range) => wanted_in(context, range)?,
            // A record is about a commit.
            None => Wanted { at: (self.format == Format::AgentTrace).then_some(head), since: None },
        };
        let at = wanted.at.unwrap_or(head);
        let files = match (self.place.as_deref(), wanted.since) {
            (Some(place), _) => vec![find_place(context, place, wanted.at)?],
            (None, since) => changed(context, since.unwrap_or_else(|| repository.empty_tree()), at)?,
        };
        let mut origins = Origins::at(context, at)?;
        let mut spans = Vec::new();
        for (path, lines) in files {
            let blamed = repository.blame(&Blame { path: &path, lines, at: wanted.at, since: wanted.since })?;
            for span in joined(&path, blamed) {
                spans.push(described(context, &mut origins, span)?);
            }
        }
        Ok(match self.format {
            Format::Text => Traced::Spans { spans },
            Format::AgentTrace => Traced::Record(record::record(context, at, &spans)),
        })
    }
}

/// A range, or a commit as the range from its first parent.
fn wanted_in(context: &Context, range: &str) -> Result<Wanted> {
    let repository = context.repository()?;
    if let Some((since, at)) = range.split_once("..") {
        let at = if at.is_empty() { "HEAD" } else { at };
        return Ok(Wanted { at: Some(repository.resolve(at)?), since: Some(repository.resolve(since)?) });
    }
    let at = repository.resolve(range)?;
    Ok(Wanted { at: Some(at), since: repository.read_commit(at)?.parents.first().copied() })
}

/// The files that differ between two commits and still are there.
fn changed(context: &Context, since: Oid, at: Oid) -> Result<Vec<Lines>> {
    let repository = context.repository()?;
    let mut files = Vec::new();
    for change in repository.diff_stat(since, at)? {
        if !change.binary && change.added > 0 && repository.find_entry(at, &change.path)?.is_some() {
            files.push((change.path, None));
        }
    }
    Ok(files)
}

/// A place as somebody typed it, from the current folder; its file must be there, and its lines.
fn find_place(context: &Context, typed: &str, at: Option<Oid>) -> Result<Lines> {
    let (name, lines) = typed.rsplit_once(':').and_then(|(name, lines)| Some((name, Some(range(lines)?)))).unwrap_or((typed, None));
    let missing = || TraceError::NoFile { path: text::one_line(name), at };
    let (root, repository) = (context.root()?, context.repository()?);
    let path = RepoPath::relative(root, &context.cwd.join(name)).ok_or_else(missing)?;
    let bytes = match at {
        Some(at) => repository.find_blob(at, &path)?,
        None => read::find(&path.below(root))?,
    };
    let bytes = bytes.ok_or_else(missing)?;
    let count = String::from_utf8_lossy(&bytes).lines().count();
    let outside = lines.and_then(|(first, last)| [first, last].into_iter().find(|line| *line == 0 || *line as usize > count));
    if let Some(line) = outside {
        return Err(TraceError::NoLine { path, line, count }.into());
    }
    let is_known = at.is_some() || repository.find_entry(repository.head()?.require_oid()?, &path)?.is_some();
    if is_known || repository.staged()?.find(&path).is_some() { Ok((path, lines)) } else { Err(TraceError::Unknown { path }.into()) }
}

fn range(text: &str) -> Option<(u32, u32)> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (first, last) = (first.parse().ok()?, last.parse().ok()?);
    (first <= last).then_some((first, last))
}

/// Lines one after the other that stood one after the other in the same commit; what was there before is left out.
fn joined(path: &RepoPath, blamed: Vec<BlamedLine>) -> Vec<Span> {
    let mut spans: Vec<Span> = Vec::new();
    for BlamedLine { line, text, commit, origin, .. } in blamed.into_iter().filter(|blamed| !blamed.before) {
        let goes_on = |span: &&mut Span| {
            let next = span.then.as_ref().map(|then| (&then.path, then.line + line - span.first));
            span.last + 1 == line && span.commit == commit && (commit.is_none() || next == Some((&origin.0, origin.1)))
        };
        match spans.last_mut().filter(goes_on) {
            Some(span) => {
                span.last = line;
                span.lines.push(text);
            }
            None => spans.push(Span {
                path: path.clone(),
                first: line,
                last: line,
                then: commit.map(|_| Place { path: origin.0, line: origin.1 }),
                commit,
                subject: String::new(),
                author: None,
                at: None,
                writer: None,
                run: None,
                lines: vec![text],
            }),
        }
    }
    spans
}

fn described(context: &Context, origins: &mut Origins<'_>, span: Span) -> Result<Span> {
    let Some(oid) = span.commit else { return Ok(span) };
    let commit: Commit = context.repository()?.read_commit(oid)?;
    let path = span.then.as_ref().map_or(&span.path, |then| &then.path);
    let run = origins.of(&commit, path)?;
    Ok(Span {
        subject: commit.subject().to_owned(),
        author: Some(commit.author.name.clone()),
        at: Some(commit.time),
        writer: Some(Writer::of(&commit, run.as_ref())),
        run,
        ..span
    })
}

impl Report for Traced {
    const SCHEMA: &'static str = "cmpm.trace/1";

    fn render(&self, screen: &Screen) -> String {
        match self {
            Self::Record(record) => format!("{record:#}\n"),
            Self::Spans { spans } if spans.is_empty() => "No lines.\n".to_owned(),
            Self::Spans { spans } => spans.iter().map(|span| span.render(screen)).collect::<Vec<_>>().join("\n"),
        }
    }
}

impl Span {
    fn render(&self, screen: &Screen) -> String {
        let lines = if self.first == self.last { self.first.to_string() } else { format!("{}-{}", self.first, self.last) };
        let mut out = format!("{}:{lines}\n", screen.paint(Tone::Title, &text::one_line(&self.path.lossy())));
        let mut line = |label: &str, value: String| {
            if !value.is_empty() {
                let _ = writeln!(out, "  {}  {}", screen.paint(Tone::Quiet, &format!("{label:<8}")), text::one_line(&value));
            }
        };
        let Some(commit) = self.commit else {
            line("commit", "not committed".to_owned());
            return out;
        };
        line("commit", format!("{} {}", commit.short(), self.subject));
        line("by", format!("{}, {}", self.author.as_deref().unwrap_or_default(), self.at.map(|at| at.to_string()).unwrap_or_default()));
        if let Some(then) = self.then.as_ref().filter(|then| then.path != self.path) {
            line("was", format!("{}:{}", then.path, then.line));
        }
        if let Some(run) = &self.run {
            line("run", run.run.to_string());
            line("ticket", run.ticket.as_ref().map(|ticket| format!("{ticket} {}", run.title)).unwrap_or_default());
            let model = if run.model.is_empty() { String::new() } else { format!(", {}", run.model) };
            line("agent", if run.agent.is_empty() { String::new() } else { format!("{} ({}{model})", run.agent, run.runner) });
            line("asked", run.asked.clone());
            line("approved", run.approved.as_ref().map(|by| format!("{}, {}, {}", by.by, by.at, by.commit.short())).unwrap_or_default());
            line("page", run.page.as_ref().map(ToString::to_string).unwrap_or_default());
        }
        out
    }
}
