//! `cmpm delegate review`

use std::path::PathBuf;

use clap::ValueEnum;

use crate::base::Timestamp;
use crate::claims::Lost;
use crate::document::markdown::without_empty_sections;
use crate::exchange::write_output;
use crate::git::{DiffText, FileStat};
use crate::nouns::ticket::{Look, LooseEnds, Picture};
use crate::report::prelude::*;
use crate::run::{GateResult, Outcome, PlacedComment, Proposal, Revision, Risk, Run, Runs, State, Status};
use crate::store::Snapshot;

use super::colleagues::comment;
use super::deciding::criteria::OtherTicket;
use super::deciding::html::{self, Part, Sheet};
use super::deciding::inbox::{self, Waiting};
use super::deciding::looks::{first_looks, list};
use super::done::AlreadyDone;
use super::find_ticket;
use super::row::{RunRow, damage, next_step, tone};

/// Review a run: what was asked, done and checked, and what it cost
///
/// Without a run: the only one that waits for review, or those that do, by risk, by how many open tickets wait for theirs, and by age, each with the reasons. `--format markdown` prints the page, ready for a pull request.
/// `--html` writes one file with the diff that needs nothing else, for a browser or a mail.
/// Examples: `cmpm delegate review RUN-4f2`, `cmpm delegate review RUN-4f2 --html review.html`
#[derive(Debug, Args)]
pub struct Review {
    /// Run to review
    #[arg(add = Takes::Run)]
    run: Option<String>,
    /// How to print it
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
    /// Write it with its diff to this file, as one web page
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Write it over a file that holds something else
    #[arg(long, requires = "html")]
    replace: bool,
}

/// How a review is printed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// For a terminal.
    #[default]
    Text,
    /// For a pull request.
    Markdown,
}

/// One run to decide about, or the list of those that wait.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Reviewed {
    /// One run.
    One(Box<Page>),
    /// Those that wait.
    Waiting {
        /// The runs, the one to decide about first at the top.
        waiting: Vec<Waiting>,
        #[serde(skip)]
        now: Timestamp,
    },
}

/// Everything that a reviewer needs to decide.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Page {
    #[serde(flatten)]
    row: RunRow,
    status: Status,
    /// The ticket's text: what was asked.
    asked: String,
    /// What the agent said; a claim.
    claim: String,
    /// The files that change.
    files: Vec<FileStat>,
    /// The files that the target has changed in the same places meanwhile.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    conflicts: Vec<RepoPath>,
    /// What a stranger's text could have done.
    #[serde(skip_serializing_if = "Option::is_none")]
    risk: Option<Risk>,
    /// What the agent proposes beside its change; claims.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    proposals: Vec<Proposal>,
    #[serde(skip)]
    target: String,
    /// The gates that had no network.
    #[serde(skip)]
    offline: Vec<String>,
    /// What was said about its work.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    comments: Vec<PlacedComment>,
    /// What to look at first.
    first: Vec<String>,
    /// The page as Markdown.
    markdown: String,
    /// The web page that was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    written: Option<PathBuf>,
    #[serde(skip)]
    format: Format,
}

impl Verb for Review {
    type Report = WithFindings<Reviewed>;
    const METADATA: Metadata = Metadata::WRITES;

    fn run(self, context: &Context) -> Result<WithFindings<Reviewed>> {
        let trust = super::trust(context)?;
        let runs = super::runs(context, &trust)?;
        let run = match &self.run {
            Some(query) => super::require(context, &runs, Some(query))?,
            None => match <[Run; 1]>::try_from(runs.waiting()?) {
                Ok([only]) => only,
                Err(_) => {
                    let tickets = Picture::load(context, Look::default())?.listing;
                    let waiting = inbox::inbox(context, &runs, &tickets.records)?;
                    return Ok(Reviewed::Waiting { waiting, now: context.clock.now() }.with(Vec::new()));
                }
            },
        };
        let findings = damage(&run);
        let mut page = self.page(context, &runs, &run)?;
        if let Some(file) = &self.html {
            let diff = match page.status.work {
                Some(work) => runs.repository.diff_text(&DiffText { old: run.base(), new: work, paths: &[], colour: false })?,
                None => Vec::new(),
            };
            let html = page.html(&String::from_utf8_lossy(&diff));
            write_output(&[(context.cwd.join(file), html.into_bytes())], self.replace, false)?;
            page.written = Some(file.clone());
        }
        super::note_shown(context, &runs, &run);
        Ok(Reviewed::One(Box::new(page)).with(findings))
    }
}

