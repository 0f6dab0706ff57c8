//! Third step: what really changed, whether the role allows it, cmpm's commit of it, and the gates on that commit.

use std::path::{Path, PathBuf};

use super::super::adapter::Meaning;
use super::super::job::status::{Breach, Outcome, Revision, Worker};
use super::super::land::gates;
use super::super::land::judgement::{Difference, breach};
use super::super::land::landing::trailers;
use super::super::{Run, Runs};
use super::execute::Executed;
use super::perform::{backup_ref, branch_ref};
use super::prepare::{Trusted, author_of};
use crate::base::{RepoPath, Result, text};
use crate::fs::{PathKind, read};
use crate::git::{CommitSpec, ControlDifference, ControlDigest, How, Mode, OddityKind, Oid, Person, with_trailers};
use crate::process::{Access, Asked, Ending, Held};
use crate::store::Trust;

/// How the work ended so far, and why.
type Verdict = (Outcome, String);

impl Runs<'_> {
    /// Judges what the agent left in its worktree. Doing it again gives the same verdict.
    pub(in crate::run) fn collect(&self, run: &mut Run, trusted: &Trusted, executed: Option<&Executed>) -> Result<()> {
        run.status.notes.clear();
        if run.status.hidden > 0 {
            run.status.notes.push(format!("{} removed from the texts of the brief", text::plural(run.status.hidden, "hidden character")));
        }
        self.note_worker(run);
        run.status.notes.extend(run.job.runner.fallback());
        self.note_furnishing(run)?;
        if !is_in_place(&trusted.worktree.path) {
            let reason = format!("its worktree {} is gone or was replaced", trusted.worktree.path.display());
            (run.status.outcome, run.status.reason) = (Some(Outcome::AgentFailed), reason);
            return Ok(());
        }
        let mut breaches = self.tampering(run, trusted, executed)?;
        let seen = trusted.index.snapshot(self.repository)?;
        breaches.extend(self.check_submodules(run)?);
        breaches.extend(seen.odd.iter().map(|odd| oddity(&odd.path, odd.kind)));
        let change = Difference { from: run.base(), to: seen.tree };
        match self.excess(run, change)? {
            // Nor is it worth the time.
            Some(much) => breaches.push(much),
            None => breaches.extend(self.judge(&run.job, &[&run.job.agent], change)?.err().unwrap_or_default()),
        }
        let changed = self.repository.tree_of(run.base())? != seen.tree;
        executed.into_iter().for_each(|executed| self.note_leftovers(run, executed));
        self.note_edits(run, seen.tree)?;
        let work = if changed { Some(self.commit_work(run, seen.tree, !breaches.is_empty())?) } else { None };
        self.crash_point("collect.committed");
        run.status.work = work;
        let marked = self.marked(run, seen.tree)?;
        if marked.is_empty() {
            run.status.conflicts.clear();
        }
        let ended = executed.and_then(|executed| self.ending(executed)).map(|ended| told(run, ended));
        let verdict = match (first_refusal(&breaches), ended, work) {
            (Some(refused), _, _) => (Outcome::Denied, refused),
            (None, Some(ended), _) => ended,
            (None, None, None) => (Outcome::NoChange, "the agent finished but changed nothing".to_owned()),
            (None, None, Some(work)) if !marked.is_empty() => {
                show_as_clean(self, trusted, work)?;
                (Outcome::GateFailed, conflicts_left(&marked))
            }
            (None, None, Some(work)) => {
                show_as_clean(self, trusted, work)?;
                self.gate(run, work)?
            }
        };
        run.dir.clear_scratch()?;
        run.status.violations = breaches;
        (run.status.outcome, run.status.reason) = (Some(verdict.0), verdict.1);
        Ok(())
    }

    /// What was done to git behind cmpm's back.
    fn tampering(&self, run: &mut Run, trusted: &Trusted, executed: Option<&Executed>) -> Result<Vec<Breach>> {
        let mut found = Vec::new();
        if !trusted.repository.detach(&trusted.worktree.path)? {
            found.push(breach(".git", "git-pointer", "the agent changed the worktree's `.git` file"));
        }
        match trusted.repository.adopt(self.repository, &format!("refs/cmpm/runs/{}", run.job.run)) {
            Ok(kept) if kept.is_empty() => {}
            Ok(kept) => run.status.notes.push(format!("the agent made commits of its own; they are kept under {}", kept.join(", "))),
            Err(error) => run.status.notes.push(format!("what the agent committed by itself could not be kept: {error}")),
        }
        if let Some(executed) = executed
            && let Some(before) = run.dir.find_json::<ControlDigest>("control.json")?
        {
            for difference in before.differences(&self.control_digest()?) {
                // What was not in its reach, unless its runner names it as writable, somebody else did: it is said, and does not count
                // against the agent.
                let access = if difference.is_hook() { Access::Modes } else { Access::Write };
                let is_shut = executed.ended.sandbox.held(access, &run.job.network()) == Held::Enforced;
                let how = if is_shut { "outside of its sandbox" } else { "within its reach" };
                let said = format!("while it ran, and {how}, {difference}");
                // Other runs and the user move references all the time; hooks and settings nobody changes in passing.
                let ControlDifference { name, how } = &difference;
                let own_settings = format!("worktrees/{}/", trusted.worktree.name);
                let of_another = (name.starts_with("worktrees/") && !name.starts_with(&own_settings))
                    || (name.starts_with("jobs/") && *how != How::Changed);
                let is_own = name.starts_with("refs/cmpm/") || *name == branch_ref(&run.job);
                match (name.starts_with("refs/") || of_another, is_shut) {
                    (true, true) => {}
                    (true, false) if is_own => {}
                    (true, false) | (false, true) => run.status.notes.push(said),
                    (false, false) => found.push(breach(".git", "git-settings", &said)),
                }
            }
        }
        Ok(found)
    }

    /// The fingerprints of what steers git and cmpm.
    pub(in crate::run) fn control_digest(&self) -> Result<ControlDigest> {
        let jobs = self.live().join("jobs");
        let job = |name: String| (format!("jobs/{name}/job.json"), jobs.join(&name).join("job.json"));
        let more: Vec<(String, PathBuf)> = read::names(&jobs)?.into_iter().map(job).collect();
        // What the user approves elsewhere meanwhile is not the agent's doing.
        let trust = Trust::fingerprint(self.env, self.repository.common_dir());
        Ok(self.repository.control_digest(&more)?.with("trust", trust))
    }

    fn note_leftovers(&self, run: &mut Run, executed: &Executed) {
        let ended = &executed.ended;
        run.status.notes.extend(executed.dropped.iter().cloned());
        if ended.leftovers > 0 {
            let count = text::plural(ended.leftovers as usize, "program");
            run.status.notes.push(format!("{count} that the agent left running had to be killed"));
        }
        if ended.survivors > 0 {
            run.status.notes.push(format!("{} of its processes cannot be killed", ended.survivors));
        }
        run.status.notes.extend(asked(&ended.asked));
        if ended.dropped > 0 {
            run.status.notes.push(format!("{} bytes of its output were not kept", ended.dropped));
        }
    }

    /// What is more than anybody could review.
    fn excess(&self, run: &Run, change: Difference) -> Result<Option<Breach>> {
        let (limits, changes) = (run.job.limits, self.repository.diff_trees(change.from, change.to)?);
        let files = changes.len() as u64;
        let mut bytes = 0_u64;
        for (mode, oid) in changes.iter().filter_map(|change| change.new) {
            bytes = bytes.saturating_add(if mode == Mode::Submodule { 0 } else { self.repository.size_of(oid)? });
        }
        let said = |found: u64, most: u64, what: &str| format!("the change has {found} {what}; `delegate.limits` allows {most}");
        Ok(if files > limits.change_files {
            Some(breach(".", "limits", &said(files, limits.change_files, "files")))
        } else if bytes > limits.change_mb.saturating_mul(1_000_000) {
            Some(breach(".", "limits", &said(bytes.div_ceil(1_000_000), limits.change_mb, "MB")))
        } else {
            None
        })
    }

    /// One commit of everything on the base; what a person edited is one of theirs, on top. It becomes the run's branch only if the role allows all of it.
    fn commit_work(&self, run: &Run, tree: Oid, denied: bool) -> Result<Oid> {
        let work = match self.edited_by_hand(run)? {
            Some(before) if self.repository.tree_of(before)? == tree => before,
            Some(before) => self.commit_by(run, (tree, before), None)?,
            None => self.commit_tree(run, tree, run.base())?,
        };
        self.point(&backup_ref(&run.job), work)?;
        self.crash_point("collect.backed_up");
        if !denied {
            self.point(&branch_ref(&run.job), work)?;
        }
        Ok(work)
    }

    /// The work that a person has edited by hand since it was found to be within the role; nothing where they resolve conflicts, as
    /// what was there before is no state of the project.
    fn edited_by_hand(&self, run: &Run) -> Result<Option<Oid>> {
        let work = run.status.work.filter(|_| run.status.worker == Worker::Person && run.status.conflicts.is_empty());
        Ok(if self.is_as_reviewed(run)? { work } else { None })
    }

    /// Notes which files a person has edited by hand, with who and when.
    fn note_edits(&self, run: &mut Run, tree: Oid) -> Result<()> {
        let Some(before) = self.edited_by_hand(run)? else { return Ok(()) };
        let edited: Vec<RepoPath> = self.repository.diff_trees(before, tree)?.into_iter().map(|change| change.path).collect();
        if edited.is_empty() {
            return Ok(());
        }
        let (attempt, by, at) = (run.status.attempt, self.repository.user_name(), self.clock.now());
        match run.status.revisions.last_mut().filter(|last| last.attempt == attempt) {
            Some(asked) => asked.edited = edited,
            None => run.status.revisions.push(Revision { attempt, by, at, text: String::new(), edited, onto: None }),
        }
        Ok(())
    }

    /// A commit of the agent's with these files, on what they are built on.
    pub(in crate::run) fn commit_tree(&self, run: &Run, tree: Oid, base: Oid) -> Result<Oid> {
        self.commit_by(run, (tree, base), Some(author_of(&run.job.agent.name)))
    }

    /// The same by anybody; by the user if nobody is named.
    fn commit_by(&self, run: &Run, (tree, base): (Oid, Oid), author: Option<Person>) -> Result<Oid> {
        let job = &run.job;
        let message = with_trailers(&format!("{}\n", text::one_line(&job.ticket.title)), &trailers(job));
        Ok(self.repository.commit(&CommitSpec { tree, parents: &[base], message: &message, author }, self.clock.now())?)
    }

    /// How the program ended, if that alone decides.
    fn ending(&self, executed: &Executed) -> Option<Verdict> {
        let failed = |reason: String| Some((Outcome::AgentFailed, reason));
        match (&executed.ended.ending, executed.answer.meaning) {
            (Ending::Cancelled, _) => Some((Outcome::Cancelled, self.who_cancelled().into())),
            (_, Meaning::Cancelled) => Some((Outcome::Cancelled, "cancelled by its program".into())),
            (Ending::TimeLimit, _) | (_, Meaning::TimeLimit) => Some((Outcome::TimeLimit, "it reached its time limit".into())),
            (Ending::DiskLimit, _) => failed("it wrote more than `delegate.limits` allows, and was stopped".into()),
            (Ending::Idle, _) => Some((Outcome::Idle, "it was idle for too long: no output and no changed file".into())),
            (_, Meaning::Budget) => Some((Outcome::Budget, "it used up its budget".into())),
            (Ending::CouldNotStart(reason), _) => failed(format!("its program could not be started: {reason}")),
            (Ending::Unwatched(reason), _) => failed(reason.clone()),
            (Ending::Signalled(signal), _) => failed(format!("its program was ended by signal {signal}")),
            (Ending::Exited(code), Meaning::AgentFailed) => failed(format!("its program ended with exit code {code}")),
            (Ending::Exited(_), Meaning::Ok) => None,
        }
    }

    fn gate(&self, run: &mut Run, work: Oid) -> Result<Verdict> {
        let folder = run.dir.attempt(run.status.attempt);
        let change = Difference { from: run.base(), to: work };
        run.status.gates = self.run_gates(run, &gates::Subject { commit: work, change, folder: &folder, gates: &run.job.gates })?;
        let failed = run.status.gates.iter().find(|gate| gate.blocking && !gate.passed);
        Ok(match failed {
            Some(gate) => (Outcome::GateFailed, format!("the gate {} failed", gate.name)),
            None => (Outcome::Passed, String::new()),
        })
    }
}

