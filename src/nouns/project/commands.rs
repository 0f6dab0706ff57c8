//! The commands that the project's files define: what needs the user's trust before it runs on this machine.

use std::collections::HashSet;

use crate::base::{RepoPath, Result};
use crate::config::Layers;
use crate::context::Context;
use crate::document::Document;
use crate::engine::policy::{Inventory, LOCK};
use crate::fs::read;
use crate::process::Command;
use crate::run::Furnishing;
use crate::store::Snapshot;

/// Where a project describes agent programs of its own.
const RUNNERS: RepoPath = RepoPath::of(".cmpm/runners");

/// What the files that steer agents are called among commands.
pub const FILES: &str = "files that steer agents";

/// A command, or a file that says how one is made.
#[derive(Debug)]
pub struct Defined {
    /// What it is for: `gate test`, `runner mine`.
    pub what: String,
    /// The file, with a line where one is meant.
    pub place: String,
    /// The same for people.
    pub text: String,
    /// Exactly what would be approved.
    pub command: Command,
}

impl Defined {
    fn of(what: String, place: String, command: Command) -> Self {
        Self { what, place, text: command.text(), command }
    }

    /// The files that steer agents, which nobody runs.
    pub fn of_files(files: Inventory) -> Self {
        Self { what: FILES.to_owned(), place: LOCK.to_string(), command: files.command(), text: files.text }
    }
}

/// Every command of the work tree, those of the last commit that differ, as runs start from what is committed, and the files there that
/// steer agents, if the project locks them.
pub fn defined(context: &Context) -> Result<Vec<Defined>> {
    let repository = context.repository()?;
    let snapshot = context.store()?.work_tree();
    let names = read::names(&RUNNERS.below(context.root()?))?;
    let runners = names.iter().map(|name| RUNNERS.join(name)).collect();
    let mut all = Source { layers: context.layers()?, snapshot, runners, suffix: "" }.commands()?;
    let Some(head) = repository.head()?.oid() else { return Ok(all) };
    all.extend(Inventory::at(repository, head)?.map(Defined::of_files));
    // Settings that are broken in the commit stop `delegate run` with their own message; here they define nothing.
    let Ok(layers) = context.layers_at(head) else { return Ok(all) };
    let runners = repository.files_below(head, &RUNNERS)?.into_iter().map(|entry| entry.path).collect();
    let committed = Source { layers: &layers, snapshot: Snapshot::Tree(repository, head), runners, suffix: " (as committed)" };
    let known: HashSet<String> = all.iter().map(|defined| defined.command.digest()).collect();
    all.extend(committed.commands()?.into_iter().filter(|defined| !known.contains(&defined.command.digest())));
    Ok(all)
}

/// One state of the project's files.
struct Source<'a> {
    layers: &'a Layers,
    snapshot: Snapshot<'a>,
    runners: Vec<RepoPath>,
    suffix: &'static str,
}

impl Source<'_> {
    fn commands(&self) -> Result<Vec<Defined>> {
        let mut all = self.gates()?;
        all.extend(self.worktree()?);
        for path in self.runners.iter().filter(|path| path.name().ends_with(".yaml")) {
            let Some(bytes) = self.snapshot.read(path)? else { continue };
            let what = format!("runner {}", path.name().trim_end_matches(".yaml"));
            let command = Command::Shell(String::from_utf8_lossy(&bytes).into_owned());
            all.push(Defined::of(what, format!("{path}{}", self.suffix), command));
        }
        Ok(all)
    }

    fn gates(&self) -> Result<Vec<Defined>> {
        let gates = &self.layers.config.gates;
        if gates.is_empty() {
            return Ok(Vec::new());
        }
        let origin = self.layers.require("gates")?.into_iter().next().map(|setting| setting.origin.to_string()).unwrap_or_default();
        let text = self.text_of(&origin)?;
        let key = Document::parse_yaml(text.clone().into_bytes()).field("gates").map(|field| field.line);
        let place = |gate: &crate::config::Gate| {
            let line = key.map(|key| format!(":{}", find_gate(&text, key, &gate.name).unwrap_or(key))).unwrap_or_default();
            format!("{origin}{line}{}", self.suffix)
        };
        let gate = |gate: &crate::config::Gate| Defined::of(format!("gate {}", gate.name), place(gate), Command::Shell(gate.run.clone()));
        Ok(gates.iter().map(gate).collect())
    }

    /// What a fresh worktree gets; a file that is broken gives it nothing.
    fn worktree(&self) -> Result<Option<Defined>> {
        let (found, _) = Furnishing::at(&|path| self.snapshot.read(path), &self.layers.config.worktree)?;
        let defined = |furnishing: Furnishing| {
            let place = format!("{}{}", furnishing.source, self.suffix);
            Defined { what: "worktrees of runs".into(), place, text: furnishing.text(), command: furnishing.command() }
        };
        Ok(found.map(defined))
    }

    fn text_of(&self, file: &str) -> Result<String> {
        let Some(path) = RepoPath::parse(file) else { return Ok(String::new()) };
        let bytes = self.snapshot.read(&path)?.unwrap_or_default();
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}

/// The line, at or below that of the key `gates`, that says the gate's name.
fn find_gate(text: &str, key: u32, name: &str) -> Option<u32> {
    let says_it = |line: &str| {
        let (_, value) = line.split_once("name:")?;
        let rest = value.trim_start_matches([' ', '"', '\'']).strip_prefix(name)?;
        Some(rest.is_empty() || rest.starts_with(['"', '\'', ',', '}', ' ', '\t']))
    };
    let numbered = (1..).zip(text.lines()).skip_while(|(number, _)| *number < key);
    numbered.into_iter().find(|(_, line)| says_it(line) == Some(true)).map(|(number, _)| number)
}
