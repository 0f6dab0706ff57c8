//! `cmpm demo`

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::demo_files::FILES;
use crate::base::env::{CMPM_NOW, CMPM_RUN, CMPM_SEED, HOME, XDG_CONFIG_HOME, XDG_STATE_HOME};
use crate::base::progress::Event;
use crate::base::{Env, Explain, Explained};
use crate::fs::{read, write};
use crate::process::capture;
use crate::report::prelude::*;

/// No step takes long; a machine that needs more is out of order.
const LIMIT: Duration = Duration::from_secs(120);

/// See the whole loop in a temporary repository
///
/// Remembers something, plans an epic, lets two agents work side by side, reviews, merges one and rejects one.
/// Example: `cmpm demo --keep /tmp/cmpm-demo`
#[derive(Debug, Args)]
pub struct Demo {
    /// Keep the repository in this new folder to explore it
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
}

/// What the demo did.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Shown {
    /// Where the repository is, if it was kept.
    repository: Option<String>,
    /// Each command with what it printed.
    steps: Vec<Step>,
}

/// One command and its answer.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Step {
    /// As a person would type it.
    command: String,
    /// Standard output.
    output: String,
}

/// Why the demo stopped.
#[derive(Debug, thiserror::Error)]
enum DemoError {
    #[error("the folder {} is not empty", path.display())]
    NotEmpty { path: PathBuf },
    #[error("no temporary folder can be made: {reason}")]
    NoFolder { reason: String },
    #[error("`{command}` ended with {exit}: {errors}")]
    Step { command: String, exit: String, errors: String },
}

impl Explain for DemoError {
    fn explain(&self) -> Explained {
        match self {
            Self::NotEmpty { .. } => Explained::wrong("demo").hint("name a folder that does not exist yet"),
            Self::NoFolder { .. } => Explained::wrong("demo").hint("set TMPDIR to a folder you may write"),
            Self::Step { .. } => Explained::new(Exit::Bug, "demo").hint("the demo's own repository is broken; please report this"),
        }
    }
}

impl Verb for Demo {
    type Report = Shown;
    const METADATA: Metadata = Metadata::READS;

    fn run(self, context: &Context) -> Result<Shown> {
        let temporary = write::temporary_folder(&context.env.temporary(), "cmpm-demo-");
        let temporary = temporary.map_err(|error| DemoError::NoFolder { reason: error.to_string() })?;
        let root = match &self.keep {
            Some(folder) => context.cwd.join(folder),
            None => temporary.path().join("project"),
        };
        if !read::names(&root)?.is_empty() {
            return Err(DemoError::NotEmpty { path: root }.into());
        }
        let mut stage = Stage { context, root: root.clone(), env: quiet(&context.env, temporary.path()), steps: Vec::new() };
        stage.play()?;
        let repository = self.keep.is_some().then(|| root.to_string_lossy().into_owned());
        Ok(Shown { repository, steps: stage.steps })
    }
}

/// The environment without anything of the user's own settings.
fn quiet(env: &Env, home: &Path) -> Env {
    let own = |name: &str| name.starts_with("GIT_") || name.starts_with("CMPM_") || name.starts_with("XDG_");
    let mut env = env.clone().without(own).with(HOME, home).with("GIT_CONFIG_GLOBAL", "/dev/null").with("GIT_CONFIG_NOSYSTEM", "1");
    for (name, folder) in [(XDG_CONFIG_HOME, "config"), (XDG_STATE_HOME, "state")] {
        env = env.with(name, home.join(folder));
    }
    env.without(|name| [CMPM_RUN, CMPM_NOW, CMPM_SEED].contains(&name))
}

/// Where the demo plays.
struct Stage<'a> {
    context: &'a Context,
    root: PathBuf,
    env: Env,
    steps: Vec<Step>,
}

