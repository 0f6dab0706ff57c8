//! A run for a colleague: its work and what is known of it, as one commit that goes to a remote or into a bundle. Whoever takes it
//! trusts nothing of it: role, gates and settings are those of their own target, and the verdict is made anew.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::job::status::{Shared, State, Worker};
use super::{Job, JobDir, Outcome, Queue, ReviewComment, Run, Runs};
use crate::base::{Explain, Explained, Id, RepoPath, Result, Timestamp, json};
use crate::fs::{read, write};
use crate::git::{CommitSpec, Expected, Mode, Oid, TreeEdit};

const FORM: &str = "cmpm.shared/1";
const FACTS: RepoPath = RepoPath::of("run.json");
const PAGE: RepoPath = RepoPath::of("page.md");
const CLAIM: RepoPath = RepoPath::of("claim.md");
const COMMENTS: RepoPath = RepoPath::of("review.jsonl");
const STDOUT: RepoPath = RepoPath::of("stdout");
const STDERR: RepoPath = RepoPath::of("stderr");
/// How much of what a program printed is shared.
const LOG_BYTES: u64 = 1024 * 1024;

/// Where runs are shared.
#[derive(Debug, Clone)]
pub enum Shelf {
    Remote(String),
    Bundle(PathBuf),
}

/// What is said of a shared run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SharedRun {
    /// `cmpm.shared/1`.
    pub schema: String,
    pub run: Id,
    pub ticket: Id,
    /// The ticket's title.
    pub title: String,
    /// Who worked.
    pub agent: String,
    /// With which program.
    pub runner: String,
    /// The branch it should land on.
    pub target: String,
    /// The commit that its work is built on.
    pub base: Oid,
    /// The commit of its work.
    pub work: Oid,
    pub attempt: u32,
    /// How it ended where it was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    /// Who shared it.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// A shared run and the commit that holds it.
#[derive(Debug, Clone)]
pub struct OnShelf {
    pub shared: SharedRun,
    pub commit: Oid,
}

#[derive(Debug, thiserror::Error)]
pub enum ShareError {
    #[error("{run} has no work that could be shared")]
    NoWork { run: Id },
    #[error("{run} is not shared, because a secret would go with it: {leak}")]
    Leak { run: Id, leak: String },
    #[error("{query} is not among what is shared there")]
    NotThere { query: String },
    #[error("what {name} holds is no shared run: {reason}")]
    Odd { name: String, reason: String },
}

impl Explain for ShareError {
    fn explain(&self) -> Explained {
        match self {
            Self::NoWork { run } => Explained::refused("no_work").hint(format!("`cmpm delegate show {run}` shows its state")),
            Self::Leak { run, .. } => Explained::refused("secret")
                .hint(format!("nothing was sent; `cmpm delegate revise {run} -m \"…\"` has it taken out of the work")),
            Self::NotThere { .. } => Explained::wrong("not_found").hint("the same command without a run lists what is shared there"),
            Self::Odd { .. } => Explained::wrong("damaged").hint("ask whoever shared it to share it again"),
        }
    }
}

/// What a shared run is called.
pub fn shared_ref(run: &Id) -> String {
    format!("refs/cmpm/runs/{run}/shared")
}

