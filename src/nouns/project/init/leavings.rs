//! What is not `init`'s own and stays unless everything is to go: what runs keep in git, live facts, what was trusted here.

use schemars::JsonSchema;
use serde::{Serialize, Serializer};

use crate::base::{Explain, Explained, Result, text};
use crate::claims::{Claim, Claims, SharedClaims, reference};
use crate::context::Context;
use crate::fs::{read, write};
use crate::git::Expected;
use crate::nouns::delegation;
use crate::run::Run;
use crate::store::Trust;

/// Where cmpm keeps commits that no branch holds.
const REFERENCES: &str = "refs/cmpm/";

/// What cmpm keeps for a clone outside of its files.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Leavings {
    /// Whether it is removed too.
    removed: bool,
    /// How many references there are below `refs/cmpm/`: backups of runs.
    references: usize,
    /// Whether there is a folder `cmpm` in the git directory: runs, claims, locks, caches.
    folder: bool,
    /// How many commands are approved on this machine.
    approvals: usize,
    /// How many worktrees runs have left, each with its branch.
    worktrees: usize,
    /// Claims of this clone that a remote has too, each with the remote; when all was removed, those that are still there.
    #[serde(skip_serializing_if = "Vec::is_empty", serialize_with = "places")]
    #[schemars(with = "Vec<String>")]
    claims: Vec<Claim>,
    /// Those of them that were released there; nothing before that was tried.
    #[serde(skip)]
    released: Option<Vec<Claim>>,
}

/// Why not everything is removed.
#[derive(Debug, thiserror::Error)]
enum LeavingsError {
    #[error("{} not closed: {}", if runs.len() == 1 { "a run is" } else { "runs are" }, runs.join(", "))]
    Open {
        runs: Vec<String>,
        /// Whether the work of one of them could be merged.
        is_passed: bool,
    },
    #[error("{run} is being worked on")]
    Driven { run: String },
    #[error("nothing was removed")]
    Declined,
    #[error("this cannot be undone, and there is no terminal to ask on: {}", parts.join(", "))]
    Unasked { parts: Vec<String>, force: bool },
}

impl Explain for LeavingsError {
    fn explain(&self) -> Explained {
        match self {
            Self::Open { runs, is_passed } => Explained::conflict("open_runs")
                .hint(format!(
                    "approve or reject {}, or discard {}: `cmpm delegate clean {}{}`",
                    if runs.len() == 1 { "it" } else { "them" },
                    if runs.len() == 1 { "it" } else { "them" },
                    runs.join(" "),
                    if *is_passed { " --force" } else { "" }
                ))
                .hint("`--force` removes what they keep in git as well; their worktrees and branches stay"),
            Self::Declined => Explained::no("declined").hint("`cmpm init --remove` without `--all` keeps what cannot be brought back"),
            Self::Unasked { force, .. } => Explained::wrong("not_confirmed").hint(format!(
                "nothing was removed; `cmpm init --remove --all{} --yes` removes it, and `--dry-run` shows all of it",
                if *force { " --force" } else { "" }
            )),
            Self::Driven { run } => Explained::conflict("running").hint(format!("stop it first: `cmpm delegate cancel {run}`")),
        }
    }
}

impl Leavings {
    pub fn look(context: &Context, removed: bool) -> Result<Self> {
        let (repository, store) = (context.repository()?, context.store()?);
        let place = repository.main_work_dir().map(|root| store.config().paths.worktrees.below(&root));
        let place = place.and_then(|place| read::real_path(&place).ok());
        let claims = Claims::of(repository, context.clock.now());
        let is_shared = |claim: &Claim| claim.shared.is_some() && claims.lost_to(claim).is_none();
        let is_of_run = |path: &std::path::Path| place.as_deref().is_some_and(|place| path.parent() == Some(place));
        Ok(Self {
            removed,
            references: repository.refs_below(REFERENCES)?.len(),
            folder: read::is_folder(store.live()),
            approvals: Trust::load(&context.env, repository.common_dir()).count(),
            claims: claims.list()?.into_iter().filter(is_shared).collect(),
            released: None,
            worktrees: repository.list_worktrees()?.iter().filter(|worktree| is_of_run(&worktree.path)).count(),
        })
    }

