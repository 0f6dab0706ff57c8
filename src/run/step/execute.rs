//! Second step: the agent works, in a process of its own that is watched by another one.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use super::super::adapter::{Adapter, Answer, Home, Meaning, is_name};
use super::super::cut::{head, tail};
use super::super::job::Runner;
use super::super::job::status::Usage;
use super::super::{Run, Runs};
use super::prepare::Trusted;
use super::room::Wish;
use super::supervise::{Order, Watched};
use crate::base::Result;
use crate::base::env::{CMPM_RUN, CMPM_RUN_DIR, HOME, TMPDIR};
use crate::fs::{read, write};
use crate::git::AGENT_REPOSITORY;
use crate::process::{Approved, Argv, Command, Cover, Ended, Ending, scrubbed};

/// How much of a program's output is read for its answer: all that a supervisor keeps.
const ANSWER_BYTES: u64 = 66 * 1024 * 1024;
/// How much of a claim is kept.
const CLAIM_BYTES: usize = 16_000;
/// How much of a plain program's output is kept as what it said.
pub(in crate::run) const SAID_BYTES: usize = 4_000;
documented! {
    "docs/runners.md": "the end of stdout is the result, up to {} bytes", SAID_BYTES;
}

/// How the agent's program ended, and what it said.
#[derive(Debug, Clone)]
pub(in crate::run) struct Executed {
    pub ended: Ended,
    /// What it said, by its own word.
    pub answer: Answer,
    /// What of its home folder was not taken back, and why.
    pub dropped: Vec<String>,
}

