//! From tickets to jobs: everything that can be wrong is found here, before anything starts.

mod before;
mod error;
pub mod queued;
pub mod request;
pub mod runner;

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::base::env::{CMPM_MODEL, CMPM_PATHS};
use crate::base::progress::Event;
use crate::base::{Finding, Id, RepoPath, Result, Rule, Severity, text};
use crate::config::{Config, Span};
use crate::context::Context;
use crate::fs::read;
use crate::git::{Oid, is_branch_name};
use crate::nouns::agent::{self, Agent};
use crate::nouns::memory::{self, Brief, BriefQuery, Role, Work};
use crate::nouns::ticket::{Look, Names, Picture, Ticket, graph_of, require_not_reopened};
use crate::run::adapter::is_name;
use crate::run::{AgentBrief, Author, Furnishing, JOB_SCHEMA, Job, MemoryBrief, Risk, Runner, Runs, TicketBrief};
use crate::store::{Listed, Listing, Snapshot, Stored};
use crate::words::Property;

use super::Authors;
use super::choose::{AUTO, Choice, Grounds};
use super::deciding::inbox::require_room;
use error::DispatchError;
use request::Request;

/// Jobs that can be queued.
pub struct Dispatch {
    /// One per ticket, in the order they were asked for.
    pub jobs: Vec<Job>,
    /// What is worth knowing before.
    pub findings: Vec<Finding>,
    /// How many runs work at the same time.
    pub places: u32,
}

impl Dispatch {
    /// Turns a request into jobs, as the target branch has agents, settings and tickets right now.
    /// On any error nothing has been written, except a commit of the tickets if that was wanted.
    pub fn prepare(context: &Context, runs: &Runs<'_>, request: &Request<'_>) -> Result<Self> {
        runs.repository.identity()?;
        let target = target(runs, request)?;
        let tip = runs.require_target(&target)?;
        let picture = Picture::load(context, Look::default())?;
        require_room(context, runs, request.tickets.len() * request.times(), &picture.listing.records)?;
        let asked = request.tickets.iter().map(|query| picture.find_here(&context.name_of(query)));
        let asked: Vec<&Listed<Ticket>> = asked.collect::<Result<_, _>>()?;
        let open = uncommitted(runs, tip, &asked)?;
        let base = if open.is_empty() { tip } else { commit_tickets(runs, request, &target, &open)? };
        let layers = context.layers_at(base)?;
        let snapshot = Snapshot::Tree(runs.repository, base);
        before::require_ready(context, runs, (&layers.config, base))?;
        let (furnishing, mut findings) = before::furnishing(context, &layers.config, (base, request.dry_run))?;
        let place = Place {
            context,
            runs,
            target: &target,
            base,
            config: &layers.config,
            snapshot,
            tickets: &picture.listing,
            authors: Authors::at(context, base),
            furnishing,
        };
        let names = Names::new(&picture.listing.records);
        let graph = graph_of(&picture.listing.records, &names);
        let mut jobs = Vec::new();
        for listed in asked {
            require_not_reopened(context, (&listed.record, &listed.path))?;
            let stored = context.store()?.open(&place.snapshot, listed)?;
            let id = &stored.record.id;
            if jobs.iter().any(|other: &Job| other.ticket.id == *id) {
                return Err(DispatchError::Twice { id: id.clone() }.into());
            }
            let first = jobs.len();
            for number in 0..request.times() {
                let mut job = place.job(&stored, &request.turn(number), (&mut findings, &jobs))?;
                job.group = (request.times() > 1).then(|| jobs.get(first).map_or(&job.run, |first: &Job| &first.run).clone());
                jobs.push(job);
            }
            if let Some(status) = picture.is_over(id) {
                return Err(DispatchError::Closed { id: id.clone(), status }.into());
            }
            let blockers = graph.blockers(names.whole(listed.record.id.as_str()));
            if !blockers.is_empty() && !request.force {
                let blockers = blockers.into_iter().map(|blocker| blocker.id.to_owned()).collect();
                return Err(DispatchError::Waits { id: id.clone(), blockers }.into());
            }
        }
        Ok(Self { jobs, findings, places: context.config()?.delegate.max_parallel })
    }
}

