//! All that a verb may touch: the repository, the records, the settings, time, randomness and the environment.

use std::io::{IsTerminal, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use crate::base::env::{CMPM_ENV, CMPM_RUN, CMPM_RUN_DIR};
use crate::base::progress::{Cancel, Event, Events};
use crate::base::random::Random;
use crate::base::{Clock, Env, Explain, Explained, Finding, RepoPath, Result, text};
use crate::config::{ADOPTED, Config, ConfigError, Layers, Origin, Sources};
use crate::fs::read;
use crate::git::{AGENT_REPOSITORY, Oid, ReadyToCommit, Repository};
use crate::process;
use crate::store::{Store, journal::Made};

/// The file with the project's settings.
pub const CONFIG_FILE: RepoPath = RepoPath::of(".cmpm/config.yaml");

/// Asks a question that has yes or no for an answer.
pub type Ask = dyn Fn(&str) -> Option<bool> + Send + Sync;

/// How the reader sees what is written while a verb works.
#[derive(Debug, Clone, Copy, Default)]
pub struct Output {
    /// Whether a machine reads it.
    pub json: bool,
    /// Whether it can be drawn over: a person sits before a terminal.
    pub drawn: bool,
    /// Columns; 0 means as wide as it takes.
    pub width: usize,
    pub colour: bool,
}

/// The world, as far as verbs may know it. Everything costly is opened when it is first asked for.
pub struct Context {
    pub env: Env,
    pub clock: Clock,
    pub random: Arc<Random>,
    /// Where the program was started, or what `-C` says.
    pub cwd: PathBuf,
    /// Where progress goes.
    pub events: Arc<dyn Events>,
    /// Writes text to the reader at once, for logs that are followed; `false` if the reader went away.
    pub stream: Box<dyn Fn(&str) -> bool + Send + Sync>,
    /// How that is seen.
    pub output: Output,
    /// Asks the person at the terminal a question with yes or no; `None` where there is nobody to answer.
    pub ask: Box<Ask>,
    /// Whether the user wants to stop.
    pub cancel: Cancel,
    /// This program's own file.
    pub program: PathBuf,
    /// What was typed after the program's name.
    pub command: String,
    /// `-c key=value`, in order.
    pub overrides: Vec<String>,
    /// Opened on demand.
    pub lazy: Lazy,
}

/// What is opened on demand.
#[derive(Default)]
pub struct Lazy {
    /// Set where broken settings stop nothing.
    only_reads: OnceLock<()>,
    repository: OnceLock<Result<Repository>>,
    layers: OnceLock<Result<Arc<Layers>>>,
    store: OnceLock<Result<Store>>,
    run: OnceLock<Option<String>>,
}

/// What is wrong with the place a verb is called from.
#[derive(Debug, thiserror::Error)]
pub enum PlaceError {
    /// Only people may decide this, and this process is part of a delegation.
    #[error("only a person may do this, not an agent in the run {run}")]
    InsideRun { run: String },
    /// Standard input cannot be read.
    #[error("cannot read standard input: {reason}")]
    Input { reason: String },
}

impl Explain for PlaceError {
    fn explain(&self) -> Explained {
        match self {
            Self::InsideRun { .. } => {
                Explained::refused("person_only").hint("say in your final message what should be decided; a person will")
            }
            Self::Input { .. } => Explained::wrong("input"),
        }
    }
}

impl Context {
    /// The repository around the current folder.
    pub fn repository(&self) -> Result<&Repository> {
        once(&self.lazy.repository, || Ok(Repository::discover(&self.cwd, &self.env)?))
    }

    /// The root of the work tree.
    pub fn root(&self) -> Result<&Path> {
        Ok(self.repository()?.require_work_dir()?)
    }

    /// The settings, from the work tree and the layers above it; for those who only read, without what is broken in them.
    pub fn layers(&self) -> Result<&Arc<Layers>> {
        once(&self.lazy.layers, || self.layers_of(self.root()?).map(Arc::new))
    }

    /// The settings, for those who must not take a default for what is written.
    pub fn sound_layers(&self) -> Result<Layers> {
        let root = self.root()?;
        self.join_layers(&|path: &RepoPath| Ok(read::find(&path.below(root))?), add_sound)
    }

    /// From here on broken settings of the project are findings: nothing is written by them, granted or started.
    pub fn only_reads(&self) {
        self.lazy.only_reads.get_or_init(|| ());
    }

    /// What is wrong with settings that were read all the same.
    pub fn findings(&self) -> &[Finding] {
        self.lazy.layers.get().and_then(|layers| layers.as_ref().ok()).map_or(&[], |layers| layers.findings.as_slice())
    }

    fn layers_of(&self, root: &Path) -> Result<Layers> {
        let read = |path: &RepoPath| Ok(read::find(&path.below(root))?);
        let layers = self.join_layers(&read, add_sound);
        if layers.is_err() && self.lazy.only_reads.get().is_some() { self.join_layers(&read, add_what_holds) } else { layers }
    }

    pub fn config(&self) -> Result<&Config> {
        Ok(&self.layers()?.config)
    }

    /// The settings as a commit has them, under the same layers of the user.
    pub fn layers_at(&self, commit: Oid) -> Result<Layers> {
        let repository = self.repository()?;
        self.join_layers(&|path: &RepoPath| Ok(repository.find_blob(commit, path)?), add_sound)
    }

    /// The same without what is broken in the project's files, which is a finding.
    pub fn layers_judging(&self, commit: Oid) -> Result<Layers> {
        let repository = self.repository()?;
        self.join_layers(&|path: &RepoPath| Ok(repository.find_blob(commit, path)?), add_what_holds)
    }

    /// That files can be committed, if `wanted`; asked before anything is written.
    pub fn ready_to_commit(&self, wanted: bool) -> Result<Committer<'_>> {
        Ok(Committer { ready: if wanted { Some(self.repository()?.ready_to_commit()?) } else { None }, events: &*self.events })
    }

    /// The records in the work tree.
    pub fn store(&self) -> Result<&Store> {
        once(&self.lazy.store, || {
            let layers = Arc::clone(self.layers()?);
            Ok(Store::new(self.root()?, self.repository()?.common_dir(), layers)
                .made(Made { command: Some(self.command.clone()), at: Some(self.clock.now()) })
                .with_env(self.env.clone())
                .with_events(Arc::clone(&self.events)))
        })
    }

    /// The records of another project, under its own settings and the layers of the user.
    pub fn store_of(&self, folder: &Path) -> Result<Store> {
        let repository = Repository::discover(folder, &self.env)?;
        let root = repository.require_work_dir()?;
        Ok(Store::new(root, repository.common_dir(), Arc::new(self.layers_of(root)?)))
    }

    /// A record as it was named: a path that was typed from the current folder becomes one from the root.
    pub fn name_of(&self, typed: &str) -> String {
        let inside = || {
            let root = self.root().ok()?;
            let file = read::real_path(&self.cwd.join(typed)).ok().filter(|file| read::is_file(file))?;
            RepoPath::relative(root, &file)?.as_str().map(str::to_owned)
        };
        let is_path = typed.contains('/') || typed.ends_with("md");
        is_path.then(inside).flatten().unwrap_or_else(|| typed.to_owned())
    }

    /// The run this process is part of: `CMPM_RUN`, also of a process above it, its folder, or the current folder lies in a run's worktree,
    /// which seen from within a room belongs to the agent's own repository.
    pub fn inside_run(&self) -> Option<String> {
        self.lazy.run.get_or_init(|| self.find_run()).clone()
    }

    fn find_run(&self) -> Option<String> {
        if let Some(run) = self.env.text(CMPM_RUN).map(str::to_owned).or_else(|| process::inherited(CMPM_RUN)) {
            return Some(run);
        }
        if let Some(folder) = self.env.path(CMPM_RUN_DIR) {
            let job = folder.parent().and_then(Path::file_name).unwrap_or(folder.as_os_str());
            return Some(job.to_string_lossy().into_owned());
        }
        let repository = self.repository().ok()?;
        let common = repository.common_dir();
        if let Some(job) = common.parent().filter(|job| common.ends_with(AGENT_REPOSITORY) && job.with_file_name("").ends_with("cmpm/jobs"))
        {
            return Some(job.file_name()?.to_string_lossy().into_owned());
        }
        let work_dir = repository.work_dir()?;
        let jobs = common.join("cmpm/jobs");
        let names = read::names(&jobs).unwrap_or_default();
        names.into_iter().find(|name| {
            let recorded = read::find_text(&jobs.join(name).join("worktree")).ok().flatten();
            recorded.is_some_and(|path| Path::new(path.trim_end()) == work_dir)
        })
    }

    /// Refuses inside a delegation.
    pub fn require_person(&self) -> Result<()> {
        match self.inside_run() {
            Some(run) => Err(PlaceError::InsideRun { run }.into()),
            None => Ok(()),
        }
    }

    /// Everything on standard input, for verbs that take `-`.
    pub fn read_input(&self) -> Result<String> {
        let mut text = String::new();
        let read = std::io::stdin().lock().read_to_string(&mut text);
        read.map(|_| text).map_err(|error| PlaceError::Input { reason: error.to_string() }.into())
    }

    /// The same for what programs print, which may be anything: what is not UTF-8 is replaced.
    pub fn read_printed_input(&self) -> Result<String> {
        Ok(String::from_utf8_lossy(&self.read_input_bytes()?).into_owned())
    }

    /// The same as it is.
    pub fn read_input_bytes(&self) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let read = std::io::stdin().lock().read_to_end(&mut bytes);
        read.map(|_| bytes).map_err(|error| PlaceError::Input { reason: error.to_string() }.into())
    }

    /// Whether somebody sits in front of standard input.
    pub fn is_terminal(&self) -> bool {
        std::io::stdin().is_terminal()
    }

    fn join_layers(&self, project: &dyn Fn(&RepoPath) -> Result<Option<Vec<u8>>>, add: AddFile) -> Result<Layers> {
        let mut sources = Sources::default();
        for path in ADOPTED {
            if let Some(bytes) = project(&path).ok().flatten() {
                sources.adopt(&path, &bytes);
            }
        }
        if let Some(bytes) = project(&CONFIG_FILE)? {
            add(&mut sources, (Origin::Project { path: CONFIG_FILE.to_string() }, &CONFIG_FILE), &bytes)?;
        }
        if let Some(name) = self.env.path(CMPM_ENV) {
            let path = Origin::overlay(&name.to_string_lossy())?;
            let file = RepoPath::parse(&path).unwrap_or_default();
            let bytes = project(&file)?.ok_or_else(|| ConfigError::NoOverlay { name: name.display().to_string(), path: path.clone() })?;
            add(&mut sources, (Origin::Overlay { path }, &file), &bytes)?;
        }
        if let Some(path) = self.env.user_config().map(|folder| folder.join("config.yaml"))
            && let Some(bytes) = read::find(&path)?
        {
            sources.add_file(Origin::User { path }, &bytes)?;
        }
        sources.add_variables(&self.env);
        for text in &self.overrides {
            sources.add_override(text)?;
        }
        Ok(Layers::join(sources)?)
    }
}

