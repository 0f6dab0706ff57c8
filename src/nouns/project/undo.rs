//! `cmpm undo`

use std::collections::{BTreeSet, HashSet};

use crate::base::{Explain, Explained, Timestamp};
use crate::git::{Oid, Repository};
use crate::report::TableColumn;
use crate::report::prelude::*;
use crate::run::RUN_TRAILER;
use crate::store::journal::{Direction, Entry, Left, State};

/// Undo what cmpm commands wrote
///
/// Without a step it is the last one that is not undone. Works on files that nobody changed since; what is committed is git's to
/// undo. The last 100 steps are kept. Examples: `cmpm undo --list`, `cmpm undo 12`, `cmpm undo --redo`
#[derive(Debug, Args)]
pub struct Undo {
    /// Undo only this step, by its number in `--list`
    step: Option<u64>,
    /// Undo this step and all after it
    #[arg(long, value_name = "STEP", conflicts_with = "step")]
    to: Option<u64>,
    /// Do again what was undone last, unless something was written since; or the step that is named
    #[arg(long, conflicts_with = "to")]
    redo: bool,
    /// List the steps, newest first
    #[arg(long, short = 'l', conflicts_with_all = ["step", "to", "redo", "dry_run"])]
    list: bool,
    /// Only say what would be done
    #[arg(long, short = 'n')]
    dry_run: bool,
}

/// What was undone, or with `--list` what can be.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Undone {
    /// The verb of the newest step: `ticket create`.
    #[serde(skip_serializing_if = "Option::is_none")]
    operation: Option<String>,
    /// The files of all steps.
    paths: Vec<String>,
    dry_run: bool,
    /// Whether the steps were done again.
    redo: bool,
    steps: Vec<Row>,
    #[serde(skip)]
    list: bool,
}

/// A step.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Row {
    number: u64,
    /// The verb: `ticket create`.
    operation: String,
    /// What was typed, as far as it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    command: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<Timestamp>,
    /// `done`, `undone`, `set_aside`, or `begun` while it is written.
    #[schemars(with = "String")]
    state: State,
    paths: Vec<String>,
    #[serde(skip)]
    title: String,
}

