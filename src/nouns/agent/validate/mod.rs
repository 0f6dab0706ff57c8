//! `cmpm agent validate`

mod codex;
mod file;
mod program;
mod prompt;

use std::collections::BTreeMap;

use crate::base::{Explain, Explained, Rule, Severity};
use crate::fs::read;
use crate::report::prelude::*;
use crate::report::render_findings;
use crate::store::Snapshot;

use super::load::load_agents;
use super::model::key;
pub use file::RESERVED;
use file::{Agents, Checked};
use program::Program;

/// Validate agent files, also those of other agent programs
///
/// Without files: all in `.cmpm/agents`, `.claude/agents`, `.gemini/agents`, `.opencode/agents` and `.codex/agents`. Says what a program would
/// leave out without a word, tools that it does not have, `extends` that leads nowhere, names that are taken, and instructions
/// that hide something, run commands or fetch text. Exit code 1 if a file cannot be used as it is.
/// Examples: `cmpm agent validate`, `cmpm agent validate vendor/agents/reviewer.md`
#[derive(Debug, Args)]
pub struct Validate {
    /// Only these files; one that is in no agent folder is read as a Claude Code agent, or a Codex agent if it is TOML
    #[arg(value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    files: Vec<String>,
}

/// The agent files, and what is wrong with them.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Validated {
    files: Vec<ValidatedFile>,
    /// How many findings are errors.
    errors: usize,
    /// How many are warnings.
    warnings: usize,
    /// What is wrong, in order of the files and lines.
    findings: Vec<Finding>,
}

/// One agent file.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ValidatedFile {
    path: RepoPath,
    /// The agent's name, if the file has one.
    name: Option<String>,
    /// The program whose form it has: `cmpm`, `claude`, `gemini`, `opencode` or `codex`.
    program: Program,
    /// Whether nothing keeps it from being used.
    valid: bool,
}

#[derive(Debug, thiserror::Error)]
enum ValidateError {
    #[error("{file} is not a file of this work tree")]
    NoFile { file: String },
}

impl Explain for ValidateError {
    fn explain(&self) -> Explained {
        Explained::wrong("not_found").hint("`cmpm agent validate` without a name looks at all agent files")
    }
}

impl Verb for Validate {
    type Report = Validated;
    const METADATA: Metadata = Metadata::READS;

    fn run(self, context: &Context) -> Result<Validated> {
        let snapshot = Snapshot::WorkTree(context.root()?);
        let (agents, findings) = load_agents(&snapshot);
        let agents = Agents { agents, findings };
        let mut findings = Vec::new();
        let files = if self.files.is_empty() { all(&snapshot, &mut findings) } else { self.named(context)? };
        let mut done = Vec::with_capacity(files.len());
        for path in files {
            let bytes = snapshot.read(&path)?.unwrap_or_default();
            done.push(Checked::of(path, bytes, &agents));
        }
        findings.extend(name_conflicts(&done));
        findings.extend(done.iter_mut().flat_map(|file| std::mem::take(&mut file.findings)));
        Ok(Validated::of(done, findings))
    }
}

impl Validate {
    fn named(&self, context: &Context) -> Result<Vec<RepoPath>> {
        let root = context.root()?;
        let path = |typed: &String| {
            let here = read::real_path(&context.cwd.join(typed)).ok().filter(|file| read::is_file(file));
            let inside = here.and_then(|file| RepoPath::relative(root, &file));
            inside.ok_or_else(|| ValidateError::NoFile { file: typed.clone() }.into())
        };
        self.files.iter().map(path).collect()
    }
}

/// Every file in the folders of agents.
fn all(snapshot: &Snapshot<'_>, findings: &mut Vec<Finding>) -> Vec<RepoPath> {
    let mut files = Vec::new();
    for (folder, program) in Program::FOLDERS {
        if program == Program::Codex {
            let names = if let Snapshot::WorkTree(root) = snapshot { read::names(&folder.below(root)) } else { Ok(Vec::new()) };
            let names = names.unwrap_or_default();
            files.extend(names.iter().filter(|name| name.ends_with(".toml")).map(|name| folder.join(name)));
        } else {
            files.extend(snapshot.markdown_files(&folder, findings).into_iter().map(|entry| entry.path));
        }
    }
    files
}

/// Files that one program reads as agents of the same name. Those of cmpm and Claude Code are told apart by whoever loads them.
fn name_conflicts(files: &[Checked]) -> Vec<Finding> {
    let mut first: BTreeMap<(Program, String), &Checked> = BTreeMap::new();
    let mut findings = Vec::new();
    for file in files {
        let Some(name) = &file.name else { continue };
        if let Some(earlier) = first.get(&(file.program, key(name))) {
            let message = format!("`{name}` is also the name of the agent in {}; the program takes one of them", earlier.path);
            // Elsewhere they may be of different collections.
            let is_read = Program::FOLDERS.iter().any(|(folder, _)| file.path.is_below(folder));
            let severity = if is_read { Severity::Error } else { Severity::Warning };
            let finding = Finding::new(Rule::DuplicateName, severity, file.path.clone(), message).at(file.name_line);
            let is_told = file.findings.iter().any(|finding| finding.rule == Rule::DuplicateName.name());
            findings.extend((!is_told).then(|| finding.hint("give one of them another name")));
        } else {
            first.insert((file.program, key(name)), file);
        }
    }
    findings
}

impl Validated {
    fn of(files: Vec<Checked>, mut findings: Vec<Finding>) -> Self {
        findings.sort();
        findings.dedup();
        let count = |severity: Severity| findings.iter().filter(|finding| finding.severity == severity).count();
        let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
        let is_wrong = |path: &RepoPath| findings.iter().any(|finding| finding.severity == Severity::Error && finding.path == *path);
        let row = |file: Checked| ValidatedFile { valid: !is_wrong(&file.path), path: file.path, name: file.name, program: file.program };
        Self { files: files.into_iter().map(row).collect(), errors, warnings, findings }
    }
}

impl Report for Validated {
    const SCHEMA: &'static str = "cmpm.agent.validate/1";

    fn render(&self, screen: &Screen) -> String {
        if self.files.is_empty() && self.findings.is_empty() {
            return "There are no agent files; `cmpm agent create` makes one.\n".to_owned();
        }
        let mut out = render_findings(&self.findings, screen);
        let files = text::plural(self.files.len(), "agent file");
        let wrong = self.files.iter().filter(|file| !file.valid).count();
        let said = match (wrong, self.findings.is_empty()) {
            (0, true) => format!("{files}, nothing wrong"),
            (0, false) => format!("{files}, each can be used; {}", text::plural(self.warnings, "warning")),
            _ => format!(
                "{files}, {wrong} cannot be used as they are; {}, {}",
                text::plural(self.errors, "error"),
                text::plural(self.warnings, "warning")
            ),
        };
        let tone = if wrong == 0 { Tone::Good } else { Tone::Bad };
        let _ = writeln!(out, "{}", screen.paint(tone, &said));
        out
    }

    fn exit(&self) -> Exit {
        if self.errors > 0 { Exit::No } else { Exit::Done }
    }
}