impl Runs<'_> {
    /// Lets the agent work, unless this attempt has ended already.
    pub(in crate::run) fn execute(&self, run: &mut Run, trusted: &Trusted) -> Result<Executed> {
        run.status.attempt = run.status.attempt.max(1);
        let folder = run.dir.attempt(run.status.attempt);
        // One that was stopped because cmpm itself died has not ended.
        if let Some(ended) = Order::find_ended(&folder)?.filter(|ended| ended.ending != Ending::Cancelled) {
            return self.executed(run, ended);
        }
        if read::exists(&folder.join("order.json")) {
            // It was at work when cmpm was killed. What it left in the worktree stays; it gets another go.
            run.status.attempt += 1;
        }
        run.dir.save_status(&run.status)?;
        self.crash_point("execute.noted");
        run.dir.forget_messages()?;
        let pointer = trusted.repository.pointer_for_agent(&trusted.worktree.path)?;
        run.dir.save_json("control.json", &self.control_digest()?)?;
        self.crash_point("execute.attached");
        let mut order = self.order(run)?;
        order.sandbox.covers.push(Cover { at: trusted.worktree.path.join(".git"), with: pointer });
        let folder = run.dir.attempt(run.status.attempt);
        let watched = Watched { folder: &folder, cancel: &self.cancel, cancel_file: run.dir.file("cancel") };
        let home = match &run.job.runner {
            Runner::Adapter { adapter, .. } => adapter.home.clone(),
            Runner::Command { .. } | Runner::Builtin { .. } => Home::default(),
        };
        let lent = self.lent(run, &home)?;
        let ended = order.carry_out(&watched)?;
        let dropped = self.copy_back(run, &home, &lent)?;
        Ok(Executed { dropped, ..self.executed(run, ended)? })
    }

    fn order(&self, run: &Run) -> Result<Order> {
        let job = &run.job;
        let repository = self.repository.object_folders()?;
        let mut wish = Wish { home: "home", repository, network: job.network(), ..Wish::default() };
        let (argv, mut keep, set) = match &job.runner {
            Runner::Command { argv } => {
                wish.words = argv.iter().map(PathBuf::from).collect();
                (Argv::own(argv), Vec::new(), BTreeMap::new())
            }
            Runner::Builtin { agent, .. } => {
                let program = self.program.as_os_str();
                (Argv::own([program, "internal".as_ref(), "agent".as_ref(), agent.as_ref()]), Vec::new(), BTreeMap::new())
            }
            Runner::Adapter { adapter, file } => {
                (wish.words, wish.of_home) = (adapter.words(), adapter.home.clone());
                (wish.readable, wish.writable) = (&adapter.readable, &adapter.writable);
                (self.adapter_argv(run, adapter, file.as_deref())?, adapter.env.keep.clone(), adapter.env.set.clone())
            }
        };
        keep.retain(|name| !wish.of_home.moved_by.contains_key(name));
        let temporary = self.temporary(run)?;
        let own = vec![job.worktree.clone(), run.dir.out(), run.dir.file(AGENT_REPOSITORY), temporary.clone()];
        let (home, sandbox) = self.room(run, &wish, own)?;
        let mut env = scrubbed(self.env, &keep).with(CMPM_RUN, job.run.as_str()).with(CMPM_RUN_DIR, run.dir.out());
        env = env.with("CMPM_TICKET", job.ticket.id.as_str()).with("CMPM_AGENT", job.agent.name.as_str());
        env = self.variables(run, &job.worktree).into_iter().fold(env, |env, (name, value)| env.with(&name, value));
        for (name, folder) in wish.of_home.moved_by.iter().filter(|(name, _)| self.env.is_set(name)) {
            env = env.with(name, home.join(folder.trim_start_matches("~/")));
        }
        for (name, value) in set.iter().chain(&job.inputs) {
            env = env.with(name, value);
        }
        Ok(Order {
            argv,
            dir: job.worktree.clone(),
            env: env.with(TMPDIR, &temporary).with(HOME, &home),
            wall: Some(Duration::from_secs(job.wall_seconds)),
            idle: Some(Duration::from_secs(job.idle_seconds)),
            disk: job.limits.disk(),
            sandbox,
        })
    }

    /// An adapter of the project counts as its file says that the user approved, also where the run goes on another day.
    fn adapter_argv(&self, run: &Run, adapter: &Adapter, file: Option<&str>) -> Result<Argv> {
        let values = self.values(run)?;
        let Some(file) = file else { return Ok(Argv::own(adapter.command(&values)?)) };
        let approved = Approved::check(Command::Shell(file.to_owned()), self.trust)?;
        Ok(approved.try_map(|_| Adapter::parse(&adapter.name, file)?.command(&values))?.into())
    }

    /// A folder of the run's own that its programs may use for anything.
    pub(in crate::run) fn temporary(&self, run: &Run) -> Result<PathBuf> {
        let own = run.dir.file("tmp");
        write::create_folder(&own)?;
        Ok(own)
    }

    /// What an adapter's placeholders stand for.
    fn values(&self, run: &Run) -> Result<BTreeMap<&'static str, String>> {
        let mut values = BTreeMap::new();
        values.insert("brief", run.load_brief()?);
        values.insert("brief_file", run.dir.file("out/brief.md").to_string_lossy().into_owned());
        values.insert("run", run.job.run.to_string());
        values.insert("ticket", run.job.ticket.id.to_string());
        values.insert("agent", run.job.agent.name.clone());
        values.insert("worktree", run.job.worktree.to_string_lossy().into_owned());
        let optional = [
            ("system_prompt", Some(run.job.agent.prompt.clone()).filter(|prompt| !prompt.is_empty())),
            ("tools", run.job.agent.tools.clone()),
            ("model", run.job.model().map(str::to_owned)),
            ("max_turns", run.job.max_turns.map(|turns| turns.to_string())),
            ("budget", run.job.budget.map(|dollars| dollars.to_string())),
            // An agent printed it; another one begins anew.
            ("session", run.status.usage.session.clone().filter(|session| is_name(session))),
        ];
        values.extend(optional.into_iter().filter_map(|(name, value)| Some((name, value?))));
        Ok(values)
    }

    /// Reads what the program left: a claim file of its own, or what it printed.
    fn executed(&self, run: &mut Run, ended: Ended) -> Result<Executed> {
        let folder = run.dir.attempt(run.status.attempt);
        let stdout = folder.join("stdout");
        let output = if read::exists(&stdout) { read::read_head(&stdout, ANSWER_BYTES)? } else { Vec::new() };
        let output = String::from_utf8_lossy(&output);
        let exit = match ended.ending {
            Ending::Exited(code) => Some(code),
            _ => None,
        };
        let mut answer = match &run.job.runner {
            Runner::Adapter { adapter, .. } => adapter.read_answer(&output, exit),
            Runner::Command { .. } | Runner::Builtin { .. } => {
                let meaning = if exit == Some(0) { Meaning::Ok } else { Meaning::AgentFailed };
                Answer { message: tail(&output, SAID_BYTES), error: String::new(), usage: Usage::default(), meaning }
            }
        };
        self.note_try(run, &ended, &answer)?;
        let claim = run.dir.left("claim.md", CLAIM_BYTES as u64 + 1)?;
        if let Some(said) = claim.map_or_else(|| run.dir.said(), |claim| Ok(Some(claim)))? {
            answer.message = said;
        }
        answer.message = head(&answer.message, CLAIM_BYTES);
        write::replace(&run.dir.file("claim.md"), answer.message.as_bytes())?;
        run.status.usage = answer.usage.clone();
        // One that was cancelled before it began was held by nothing, and did nothing.
        run.status.sandbox = if read::exists(&stdout) { ended.sandbox.describe(&run.job.network()) } else { String::new() };
        Ok(Executed { ended, answer, dropped: Vec::new() })
    }
}