impl Stage<'_> {
    fn play(&mut self) -> Result<()> {
        self.tell("A small project whose pages were moved without fixing their links:");
        for (path, text) in FILES {
            write::replace(&self.root.join(path), text.as_bytes())?;
        }
        self.quietly(&["git", "init", "--quiet", "--initial-branch=main"])?;
        self.quietly(&["git", "config", "user.name", "Ines Demo"])?;
        self.quietly(&["git", "config", "user.email", "ines@demo.invalid"])?;
        self.commit("The project as it is")?;
        self.step(&["cmpm", "init", "--no-hooks"])?;
        self.tell("Write down what the team knows:");
        self.step(&[
            "cmpm",
            "memory",
            "add",
            "Pages keep their file names: other repositories link to them.",
            "--category",
            "team",
            "--tag",
            "docs",
        ])?;
        self.step(&[
            "cmpm",
            "memory",
            "add",
            "Links inside docs/ are relative, never absolute.",
            "--category",
            "pattern",
            "--tag",
            "links",
        ])?;
        self.step(&["cmpm", "memory", "search", "relative links"])?;
        self.tell("Plan: another tracker's tickets are used in place, below a new epic.");
        let epic = self.id_of(&["cmpm", "epic", "create", "Links that lead somewhere", "--priority", "high"], "/data/id")?;
        for issue in ["ISS-0007", "ISS-0008"] {
            self.step(&["cmpm", "issue", "update", issue, "--epic", &epic])?;
        }
        self.commit("Plan the repair of the links")?;
        self.step(&["cmpm", "ready"])?;
        self.tell("Delegate: two runs side by side, each in a worktree of its own.");
        self.step(&["cmpm", "delegate", "run", "ISS-0007", "ISS-0008", "--agent", "documentation", "--runner", "builtin"])?;
        let (good, other) = (self.run_of("ISS-0007")?, self.run_of("ISS-0008")?);
        self.tell("Review them, merge one, reject the other:");
        self.step(&["cmpm", "delegate", "review", &good])?;
        self.step(&["cmpm", "delegate", "approve", &good, "-m", "every repaired link checked"])?;
        self.step(&["cmpm", "delegate", "reject", &other, "-m", "the copied pages must not be changed"])?;
        self.step(&["cmpm", "status"])?;
        self.step(&["git", "log", "--oneline", "--graph"])?;
        self.quietly(&["git", "fsck", "--strict", "--no-dangling"]).map(|_| ())
    }

    fn commit(&self, message: &str) -> Result<()> {
        self.quietly(&["git", "add", "--all"])?;
        self.quietly(&["git", "commit", "--quiet", "-m", message]).map(|_| ())
    }

    fn tell(&self, line: &str) {
        self.context.events.emit(Event::Note { message: format!("\n# {line}") });
    }

    /// Runs a command, shown with what it prints.
    fn step(&mut self, command: &[&str]) -> Result<()> {
        let output = self.quietly(command)?;
        self.show(command, output);
        Ok(())
    }

    fn show(&mut self, command: &[&str], output: String) {
        let command = command.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ");
        self.context.events.emit(Event::Note { message: format!("\n$ {command}\n{}", output.trim_end()) });
        self.steps.push(Step { command, output });
    }

    /// Runs a command that makes something, shown as for people; the value at a JSON pointer of its answer.
    fn id_of(&mut self, command: &[&str], pointer: &str) -> Result<String> {
        let mut with_json = command.to_vec();
        with_json.push("--json");
        let answer = self.quietly(&with_json)?;
        let value = at(&answer, pointer);
        self.show(command, format!("Created {value}"));
        Ok(value)
    }

    fn run_of(&self, ticket: &str) -> Result<String> {
        Ok(at(&self.quietly(&["cmpm", "delegate", "show", ticket, "--json"])?, "/data/run"))
    }

    fn quietly(&self, command: &[&str]) -> Result<String> {
        write::create_folder(&self.root)?;
        let program = self.context.program.as_os_str();
        let argv: Vec<&OsStr> = command.iter().map(|word| if *word == "cmpm" { program } else { OsStr::new(word) }).collect();
        let output = capture(&argv, &self.root, &self.env, LIMIT)?;
        if output.code == Some(0) {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        let errors = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        Err(DemoError::Step { command: command.join(" "), exit: format!("{:?}", output.code), errors }.into())
    }
}

fn at(answer: &str, pointer: &str) -> String {
    let document: serde_json::Value = serde_json::from_str(answer).unwrap_or_default();
    document.pointer(pointer).and_then(serde_json::Value::as_str).unwrap_or_default().to_owned()
}

fn quoted(word: &str) -> String {
    if word.contains([' ', '\'', '*']) { format!("\"{word}\"") } else { word.to_owned() }
}

impl Report for Shown {
    const SCHEMA: &'static str = "cmpm.demo/1";

    fn render(&self, screen: &Screen) -> String {
        let mut out = String::new();
        for step in self.steps.iter().rev().take(2).rev() {
            let _ = writeln!(out, "{}\n{}", screen.paint(Tone::Title, &step.command), step.output.trim_end());
        }
        let _ = match &self.repository {
            Some(folder) => writeln!(out, "\nThe demo's repository is in {folder}"),
            None => writeln!(out, "\nThe demo's repository is gone again; `cmpm demo --keep <folder>` keeps it"),
        };
        out
    }
}