impl Review {
    /// Everything that a reviewer needs to decide.
    fn page(&self, context: &Context, runs: &Runs<'_>, run: &Run) -> Result<Page> {
        let files = runs.changed_files(run)?;
        let conflicts = runs.conflicts(run)?;
        let mut first = first_looks(&run.status, &files, &conflicts);
        let unchecked = runs.unchecked(run)?;
        if !unchecked.is_empty() {
            first.insert(0, format!("changed in the worktree after it was checked: {}; `resume` checks it", list(&unchecked)));
        }
        if let Some(lost) = if run.status.state == State::Review { runs.find_lost(run)? } else { None } {
            first.insert(0, lost_line(&run.job.ticket.id, &lost));
        }
        if let Some(done) = AlreadyDone::find(context, run)? {
            first.insert(0, done.to_string());
        }
        for other in OtherTicket::find(context, run, &run.job.target)?.iter().rev() {
            first.splice(0..0, other.lines());
        }
        let comments = runs.placed_comments(run)?;
        first.splice(0..0, looks_of_others(runs, run, &comments)?);
        if let Some(line) = open_criteria(context, run)?.line() {
            first.insert(0, format!("{}: {line}; `approve --keep-open` leaves the ticket open", run.job.ticket.id));
        }
        Ok(Page {
            first,
            conflicts,
            proposals: runs.proposals(run)?,
            comments,
            target: run.job.target.clone(),
            offline: offline(run),
            risk: run.job.risk.clone(),
            claim: runs.claim_text(run)?,
            markdown: markdown(&runs.page(run)?.text).to_owned(),
            row: RunRow::from(run),
            asked: run.job.ticket.body.clone(),
            status: run.status.clone(),
            files,
            written: None,
            format: self.format,
        })
    }
}

fn lost_line(ticket: &Id, Lost { remote, held }: &Lost) -> String {
    match held {
        Some(held) => format!("this run has lost {ticket}, which is claimed {held}"),
        None => {
            format!("the claim of this run on {ticket} is gone from `{remote}`, so others may take the ticket; `revise` claims it again")
        }
    }
}

/// What others did about a run or said of its work.
fn looks_of_others(runs: &Runs<'_>, run: &Run, comments: &[PlacedComment]) -> Result<Vec<String>> {
    let how = "`approve` adds the page and finishes the ticket, `clean` only clears it away";
    let merged = runs.find_merged(run)?.map(|commit| format!("its work came into the target by another way, as {}; {how}", commit.short()));
    let is_open = comments.iter().any(|placed| placed.comment.is_open());
    Ok(merged.into_iter().chain(is_open.then(|| format!("comments: {}", comment::count(comments)))).collect())
}

/// The acceptance criteria that neither the run nor anybody here has ticked.
fn open_criteria(context: &Context, run: &Run) -> Result<LooseEnds> {
    if run.status.state != State::Review {
        return Ok(LooseEnds::default());
    }
    let done = Snapshot::Tree(context.repository()?, run.status.work.unwrap_or(run.base()));
    let here = context.store()?.work_tree();
    let mut found = Vec::new();
    for snapshot in [done, here] {
        found.extend(find_ticket(context, run, &snapshot)?.and_then(|stored| stored.record.criteria));
    }
    let criteria = found.into_iter().max_by_key(|criteria| criteria.done).filter(|criteria| criteria.done < criteria.total);
    Ok(LooseEnds { criteria, ..LooseEnds::default() })
}