impl Runs<'_> {
    /// Puts a run where others find it: its work, its page, its comments, and what its program printed only if that is wanted.
    pub fn share(&self, run: &Run, shelf: &Shelf, with_logs: bool) -> Result<(Oid, Vec<RepoPath>)> {
        let id = &run.job.run;
        let work = run.status.work.filter(|_| run.status.state == State::Review).ok_or_else(|| ShareError::NoWork { run: id.clone() })?;
        let files = self.shared_files(run, work, with_logs)?;
        let mut edits = Vec::new();
        for (path, bytes) in &files {
            edits.push(TreeEdit { path: path.clone(), content: Some((Mode::File, self.repository.write_blob(bytes)?)) });
        }
        let tree = self.repository.edit_tree(self.repository.empty_tree(), &edits)?;
        let message = format!("Share {id}\n");
        let commit = self.repository.commit(&CommitSpec { tree, parents: &[work], message: &message, author: None }, self.clock.now())?;
        if let Some(leak) = self.first_leak(run.base(), commit)? {
            return Err(ShareError::Leak { run: id.clone(), leak }.into());
        }
        let name = shared_ref(id);
        self.point(&name, commit)?;
        match shelf {
            Shelf::Bundle(file) => self.repository.write_bundle(file, &name, run.base())?,
            Shelf::Remote(remote) => self.repository.swap_shared_ref(remote, &name, (Expected::Any, Some(commit))).map(drop)?,
        }
        Ok((commit, files.into_iter().map(|(path, _)| path).collect()))
    }

    fn shared_files(&self, run: &Run, work: Oid, with_logs: bool) -> Result<Vec<(RepoPath, Vec<u8>)>> {
        let Run { job, status, dir } = run;
        let facts = SharedRun {
            schema: FORM.to_owned(),
            run: job.run.clone(),
            ticket: job.ticket.id.clone(),
            title: job.ticket.title.clone(),
            agent: job.agent.name.clone(),
            runner: job.runner.name().to_owned(),
            target: job.target.clone(),
            base: run.base(),
            work,
            attempt: status.attempt,
            outcome: run.outcome(),
            by: self.repository.identity()?.name,
            at: self.clock.now(),
        };
        let comments: Result<Vec<String>, _> = self.review_comments(run)?.iter().map(json::line).collect();
        let mut files = vec![
            (FACTS, (json::pretty(&facts)? + "\n").into_bytes()),
            (PAGE, self.page(run)?.text.into_bytes()),
            (CLAIM, self.claim_text(run)?.into_bytes()),
            (COMMENTS, (comments?.join("\n") + "\n").into_bytes()),
        ];
        if with_logs {
            let attempt = dir.attempt(status.attempt);
            for path in [STDOUT, STDERR] {
                let log = path.below(&attempt);
                let bytes = if read::exists(&log) { read::read_head(&log, LOG_BYTES)? } else { Vec::new() };
                files.push((path, bytes));
            }
        }
        Ok(files)
    }

    /// Everything that is shared there.
    pub fn find_shared(&self, shelf: &Shelf) -> Result<Vec<OnShelf>> {
        let (refs, fetched) = match shelf {
            Shelf::Remote(remote) => {
                let refs = self.repository.shared_refs(remote, "refs/cmpm/runs/*/shared")?;
                (refs.clone(), self.repository.fetch_shared(remote, &names(&refs)))
            }
            Shelf::Bundle(file) => {
                let mut refs = self.repository.bundle_refs(file)?;
                refs.retain(|(name, _)| name.starts_with("refs/cmpm/runs/") && name.ends_with("/shared"));
                (refs.clone(), self.repository.fetch_bundle(file, &names(&refs)))
            }
        };
        fetched?;
        refs.into_iter().map(|(name, commit)| self.on_shelf(&name, commit)).collect()
    }

    fn on_shelf(&self, name: &str, commit: Oid) -> Result<OnShelf> {
        let odd = |reason: String| ShareError::Odd { name: name.to_owned(), reason };
        let bytes = self.repository.find_blob(commit, &FACTS)?.ok_or_else(|| odd(format!("it has no {FACTS}")))?;
        let shared: SharedRun = serde_json::from_slice(&bytes).map_err(|error| odd(error.to_string()))?;
        if shared.schema != FORM || shared_ref(&shared.run) != name {
            return Err(odd(format!("it says that it is `{}` of {}", shared.schema, shared.run)).into());
        }
        // What is reachable from it is here; what it names need not be.
        self.repository.read_commit(shared.base).and_then(|_| self.repository.read_commit(shared.work))?;
        Ok(OnShelf { shared, commit })
    }

    /// Makes a run of this clone of what somebody shared, and checks it as if it had been made here. `job` says what this clone knows:
    /// its target's agent, gates and settings.
    pub fn take_shared(&self, job: Job, found: &OnShelf, (know, queue): (&dyn Fn(&str) -> bool, Queue)) -> Result<Run> {
        let (OnShelf { shared, commit }, dir) = (found, JobDir::new(&self.live(), job.run.as_str()));
        self.point(&shared_ref(&job.run), *commit)?;
        dir.create(&job)?;
        let mut run = Run { status: dir.load_status()?, job, dir };
        let status = &mut run.status;
        (status.attempt, status.work, status.worker, status.outdated) = (shared.attempt.max(1), Some(shared.work), Worker::Nobody, true);
        status.shared = Some(Shared { by: shared.by.clone(), at: shared.at, runner: shared.runner.clone(), work: shared.work });
        run.dir.save_status(&run.status)?;
        let text = |path: &RepoPath| self.repository.find_blob(*commit, path);
        write::replace(&run.dir.file("claim.md"), &text(&CLAIM)?.unwrap_or_default())?;
        for path in [STDOUT, STDERR] {
            if let Some(bytes) = text(&path)? {
                let attempt = run.dir.attempt(run.status.attempt);
                write::create_folder(&attempt)?;
                write::replace(&path.below(&attempt), &bytes)?;
            }
        }
        self.take_comments(&run, found, know)?;
        self.perform(&mut run, queue)?;
        Ok(run)
    }

    /// Adds the comments that a colleague has and this clone has not; how many those are.
    pub fn take_comments(&self, run: &Run, found: &OnShelf, know: &dyn Fn(&str) -> bool) -> Result<usize> {
        let bytes = self.repository.find_blob(found.commit, &COMMENTS)?.unwrap_or_default();
        let whole = String::from_utf8_lossy(&bytes).into_owned();
        let parsed = whole.lines().filter(|line| !line.is_empty()).map(serde_json::from_str::<ReviewComment>);
        let odd = |error: serde_json::Error| ShareError::Odd { name: found.shared.run.to_string(), reason: error.to_string() };
        let comments = parsed.collect::<Result<Vec<_>, _>>().map_err(odd)?;
        self.join_comments(run, comments.into_iter().map(|comment| ReviewComment { verified: know(&comment.by), ..comment }).collect())
    }
}

fn names(refs: &[(String, Oid)]) -> Vec<String> {
    refs.iter().map(|(name, _)| name.clone()).collect()
}