    /// Has a person at a terminal confirm that it may all go.
    pub fn confirm(&self, context: &Context, force: bool) -> Result<()> {
        let parts = self.parts();
        let question = format!("This removes for good: {}. Remove?", parts.join(", "));
        if parts.is_empty() {
            return Ok(());
        }
        match (context.ask)(&question) {
            Some(true) => Ok(()),
            Some(false) => Err(LeavingsError::Declined.into()),
            None => Err(LeavingsError::Unasked { parts, force }.into()),
        }
    }

    /// Removes all of it but the worktrees. Claims go from their remotes first: nothing knows them afterwards.
    pub fn remove(&mut self, context: &Context) -> Result<()> {
        let repository = context.repository()?;
        let known = (context.config().ok().and_then(|config| config.claims.remote.clone()), context.clock.now());
        let is_released = |claim: &Claim| SharedClaims::give_back(repository, claim, (known.0.as_deref(), known.1)).is_ok();
        let (released, left) = std::mem::take(&mut self.claims).into_iter().partition(is_released);
        (self.released, self.claims) = (Some(released), left);
        for (name, _) in repository.refs_below(REFERENCES)? {
            repository.delete_ref(&name, Expected::Any)?;
        }
        if self.approvals > 0 {
            Trust::open(&context.env, repository.common_dir())?.revoke()?;
        }
        Ok(write::remove_folder(context.store()?.live())?)
    }

    /// Each thing in words.
    pub fn parts(&self) -> Vec<String> {
        let some = |count: usize, text: String| (count > 0).then_some(text);
        let references = format!("{} below {REFERENCES}", text::plural(self.references, "reference"));
        let approvals = format!("{} of `cmpm trust` on this machine", text::plural(self.approvals, "approval"));
        let folder = "cmpm/ in the git directory (runs, claims, caches)".to_owned();
        let claims = self.released.as_ref().unwrap_or(&self.claims).iter().map(|claim| format!("the claim of {}", place(claim)));
        let all = [some(self.references, references), self.folder.then_some(folder), some(self.approvals, approvals)];
        all.into_iter().flatten().chain(claims).collect()
    }

    /// What stays, and how it would go.
    pub fn line(&self) -> Option<String> {
        let how = if self.removed { "`git worktree list`, `git worktree remove DIR`, `git branch -D NAME`" } else { "`git worktree list`" };
        let worktrees = format!("{} of runs with their branches ({how})", text::plural(self.worktrees, "worktree"));
        let mut left = if self.removed { Vec::new() } else { self.parts() };
        let next = if left.is_empty() { "" } else { "; `cmpm init --remove --all` removes this too" };
        left.extend((self.worktrees > 0).then_some(worktrees));
        left.extend(self.claims.iter().filter(|_| self.released.is_some()).filter_map(still_there));
        (!left.is_empty()).then(|| format!("Left: {}{next}", left.join(", ")))
    }

    pub fn is_removed(&self) -> bool {
        self.removed
    }
}

/// `ISS-1 on origin`.
fn place(claim: &Claim) -> String {
    format!("{} on {}", claim.ticket, claim.shared.as_ref().map_or("", |shared| shared.remote.as_str()))
}

fn places<S: Serializer>(claims: &[Claim], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(claims.iter().map(place))
}

/// What would take a claim away from a remote that could not be reached.
fn still_there(claim: &Claim) -> Option<String> {
    let remote = &claim.shared.as_ref()?.remote;
    Some(format!(
        "the claim of {} until it expires (`git push {remote} --delete {}` ends it before)",
        place(claim),
        reference(&claim.ticket)
    ))
}

/// Refuses while somebody may still want what runs keep.
pub fn require_closed(context: &Context, force: bool) -> Result<()> {
    let trust = delegation::trust(context)?;
    let runs = delegation::runs(context, &trust)?;
    let all = runs.list()?;
    if let Some(run) = all.iter().find(|run| run.is_driven()) {
        return Err(LeavingsError::Driven { run: run.job.run.to_string() }.into());
    }
    let open: Vec<&Run> = all.iter().filter(|run| !run.status.state.is_closed()).collect();
    let is_passed = open.iter().any(|run| run.could_be_merged());
    let damaged = runs.damaged()?.into_iter().map(|(id, _)| id.to_string());
    let open: Vec<String> = open.iter().map(|run| run.job.run.to_string()).chain(damaged).collect();
    if force || open.is_empty() { Ok(()) } else { Err(LeavingsError::Open { runs: open, is_passed }.into()) }
}