/// Why nothing is undone.
#[derive(Debug, thiserror::Error)]
enum UndoError {
    #[error("there is nothing to {verb}")]
    Nothing { verb: &'static str },
    #[error("there is no step {number} in this work tree")]
    NoStep { number: u64 },
    #[error("step {number}, `{title}`, is {state}")]
    Already { number: u64, title: String, state: &'static str },
    #[error("what `{operation}` wrote is already committed: {path}")]
    Committed { operation: String, path: RepoPath },
    /// What was done last is a commit about a run.
    #[error("the last thing done here is the commit {}, `{subject}`, not a step", commit.short())]
    Run { commit: Oid, subject: String, is_merge: bool, step: u64 },
}

impl Explain for UndoError {
    fn explain(&self) -> Explained {
        let git = "`git log` shows what is committed; `git revert` takes a commit back";
        match self {
            Self::Nothing { verb: "redo" } => Explained::wrong("nothing_to_redo")
                .hint("`cmpm undo --list` shows the steps, and `cmpm undo --redo STEP` does one of them again"),
            Self::Nothing { .. } => Explained::wrong("nothing_to_undo").hint(git),
            Self::NoStep { .. } => Explained::wrong("not_found").hint("`cmpm undo --list` shows the steps"),
            Self::Already { number, state: "undone", .. } => {
                Explained::wrong("undone").hint(format!("`cmpm undo --redo {number}` does it again"))
            }
            Self::Already { number, .. } => Explained::wrong("not_undone").hint(format!("`cmpm undo {number}` undoes it")),
            Self::Committed { .. } => Explained::wrong("committed").hint(git),
            Self::Run { commit, is_merge, step, .. } => Explained::wrong("committed")
                .hint(format!("`git revert {}{}` takes it back", if *is_merge { "-m 1 " } else { "" }, commit.short()))
                .hint(format!("`cmpm undo {step}` undoes the last step before it")),
        }
    }
}

impl Verb for Undo {
    type Report = Undone;
    const METADATA: Metadata = Metadata::DECIDES;

    fn run(self, context: &Context) -> Result<Undone> {
        let store = context.store()?;
        if self.list {
            let steps = store.steps()?.iter().map(Row::from).collect();
            return Ok(Undone { operation: None, paths: Vec::new(), dry_run: false, redo: false, steps, list: true });
        }
        let direction = if self.redo { Direction::Forward } else { Direction::Back };
        let choose = |steps: Vec<Entry>| {
            let chosen = self.choose(steps)?;
            if self.step.or(self.to).is_none() && !self.redo {
                refuse_run(context.repository()?, &chosen)?;
            }
            store.require_unchanged(&chosen, direction)?;
            match context.repository()?.head()?.oid() {
                Some(head) if !self.redo => refuse_committed(context, &chosen, head)?,
                _ => {}
            }
            Ok(chosen)
        };
        let steps = if self.dry_run { choose(store.steps()?)? } else { store.turn(direction, choose)? };
        let mut seen = HashSet::new();
        let steps: Vec<Row> = steps.iter().map(Row::from).collect();
        let paths = steps.iter().flat_map(|step| &step.paths).filter(|path| seen.insert(*path)).cloned().collect();
        let operation = steps.first().map(|step| step.operation.clone());
        Ok(Undone { operation, paths, dry_run: self.dry_run, redo: self.redo, steps, list: false })
    }
}

impl Undo {
    /// The steps that are meant, in the order in which they go, from all of them, newest first.
    fn choose(&self, mut steps: Vec<Entry>) -> Result<Vec<Entry>, UndoError> {
        let named = self.step.or(self.to);
        if let Some(number) = named {
            let found = steps.iter().find(|step| step.number == number).ok_or(UndoError::NoStep { number })?;
            let state = if self.redo { "not undone" } else { "undone" };
            if self.redo != (found.state == State::Undone) {
                return Err(UndoError::Already { number, title: found.title().to_owned(), state });
            }
        }
        let made: Vec<_> = steps.iter().map(|step| (step.number, step.made.at, step.is_done())).collect();
        steps.retain(|step| self.redo == (step.state == State::Undone));
        if self.to.is_some() {
            steps.retain(|step| named.is_some_and(|number| step.number >= number));
        } else {
            let last = if self.redo {
                // Of those undone at once, the oldest was undone last. As in an editor, a new step ends what can be done again.
                let is_past = |step: &&Entry| {
                    let mut later = made.iter().filter(|(number, ..)| *number > step.number);
                    later.any(|(_, at, is_done)| *at > step.undone || *is_done && *at == step.undone)
                };
                steps.iter().filter(|step| !is_past(step)).min_by_key(|step| (std::cmp::Reverse(step.undone), step.number))
            } else {
                steps.first()
            };
            let number = named.or(last.map(|step| step.number));
            steps.retain(|step| Some(step.number) == number);
        }
        if steps.is_empty() { Err(UndoError::Nothing { verb: if self.redo { "redo" } else { "undo" } }) } else { Ok(steps) }
    }
}

/// Approving and rejecting a run are commits: who has just done that does not mean the step before.
fn refuse_run(repository: &Repository, steps: &[Entry]) -> Result<()> {
    let (Some(head), Some(step)) = (repository.head()?.oid(), steps.first()) else { return Ok(()) };
    let commit = repository.read_commit(head)?;
    let is_of_run = commit.trailers().iter().any(|(key, _)| key == RUN_TRAILER);
    if is_of_run && step.made.at.is_none_or(|made| commit.time >= made) {
        let subject = text::one_line(commit.message.lines().next().unwrap_or_default());
        return Err(UndoError::Run { commit: head, subject, is_merge: commit.parents.len() > 1, step: step.number }.into());
    }
    Ok(())
}

/// What is committed is not taken back file by file.
fn refuse_committed(context: &Context, steps: &[Entry], head: Oid) -> Result<()> {
    let (store, repository) = (context.store()?, context.repository()?);
    let dirty: BTreeSet<RepoPath> = repository.dirty_paths()?.into_iter().collect();
    for entry in steps {
        for Left { path, bytes, is_there } in store.left_by(entry)? {
            // What git finds unchanged is committed, unless git ignores it or never knew it.
            let committed = match &bytes {
                _ if is_there && dirty.contains(path) => false,
                Some(_) if is_there => repository.find_entry(head, path)?.is_some(),
                Some(bytes) => repository.find_blob(head, path)?.as_ref() == Some(bytes),
                None => is_there && repository.last_commit_touching(path, head)?.is_some(),
            };
            if committed && is_since(repository, (path, head), entry)? {
                return Err(UndoError::Committed { operation: entry.title().to_owned(), path: path.clone() }.into());
            }
        }
    }
    Ok(())
}

/// Whether it was committed since the step, which may also have put back what was committed before.
fn is_since(repository: &Repository, (path, head): (&RepoPath, Oid), step: &Entry) -> Result<bool> {
    let commit = repository.last_commit_touching(path, head)?;
    Ok(commit.zip(step.made.at).is_none_or(|(commit, made)| commit.time >= made))
}

impl From<&Entry> for Row {
    fn from(entry: &Entry) -> Self {
        Self {
            number: entry.number,
            operation: entry.operation.clone(),
            command: entry.made.command.clone(),
            at: entry.made.at,
            state: entry.state,
            paths: entry.steps.iter().map(|step| step.place.shown(&entry.root)).collect(),
            title: entry.title().to_owned(),
        }
    }
}

impl Row {
    fn files(&self) -> String {
        match self.paths.as_slice() {
            [] => String::new(),
            [only] => text::one_line(only),
            [first, rest @ ..] => format!("{} and {} more", text::one_line(first), rest.len()),
        }
    }

    fn state(&self) -> (&'static str, Option<Tone>) {
        match self.state {
            State::Done => ("", None),
            State::Undone => ("undone", Some(Tone::Quiet)),
            State::Begun => ("unfinished", Some(Tone::Careful)),
            State::SetAside => ("set aside", Some(Tone::Careful)),
        }
    }
}

impl Report for Undone {
    const SCHEMA: &'static str = "cmpm.undo/1";

    fn render(&self, screen: &Screen) -> String {
        if self.list {
            return self.render_list(screen);
        }
        let verb = match (self.dry_run, self.redo) {
            (false, false) => "Undid",
            (true, false) => "Would undo",
            (false, true) => "Redid",
            (true, true) => "Would redo",
        };
        let line = |step: &Row| format!("{verb} `{}` ({})\n", step.title, text::plural(step.paths.len(), "file"));
        let path = |path: &String| format!("{}\n", screen.paint(Tone::Quiet, &text::one_line(path)));
        self.steps.iter().map(line).chain(self.paths.iter().map(path)).collect()
    }
}

impl Undone {
    fn render_list(&self, screen: &Screen) -> String {
        if self.steps.is_empty() {
            return "Nothing was written yet.\n".to_owned();
        }
        let at = TableColumn::weighing(1, "AT");
        let files = TableColumn::weighing(2, "FILES");
        let mut table = Table::new(["STEP".into(), at, TableColumn::weighing(3, "STATE").if_any(), files, "COMMAND".into()]);
        for step in &self.steps {
            let at = step.at.map(|at| at.to_string()).unwrap_or_default();
            let (state, tone) = step.state();
            let number = step.number.to_string();
            table.row([
                (&number, Some(Tone::Key)),
                (&at, Some(Tone::Quiet)),
                (state, tone),
                (&step.files(), Some(Tone::Quiet)),
                (&step.title, None),
            ]);
        }
        table.render(screen)
    }
}
