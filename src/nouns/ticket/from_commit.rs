//! `cmpm ticket from-commit`

use std::path::PathBuf;

use crate::base::{Rule, Severity};
use crate::fs::read;
use crate::git::{Commit, LogRange, Repository};
use crate::report::prelude::*;
use crate::store::queue::{Arrived, Queue, Step};
use crate::store::{Scan, Store, Stored};

use super::change::set_status;
use super::{Mention, MentionVerb, Ticket, named_in};

/// Complete the tickets that commit messages close
///
/// Reads `Closes`, `Close`, `Fixes` or `Resolves` with one or more ids, in the text or as trailers, and completes these
/// tickets in the work tree. `Refs`, `Ref`, `Part-of` and `Cmpm-Ticket` are listed and change nothing. Code, quotations and
/// `does not close` do not count. Doing it again changes nothing.
/// With `--queued` it reads what reached the integration branch since it was last asked to; git's hooks note since when.
/// With `--text` it reads the text of a pull request, so that a merge by a server closes what its text says.
/// Examples: `cmpm ticket from-commit`, `cmpm ticket from-commit main..HEAD --dry-run`, `cmpm ticket from-commit --text -`
#[derive(Debug, Args)]
pub struct FromCommit {
    /// A commit, a range `from..to`, or `-` for a message or a pull request's text on standard input
    #[arg(value_name = "REV|RANGE|-", default_value = "HEAD", allow_hyphen_values = true)]
    source: String,
    /// Read the commits that git's hooks queued, if they are on the integration branch
    #[arg(long, conflicts_with = "source")]
    queued: bool,
    /// Read a text instead, such as a pull request's description: a file, or `-` for standard input
    #[arg(long, value_name = "FILE|-", conflicts_with_all = ["source", "queued"])]
    text: Option<PathBuf>,
    /// Say what would be done, and write nothing
    #[arg(long)]
    dry_run: bool,
    /// Commit what was written
    #[arg(long, conflicts_with = "dry_run")]
    commit: bool,
}

/// What the messages say, and what came of it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Applied {
    /// Whether nothing was written.
    dry_run: bool,
    /// Tickets that are completed now.
    closed: Vec<NamedTicket>,
    /// Tickets that were closed before.
    unchanged: Vec<NamedTicket>,
    /// Tickets that are only referred to.
    linked: Vec<NamedTicket>,
    /// Whether it is what was queued: then what is closed already, mostly by whoever merged it, is nothing to do.
    #[serde(skip)]
    queued: bool,
    #[serde(skip)]
    findings: Vec<Finding>,
}

/// A ticket that a message names.
#[derive(Debug, Serialize, JsonSchema)]
pub struct NamedTicket {
    id: Id,
    title: String,
    /// Its status now.
    status: String,
    /// The commit that names it; absent for a text from standard input.
    commit: Option<String>,
}

/// A mention with where it was read.
struct Source {
    mention: Mention,
    commit: Option<String>,
}

/// As `cmpm undo` names it.
const OPERATION: &str = "ticket from-commit";

impl Verb for FromCommit {
    type Report = Applied;
    const METADATA: Metadata = Metadata::WRITES;

    fn run(self, context: &Context) -> Result<Applied> {
        if self.queued {
            return close_queued(context, self.mode());
        }
        let in_text = |text: &str| named_in(text).into_iter().map(|mention| Source { mention, commit: None }).collect();
        let sources = match &self.text {
            Some(file) if file.as_os_str() != "-" => in_text(&String::from_utf8_lossy(&read::read(&context.cwd.join(file))?)),
            Some(_) => in_text(&context.read_input()?),
            None if self.source == "-" => in_text(&context.read_input()?),
            None => in_commits(&commits(context.repository()?, &self.source)?),
        };
        apply(context, sources, (self.mode(), None))
    }
}

/// What is done with what the messages say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Only say it.
    DryRun,
    Write,
    /// Write and commit it.
    Commit,
}

impl FromCommit {
    fn mode(&self) -> Mode {
        match (self.dry_run, self.commit) {
            (true, _) => Mode::DryRun,
            (false, true) => Mode::Commit,
            (false, false) => Mode::Write,
        }
    }
}

/// Does what the commits say that reached the integration branch since the last time.
pub fn close_queued(context: &Context, mode: Mode) -> Result<Applied> {
    let (repository, store) = (context.repository()?, context.store()?);
    let queue = Queue::new(store.live());
    let Some(arrived) = queue.arrived_here(repository, Step::Close)? else { return apply(context, Vec::new(), (mode, None)) };
    let range = LogRange { from: vec![arrived.to], hide: arrived.from.into_iter().collect(), ..LogRange::default() };
    let mut commits = repository.commits(&range)?;
    commits.reverse();
    let applied = Applied { queued: true, ..apply(context, in_commits(&commits), (mode, Some(&arrived)))? };
    // With tickets that were closed it is recorded already.
    if mode != Mode::DryRun && applied.closed.is_empty() {
        queue.finish(Step::Close, &arrived)?;
    }
    Ok(applied)
}

