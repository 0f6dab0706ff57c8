//! `cmpm ticket apply`: a whole tree of tickets out of one file, or nothing.

mod cycle;
mod form;
mod markdown;
mod plan;
mod report;
mod settle;
mod yaml;

pub use form::PlanForm;

use std::path::{Path, PathBuf};

use crate::base::{Explain, Explained};
use crate::document::{Located, Shape, parse_located};
use crate::exchange::{Source, load};
use crate::report::prelude::*;

use super::model::Ticket;
use super::model::cycle::forbid_cycles;
use plan::Plan;
use report::ApplyReport;
use settle::{Change, Settling};

/// Create or update a tree of tickets from a plan
///
/// The plan is YAML, JSON or Markdown; its tickets name each other by `ref`. Everything is checked first, and then all of it is
/// written or nothing. Applied again, a plan changes only what changed in it and was not edited here.
/// Example: `cmpm ticket apply plan.yaml --dry-run`
#[derive(Debug, Args)]
pub struct Apply {
    /// The plan; `-` for standard input
    path: PathBuf,
    /// The plan's name, which identifies it when it is applied again [default: its `name`, else the file's]
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Only say what would be created and changed
    #[arg(long, short = 'n')]
    dry_run: bool,
    /// Commit what was written
    #[arg(long)]
    commit: bool,
}

/// Why a plan is not applied.
#[derive(Debug, thiserror::Error)]
enum ApplyError {
    #[error("the plan has {}, so nothing was written: {first}", text::plural(*count, "mistake"))]
    Mistakes { count: usize, first: Box<Finding>, others: Vec<String> },
    #[error("{} cannot be read as a plan", path.display())]
    Unreadable { path: PathBuf },
}

impl Explain for ApplyError {
    fn explain(&self) -> Explained {
        match self {
            Self::Mistakes { others, .. } => Explained::wrong("bad_plan").hints(others.clone()),
            Self::Unreadable { .. } => Explained::wrong("unreadable").hint("a plan is one text file of YAML, JSON or Markdown"),
        }
    }
}

/// As `cmpm undo` names it.
const OPERATION: &str = "ticket apply";

impl Verb for Apply {
    type Report = WithFindings<ApplyReport>;
    const METADATA: Metadata = Metadata::WRITES;

    fn run(self, context: &Context) -> Result<WithFindings<ApplyReport>> {
        let store = context.store()?;
        let mut plan = self.read(context)?;
        require_sound(&plan)?;
        let ready = context.ready_to_commit(self.commit && !self.dry_run)?;
        let mut transaction = if self.dry_run { store.rehearsal(OPERATION) } else { store.begin(OPERATION)? };
        let scan = store.scan::<Ticket>(&store.work_tree());
        let settling = Settling { context, store, scan: &scan, dry_run: self.dry_run };
        let changes = settling.settle(&mut plan)?;
        require_sound(&plan)?;
        for change in &changes {
            match change {
                Change::Create(new) => transaction.create(&new.path, new.text.clone().into_bytes()),
                Change::Renew(renewed) => transaction.replace(&renewed.path, renewed.before.clone(), renewed.after.clone()),
                Change::Same(_) => {}
            }
        }
        forbid_cycles(&mut transaction, changes.iter().filter_map(Change::waiting).collect());
        let written = transaction.commit()?;
        ready.commit_paths(&written, &format!("apply plan {}", plan.name))?;
        Ok(ApplyReport::of(plan, changes, self.dry_run))
    }
}

impl Apply {
    fn read(&self, context: &Context) -> Result<Plan> {
        let source = if self.path.as_os_str() == "-" { Source::of_input(&context.read_input()?) } else { load(context, &self.path)? };
        let file = source.files.first().filter(|_| source.single);
        let file = file.ok_or_else(|| ApplyError::Unreadable { path: self.path.clone() })?;
        let place = shown(context, &self.path).unwrap_or_else(|| file.place.clone());
        let name =
            self.path.file_stem().filter(|stem| *stem != "-").map_or_else(|| "plan".to_owned(), |stem| stem.to_string_lossy().into_owned());
        let mut plan = Plan { name, place, ..Plan::default() };
        let config = context.config()?;
        if is_markdown(&self.path, &file.text) {
            markdown::read(&mut plan, &file.text, config);
        } else {
            match parse(&file.text) {
                Ok(value) => yaml::read(&mut plan, &value, config),
                Err((line, why)) => plan.wrong(line, format!("not YAML: {why}")),
            }
        }
        plan.name = self.name.clone().unwrap_or(plan.name);
        plan.complete();
        Ok(plan)
    }
}

/// The file as it was named, for messages.
fn shown(context: &Context, path: &Path) -> Option<RepoPath> {
    let root = context.root().ok()?;
    let file = crate::fs::read::real_path(&context.cwd.join(path)).ok()?;
    RepoPath::relative(root, &file).or_else(|| RepoPath::parse(path.file_name()?.to_str()?))
}

fn require_sound(plan: &Plan) -> Result<(), ApplyError> {
    let mut mistakes: Vec<&Finding> = plan.mistakes.iter().collect();
    mistakes.sort_by_key(|mistake| mistake.line);
    let Some((first, others)) = mistakes.split_first() else { return Ok(()) };
    let others = others.iter().take(20).map(ToString::to_string).collect();
    Err(ApplyError::Mistakes { count: mistakes.len(), first: Box::new((*first).clone()), others })
}

/// By the name of the file; what was piped in is Markdown unless it looks like a plan of another form.
fn is_markdown(path: &Path, text: &str) -> bool {
    match path.extension().and_then(|end| end.to_str()).map(str::to_ascii_lowercase).as_deref() {
        Some("md" | "markdown") => true,
        Some("yaml" | "yml" | "json") => false,
        _ => {
            let keyed = text.lines().any(|line| line.starts_with("tickets:") || line.starts_with("schema:"));
            let listed =
                text.trim_start().starts_with(['{', '[']) || text.lines().any(|line| line.starts_with("- ") && !line.starts_with("- ["));
            let headed = text.lines().any(|line| line.starts_with("# ") || line.starts_with("- ["));
            !keyed && (headed || !listed)
        }
    }
}

/// YAML, and JSON with what YAML does not take from it; then without lines.
fn parse(text: &str) -> Result<Located, (u32, String)> {
    parse_located(text).or_else(|broken| serde_json::from_str::<serde_json::Value>(text).map(|json| located(&json)).map_err(|_| broken))
}

fn located(json: &serde_json::Value) -> Located {
    use serde_json::Value as Json;
    let shape = match json {
        Json::Null => Shape::Null,
        Json::Array(items) => Shape::List(items.iter().map(located).collect()),
        Json::Object(entries) => Shape::Map(entries.iter().map(|(key, value)| (key.clone(), 1, located(value))).collect()),
        other => Shape::Scalar(crate::exchange::json::scalar(other).unwrap_or_default()),
    };
    Located { line: 1, shape }
}
