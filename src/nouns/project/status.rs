//! `cmpm status`

use super::counts::{KindCount, RunCounts, describe_trash};
use super::init::MERGE_DRIVER;
use super::init::record::{Installed, Record};
use super::statistics::Statistics;
use super::trust::count_untrusted;
use crate::context::CONFIG_FILE;
use crate::fs::read;
use crate::fs::walk::free_bytes;
use crate::git::{Held, Oid};
use crate::nouns::delegation::Waiting;
use crate::nouns::merge::Open;
use crate::nouns::ticket::{Look, Picture, find_unknown};
use crate::nouns::{delegation, hook};
use crate::report::prelude::*;
use crate::report::{TableColumn, is_zero};
use crate::run::{Run, Runs};
use crate::store::{Store, Trust};

/// Show the state of the project
///
/// Tickets, runs, claims, memories, and the next sensible step. Changes nothing, and works without `cmpm init` too.
/// Examples: `cmpm status`, `cmpm status --stats`
#[derive(Debug, Args)]
pub struct Status {
    /// Also count tickets by status, priority, assignee and label
    #[arg(long, alias = "full")]
    stats: bool,
}

/// So many of the runs that wait are named.
const SHOWN: usize = 3;

/// The project on one page.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Overview {
    #[serde(flatten)]
    facts: Facts,
    /// Only with `--stats`.
    #[serde(skip_serializing_if = "Option::is_none")]
    statistics: Option<Statistics>,
    next: Step,
}

/// The numbers.
#[derive(Debug, Serialize, JsonSchema)]
struct Facts {
    /// Whether `cmpm init` was done.
    initialised: bool,
    /// The branch, if one is checked out.
    branch: Option<String>,
    /// The commit, if there is one.
    commit: Option<Oid>,
    /// Tickets of each kind.
    tickets: Vec<KindCount>,
    /// How many of these tickets are only in other worktrees or on other branches.
    #[serde(skip_serializing_if = "is_zero")]
    #[schemars(default)]
    elsewhere: usize,
    /// How many tickets can be started.
    ready: usize,
    runs: RunCounts,
    /// The runs that wait for a person, what to decide first at the top; at most three.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    waiting: Vec<Waiting>,
    /// How many tickets somebody works on.
    claims: usize,
    memories: usize,
    /// How many files of cmpm a merge left in conflict.
    conflicts: usize,
    /// What is wrong with ticket files; `cmpm ready` names it.
    findings: usize,
    /// What of cmpm this clone lacks, and how to add it.
    #[serde(skip_serializing_if = "Option::is_none")]
    setup: Option<String>,
    /// How many commands of the project may not run on this machine.
    untrusted: usize,
    /// What is kept of worktrees that were taken away, until it is deleted for good.
    #[serde(skip_serializing_if = "Option::is_none")]
    trash: Option<Held>,
    /// How many megabytes are free, where that is too little for a run to begin.
    #[serde(skip_serializing_if = "Option::is_none")]
    free_mb: Option<u64>,
    /// What reached the integration branch and waits to be worked through.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    arrived: Vec<String>,
}

/// What to do next.
#[derive(Debug, PartialEq, Eq, Serialize, JsonSchema)]
struct Step {
    /// Why.
    reason: String,
    /// What to type.
    command: String,
}

impl Verb for Status {
    type Report = Overview;
    const METADATA: Metadata = Metadata::READS;

    fn run(self, context: &Context) -> Result<Overview> {
        let store = context.store()?;
        let repository = context.repository()?;
        let head = repository.head()?;
        let trust = Trust::load(&context.env, repository.common_dir());
        let runs = delegation::runs(context, &trust)?;
        let picture = Picture::load(context, Look::default())?.merged();
        let judgement = picture.judge(context, store);
        let initialised = read::exists(&CONFIG_FILE.below(store.root()));
        let facts = Facts {
            initialised,
            setup: if initialised { setup(context)? } else { None },
            branch: head.branch().map(str::to_owned),
            commit: head.oid(),
            tickets: KindCount::of(&picture.listing.records),
            elsewhere: picture.listing.records.iter().filter(|listed| !picture.around.is_here(&listed.record.id)).count(),
            ready: judgement.ready.len(),
            runs: count_runs(context, &runs)?,
            waiting: delegation::inbox(context, &runs, &picture.listing.records)?.into_iter().take(SHOWN).collect(),
            claims: picture.around.count_claimed(),
            memories: count_memories(store),
            conflicts: Open::find(repository, store.config())?.len(),
            findings: picture.listing.findings.len() + judgement.findings.len() + runs.damaged()?.len(),
            untrusted: count_untrusted(context, &trust)?,
            free_mb: free_bytes(repository.common_dir())
                .map(|bytes| bytes / 1_000_000)
                .filter(|free| *free < u64::from(store.config().delegate.min_free_mb)),
            trash: Some(repository.trash().held()?).filter(|held| held.worktrees > 0),
            // A history that cannot be read hides nothing else.
            arrived: hook::waiting(context, judgement.ready.iter().any(|ticket| ticket.record.agent.is_some())).unwrap_or_default(),
        };
        let statistics = self.stats.then(|| Statistics::of(&picture.listing.records));
        Ok(Overview { next: facts.next_step(), facts, statistics })
    }
}

