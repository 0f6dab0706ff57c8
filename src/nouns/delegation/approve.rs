//! `cmpm delegate approve`

use crate::base::{Failure, Rule, Severity};
use crate::config::MergeStyle;
use crate::document::Value;
use crate::git::Oid;
use crate::nouns::agent;
use crate::nouns::memory::{self, Lesson, Lessons, Memory, render_lessons};
use crate::nouns::ticket::{self, LooseEnds, Ticket, family};
use crate::report::prelude::*;
use crate::run::{Approval, Decision, Landed, LandingPlan, Merged, Merging, Outcome, Run, Runs};
use crate::store::{Scan, Snapshot};
use crate::words::Property;

use super::deciding::criteria::OtherTicket;
use super::deciding::shown::OtherWork;
use super::done::AlreadyDone;
use super::find_ticket;
use super::row::render_errors;
use super::several::Decided;

/// Merge a run that passed
///
/// Builds the merge, checks policy and gates again on the result, and then moves the target, with its files where it is
/// checked out. Anything in the way (a conflict, your uncommitted changes) stops it with nothing touched.
/// Without a run it is the only one that waits for review. Of several, each has its own result.
/// With `--only` policy and gates are asked about just what is merged, and the ticket is finished unless `--keep-open` is given.
/// Examples: `cmpm delegate approve RUN-4f2 -m "looks right"`, `cmpm delegate approve RUN-4f2 --only docs/ --keep-open`
#[derive(Debug, Args)]
pub struct Approve {
    /// Runs to merge
    #[arg(value_name = "RUN", add = Takes::Run)]
    runs: Vec<String>,
    /// A note for the page and the merge commit
    #[arg(long, short, value_name = "TEXT", allow_hyphen_values = true)]
    message: Option<String>,
    /// Merge into this branch instead
    #[arg(long, value_name = "BRANCH", add = Takes::Branch)]
    into: Option<String>,
    /// Merge only these files: paths, folders and globs. The rest is kept, and named on the page
    #[arg(long, value_name = "PATHS", num_args = 1..)]
    only: Vec<String>,
    /// Land it as one commit, without the agent's own
    #[arg(long)]
    squash: bool,
    /// Land it as a merge, also where `delegate.merge` is `squash`
    #[arg(long, conflicts_with = "squash")]
    merge: bool,
    /// Leave the ticket open
    #[arg(long)]
    keep_open: bool,
    /// Merge it although the ticket is finished already or asks for something else now, or the work is other than what you were shown
    #[arg(long, alias = "force")]
    seen: bool,
}

/// A merged run.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Approved {
    run: Id,
    ticket: Id,
    target: String,
    commit: Oid,
    /// The files that were not merged.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    left_out: Vec<RepoPath>,
    /// What could be learned from it: proposals, of which nothing is written until `cmpm memory learn`.
    lessons: Vec<Lesson>,
    /// The memories of what went wrong in earlier attempts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<Id>,
    /// What is still open around the ticket.
    open: LooseEnds,
    /// Who else has the ticket by now.
    #[serde(skip_serializing_if = "Option::is_none")]
    held: Option<String>,
    /// Whether it finishes the ticket.
    #[serde(skip)]
    completes: bool,
    /// The remote to which its claim was given back.
    #[serde(skip)]
    freed_on: Option<String>,
    #[serde(skip)]
    findings: Vec<Finding>,
}

impl Verb for Approve {
    type Report = Decided<Approved>;
    const METADATA: Metadata = Metadata::DECIDES;

    fn run(self, context: &Context) -> Result<Decided<Approved>> {
        let trust = super::trust(context)?;
        let runs = super::runs(context, &trust)?;
        Decided::of(&self.runs, |query| self.approve(context, &runs, super::require(context, &runs, query)?))
    }
}

impl Approve {
    fn approve(&self, context: &Context, runs: &Runs<'_>, mut run: Run) -> Result<Approved> {
        let target = self.into.clone().unwrap_or_else(|| run.job.target.clone());
        self.require_consent(context, &run, &target)?;
        let (unchecked, held) = (runs.unchecked(&run)?, runs.find_held(&run)?.map(|held| held.to_string()));
        let shared = runs.find_claim(&run)?.and_then(|claim| claim.shared).map(|shared| shared.remote);
        let style = context.config()?.delegate.merge;
        let squash = self.squash || (style == MergeStyle::Squash && !self.merge);
        let decision = Decision { target: &target, message: self.message.as_deref().unwrap_or_default(), squash, only: &self.only };
        let mut completes = false;
        let Landed { commit, untidy } = match runs.approve(&mut run, decision)? {
            Approval::Landed(landed) => landed,
            Approval::Open(merging) => self.land(context, merging, &mut completes)?,
        };
        // It is merged; what cannot be proposed is no reason to say otherwise.
        let lessons = runs.lessons(&run).map(|claimed| lessons(context, &run, &claimed)).unwrap_or_default();
        let open = self.open(context, &run);
        let mut findings: Vec<Finding> = untidy.into_iter().map(|failure| left_over(&run.job.run, &failure)).collect();
        findings.extend(unchecked.into_iter().map(|path| not_merged(&run.job.run, path)));
        let freed_on = if held.is_none() && runs.find_claim(&run)?.is_none() { shared } else { None };
        let (ticket, errors, left_out) = (run.job.ticket.id, run.status.errors, run.status.left_out);
        Ok(Approved { run: run.job.run, ticket, target, commit, left_out, lessons, errors, open, held, completes, freed_on, findings })
    }

