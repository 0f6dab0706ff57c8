//! Gates: commands that cmpm itself runs on a fresh checkout of a commit, under the same supervisor as agents.

use std::path::{Path, PathBuf};

use super::super::cut::tail;
use super::super::furnish::{Seat, filled};
use super::super::job::lessons::telling_line;
use super::super::step::collect::asked;
use super::super::step::supervise::{Order, Watched};
use super::super::{GateResult, MergeError, Run, Runs, StepError};
use super::judgement::Difference;
use crate::base::Result;
use crate::base::glob::Globs;
use crate::config::Gate;
use crate::fs::{read, write};
use crate::git::{Change, ChangeKind, Checkout, Oid, TrustedIndex, Worktree};
use crate::process::{Approved, Command, Ended, Ending};

/// How much of a failed gate's output is kept on the run page.
const DETAIL_BYTES: usize = 600;

/// What is checked.
pub(in crate::run) struct Subject<'a> {
    pub commit: Oid,
    /// What is new in it, by which it is decided which gates are needed.
    pub change: Difference,
    /// Where the files of the gates go.
    pub folder: &'a Path,
    pub gates: &'a [Gate],
}

impl Runs<'_> {
    /// Refuses before anything starts if a gate was not approved on this machine.
    pub fn require_trusted(&self, gates: &[Gate]) -> Result<()> {
        for gate in gates {
            if Approved::check(command(gate), self.trust).is_err() {
                return Err(MergeError::UntrustedGate { gate: gate.name.clone() }.into());
            }
        }
        Ok(())
    }

    /// Runs every gate on a commit, one after the other.
    pub(in crate::run) fn run_gates(&self, run: &Run, subject: &Subject<'_>) -> Result<Vec<GateResult>> {
        if subject.gates.is_empty() {
            return Ok(Vec::new());
        }
        self.require_trusted(subject.gates)?;
        let changes = self.repository.diff_trees(subject.change.from, subject.change.to)?;
        let spared: Vec<Option<GateResult>> = subject.gates.iter().map(|gate| spared(gate, &changes)).collect::<Result<_>>()?;
        if spared.iter().all(Option::is_some) {
            return Ok(spared.into_iter().flatten().collect());
        }
        let place = checkout(run);
        let worktree = self.fresh_checkout(&place, subject.commit)?;
        let submodules: Vec<_> = filled(&self.fill_all(run, &worktree, subject.commit)?).collect();
        let folder = run.dir.file("gate-trusted");
        let trusted = TrustedIndex::capture(self.repository, &worktree, &folder)?.ignoring(&folder, &submodules)?;
        // What earlier gates left there is not for these.
        write::remove_folder(&run.dir.file("gate-home"))?;
        let seat = self.gate_seat(&worktree)?;
        let mut results = Vec::new();
        if let Some(failed) = self.furnish_checkout(run, &seat, &subject.folder.join("gate-setup"))? {
            self.repository.forget_checkout(&worktree)?;
            return Ok(vec![failed]);
        }
        for (index, (gate, spared)) in subject.gates.iter().zip(spared).enumerate() {
            if let Some(spared) = spared {
                results.push(spared);
                continue;
            }
            self.stage(run, &format!("runs the gate {}", gate.name));
            let folder = subject.folder.join(format!("gate-{index}"));
            let ended = self.gate_order(run, gate, &seat)?.carry_out(&Watched {
                folder: &folder,
                cancel: &self.cancel,
                cancel_file: run.dir.file("cancel"),
            })?;
            if ended.ending == Ending::Cancelled {
                return Err(StepError::Interrupted.into());
            }
            self.crash_point("gates.ran");
            let mut result = judge(gate, &ended, (&folder, &worktree.path))?;
            let touched = self.changed_tracked(&trusted, subject.commit)?;
            if result.passed && !touched.is_empty() {
                result.passed = false;
                result.detail = format!("it changed committed files: {}", touched.join(", "));
            }
            results.push(result);
        }
        self.repository.forget_checkout(&worktree)?;
        Ok(results)
    }

    /// Everything of the repository but the live facts of the clone, which are other runs too.
    fn gate_seat<'a>(&self, worktree: &'a Worktree) -> Result<Seat<'a>> {
        let common = self.repository.common_dir();
        let parts = read::names(common)?.into_iter().filter(|name| name != "cmpm").map(|name| common.join(name));
        let repository = parts.chain(self.repository.object_folders()?).collect();
        Ok(Seat { worktree, home: "gate-home", own: vec![worktree.git_dir.clone()], repository, covers: Vec::new() })
    }

    fn gate_order(&self, run: &Run, gate: &Gate, seat: &Seat<'_>) -> Result<Order> {
        let approved = Approved::check(command(gate), self.trust)?;
        let mut order = self.order_in(run, gate, (approved.into(), seat))?;
        order.env = order.env.with("CMPM_GATE", gate.name.as_str());
        Ok(order)
    }

    /// A checkout that no agent has ever touched.
    fn fresh_checkout(&self, place: &Path, commit: Oid) -> Result<Checkout> {
        self.remove_checkout(place)?;
        self.crash_point("gates.checkout");
        Ok(self.repository.add_detached_worktree(place, commit)?)
    }

    /// Removes a checkout, also one that was interrupted.
    pub(in crate::run) fn remove_checkout(&self, place: &Path) -> Result<()> {
        if let Some(old) = self.repository.find_checkout(place)? {
            self.repository.forget_checkout(&old)?;
        }
        Ok(write::remove_folder(place)?)
    }

    fn changed_tracked(&self, trusted: &TrustedIndex, commit: Oid) -> Result<Vec<String>> {
        let seen = trusted.snapshot(self.repository)?;
        let changes = self.repository.diff_trees(commit, seen.tree)?;
        Ok(changes.iter().filter(|change| change.kind != ChangeKind::Added).map(|change| change.path.to_string()).collect())
    }
}