fn add_sound(sources: &mut Sources, (origin, _): (Origin, &RepoPath), bytes: &[u8]) -> Result<(), ConfigError> {
    sources.add_file(origin, bytes)
}

fn add_what_holds(sources: &mut Sources, (origin, path): (Origin, &RepoPath), bytes: &[u8]) -> Result<(), ConfigError> {
    sources.add_what_holds(&origin, path, bytes);
    Ok(())
}

/// How a file of the project is taken.
type AddFile = fn(&mut Sources, (Origin, &RepoPath), &[u8]) -> Result<(), ConfigError>;

/// Commits what a verb wrote, if that was asked for, and says so.
pub struct Committer<'a> {
    ready: Option<ReadyToCommit<'a>>,
    events: &'a dyn Events,
}

impl Committer<'_> {
    /// Commits exactly these files, if there are any.
    pub fn commit_paths(&self, paths: &[RepoPath], message: &str) -> Result<()> {
        let Some(ready) = &self.ready else { return Ok(()) };
        if let Some(commit) = ready.commit_paths(paths, message)? {
            let (subject, files) = (message.lines().next().unwrap_or_default(), text::plural(paths.len(), "file"));
            self.events.emit(Event::Note { message: format!("Committed {} {subject} ({files})", commit.short()) });
        }
        Ok(())
    }
}

fn once<T>(cell: &OnceLock<Result<T>>, open: impl FnOnce() -> Result<T>) -> Result<&T> {
    cell.get_or_init(open).as_ref().map_err(Clone::clone)
}