/// The gates that were kept from the network.
fn offline(run: &Run) -> Vec<String> {
    let is_held = !run.status.sandbox.is_empty() && !run.status.sandbox.starts_with("none");
    run.job.gates.iter().filter(|gate| is_held && gate.network.is_none()).map(|gate| gate.name.clone()).collect()
}

/// The page without its front matter, which a pull request would show as a rule and a heading.
fn markdown(page: &str) -> &str {
    page.strip_prefix("---\n").and_then(|rest| rest.split_once("\n---\n")).map_or(page, |(_, body)| body.trim_start())
}

impl Report for Reviewed {
    const SCHEMA: &'static str = "cmpm.delegate.review/1";

    fn render(&self, screen: &Screen) -> String {
        match self {
            Self::One(page) if page.written.is_some() => {
                format!("Wrote {}\n", page.written.iter().map(|file| text::one_line(&file.to_string_lossy())).collect::<String>())
            }
            Self::One(page) if page.format == Format::Markdown => text::printable(&page.markdown),
            Self::One(page) => page.render(screen),
            Self::Waiting { waiting, .. } if waiting.is_empty() => "No run is waiting for review.\n".to_owned(),
            Self::Waiting { waiting, now } => inbox::render(waiting, *now, screen),
        }
    }
}

impl Page {
    /// The review as a web page.
    fn html(&self, diff: &str) -> String {
        let (row, status) = (&self.row, &self.status);
        let text = |title, text: &str| Part { title, text: text::printable(text.trim()), items: Vec::new() };
        let list =
            |title, items: Vec<String>| Part { title, text: String::new(), items: items.iter().map(|item| text::one_line(item)).collect() };
        let lines = |text: String| text.lines().map(|line| line.trim_start_matches("- ").to_owned()).collect();
        let mut parts = vec![
            list("Look first at", self.first.clone()),
            text("Asked", &without_empty_sections(&self.asked)),
            list("Revisions", lines(render_revisions(&status.revisions))),
            list("Checked", lines(self.render_checks())),
            list("Noticed", status.notes.clone()),
            text("Cost", &render_cost(status)),
            text("The agent said (unchecked)", &self.claim),
            text("Decision", &status.decision),
        ];
        parts.retain(|part| !part.text.is_empty() || !part.items.is_empty());
        let colour = match tone(row.outcome) {
            Some(Tone::Good) => "good",
            Some(Tone::Bad) => "bad",
            _ => "warn",
        };
        html::render(&Sheet {
            names: [row.run.as_str(), row.ticket.as_str(), &row.agent, &row.runner, &self.target],
            title: &row.title,
            outcome: (row.outcome.map_or("not finished", Outcome::as_str), colour),
            reason: &row.reason,
            parts,
            files: &self.files,
            diff,
        })
    }

    fn render(&self, screen: &Screen) -> String {
        let (row, status) = (&self.row, &self.status);
        let word = row.outcome.map_or("not finished", Outcome::as_str);
        let outcome = tone(row.outcome).map_or_else(|| word.to_owned(), |tone| screen.paint(tone, word));
        let mut out = format!(
            "{} {}  {outcome}\n",
            screen.paint(Tone::Key, row.run.as_str()),
            screen.paint(Tone::Title, &text::one_line(&row.title))
        );
        if !row.reason.is_empty() {
            let _ = writeln!(out, "{}", text::one_line(&row.reason));
        }
        let mut section = |title: &str, body: &str| {
            let body = text::printable(body.trim());
            if !body.is_empty() {
                let _ = writeln!(out, "\n{}\n{body}", screen.paint(Tone::Title, title));
            }
        };
        section("Asked", &format!("{} by {} with {}\n{}", row.ticket, row.agent, row.runner, without_empty_sections(&self.asked)));
        section("Revisions", &render_revisions(&status.revisions));
        section("Comments", &comment::render(&self.comments, screen));
        section("Done", &render_files(&self.files));
        section("Checked", &self.render_checks());
        section("Noticed", &status.notes.iter().map(|note| format!("- {}\n", text::one_line(note))).collect::<String>());
        section("Cost", &render_cost(status));
        section("Look first at", &self.first.iter().map(|look| format!("- {}\n", text::one_line(look))).collect::<String>());
        section("The agent said (unchecked)", &self.claim);
        section(&format!("Proposed (unchecked; `delegate take {}` writes it)", row.run), &super::propose::render(&self.proposals));
        section("Next", &self.render_next());
        out
    }

