//! `cmpm demo`

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::demo_files::{FILES, GATES};
use crate::base::env::{CMPM_NOW, CMPM_RUN, CMPM_SEED, HOME, XDG_CONFIG_HOME, XDG_STATE_HOME};
use crate::base::progress::Event;
use crate::base::{Env, Explain, Explained};
use crate::context::CONFIG_FILE;
use crate::fs::{read, write};
use crate::process::capture;
use crate::report::prelude::*;

/// No step takes long; a machine that needs more is out of order.
const LIMIT: Duration = Duration::from_secs(120);

/// See the whole loop in a temporary repository
///
/// Two agents work side by side. One fails a gate, tries again and is merged; one changes a file outside its role and is rejected.
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
    /// What it and the next ones are about.
    #[serde(skip_serializing_if = "Option::is_none")]
    about: Option<String>,
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
        let mut stage = Stage { context, root: root.clone(), env: quiet(&context.env, temporary.path()), about: None, steps: Vec::new() };
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
    about: Option<String>,
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
        let config = CONFIG_FILE.below(&self.root);
        let settings = read::read(&config)?;
        write::replace(&config, &[&settings, GATES.as_bytes()].concat())?;
        self.tell("Write down what the team knows; the briefs of agents carry what fits:");
        self.step(&["cmpm", "memory", "add", "Pages keep their file names: other repositories link to them.", "--category", "team"])?;
        self.commit("Plan the repair of the links")?;
        self.quietly(&["cmpm", "trust", "--yes"])?;
        self.tell("The tickets are another tracker's, used in place. A script plays the agent, and a gate must pass:");
        self.step(&["cmpm", "ready"])?;
        self.step(&["cmpm", "delegate", "run", "ISS-0007", "ISS-0008", "--agent", "documentation", "--runner", "scripted"])?;
        let (unfinished, denied) = (self.run_of("ISS-0007")?, self.run_of("ISS-0008")?);
        self.tell("One agent did half of its work, so the gate failed. A second attempt goes on from there:");
        self.step(&["cmpm", "delegate", "resume", &unfinished])?;
        self.step(&["cmpm", "delegate", "review", &unfinished])?;
        self.step(&["cmpm", "delegate", "approve", &unfinished, "-m", "every repaired link checked"])?;
        self.tell("The other one changed a script, which its role does not allow, so nothing of it can be merged:");
        self.step(&["cmpm", "delegate", "diff", &denied])?;
        self.step(&["cmpm", "delegate", "reject", &denied, "-m", "decisions keep four digits: leave src/ alone"])?;
        self.tell("What went wrong is remembered, and who asks next finds it:");
        self.step(&["cmpm", "memory", "search", "next-number"])?;
        self.step(&["cmpm", "status"])?;
        self.step(&["git", "log", "--oneline", "--graph"])?;
        self.quietly(&["git", "fsck", "--strict", "--no-dangling"]).map(|_| ())
    }

    fn commit(&self, message: &str) -> Result<()> {
        self.quietly(&["git", "add", "--all"])?;
        self.quietly(&["git", "commit", "--quiet", "-m", message]).map(|_| ())
    }

    /// What the next command is about.
    fn tell(&mut self, line: &str) {
        self.context.events.emit(Event::Stage { subject: "demo:".to_owned(), stage: line.trim_end_matches([':', '.']).to_owned() });
        self.about = Some(line.to_owned());
    }

    /// Runs a command, shown with what it prints.
    fn step(&mut self, command: &[&str]) -> Result<()> {
        let output = self.quietly(command)?;
        let command = command.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ");
        self.steps.push(Step { about: self.about.take(), command, output });
        Ok(())
    }

    fn run_of(&self, ticket: &str) -> Result<String> {
        Ok(at(&self.quietly(&["cmpm", "delegate", "show", ticket, "--json"])?, "/data/run"))
    }

    fn quietly(&self, command: &[&str]) -> Result<String> {
        write::create_folder(&self.root)?;
        let program = self.context.program.as_os_str();
        let argv: Vec<&OsStr> = command.iter().map(|word| if *word == "cmpm" { program } else { OsStr::new(word) }).collect();
        let output = capture(&argv, &self.root, &self.env, LIMIT)?;
        // 1 is an answer too: a run that failed.
        if matches!(output.code, Some(0 | 1)) {
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
        for step in &self.steps {
            if let Some(about) = &step.about {
                let _ = writeln!(out, "{}\n", screen.paint(Tone::Title, &format!("# {about}")));
            }
            let command = screen.paint(Tone::Key, &format!("$ {}", step.command));
            let _ = writeln!(out, "{command}\n{}\n", step.output.trim_end());
        }
        let _ = match &self.repository {
            Some(folder) => writeln!(out, "The demo's repository is in {folder}"),
            None => writeln!(out, "The demo's repository is gone again; `cmpm demo --keep <folder>` keeps it"),
        };
        out
    }
}