/// What this clone lacks, in one line.
fn setup(context: &Context) -> Result<Option<String>> {
    let claims = find_unknown(context)?.map(|finding| format!("{}: {}", finding.message, finding.hint.unwrap_or_default()));
    let all: Vec<String> = missing_setup(context)?.into_iter().chain(claims).collect();
    Ok(Some(all.join("; ")).filter(|line| !line.is_empty()))
}

/// What does not come with a clone and is not there, in one line. Who ran `init --no-hooks` wants no hooks.
fn missing_setup(context: &Context) -> Result<Option<String>> {
    let repository = context.repository()?;
    let missing = |what: &str| Some(format!("{what} in this clone; `cmpm init` adds what is missing"));
    let has_driver = repository.config_value(MERGE_DRIVER).is_some();
    let is_new = Record::load(context.store()?.live())?.old == Installed::default();
    let lacks_hooks = match hook::is_set_up(repository) {
        Ok(is_set_up) => is_new && !is_set_up,
        Err(failure) => return Ok(Some(format!("git's hooks: {failure}; `cmpm doctor` says more"))),
    };
    Ok(match (lacks_hooks, has_driver) {
        (true, false) => missing("neither git's hooks nor the merge driver are set up"),
        (true, true) => missing("git's hooks are not set up"),
        (false, false) => missing("the merge driver is not set up"),
        (false, true) => hook::find_gap(repository)?,
    })
}

fn count_runs(context: &Context, runs: &Runs<'_>) -> Result<RunCounts> {
    let here = runs.list()?;
    let elsewhere = delegation::pages_elsewhere(context, &here)?;
    let landed = runs.landed_by_hand(&here);
    let (landed, here): (Vec<Run>, Vec<Run>) = here.into_iter().partition(|run| landed.contains(&run.job.run));
    Ok(RunCounts { landed_by_hand: landed.len(), ..RunCounts::of(&here) }
        .with_closed(elsewhere.iter().filter_map(|page| page.record.state())))
}

fn count_memories(store: &Store) -> usize {
    store.work_tree().markdown_files(&store.config().paths.memory, &mut Vec::new()).len()
}

impl Facts {
    /// What the person should do first: what waits for them comes before what could be started.
    fn next_step(&self) -> Step {
        let open: usize = self.tickets.iter().map(KindCount::open).sum();
        let (review, interrupted) = (self.waiting.first().map(|waiting| &waiting.row.run), &self.runs.oldest_interrupted);
        let (reason, command) = if self.conflicts > 0 {
            (format!("{} in conflict", text::plural(self.conflicts, "file")), "cmpm merge --repair".to_owned())
        } else if !self.initialised {
            ("this repository is not a cmpm project yet".to_owned(), "cmpm init".to_owned())
        } else if let Some(run) = review {
            (waiting(self.runs.review, "run", "for review"), format!("cmpm delegate review {run}"))
        } else if let Some(run) = interrupted {
            (text::plural(self.runs.interrupted, "interrupted run"), format!("cmpm delegate resume {run}"))
        } else if self.untrusted > 0 {
            (self.waiting_texts(), "cmpm trust".to_owned())
        } else if self.ready > 0 {
            (format!("{} can be started", text::plural(self.ready, "ticket")), "cmpm ready".to_owned())
        } else if open > 0 {
            ("no ticket can be started".to_owned(), "cmpm ready --explain".to_owned())
        } else {
            ("there are no open tickets".to_owned(), "cmpm issue create \"…\"".to_owned())
        };
        Step { reason, command }
    }

