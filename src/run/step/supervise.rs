//! One supervisor process per program: `cmpm internal supervise <folder>` reads `order.json` there, runs the program so that
//! nothing of it survives, and writes `ended.json`. It knows nothing else, so it could run on another machine.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::super::JobError;
use crate::base::env::CMPM_RUN_DIR;
use crate::base::progress::Cancel;
use crate::base::{Env, Result, json};
use crate::fs::{read, write};
use crate::process::{
    Achieved, Argv, Asked, DiskLimit, Ended, Ending, Launcher, Limits, Program, Sandbox, Setting, Supervised, Supervisor, kill_run,
};

/// How long a supervisor that was asked to stop may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long a program may take between being asked to stop and being killed.
const GRACE: Duration = Duration::from_secs(5);

/// A program to run, with its bounds. This is the whole of `order.json`.
#[derive(Debug, Clone)]
pub struct Order {
    pub argv: Argv,
    /// Where it starts.
    pub dir: PathBuf,
    /// Its complete environment. It is handed on from process to process and never written to a file: it holds secrets.
    pub env: Env,
    /// Limit of its time.
    pub wall: Option<Duration>,
    /// Limit of its silence.
    pub idle: Option<Duration>,
    /// Limit of what it adds.
    pub disk: DiskLimit,
    /// What it may do.
    pub sandbox: Sandbox,
}

/// What surrounds a supervisor.
pub(in crate::run) struct Watched<'a> {
    /// The folder of its files.
    pub folder: &'a Path,
    /// Whether the user wants to stop.
    pub cancel: &'a Cancel,
    /// A file whose appearance means the same, from another process.
    pub cancel_file: PathBuf,
}

#[derive(Debug, Serialize, Deserialize)]
struct OrderFile {
    parent: u32,
    argv: Argv,
    dir: PathBuf,
    wall_ms: Option<u64>,
    idle_ms: Option<u64>,
    disk: DiskLimit,
    sandbox: Sandbox,
}

impl Order {
    /// How the program of `folder` ended, if it has.
    pub(in crate::run) fn find_ended(folder: &Path) -> Result<Option<Ended>> {
        let path = folder.join("ended.json");
        let Some(bytes) = read::find(&path)? else { return Ok(None) };
        let parsed = serde_json::from_slice(&bytes);
        parsed.map(Some).map_err(|error| JobError::Damaged { path, reason: error.to_string() }.into())
    }

    /// Runs it under a supervisor and waits for its end.
    pub(in crate::run) fn carry_out(&self, watched: &Watched<'_>) -> Result<Ended> {
        let folder = watched.folder;
        let is_cancelled = || watched.cancel.is_cancelled() || read::exists(&watched.cancel_file);
        if is_cancelled() {
            return Ok(failed(Ending::Cancelled));
        }
        write::create_folder(folder)?;
        write::remove(&folder.join("ended.json"))?;
        write::replace(&folder.join("order.json"), json::line(&self.file())?.as_bytes())?;
        let launcher = Launcher::this_program(["internal".into(), "supervise".into(), folder.as_os_str().to_owned()])?;
        let mut supervised = Supervised::start(&launcher, folder, &self.env, &folder.join("supervisor.log"))?;
        let stop = Cancel::default();
        let exit = supervised.wait(&stop, PATIENCE, &mut || {
            if is_cancelled() {
                stop.cancel();
            }
        })?;
        match Self::find_ended(folder)? {
            Some(ended) => Ok(ended),
            None => {
                // Somebody killed the supervisor: its program died with it, but not what that had started.
                let killed = self.env.path(CMPM_RUN_DIR).map_or(0, |folder| kill_run(&folder));
                let log = read::find_text(&folder.join("supervisor.log"))?.unwrap_or_default();
                let how = exit.map_or_else(|| "was killed".to_owned(), |code| format!("ended with exit code {code}"));
                let last = super::super::cut::tail(&log, 400);
                let reason = if last.is_empty() { format!("its supervisor {how}") } else { format!("its supervisor {how}: {last}") };
                let ending = if stop.is_cancelled() { Ending::Cancelled } else { Ending::Unwatched(reason) };
                Ok(Ended { leftovers: killed, ..failed(ending) })
            }
        }
    }

    fn file(&self) -> OrderFile {
        let milliseconds = |limit: Option<Duration>| limit.and_then(|limit| u64::try_from(limit.as_millis()).ok());
        OrderFile {
            parent: std::process::id(),
            argv: self.argv.clone(),
            dir: self.dir.clone(),
            wall_ms: milliseconds(self.wall),
            idle_ms: milliseconds(self.idle),
            disk: self.disk,
            sandbox: self.sandbox.clone(),
        }
    }
}

fn failed(ending: Ending) -> Ended {
    Ended { ending, milliseconds: 0, leftovers: 0, survivors: 0, output: 0, dropped: 0, sandbox: Achieved::None, asked: Asked::new() }
}

/// The supervisor's main function. `env` is the environment of the program it runs.
pub fn supervise(folder: &Path, env: Env) -> Result<()> {
    let path = folder.join("order.json");
    let parsed = serde_json::from_slice(&read::read(&path)?);
    let order: OrderFile = parsed.map_err(|error| JobError::Damaged { path, reason: error.to_string() })?;
    let mut supervisor = Supervisor::begin(order.parent, Launcher::this_program(["internal", "launch"])?)?;
    let limits = Limits {
        wall: order.wall_ms.map(Duration::from_millis),
        idle: order.idle_ms.map(Duration::from_millis),
        grace: GRACE,
        disk: Some(order.disk),
        ..Limits::default()
    };
    let setting =
        Setting { dir: order.dir, env, stdout: folder.join("stdout"), stderr: folder.join("stderr"), limits, sandbox: order.sandbox };
    let cancel = supervisor.cancel().clone();
    let ended = supervisor.run(&Program { argv: order.argv, setting }, &cancel, &mut || {})?;
    write::replace(&folder.join("ended.json"), json::line(&ended)?.as_bytes())?;
    Ok(())
}
