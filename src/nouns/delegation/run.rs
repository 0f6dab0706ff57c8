//! `cmpm delegate run`

use std::ffi::OsString;

use crate::claims::SharedClaims;

use crate::report::prelude::*;
use crate::run::{Furnishing, Job, Outcome, Queue, Risk, Runs};

use super::dispatch::Dispatch;
use super::dispatch::queued;
use super::dispatch::queued::Queued;
use super::dispatch::request::Request;
use super::row::{RunRow, next_step, render_reasons, render_rows};

/// Run agents on tickets
///
/// Each ticket gets a worktree, a brief and a run of its own; several work side by side. What they did is checked against
/// the agent's role and the project's gates, and waits for your review. Nothing is merged.
/// A command of `--runner command` finds the brief in `$CMPM_RUN_DIR/brief.md`.
/// With `--queued` it works through what reached the integration branch: it closes the tickets that the commits close, and
/// begins the tickets that came with them or waited for them, name an agent and are ready.
/// Examples: `cmpm delegate run ISS-7k3 TSK-9p1 --agent documentation`,
/// `cmpm delegate run TSK-9p1 --runner command -- make fix`, `cmpm delegate run ISS-7k3 --times 3 --runner claude,codex`,
/// `cmpm delegate run ISS-7k3 --detach`
#[derive(Debug, Args)]
pub struct Run {
    /// Tickets to work on
    #[arg(required_unless_present = "queued", value_name = "TICKET", add = Takes::OpenTicket)]
    tickets: Vec<String>,
    /// Run what git's hooks queued instead of naming tickets
    #[arg(long, conflicts_with_all = ["tickets", "into"])]
    queued: bool,
    /// The agent, or `auto` for the one that suits the ticket best; else the ticket's, else `delegate.agent`
    #[arg(long, short, value_name = "NAME", add = Takes::Agent)]
    agent: Option<String>,
    /// What runs it: auto, builtin, command, or an adapter such as claude; of several, each tries every ticket
    #[arg(long, short, value_name = "RUNNER", value_delimiter = ',', add = Takes::Runner)]
    runner: Vec<String>,
    /// The model, as the agent program calls it; else the ticket's, the agent's or the program's own. Of several, each tries every ticket
    #[arg(long, value_name = "MODEL", value_delimiter = ',')]
    model: Vec<String>,
    /// How many runs try each ticket side by side; you approve one, and the others are rejected
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=16), default_value_t = 1)]
    times: u8,
    /// The branch to merge into; defaults to the current one
    #[arg(long, value_name = "BRANCH", add = Takes::Branch)]
    into: Option<String>,
    /// Commit the ticket files first if needed; with `--queued`, also those of closed tickets
    #[arg(long)]
    commit: bool,
    /// Fail instead of waiting when all slots are taken
    #[arg(long)]
    no_wait: bool,
    /// Answer as soon as the runs are begun; they go on in the background
    #[arg(long, conflicts_with = "no_wait")]
    detach: bool,
    /// Delegate tickets that wait for others too, and use a runner that is held back
    #[arg(long)]
    force: bool,
    /// Delegate also where a stranger's text could have the agent send out what is private; the run page names you
    #[arg(long)]
    accept_risk: bool,
    /// Only say what would run, with what it may do and what a stranger's text could do; not with `--queued`, which first closes tickets
    #[arg(long, conflicts_with_all = ["queued", "commit"])]
    dry_run: bool,
    /// The command of `--runner command`
    #[arg(last = true, value_name = "COMMAND")]
    command: Vec<String>,
}

/// The runs, each as far as review.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Ran {
    runs: Vec<RunRow>,
    /// Tickets that commits closed; only with `--queued`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    closed: Vec<Id>,
    /// What would run; only with `--dry-run`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    planned: Vec<Planned>,
    /// Whether they go on without this process.
    #[serde(skip)]
    detached: bool,
    #[serde(skip)]
    findings: Vec<Finding>,
}

/// A run that would begin.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Planned {
    ticket: Id,
    agent: String,
    runner: String,
    /// The model, if one was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<String>,
    /// The globs that it may write.
    write: Vec<String>,
    /// The memories that it would be given.
    memories: Vec<Id>,
    /// What its worktree would get, once that is approved.
    #[serde(skip_serializing_if = "Option::is_none")]
    worktree: Option<Furnishing>,
    /// What a stranger's text could do.
    risk: Option<Risk>,
}

impl From<&Job> for Planned {
    fn from(job: &Job) -> Self {
        Self {
            ticket: job.ticket.id.clone(),
            agent: job.agent.name.clone(),
            runner: job.runner.name().to_owned(),
            model: job.model().map(str::to_owned),
            write: job.agent.write.clone(),
            memories: job.memories.iter().map(|memory| memory.id.clone()).collect(),
            worktree: job.furnishing.clone(),
            // Whoever only asks has accepted nothing.
            risk: job.risk.clone().map(|risk| Risk { accepted: None, ..risk }),
        }
    }
}

impl Planned {
    fn render(&self, screen: &Screen) -> String {
        let model = self.model.as_ref().map(|model| format!(" ({})", text::one_line(model))).unwrap_or_default();
        let mut out = format!("{} by {} with {}{model}\n", screen.paint(Tone::Key, self.ticket.as_str()), self.agent, self.runner);
        let _ = writeln!(out, "  may write: {}", text::one_line(&self.write.join(", ")));
        if let Some(worktree) = &self.worktree {
            let _ = writeln!(out, "  worktree: {}", worktree.line());
        }
        if let Some(risk) = &self.risk {
            let _ = writeln!(out, "  risk: {}", text::one_line(&risk.line()));
            out.push_str(if risk.is_all() { "  would be refused without `--accept-risk`\n" } else { "" });
        }
        out
    }
}