    fn render_checks(&self) -> String {
        let (status, mut out) = (&self.status, String::new());
        let policy = if status.violations.is_empty() { "nothing outside the role's permissions" } else { "refused" };
        let _ = writeln!(out, "- policy: {policy}");
        for breach in &status.violations {
            let _ = writeln!(out, "  - {} ({})", text::one_line(&breach.message), text::one_line(&breach.rule));
        }
        for gate in &status.gates {
            let why = match gate {
                GateResult { not_needed: true, detail, .. } => format!(": {detail}"),
                GateResult { passed: false, name, .. } if self.offline.contains(name) => ", without network".to_owned(),
                _ => String::new(),
            };
            let _ = writeln!(out, "- gate {} `{}`: {}{why}", gate.name, gate.command, gate.verdict());
        }
        if status.gates.is_empty() {
            let _ = writeln!(out, "- no gates ran");
        }
        if let Some(risk) = &self.risk {
            let _ = writeln!(out, "- risk: {}", text::one_line(&risk.line()));
        }
        let _ = writeln!(out, "- sandbox: {}", if status.sandbox.is_empty() { "no program was started" } else { &status.sandbox });
        out
    }

    fn render_next(&self) -> String {
        let run = &self.row.run;
        match (self.row.state, self.row.outcome) {
            (State::Review, Some(Outcome::Passed)) if !self.conflicts.is_empty() => format!(
                "It conflicts with {}, so it cannot be merged as it is.\n\
                 cmpm delegate revise {run}            its agent resolves the conflicts\n\
                 cmpm delegate revise {run} --by-hand  you do, in its worktree\n\
                 cmpm delegate reject {run} -m \"why\"",
                self.target
            ),
            (State::Review, Some(Outcome::Passed)) => format!(
                "cmpm delegate diff {run}\ncmpm delegate approve {run}\n\
                 cmpm delegate revise {run} -m \"what to change\"\ncmpm delegate reject {run} -m \"why\""
            ),
            (State::Review, _) => format!(
                "cmpm delegate resume {run}\ncmpm delegate revise {run} -m \"what to change\"\ncmpm delegate reject {run} -m \"why\""
            ),
            _ => next_step(&self.row).unwrap_or_default(),
        }
    }
}

fn render_files(files: &[FileStat]) -> String {
    if files.is_empty() {
        return "no file changed".to_owned();
    }
    let lines = |file: &FileStat| if file.binary { "binary".to_owned() } else { format!("+{} -{}", file.added, file.removed) };
    files.iter().map(|file| format!("{}  {}\n", file.path, lines(file))).collect()
}

/// What people asked for, each with who and when.
fn render_revisions(revisions: &[Revision]) -> String {
    let line = |Revision { by, at, text, edited, onto, .. }: &Revision| {
        let edited = if edited.is_empty() { String::new() } else { format!(" (edited {} by hand)", list(edited)) };
        let onto = onto.map(|onto| format!(" (brought onto {})", onto.short())).unwrap_or_default();
        let text = if text.is_empty() { String::new() } else { format!(": {}", text::one_line(text)) };
        format!("- {at} {}{onto}{edited}{text}\n", text::one_line(by))
    };
    revisions.iter().map(line).collect()
}

fn render_cost(status: &Status) -> String {
    let mut parts = vec![format!("{}", text::plural(status.attempt as usize, "attempt"))];
    parts.extend(status.worked().map(text::duration));
    let usage = &status.usage;
    parts.extend(usage.model.clone());
    if let (Some(input), Some(output)) = (usage.input_tokens, usage.output_tokens) {
        parts.push(format!("{input} tokens in, {output} out"));
    }
    parts.extend(usage.cost.map(|cost| format!("${cost:.4}")));
    parts.join(", ")
}