fn target(runs: &Runs<'_>, request: &Request<'_>) -> Result<String> {
    match request.into {
        Some(name) => Ok(name.trim_start_matches("refs/heads/").to_owned()),
        None => {
            let head = runs.repository.head()?;
            head.require_oid()?;
            Ok(head.branch().ok_or(DispatchError::Detached)?.to_owned())
        }
    }
}

/// Those of `tickets` that the work tree has in another way than the tip of the target.
fn uncommitted<'a>(runs: &Runs<'_>, tip: Oid, tickets: &[&'a Listed<Ticket>]) -> Result<Vec<&'a Listed<Ticket>>> {
    let mut open = Vec::new();
    for listed in tickets {
        if !runs.repository.is_path_committed(&listed.path, tip)? {
            open.push(*listed);
        }
    }
    Ok(open)
}

/// Commits tickets as they are in the work tree, if that is wanted and possible; the target's new tip.
fn commit_tickets(runs: &Runs<'_>, request: &Request<'_>, target: &str, open: &[&Listed<Ticket>]) -> Result<Oid> {
    let on_target = runs.repository.head()?.branch() == Some(target);
    if let Some(first) = open.first().filter(|_| !request.commit || !on_target) {
        let (id, path) = (first.record.id.clone(), first.path.clone());
        return Err(DispatchError::Uncommitted { id, path, target: target.to_owned() }.into());
    }
    let paths: Vec<RepoPath> = open.iter().map(|listed| listed.path.clone()).collect();
    let ids: Vec<String> = open.iter().map(|listed| listed.record.id.to_string()).collect();
    runs.repository.ready_to_commit()?.commit_paths(&paths, &format!("add {}", ids.join(", ")))?;
    runs.require_target(target)
}

/// What an agent is told of its ticket besides title and text.
const BRIEFED: [Property; 4] = [Property::Parent, Property::Priority, Property::Due, Property::Paths];

/// What all jobs of a request share.
struct Place<'a> {
    context: &'a Context,
    runs: &'a Runs<'a>,
    target: &'a str,
    base: Oid,
    config: &'a Config,
    snapshot: Snapshot<'a>,
    tickets: &'a Listing<Ticket>,
    authors: Authors,
    furnishing: Option<Furnishing>,
}