impl Verb for Run {
    type Report = Ran;
    const METADATA: Metadata = Metadata::WRITES;

    fn run(self, context: &Context) -> Result<Ran> {
        let trust = super::trust(context)?;
        let runs = super::runs(context, &trust)?;
        let queued = if self.queued { queued::work(context, &runs, self.commit)? } else { Queued::default() };
        let tickets = if self.queued { &queued.tickets } else { &self.tickets };
        let mut done = Ran {
            runs: Vec::new(),
            planned: Vec::new(),
            detached: false,
            closed: queued.closed.clone(),
            findings: queued.findings.clone(),
        };
        if tickets.is_empty() {
            queued.finish(context)?;
            return Ok(done);
        }
        let request = Request {
            tickets,
            agent: self.agent.as_deref(),
            runners: &self.runner,
            models: &self.model,
            times: usize::from(self.times),
            into: self.into.as_deref(),
            commit: self.commit,
            force: self.force,
            accept_risk: self.accept_risk || self.dry_run,
            dry_run: self.dry_run,
            command: &self.command,
        };
        let Dispatch { jobs, mut findings, places } = Dispatch::prepare(context, &runs, &request)?;
        if self.dry_run {
            done.planned = jobs.iter().map(Planned::from).collect();
            done.findings.append(&mut findings);
            return Ok(done);
        }
        let taken = take(&runs, jobs)?;
        queued.finish(context)?;
        if self.detach {
            return self.detached(context, &runs, (taken, done, findings));
        }
        let performed = runs.perform_all(taken, Queue { places, wait: !self.no_wait, forced: self.force });
        if let [(_, Err(failure))] = performed.as_slice() {
            return Err(failure.clone());
        }
        done.runs = performed.iter().map(|(run, _)| RunRow::from(run)).collect();
        done.findings.append(&mut findings);
        Ok(done)
    }
}

impl Run {
    /// Has the runs go on in processes of their own.
    fn detached(&self, context: &Context, runs: &Runs<'_>, (taken, mut done, mut findings): Taken) -> Result<Ran> {
        let root = context.root()?;
        for mut run in taken {
            let mut arguments: Vec<OsString> = vec!["-C".into(), root.as_os_str().to_owned()];
            arguments.extend(context.overrides.iter().flat_map(|setting| ["-c".into(), setting.into()]));
            arguments.extend(["delegate", "resume", run.job.run.as_str()].map(Into::into));
            arguments.extend(self.force.then(|| "--force".into()));
            runs.detach(&mut run, arguments)?;
            done.runs.push(RunRow::from(&run));
        }
        done.detached = true;
        done.findings.append(&mut findings);
        Ok(done)
    }
}

/// Runs whose tickets are taken, with the answer and what is worth knowing.
type Taken = (Vec<crate::run::Run>, Ran, Vec<Finding>);

/// How to see what goes on.
fn detached_steps(rows: &[RunRow]) -> String {
    match rows {
        [only] => format!("next: cmpm delegate attach {}\n", only.run),
        _ => "next: cmpm delegate list --watch\n".to_owned(),
    }
}

/// Takes the tickets of all jobs, or of none. All clones take several in one order: of those who want the same tickets, one gets them.
fn take(runs: &Runs<'_>, mut jobs: Vec<Job>) -> Result<Vec<crate::run::Run>> {
    let asked: Vec<Id> = jobs.iter().map(|job| job.run.clone()).collect();
    jobs.sort_by(|a, b| a.ticket.id.cmp(&b.ticket.id));
    let mut taken = Vec::with_capacity(jobs.len());
    for job in jobs {
        match runs.queue(job) {
            Ok(run) => taken.push(run),
            Err(failure) => {
                // None of them has started: give back what was taken, so that the same command can be tried again.
                taken.iter().try_for_each(|run| runs.withdraw(run))?;
                SharedClaims::look_again(runs.repository, &failure, runs.clock.now());
                return Err(failure);
            }
        }
    }
    taken.sort_by_key(|run| asked.iter().position(|id| *id == run.job.run));
    Ok(taken)
}

impl Report for Ran {
    const SCHEMA: &'static str = "cmpm.delegate.run/1";

    fn render(&self, screen: &Screen) -> String {
        let mut out: String = self.closed.iter().map(|id| format!("Completed {}\n", screen.paint(Tone::Key, id.as_str()))).collect();
        if !self.planned.is_empty() {
            return self.planned.iter().map(|planned| planned.render(screen)).collect();
        }
        if self.runs.is_empty() {
            return out + "Nothing is queued for an agent.\n";
        }
        out.push_str(&render_rows(&self.runs, None, screen));
        out.push_str(&render_reasons(&self.runs, screen));
        if self.detached {
            out.push_str(&screen.paint(Tone::Quiet, &detached_steps(&self.runs)));
            return out;
        }
        if let Some(group) = self.runs.iter().find_map(|row| row.group.as_ref()) {
            out.push_str(&screen.paint(Tone::Quiet, &format!("next: cmpm delegate compare {group}\n")));
            return out;
        }
        for row in &self.runs {
            if let Some(step) = next_step(row) {
                out.push_str(&screen.paint(Tone::Quiet, &format!("next: {step}\n")));
            }
        }
        out
    }

    fn exit(&self) -> Exit {
        if !self.planned.is_empty() || self.detached {
            return Exit::Done;
        }
        match self.runs.as_slice() {
            [only] => only.outcome.map_or(Exit::No, Outcome::exit),
            several if several.iter().all(|row| row.outcome == Some(Outcome::Passed)) => Exit::Done,
            _ => Exit::No,
        }
    }

    fn findings(&self) -> &[Finding] {
        &self.findings
    }
}