    /// That nothing came between the run and its decision that a person should know of, or that they want it merged all the same.
    fn require_consent(&self, context: &Context, run: &Run, target: &str) -> Result<()> {
        if self.seen || run.outcome() != Some(Outcome::Passed) {
            return Ok(());
        }
        let mut doubts: Vec<Failure> = OtherWork::find(run).map(Failure::from).into_iter().collect();
        doubts.extend(AlreadyDone::find(context, run)?.map(Failure::from));
        doubts.extend(OtherTicket::find(context, run, target)?.into_iter().map(Failure::from));
        for doubt in doubts {
            if (context.ask)(&format!("{}\nMerge {} all the same?", text::printable(&doubt.to_string()), run.job.run)) != Some(true) {
                return Err(doubt);
            }
        }
        Ok(())
    }

    /// What is open around the ticket that is finished now.
    fn open(&self, context: &Context, run: &Run) -> LooseEnds {
        let found = || -> Result<LooseEnds> {
            let store = context.store()?;
            let id = run.job.ticket.id.as_str();
            let tickets = store.list_chosen::<Ticket>(&store.work_tree(), &|all| family(&[id], all));
            let own = tickets.find(id)?;
            Ok(LooseEnds::of(&own.record, &tickets.records))
        };
        if self.keep_open { LooseEnds::default() } else { found().unwrap_or_default() }
    }

    fn land(&self, context: &Context, mut merging: Merging<'_>, completes: &mut bool) -> Result<Landed> {
        loop {
            let merged = merging.build()?;
            let plan = self.plan(context, merging.run(), &merged)?;
            *completes = plan.ticket.is_some();
            if let Some(landed) = merging.land(&merged, plan)? {
                return Ok(landed);
            }
        }
    }

    fn plan(&self, context: &Context, run: &Run, merged: &Merged) -> Result<LandingPlan> {
        let (agents, _) = agent::load_agents(&Snapshot::Tree(context.repository()?, merged.tip()));
        let agent = agents.into_iter().find(|agent| agent.name == run.job.agent.name);
        Ok(LandingPlan {
            agent: agent.map(|agent| agent.brief()).transpose()?,
            gates: context.layers_at(merged.tip())?.config.gates.clone(),
            learned: memory::learn_errors(context, run, merged.tree()),
            ticket: if self.keep_open { None } else { finish_ticket(context, run, merged.tree())? },
        })
    }
}

/// It is merged; only tidying up after it failed.
fn left_over(run: &Id, failure: &Failure) -> Finding {
    let message = format!("{run} is merged, but its worktree, branch or claim could not be removed: {failure}");
    let finding = Finding::new(Rule::LeftOver, Severity::Warning, RepoPath::default(), message);
    finding.hint("`cmpm doctor --fix` does the rest")
}

/// What was changed after the review is kept, but nobody checked it.
fn not_merged(run: &Id, path: RepoPath) -> Finding {
    let message = format!("this was changed in the worktree of {run} after it was checked, and is not merged");
    Finding::new(Rule::LeftOver, Severity::Warning, path, message).hint(format!("`cmpm delegate restore {run}` brings it back"))
}

/// What a run proposes to remember.
fn lessons(context: &Context, run: &Run, claimed: &[String]) -> Vec<Lesson> {
    let nothing = || Scan { records: Vec::new(), findings: Vec::new() };
    let known = || context.store().map_or_else(|_| nothing(), |store| store.scan::<Memory>(&store.work_tree()));
    Lessons::of_run(run, claimed, &known).lessons
}

/// The ticket's file with its new status, as the merged tree has it.
fn finish_ticket(context: &Context, run: &Run, tree: Oid) -> Result<Option<(RepoPath, Vec<u8>)>> {
    let Some(mut stored) = find_ticket(context, run, &Snapshot::Tree(context.repository()?, tree))? else { return Ok(None) };
    let Ok(word) = stored.record.completed_word() else { return Ok(None) };
    let key = ticket::key_in(&stored.document, Property::Status);
    stored.set(key, &Value::from(word))?;
    Ok(Some((stored.path, stored.document.bytes().to_vec())))
}

impl Report for Approved {
    const SCHEMA: &'static str = "cmpm.delegate.approve/1";

    fn render(&self, screen: &Screen) -> String {
        let run = screen.paint(Tone::Key, self.run.as_str());
        let done =
            if self.completes { format!(", which completes {}", screen.paint(Tone::Key, self.ticket.as_str())) } else { String::new() };
        let mut out = format!("Merged {run} into {} as {}{done}\n", text::one_line(&self.target), self.commit.short());
        if let Some(remote) = &self.freed_on {
            let line = format!("its claim on `{}` was given back: push soon, or another clone takes the ticket", text::one_line(remote));
            out.push_str(&format!("{}\n", screen.paint(Tone::Careful, &line)));
        }
        if !self.left_out.is_empty() {
            let paths = self.left_out.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            let line = format!("Left out: {paths}; kept under refs/cmpm/backup/{}", self.run);
            out.push_str(&format!("{}\n", screen.paint(Tone::Careful, &line)));
        }
        out.push_str(&self.open.line().map(|line| format!("{}\n", screen.paint(Tone::Careful, &line))).unwrap_or_default());
        if let Some(held) = &self.held {
            let line = format!("{} is claimed {held}; tell them that it is merged", self.ticket);
            out.push_str(&format!("{}\n", screen.paint(Tone::Careful, &line)));
        }
        out.push_str(&render_errors(&self.errors, screen));
        if !self.lessons.is_empty() {
            out.push_str(&format!("Proposed lessons:\n{}", render_lessons(&self.lessons, screen)));
            let next = format!("next: cmpm memory learn {} --all, or --take NUMBER", self.run);
            out.push_str(&format!("{}\n", screen.paint(Tone::Quiet, &next)));
        }
        out
    }

    fn findings(&self) -> &[Finding] {
        &self.findings
    }
}