/// Whether a worktree's folder is still the one that was made.
fn is_in_place(path: &Path) -> bool {
    read::real_path(path).is_ok_and(|real| real == path) && read::find_kind(path).is_ok_and(|kind| kind == Some(PathKind::Folder))
}

/// The worktree then shows its branch as clean, for people who look into it.
pub(in crate::run) fn show_as_clean(runs: &Runs<'_>, trusted: &Trusted, work: Oid) -> Result<()> {
    Ok(runs.repository.open_worktree(&trusted.worktree)?.adopt_index(work)?)
}

/// What the program is known to say when it cannot work tells more than its exit code.
fn told(run: &Run, (outcome, reason): Verdict) -> Verdict {
    match run.status.stop().filter(|_| outcome == Outcome::AgentFailed) {
        Some(stop) => (outcome, format!("{} {}: {}", run.job.runner.name(), stop.kind.phrase(), stop.said)),
        None => (outcome, reason),
    }
}

fn conflicts_left(paths: &[RepoPath]) -> String {
    let paths: Vec<String> = paths.iter().map(ToString::to_string).collect();
    format!("conflict markers are left in {}", paths.join(", "))
}

fn first_refusal(breaches: &[Breach]) -> Option<String> {
    let first = breaches.first()?;
    Some(match breaches.len() {
        1 => first.message.clone(),
        more => format!("{} (and {} more)", first.message, more - 1),
    })
}

