//! Which program does the work.

use crate::base::{Explain, Explained, RepoPath, Result};
use crate::config::Config;
use crate::context::Context;
use crate::fs::read;
use crate::nouns::agent::BUILT_IN;
use crate::process::{Approved, Command};
use crate::run::Runner;
use crate::run::adapter::Adapter;
use crate::store::Snapshot;

use super::request::Request;

/// What a runner is chosen by.
pub struct Wanted<'a> {
    /// What was asked for.
    pub request: &'a Request<'a>,
    pub agent: &'a str,
    /// The settings of the target.
    pub config: &'a Config,
    /// The files of the target.
    pub snapshot: &'a Snapshot<'a>,
}

/// Why there is no runner.
#[derive(Debug, thiserror::Error)]
enum RunnerError {
    #[error("`--runner command` needs a command after `--`")]
    NoCommand,
    #[error("a command after `--` needs `--runner command`")]
    StrayCommand,
    #[error("there is no runner `{name}`")]
    Unknown { name: String, known: Vec<String> },
    #[error("the program `{program}` of the runner {name} is not installed")]
    NotInstalled { name: String, program: String, install: String },
    #[error("the agent {agent} is not built into cmpm, so `builtin` cannot run it")]
    NotBuiltIn { agent: String },
    #[error("no program that can run {agent} is installed")]
    Nothing { agent: String, install: Vec<String> },
}

impl Explain for RunnerError {
    fn explain(&self) -> Explained {
        match self {
            Self::NoCommand | Self::StrayCommand => {
                Explained::wrong("usage").hint("for example `cmpm delegate run TSK-9p1 --runner command -- make fix`")
            }
            Self::Unknown { known, .. } => Explained::wrong("not_found").hint(format!("use auto, builtin, command, {}", known.join(", "))),
            Self::NotInstalled { install, .. } => Explained::wrong("runner_missing").hint(install.trim()),
            Self::NotBuiltIn { .. } => Explained::wrong("not_built_in")
                .hint(format!("cmpm has {} built in; for others install an agent program", BUILT_IN.join(", "))),
            Self::Nothing { install, .. } => Explained::wrong("runner_missing")
                .hints(install.clone())
                .hint("or run a command of your own: `--runner command -- <command>`"),
        }
    }
}

/// The runner that was asked for; for `auto` an installed program, else a built-in agent.
pub fn choose(context: &Context, wanted: &Wanted<'_>) -> Result<Runner> {
    let request = wanted.request;
    let name = request.runner().unwrap_or(if request.command.is_empty() { &wanted.config.delegate.runner } else { "command" });
    if !request.command.is_empty() && name != "command" {
        return Err(RunnerError::StrayCommand.into());
    }
    match name {
        "command" if request.command.is_empty() => Err(RunnerError::NoCommand.into()),
        "command" => Ok(Runner::Command { argv: request.command.to_vec() }),
        "builtin" => built_in(wanted.agent, Vec::new()).ok_or_else(|| RunnerError::NotBuiltIn { agent: wanted.agent.to_owned() }.into()),
        "auto" => automatic(context, wanted.agent),
        other => adapter(context, wanted, other),
    }
}

/// The runners that take over where the one that was chosen cannot work. Whoever names a runner gets that one.
pub fn fallback(context: &Context, wanted: &Wanted<'_>, chosen: &Runner) -> Result<Vec<Runner>> {
    if wanted.request.runner().is_some() || !wanted.request.command.is_empty() {
        return Ok(Vec::new());
    }
    let mut others = Vec::new();
    for name in wanted.config.delegate.fallback.iter().filter(|name| *name != chosen.name()) {
        match name.as_str() {
            "builtin" => others.extend(built_in(wanted.agent, Vec::new())),
            name => match adapter(context, wanted, name) {
                Ok(other) => others.push(other),
                Err(failure) if matches!(failure.downcast_ref(), Some(RunnerError::NotInstalled { .. })) => {}
                Err(failure) => return Err(failure),
            },
        }
    }
    Ok(others)
}

/// The names that `--runner` takes.
pub fn names(context: &Context) -> Result<Vec<String>> {
    let own = read::names(&context.root()?.join(".cmpm/runners"))?;
    let own = own.iter().filter_map(|file| file.strip_suffix(".yaml")).map(str::to_owned);
    let embedded = Adapter::embedded().into_iter().map(|adapter| adapter.name);
    Ok(["auto", "builtin", "command"].map(str::to_owned).into_iter().chain(embedded).chain(own).collect())
}

/// An adapter says which program runs with which rights, so its text must have been approved like a command's.
fn of_project(context: &Context, path: &RepoPath, bytes: &[u8]) -> Result<(Adapter, Option<String>)> {
    let text = String::from_utf8_lossy(bytes).into_owned();
    Approved::check(Command::Shell(text.clone()), &super::super::trust(context)?)?;
    Ok((Adapter::parse(&path.lossy(), &text)?, Some(text)))
}

fn built_in(agent: &str, instead_of: Vec<String>) -> Option<Runner> {
    BUILT_IN.contains(&agent).then(|| Runner::Builtin { agent: agent.to_owned(), instead_of })
}

fn automatic(context: &Context, agent: &str) -> Result<Runner> {
    let adapters = Adapter::embedded();
    let install = adapters.iter().map(|adapter| adapter.install.trim().to_owned()).collect();
    let looked: Vec<String> = adapters.iter().map(|adapter| adapter.detect.program.clone()).collect();
    let installed = adapters.into_iter().find(|adapter| adapter.find_program(&context.env).is_some());
    let found = installed.map(|adapter| Runner::Adapter { adapter: Box::new(adapter), file: None });
    found.or_else(|| built_in(agent, looked)).ok_or_else(|| RunnerError::Nothing { agent: agent.to_owned(), install }.into())
}

/// An adapter of the project, if its file was approved on this machine; else one that is part of cmpm.
fn adapter(context: &Context, wanted: &Wanted<'_>, name: &str) -> Result<Runner> {
    let path = RepoPath::parse(format!(".cmpm/runners/{name}.yaml"));
    let own = path.map(|path| Ok::<_, crate::base::Failure>((wanted.snapshot.read(&path)?, path))).transpose()?;
    let (adapter, file) = match own {
        Some((Some(bytes), path)) => of_project(context, &path, &bytes)?,
        _ => {
            let mut embedded = Adapter::embedded();
            let known = embedded.iter().map(|adapter| adapter.name.clone()).collect();
            let index = embedded.iter().position(|adapter| adapter.name == name);
            (embedded.swap_remove(index.ok_or_else(|| RunnerError::Unknown { name: name.to_owned(), known })?), None)
        }
    };
    if adapter.find_program(&context.env).is_none() {
        let program = adapter.detect.program.clone();
        return Err(RunnerError::NotInstalled { name: name.to_owned(), program, install: adapter.install }.into());
    }
    Ok(Runner::Adapter { adapter: Box::new(adapter), file })
}