/// Where a run's gates run.
pub(in crate::run) fn checkout(run: &Run) -> PathBuf {
    run.dir.file("gate-tree")
}

/// What a gate runs.
pub(in crate::run) fn command(gate: &Gate) -> Command {
    Command::Shell(gate.run.clone())
}

/// That a gate is not needed, as the change touches none of its paths: neither what they are nor what they were.
fn spared(gate: &Gate, changes: &[Change]) -> Result<Option<GateResult>> {
    let globs = Globs::parse(&gate.paths)?;
    let touches = |change: &Change| globs.matches(&change.path) || change.old_path.as_ref().is_some_and(|old| globs.matches(old));
    if gate.paths.is_empty() || changes.iter().any(touches) {
        return Ok(None);
    }
    Ok(Some(GateResult {
        name: gate.name.clone(),
        command: gate.run.clone(),
        passed: true,
        not_needed: true,
        blocking: gate.blocking,
        exit: None,
        seconds: 0,
        detail: format!("no change below {}", gate.paths.join(", ")),
        excerpt: String::new(),
    }))
}

pub(in crate::run) fn judge(gate: &Gate, ended: &Ended, (folder, place): (&Path, &Path)) -> Result<GateResult> {
    let (exit, why) = match &ended.ending {
        Ending::Exited(0) => (Some(0), String::new()),
        Ending::Exited(code) => (Some(*code), format!("exit code {code}")),
        Ending::Signalled(signal) => (None, format!("ended by signal {signal}")),
        Ending::TimeLimit => (None, format!("stopped after {}", gate.timeout)),
        Ending::Idle => (None, "stopped because it was idle".into()),
        Ending::DiskLimit => (None, "stopped because it wrote more than `delegate.limits` allows".into()),
        Ending::Cancelled => (None, "cancelled".into()),
        Ending::CouldNotStart(reason) | Ending::Unwatched(reason) => (None, reason.clone()),
    };
    let passed = exit == Some(0);
    let (mut detail, mut excerpt) = (why, None);
    if !passed {
        for name in ["stdout", "stderr"] {
            let text = read::find_text(&folder.join(name))?.unwrap_or_default();
            excerpt = telling_line(&[&text], place).or(excerpt);
            let end = tail(&text, DETAIL_BYTES);
            if !end.trim().is_empty() {
                detail = format!("{detail}; {name}: {}", crate::base::text::one_line(&end));
            }
        }
    }
    if let Some(asked) = asked(&ended.asked) {
        detail = if detail.is_empty() { asked } else { format!("{detail}; {asked}") };
    }
    let seconds = ended.milliseconds.div_ceil(1000);
    Ok(GateResult {
        name: gate.name.clone(),
        command: gate.run.clone(),
        passed,
        not_needed: false,
        blocking: gate.blocking,
        exit,
        seconds,
        detail,
        excerpt: excerpt.unwrap_or_default(),
    })
}