/// Where it went, and where it wanted to.
pub(in crate::run) fn asked(asked: &Asked) -> Option<String> {
    let of = |reached: bool, what: &str| {
        let places: Vec<&str> = asked.iter().filter(|(_, got)| **got == reached).map(|(place, _)| place.as_str()).collect();
        if places.is_empty() { None } else { Some(format!("{what} {}", places.join(", "))) }
    };
    let parts: Vec<String> = [of(true, "it went to"), of(false, "it was refused")].into_iter().flatten().collect();
    if parts.is_empty() { None } else { Some(format!("network: {}", parts.join("; "))) }
}

fn oddity(path: &RepoPath, kind: OddityKind) -> Breach {
    let (rule, what) = match kind {
        OddityKind::GitPointerChanged => ("git-pointer", "the worktree's `.git` file was changed"),
        OddityKind::NestedRepository => ("nested-repository", "there is a repository inside the worktree"),
        OddityKind::Submodule => ("submodules", "a submodule was changed"),
        OddityKind::SymlinkOutside => ("links", "a link leads out of the worktree"),
        OddityKind::FilterSkipped => ("filters", "a filter that git would run on this file was not run"),
        OddityKind::TooLarge => ("limits", "a file is too large to be looked at"),
        OddityKind::UnreadablePath => ("unreadable", "git cannot read a file or refuses its name"),
    };
    breach(&path.lossy(), rule, &format!("{what}: {path}"))
}
