//! `cmpm hook run`: cmpm's part of a hook, called by the line in it.

use clap::Args;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::message::tickets;
use super::model::{HookError, HookName};
use crate::base::env::CMPM_HOOK;
use crate::base::{Exit, Finding, Result, Severity};
use crate::context::{CONFIG_FILE, Context};
use crate::fs::{read, write};
use crate::nouns::ticket::Ticket;
use crate::report::{Metadata, Report, Screen, Tone, Verb};
use crate::store::Snapshot;

/// What cmpm says when it was only asked whether it is reached.
pub const REACHED: &str = "cmpm:reached";

/// Do cmpm's part of a hook
///
/// git calls this through the line that `cmpm hook install` put in. Says nothing when all is well; exit 1 stops the commit.
/// Example: `cmpm hook run pre-commit`
#[derive(Debug, Args, Deserialize, JsonSchema)]
pub struct Run {
    /// The hook
    hook: HookName,
    /// What git gave it
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    #[serde(default)]
    arguments: Vec<String>,
}

/// What came of it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Ran {
    hook: HookName,
    /// What keeps git from going on.
    problems: Vec<Problem>,
    /// What else should be known.
    notes: Vec<String>,
}

/// Something that is wrong.
#[derive(Debug, Serialize, JsonSchema)]
struct Problem {
    message: String,
    hint: String,
}

impl From<Finding> for Problem {
    fn from(finding: Finding) -> Self {
        let hint = finding.hint.clone().unwrap_or_default();
        Self { message: Finding { hint: None, ..finding }.to_string(), hint }
    }
}

impl Verb for Run {
    type Report = Ran;
    const METADATA: Metadata = Metadata::WRITES;

    fn run(self, context: &Context) -> Result<Ran> {
        let mut ran = Ran { hook: self.hook, problems: Vec::new(), notes: Vec::new() };
        if let Some(value) = context.env.text(CMPM_HOOK) {
            if value == "probe" {
                ran.problems.push(Problem { message: REACHED.to_owned(), hint: String::new() });
            }
            return Ok(ran);
        }
        // A branch from before cmpm, or another project's submodule: nothing here is cmpm's to check.
        if !read::exists(&context.root()?.join(CONFIG_FILE)) {
            return Ok(ran);
        }
        match self.hook {
            HookName::PreCommit => ran.problems = staged_guard(context)?.into_iter().map(Problem::from).collect(),
            HookName::CommitMsg => ran.problems = check_message(context, self.arguments.first())?,
            HookName::PostCommit | HookName::PostMerge => ran.notes = enqueue(context, self.hook)?,
            HookName::PostCheckout | HookName::PrePush => {}
        }
        Ok(ran)
    }
}

/// What is wrong with the tickets that are staged, looked at as the commit would have them.
fn staged_guard(context: &Context) -> Result<Vec<Finding>> {
    let (repository, store) = (context.repository()?, context.store()?);
    let changes = repository.staged_changes()?;
    let folders = &store.config().paths.tasks;
    let staged = |path: &crate::base::RepoPath| changes.iter().any(|change| change.new.is_some() && change.path == *path);
    if !changes.iter().any(|change| folders.iter().any(|folder| change.path.is_below(folder))) {
        return Ok(Vec::new());
    }
    let scan = store.scan::<Ticket>(&Snapshot::Tree(repository, repository.staged_tree()?));
    Ok(scan.findings.into_iter().filter(|finding| finding.severity == Severity::Error && staged(&finding.path)).collect())
}

/// Tickets that a message names must exist.
fn check_message(context: &Context, file: Option<&String>) -> Result<Vec<Problem>> {
    let file = context.cwd.join(file.ok_or(HookError::NoMessage)?);
    let message = read::find_text(&file)?.ok_or(HookError::NoMessage)?;
    let named = tickets(&message);
    if named.is_empty() {
        return Ok(Vec::new());
    }
    let store = context.store()?;
    let scan = store.list::<Ticket>(&store.work_tree());
    let unknown = named.iter().filter_map(|named| scan.find(&named.id).err());
    Ok(unknown
        .map(|error| Problem {
            message: format!("the message names a ticket, but {error}"),
            hint: "`cmpm ticket list` shows what there is; the message is still in .git/COMMIT_EDITMSG".to_owned(),
        })
        .collect())
}

/// Notes what happened, in one line, for whoever works through it later.
fn enqueue(context: &Context, hook: HookName) -> Result<Vec<String>> {
    let repository = context.repository()?;
    let commit = repository.head()?.require_oid()?;
    let line = json!({ "at": context.clock.now(), "hook": hook, "commit": commit }).to_string() + "\n";
    write::append(&repository.common_dir().join("cmpm/queue"), line.as_bytes())?;
    let named = tickets(&repository.read_commit(commit)?.message);
    let closing = named.into_iter().filter(|named| named.closes);
    Ok(closing.map(|named| format!("this commit closes {0}: `cmpm ticket complete {0}`", named.id)).collect())
}

impl Report for Ran {
    const SCHEMA: &'static str = "cmpm.hook.run/1";

    fn render(&self, screen: &Screen) -> String {
        let mut out = String::new();
        for problem in &self.problems {
            out += &format!("{} {}\n", screen.paint(Tone::Bad, "error:"), crate::base::text::one_line(&problem.message));
            if !problem.hint.is_empty() {
                out += &format!("{} {}\n", screen.paint(Tone::Key, "hint:"), crate::base::text::one_line(&problem.hint));
            }
        }
        for note in &self.notes {
            out += &format!("cmpm: {}\n", crate::base::text::one_line(note));
        }
        out
    }

    fn exit(&self) -> Exit {
        if self.problems.is_empty() { Exit::Done } else { Exit::No }
    }
}
