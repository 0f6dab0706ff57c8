//! Runs setup commands, as gates are run, and keeps in mind that a worktree is furnished.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::super::job::status::GateResult;
use super::super::land::gates::judge;
use super::super::step::prepare::Trusted;
use super::super::step::room::Wish;
use super::super::step::supervise::{Order, Watched};
use super::super::{Run, Runs, StepError};
use crate::base::env::{CMPM_RUN, CMPM_RUN_DIR, HOME, TMPDIR};
use crate::base::{RepoPath, Result, text};
use crate::config::{Gate, Setup};
use crate::fs::read;
use crate::git::{AGENT_REPOSITORY, Worktree};
use crate::process::{Argv, Cover, Ending, scrubbed};

/// What was done for a worktree, in the job's folder until there is another worktree.
pub(in crate::run) const FURNISHED: &str = "furnished.json";

/// Where a command of the project runs, and what it has there.
pub(in crate::run) struct Seat<'a> {
    pub worktree: &'a Worktree,
    /// The name of its home folder among the files of the run.
    pub home: &'static str,
    /// What it may write besides the worktree.
    pub own: Vec<PathBuf>,
    /// What it may read of the repository.
    pub repository: Vec<PathBuf>,
    pub covers: Vec<Cover>,
}

impl Runs<'_> {
    /// Furnishes the agent's worktree once; a setup command that fails ends the run.
    pub(in crate::run) fn furnish_worktree(&self, run: &Run, trusted: &Trusted) -> Result<()> {
        let Some(wanted) = &run.job.furnishing else { return Ok(()) };
        if read::exists(&run.dir.file(FURNISHED)) {
            return Ok(());
        }
        if self.furnishing(run).is_none() {
            self.note(format!("{}: {}", run.job.run, unapproved(&wanted.source)));
            return Ok(());
        }
        self.stage(run, "furnishes its worktree");
        let mut notes = self.put_in_place(run, wanted, &trusted.worktree)?;
        self.crash_point("prepare.furnished");
        if !wanted.setup.is_empty() {
            let pointer = trusted.repository.pointer_for_agent(&trusted.worktree.path)?;
            let seat = Seat {
                worktree: &trusted.worktree,
                home: "home",
                own: vec![run.dir.file(AGENT_REPOSITORY)],
                repository: self.repository.object_folders()?,
                covers: vec![Cover { at: trusted.worktree.path.join(".git"), with: pointer }],
            };
            let results = self.set_up(run, &seat, &run.dir.file("setup"))?;
            trusted.repository.detach(&trusted.worktree.path)?;
            if let Some(failed) = results.iter().find(|result| !result.passed) {
                return Err(failure(run, failed));
            }
            self.require_unchanged(run, trusted)?;
            notes.extend(results.iter().map(|result| format!("worktree: setup `{}` took {} s", result.command, result.seconds)));
        }
        run.dir.save_json(FURNISHED, &notes)
    }

    /// The same for the checkout of gates, in which what they need must not come from the agent; the setup that failed, if one did.
    pub(in crate::run) fn furnish_checkout(&self, run: &Run, seat: &Seat<'_>, folder: &Path) -> Result<Option<GateResult>> {
        let Some((furnishing, _)) = self.furnishing(run) else { return Ok(None) };
        self.put_in_place(run, furnishing, seat.worktree)?;
        Ok(self.set_up(run, seat, folder)?.into_iter().find(|result| !result.passed))
    }

    /// What the page says of how the worktree was furnished.
    pub(in crate::run) fn note_furnishing(&self, run: &mut Run) -> Result<()> {
        let Some(wanted) = &run.job.furnishing else { return Ok(()) };
        match run.dir.find_json::<Vec<String>>(FURNISHED)? {
            Some(notes) => run.status.notes.extend(notes),
            None => run.status.notes.push(unapproved(&wanted.source)),
        }
        Ok(())
    }

    /// What the setup commands in the agent's worktree printed.
    pub fn setup_output(&self, run: &Run) -> Result<String> {
        let folder = run.dir.file("setup");
        let numbers = (0..).map(|number: u32| folder.join(number.to_string())).take_while(|folder| read::exists(folder));
        let files = numbers.flat_map(|folder| ["stdout", "stderr"].map(|name| folder.join(name)));
        files.map(|file| Ok(read::find_text(&file)?.unwrap_or_default())).collect()
    }

    /// Runs the setup commands until one fails.
    fn set_up(&self, run: &Run, seat: &Seat<'_>, folder: &Path) -> Result<Vec<GateResult>> {
        let Some((furnishing, approved)) = self.furnishing(run) else { return Ok(Vec::new()) };
        let mut results = Vec::new();
        for (number, Setup { run: line, network, timeout }) in furnishing.setup.iter().enumerate() {
            self.stage(run, &format!("runs the setup `{line}`"));
            // Of nothing but the approved text.
            let words = approved.clone().try_map(|_| Ok::<_, StepError>(["sh", "-c", line].map(str::to_owned).to_vec()))?;
            let gate = Gate {
                name: "setup".into(),
                run: line.clone(),
                timeout: *timeout,
                blocking: true,
                network: network.clone(),
                paths: Vec::new(),
            };
            let mut order = self.order_in(run, &gate, (words.into(), seat))?;
            if furnishing.reads_checkout() {
                order.sandbox.readable.extend(self.checkout_parts(run)?);
            }
            let folder = folder.join(number.to_string());
            let ended = order.carry_out(&Watched { folder: &folder, cancel: &self.cancel, cancel_file: run.dir.file("cancel") })?;
            if ended.ending == Ending::Cancelled {
                return Err(StepError::Interrupted.into());
            }
            self.crash_point("setup.ran");
            let result = judge(&gate, &ended, (&folder, &seat.worktree.path))?;
            let is_over = !result.passed;
            results.push(result);
            if is_over {
                break;
            }
        }
        Ok(results)
    }

    /// A command of the project in a room of its own.
    pub(in crate::run) fn order_in(&self, run: &Run, gate: &Gate, (argv, seat): (Argv, &Seat<'_>)) -> Result<Order> {
        let temporary = self.temporary(run)?;
        let wish = Wish { home: seat.home, repository: seat.repository.clone(), network: gate.network.clone(), ..Wish::default() };
        let own = seat.own.iter().cloned().chain([seat.worktree.path.clone(), temporary.clone()]).collect();
        let (home, mut sandbox) = self.room(run, &wish, own)?;
        sandbox.covers.clone_from(&seat.covers);
        let env = scrubbed(self.env, &[]).with(CMPM_RUN, run.job.run.as_str()).with(CMPM_RUN_DIR, run.dir.out());
        let env = self.variables(run, &seat.worktree.path).into_iter().fold(env, |env, (name, value)| env.with(&name, value));
        Ok(Order {
            argv,
            dir: seat.worktree.path.clone(),
            env: env.with(TMPDIR, temporary).with(HOME, home),
            wall: Some(Duration::from_secs(gate.timeout.seconds())),
            idle: None,
            disk: run.job.limits.disk(),
            sandbox,
        })
    }

    /// What is in the main checkout, without git's and cmpm's own and other worktrees.
    fn checkout_parts(&self, run: &Run) -> Result<Vec<PathBuf>> {
        let Some(root) = self.repository.main_work_dir() else { return Ok(Vec::new()) };
        let worktrees = run.job.worktree.parent().and_then(|folder| RepoPath::relative(&root, folder)).unwrap_or_default();
        let mut names = read::names(&root)?;
        names.retain(|name| !name.eq_ignore_ascii_case(".git") && !worktrees.is_below(&RepoPath::default().join(name)));
        Ok(names.iter().map(|name| root.join(name)).collect())
    }

    /// What is committed, or would be, is the agent's to change.
    fn require_unchanged(&self, run: &Run, trusted: &Trusted) -> Result<()> {
        let seen = trusted.index.snapshot(self.repository)?;
        let head = trusted.worktree.head.unwrap_or_else(|| run.base());
        let changed = self.repository.diff_trees(self.repository.tree_of(head)?, seen.tree)?;
        let paths: Vec<String> = changed.iter().map(|change| change.path.to_string()).collect();
        if paths.is_empty() {
            return Ok(());
        }
        let named = paths.iter().take(5).cloned().collect::<Vec<_>>().join(", ");
        let more = if paths.len() > 5 { format!(" and {} more", paths.len() - 5) } else { String::new() };
        Err(StepError::Setup {
            run: run.job.run.clone(),
            reason: format!("the setup changed files that git does not ignore: {named}{more}"),
        }
        .into())
    }
}

fn unapproved(source: &str) -> String {
    format!("worktree: nothing of what {source} says was done, because it is not approved on this machine: `cmpm trust` shows it")
}

fn failure(run: &Run, failed: &GateResult) -> crate::base::Failure {
    let said = if failed.excerpt.is_empty() { &failed.detail } else { &failed.excerpt };
    let exit = failed.exit.map(|code| format!(" with exit code {code}")).unwrap_or_default();
    let reason = format!("the setup command `{}` failed{exit}: {said}", text::one_line(&failed.command));
    StepError::Setup { run: run.job.run.clone(), reason }.into()
}