    fn place(&self) -> String {
        match (&self.branch, &self.commit) {
            (Some(branch), Some(_)) => format!("On {}", text::one_line(branch)),
            (Some(branch), None) => format!("On {}, which has no commit yet", text::one_line(branch)),
            (None, Some(commit)) => format!("On no branch, at {}", commit.to_string().chars().take(10).collect::<String>()),
            (None, None) => "On no branch".to_owned(),
        }
    }

    fn render_tickets(&self, screen: &Screen) -> String {
        let mut table =
            Table::new(["TICKETS".into(), "TODO".into(), "ACTIVE".into(), "DONE".into(), TableColumn::from("CANCELLED").if_any()]);
        for count in self.tickets.iter().filter(|count| count.all() > 0) {
            let [todo, active, done] = [count.todo, count.active, count.done].map(|number| number.to_string());
            let cancelled = if count.cancelled > 0 { count.cancelled.to_string() } else { "-".to_owned() };
            table.row([
                (count.kind.as_str(), Some(Tone::Title)),
                (&todo, None),
                (&active, Some(Tone::Careful)),
                (&done, Some(Tone::Good)),
                (&cancelled, Some(Tone::Quiet)),
            ]);
        }
        table.render(screen)
    }

    /// Label and value of what there is.
    fn lines(&self) -> Vec<(&'static str, String)> {
        let some = |count: usize, text: String| if count > 0 { text } else { String::new() };
        let all = [
            ("branches", some(self.elsewhere, self.elsewhere_line())),
            ("ready", some(self.ready, text::plural(self.ready, "ticket"))),
            ("claimed", some(self.claims, text::plural(self.claims, "ticket"))),
            ("runs", self.runs.describe()),
            (
                "decide",
                self.waiting
                    .iter()
                    .map(|waiting| format!("{}, {}", waiting.row.run, waiting.line()))
                    .collect::<Vec<_>>()
                    .join("\n          "),
            ),
            ("memory", some(self.memories, text::plural(self.memories, "file"))),
            ("trust", some(self.untrusted, self.waiting_texts())),
            ("arrived", self.arrived.join("; ")),
            ("trash", self.trash.as_ref().map(describe_trash).unwrap_or_default()),
            (
                "disk",
                self.free_mb
                    .map(|free| format!("only {free} MB are free, so no run can begin; `cmpm doctor` says more"))
                    .unwrap_or_default(),
            ),
            ("setup", self.setup.clone().unwrap_or_default()),
            ("findings", some(self.findings, format!("{}; `cmpm ready` and `cmpm doctor` name them", self.findings))),
        ];
        all.into_iter().filter(|(_, text)| !text.is_empty()).collect()
    }
}

impl Facts {
    fn waiting_texts(&self) -> String {
        waiting(self.untrusted, "text", "for your approval")
    }

    fn elsewhere_line(&self) -> String {
        let is = if self.elsewhere == 1 { "is" } else { "are" };
        format!("{} of these {is} only in another worktree or on another branch", text::plural(self.elsewhere, "ticket"))
    }
}

/// `1 run waits for review`, `2 runs wait for review`.
fn waiting(count: usize, noun: &str, what: &str) -> String {
    format!("{} {} {what}", text::plural(count, noun), if count == 1 { "waits" } else { "wait" })
}

impl Report for Overview {
    const SCHEMA: &'static str = "cmpm.status/1";

    fn render(&self, screen: &Screen) -> String {
        let Self { facts, statistics, next } = self;
        let lines = facts.lines().into_iter().map(|(label, text)| {
            let label = screen.paint(Tone::Quiet, &format!("{label:<8}"));
            format!("{label}  {text}\n")
        });
        let next = format!("{}: {}\n", next.reason, screen.paint(Tone::Key, &next.command));
        let statistics = statistics.as_ref().map(|statistics| statistics.render(screen)).unwrap_or_default();
        let parts = [facts.place() + "\n", facts.render_tickets(screen), statistics, lines.collect(), next];
        let mut out = String::new();
        for part in parts.iter().filter(|part| !part.is_empty()) {
            let apart = if out.is_empty() { "" } else { "\n" };
            let _ = write!(out, "{apart}{part}");
        }
        out
    }
}