/// Does what messages say; with what was queued it is recorded how far that is done, in the same step.
fn apply(context: &Context, sources: Vec<Source>, (mode, arrived): (Mode, Option<&Arrived>)) -> Result<Applied> {
    let dry_run = mode == Mode::DryRun;
    let ready = context.ready_to_commit(mode == Mode::Commit)?;
    let store = context.store()?;
    let mut transaction = if dry_run || sources.is_empty() { store.transaction(OPERATION) } else { store.begin(OPERATION)? };
    let mut scan = store.scan::<Ticket>(&store.work_tree());
    let mut applied =
        Applied { dry_run, closed: Vec::new(), unchanged: Vec::new(), linked: Vec::new(), queued: false, findings: Vec::new() };
    for source in sources {
        let Some(stored) = applied.find(&mut scan, &source, store) else { continue };
        let before = stored.document.bytes().to_vec();
        applied.apply(stored, source)?;
        transaction.replace(&stored.path, before, stored.document.bytes().to_vec());
    }
    if let (Some(arrived), false, false) = (arrived, dry_run, applied.closed.is_empty()) {
        transaction.add(Queue::new(store.live()).closing(arrived)?);
    }
    if !dry_run {
        let written = transaction.commit()?;
        let ids: Vec<&str> = applied.closed.iter().map(|ticket| ticket.id.as_str()).collect();
        ready.commit_paths(&written, &format!("complete {}", ids.join(", ")))?;
    }
    Ok(applied)
}

/// The commits that a revision or range names, oldest first.
fn commits(repository: &Repository, source: &str) -> Result<Vec<Commit>> {
    let Some((from, to)) = source.split_once("..") else { return Ok(vec![repository.read_commit(repository.resolve(source)?)?]) };
    let resolve = |name: &str| repository.resolve(if name.is_empty() { "HEAD" } else { name });
    let range = LogRange { from: vec![resolve(to)?], hide: vec![resolve(from)?], ..LogRange::default() };
    let mut commits = repository.commits(&range)?;
    commits.reverse();
    Ok(commits)
}

fn in_commits(commits: &[Commit]) -> Vec<Source> {
    let of_commit = |commit: &Commit| {
        let name = commit.oid.short();
        named_in(&commit.message).into_iter().map(move |mention| Source { mention, commit: Some(name.to_string()) })
    };
    commits.iter().flat_map(of_commit).collect()
}

impl Applied {
    /// Tickets that are completed now.
    pub fn closed(&self) -> impl Iterator<Item = &Id> {
        self.closed.iter().map(|ticket| &ticket.id)
    }

    /// The ticket that a mention names; a finding if there is none or more than one.
    fn find<'a>(&mut self, scan: &'a mut Scan<Ticket>, source: &Source, store: &Store) -> Option<&'a mut Stored<Ticket>> {
        let path = match scan.find(&source.mention.id) {
            Ok(stored) => stored.path.clone(),
            Err(error) => {
                // `Fixes UTF-8` is not about a ticket.
                if source.mention.is_surely_ticket() {
                    let folder = store.config().paths.tasks.first().cloned().unwrap_or_default();
                    self.findings.push(unknown(folder, source, &error.to_string()));
                }
                return None;
            }
        };
        scan.records.iter_mut().find(|stored| stored.path == path)
    }

    fn apply(&mut self, stored: &mut Stored<Ticket>, source: Source) -> Result<()> {
        let is_known = |list: &[NamedTicket]| list.iter().any(|known| known.id == stored.record.id);
        if is_known(&self.closed) || is_known(&self.unchanged) {
            return Ok(());
        }
        let closes = source.mention.verb == MentionVerb::Closes;
        if !closes && is_known(&self.linked) {
            return Ok(());
        }
        self.linked.retain(|known| known.id != stored.record.id);
        let list = match (closes, stored.record.category.is_closed()) {
            (false, _) => &mut self.linked,
            (true, true) => &mut self.unchanged,
            (true, false) => {
                let word = stored.record.completed_word()?;
                set_status(stored, word)?;
                &mut self.closed
            }
        };
        let ticket = &stored.record;
        list.push(NamedTicket { id: ticket.id.clone(), title: ticket.title.clone(), status: ticket.status.clone(), commit: source.commit });
        Ok(())
    }
}

fn unknown(folder: RepoPath, source: &Source, reason: &str) -> Finding {
    let place = source.commit.as_ref().map_or_else(|| "the text".to_owned(), |commit| format!("commit {commit}"));
    Finding::new(Rule::UnknownTicket, Severity::Warning, folder, format!("{place}: {reason}"))
        .hint("`cmpm ticket list --all` shows what there is")
}

impl Report for Applied {
    const SCHEMA: &'static str = "cmpm.ticket.from_commit/1";

    fn render(&self, screen: &Screen) -> String {
        let closed = if self.dry_run { "Would complete" } else { "Completed" };
        let mut out = String::new();
        for (word, tickets) in [(closed, &self.closed), ("Already closed", &self.unchanged), ("Refers to", &self.linked)] {
            for ticket in tickets.iter().filter(|_| word == closed || !self.queued) {
                let place = ticket.commit.as_ref().map(|commit| screen.paint(Tone::Quiet, &format!(" ({commit})"))).unwrap_or_default();
                let id = screen.paint(Tone::Key, ticket.id.as_str());
                let _ = writeln!(out, "{word} {id}: {}{place}", text::one_line(&ticket.title));
            }
        }
        if out.is_empty() {
            let is_named = !self.unchanged.is_empty() || !self.linked.is_empty();
            out.push_str(if is_named { "Nothing to complete.\n" } else { "No tickets are named.\n" });
        }
        out
    }

    fn findings(&self) -> &[Finding] {
        &self.findings
    }
}