impl Place<'_> {
    fn job(&self, stored: &Stored<Ticket>, request: &Request<'_>, (findings, taken): (&mut Vec<Finding>, &[Job])) -> Result<Job> {
        let ticket = &stored.record;
        if ticket.category.is_closed() {
            return Err(DispatchError::Closed { id: ticket.id.clone(), status: ticket.status.clone() }.into());
        }
        let agent = self.agent(stored, request)?;
        if agent.read_only.is_some() {
            findings.push(read_only(&agent));
        }
        let wanted = runner::Wanted { request, agent: &agent.name, config: self.config, snapshot: &self.snapshot };
        let runner = runner::choose(self.context, &wanted)?;
        if let Some(message) = runner.fallback() {
            self.context.events.emit(Event::Note { message: format!("{}: {message}", ticket.id) });
        }
        let brief = self.agent_brief(&agent, ticket, request)?;
        let run = self.context.store()?.reserve_id("RUN", &self.context.random)?;
        let branch = self.branch(&agent, ticket, (&run, taken))?;
        let worktree = self.worktree(&agent, ticket, (&run, taken))?;
        let known = self.memories(&agent, stored)?;
        let delegate = &self.config.delegate;
        let timeout = agent.timeout_minutes.map_or(delegate.timeout, Span::minutes).min(delegate.timeout);
        let job = Job {
            schema: JOB_SCHEMA.into(),
            worktree,
            ticket: self.ticket_brief(stored)?,
            fallback: runner::fallback(self.context, &wanted, &runner)?,
            retry: Some(delegate.retry),
            runner,
            base: self.base,
            target: self.target.to_owned(),
            branch,
            gates: self.config.gates.clone(),
            furnishing: self.furnishing.clone(),
            port: None,
            wall_seconds: timeout.seconds(),
            idle_seconds: delegate.idle.seconds(),
            max_turns: delegate.max_turns,
            budget: delegate.budget,
            sandbox: self.context.config()?.delegate.sandbox.max(delegate.sandbox),
            limits: delegate.limits,
            memories: known.memories.into_iter().map(|(id, text)| MemoryBrief { id, text }).collect(),
            left_out: known.left_out,
            group: None,
            workflow: None,
            inputs: inputs(ticket, &brief),
            created: self.context.clock.now(),
            agent: brief,
            risk: None,
            run,
        };
        self.with_risk(job, request)
    }

    /// What a stranger's text could do; refused where that is everything and nobody accepts it.
    fn with_risk(&self, mut job: Job, request: &Request<'_>) -> Result<Job> {
        let mut risk = Risk::of(&job, &(self.runs.comments)(&job));
        if risk.is_all() {
            if !request.accept_risk {
                return Err(DispatchError::Risk { id: job.ticket.id, line: risk.line() }.into());
            }
            risk.accepted = Some(self.runs.repository.identity()?.name);
        }
        job.risk = Some(risk);
        // Whoever takes over may do no more.
        let is_fine = |other: &Runner| request.accept_risk || !self.risk_with(&job, other).is_all();
        job.fallback = job.fallback.iter().filter(|other| is_fine(other)).cloned().collect();
        if !request.force {
            self.runs.require_runner(&job)?;
        }
        Ok(job)
    }

    fn risk_with(&self, job: &Job, other: &Runner) -> Risk {
        let job = Job { runner: other.clone(), ..job.clone() };
        Risk::of(&job, &(self.runs.comments)(&job))
    }

    fn agent(&self, stored: &Stored<Ticket>, request: &Request<'_>) -> Result<Agent> {
        let builtin = (request.runner() == Some("builtin")).then_some("documentation");
        let own = stored.record.agent.as_deref();
        let name = request.agent.or(own).or(builtin).unwrap_or(&self.config.delegate.agent);
        if name == AUTO {
            let grounds = Grounds { store: self.context.store()?, snapshot: &self.snapshot, tree: Some(self.base), runs: self.runs };
            let best = grounds.choose(stored)?.into_iter().next().filter(|choice| choice.capability.score > 0.0);
            let Choice { agent, score, .. } = best.ok_or_else(|| DispatchError::NobodyFits { id: stored.record.id.clone() })?;
            let id = &stored.record.id;
            self.context.events.emit(Event::Note { message: format!("{id}: {agent} suits it best ({score:.2})") });
            return agent::require_sound_agent(&self.snapshot, &agent);
        }
        agent::require_sound_agent(&self.snapshot, name)
    }

    /// The agent with the model that it works with: the one asked for, else the ticket's, else its own.
    fn agent_brief(&self, agent: &Agent, ticket: &Ticket, request: &Request<'_>) -> Result<AgentBrief> {
        let mut brief = agent.brief()?;
        let asked = request.models.first().or(ticket.model.as_ref());
        if let Some(name) = asked.filter(|name| !is_name(name)) {
            return Err(DispatchError::BadModel { name: text::one_line(name) }.into());
        }
        brief.model = asked.cloned().or(brief.model);
        Ok(brief)
    }

    /// What the team knows about the ticket, as far as the role may know it.
    fn memories(&self, agent: &Agent, stored: &Stored<Ticket>) -> Result<Brief> {
        let mut work = Work::default();
        work.add(stored, self.tickets);
        let more = format!("cmpm memory pack --ticket {} --agent {}", stored.record.id, agent.name);
        let role = Role { name: &agent.name, categories: &agent.memory_categories };
        let wanted = BriefQuery { work: &work, role, more: &more, now: self.context.clock.now() };
        Ok(memory::brief_memories(self.context.store()?, &self.snapshot, &wanted))
    }

    fn ticket_brief(&self, stored: &Stored<Ticket>) -> Result<TicketBrief> {
        let fact = |property: Property| {
            let texts = stored.record.properties.texts(property);
            let said = || text::one_line(&format!("{}: {}", property.name(), texts.join(", ")));
            (!texts.is_empty()).then(said)
        };
        Ok(TicketBrief {
            facts: BRIEFED.into_iter().filter_map(fact).collect(),
            id: stored.record.id.clone(),
            title: text::one_line(&stored.record.title),
            path: stored.path.clone(),
            body: stored.document.body().trim().to_owned(),
            folders: self.config.paths.tasks.clone(),
            author: self.author(stored)?,
        })
    }

    /// Whom the ticket names; else who committed it, which is somebody of the history.
    fn author(&self, stored: &Stored<Ticket>) -> Result<Option<Author>> {
        if let Some(name) = stored.record.author.as_ref() {
            return Ok(Some(Author { name: text::one_line(name), verified: self.authors.know(name) }));
        }
        let commit = self.runs.repository.last_commit_touching(&stored.path, self.base)?;
        Ok(commit.map(|commit| Author { name: text::one_line(&commit.author.name), verified: true }))
    }

    /// The role's pattern; with the run after it where an earlier run has the name.
    fn branch(&self, agent: &Agent, ticket: &Ticket, (run, taken): (&Id, &[Job])) -> Result<String> {
        let pattern = agent.branch.as_deref().unwrap_or("agent/{agent}-{ticket}");
        let name = fill(pattern, agent, ticket);
        if !is_branch_name(&name) {
            return Err(DispatchError::BadBranch { name, origin: agent.source.to_string() }.into());
        }
        let exists = self.runs.repository.find_ref(&format!("refs/heads/{name}"))?.is_some() || taken.iter().any(|job| job.branch == name);
        Ok(if exists { format!("{name}-{}", short(run)) } else { name })
    }

    fn worktree(&self, agent: &Agent, ticket: &Ticket, (run, taken): (&Id, &[Job])) -> Result<PathBuf> {
        let repository = self.runs.repository;
        let root = match repository.main_work_dir() {
            Some(root) => self.config.paths.worktrees.below(&root),
            None => repository.common_dir().join("cmpm/worktrees"),
        };
        let name = fill(&self.config.delegate.worktree, agent, ticket).replace("{run}", run.as_str()).replace('/', "-");
        let path = root.join(&name);
        let is_taken = read::exists(&path) || taken.iter().any(|job| job.worktree == path);
        let path = if is_taken { root.join(format!("{name}-{}", short(run))) } else { path };
        if path.to_str().is_none() { Err(DispatchError::OddPath { path }.into()) } else { Ok(path) }
    }
}

/// What its program finds in its environment.
fn inputs(ticket: &Ticket, agent: &AgentBrief) -> BTreeMap<String, String> {
    let model = agent.model.clone().filter(|model| model != "inherit").map(|model| (CMPM_MODEL.to_owned(), model));
    std::iter::once((CMPM_PATHS.to_owned(), ticket.paths.join("\n"))).chain(model).collect()
}

fn fill(pattern: &str, agent: &Agent, ticket: &Ticket) -> String {
    pattern.replace("{agent}", &agent.name).replace("{ticket}", ticket.id.as_str())
}

fn short(run: &Id) -> &str {
    run.as_str().trim_start_matches("RUN-")
}

fn read_only(agent: &Agent) -> Finding {
    let path = RepoPath::parse(agent.source.to_string()).unwrap_or_default();
    let why = agent.read_only.map_or("", agent::ReadOnly::as_str);
    let message = format!("the agent {} may write nothing ({why}), so it can only look and report", agent.name);
    Finding::new(Rule::ReadOnlyAgent, Severity::Warning, path, message).hint("give its file a `write:` list of globs")
}
