//! The launcher: a short life between supervisor and program. It restricts itself, then becomes the program.
//!
//! Its standard input is a socket: the plan comes in, reports go out. Folder, environment and output are set up already.
//! Where the system allows it, the launcher makes a room for the program instead: it starts itself once more as the first
//! process of that, which furnishes the room, starts the program in it, and ends when that has ended.

use std::ffi::OsString;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::Shutdown;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Resource, Signal};
use serde::{Deserialize, Serialize};

use super::{Achieved, Asked, Launcher, Limits, ProcessError, Program, Sandbox, SandboxLevel, sandbox, system};
use crate::fs;

#[cfg(target_os = "linux")]
#[path = "launch_room.rs"]
mod room;

/// A launcher has far less to do than this allows, also on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// What the launcher has to do, as its supervisor tells it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Plan {
    parent: u32,
    argv: Vec<OsString>,
    dir: PathBuf,
    memory: Option<u64>,
    processes: Option<u64>,
    file_size: Option<u64>,
    sandbox: Sandbox,
    place: Place,
    /// The port of the proxy of a room, if it has one.
    proxy: Option<u16>,
}

/// Where a launcher is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Place {
    /// Where everything is; there it becomes the program.
    Here,
    /// Outside of the room that it makes for the program.
    Outside,
    /// In that room, as its first process.
    Inside,
}

/// What the launcher has to say, one line each.
#[derive(Debug, Serialize, Deserialize)]
enum Report {
    /// About to become the program; the end of the stream, which the system makes then, says that all went well.
    Ready(Achieved),
    /// The program runs in its room.
    Runs(Achieved),
    /// The system has no rooms.
    NoRoom(String),
    Failed(String),
    /// Where the program of a room wanted to go.
    Asked(Asked),
    Ended(Gone),
}

/// How the program of a room ended.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct Gone {
    pub(super) code: Option<i32>,
    pub(super) signal: Option<i32>,
    /// Processes that it left behind; they end with the room.
    pub(super) left: u32,
}

/// Why a program does not run.
pub(super) enum Unstarted {
    /// There can be no room for it, and it was not locked in otherwise.
    NoRoom(String),
    Failed(String),
}

/// A program that runs.
#[derive(Default)]
pub(super) struct Launched {
    pub(super) sandbox: Achieved,
    /// Known when it is gone.
    pub(super) asked: Asked,
    /// Where the launcher stays at the other end, outside of a room.
    launcher: Option<BufReader<UnixStream>>,
}

impl Launched {
    /// How the program ended, after the launcher has; `None` where that became the program.
    pub(super) fn gone(&mut self) -> Option<Gone> {
        let launcher = self.launcher.as_mut()?;
        let unknown = Gone { code: None, signal: Some(Signal::KILL.as_raw()), left: 0 };
        Some(loop {
            match next(launcher) {
                Some(Report::Asked(asked)) => self.asked = asked,
                Some(Report::Ended(gone)) => break gone,
                _ => break unknown,
            }
        })
    }
}

impl Plan {
    pub(super) fn new(program: &Program) -> Self {
        let Limits { memory, processes, file_size, .. } = program.setting.limits;
        let plan = Self::of(program.argv.words().to_vec(), program.setting.dir.clone(), program.setting.sandbox.clone());
        Self { memory, processes, file_size, ..plan }
    }

    /// Without limits.
    fn of(argv: Vec<OsString>, dir: PathBuf, sandbox: Sandbox) -> Self {
        let has_room = cfg!(target_os = "linux") && sandbox.level != SandboxLevel::Off;
        Self {
            parent: std::process::id(),
            argv,
            dir,
            memory: None,
            processes: None,
            file_size: None,
            sandbox,
            place: if has_room { Place::Outside } else { Place::Here },
            proxy: None,
        }
    }

    /// The same without a room, where the sandbox need not be complete.
    pub(super) fn without_room(&self, why: &str) -> Result<Self, String> {
        match self.sandbox.level {
            SandboxLevel::Require => Err(ProcessError::Sandbox { reason: why.to_owned() }.to_string()),
            SandboxLevel::Auto | SandboxLevel::Off => Ok(Self { place: Place::Here, ..self.clone() }),
        }
    }

    /// Where there is no room, files take the place of others for everybody.
    pub(super) fn cover(&self) -> Result<(), ProcessError> {
        let mut covers = self.sandbox.covers.iter().filter(|_| self.place == Place::Here);
        covers.try_for_each(|cover| Ok(fs::write::replace(&cover.at, &fs::read::read(&cover.with)?)?))
    }

    /// Hands the plan to the launcher at the other end and waits until the program runs.
    pub(super) fn hand_over(&self, mut launcher: UnixStream) -> Result<Launched, Unstarted> {
        let failed = |reason: String| Unstarted::Failed(reason);
        // A launcher that ends early makes writing fail; its report, if there is one, says more than that.
        let _ = self.send(&mut launcher);
        launcher.set_read_timeout(Some(PATIENCE)).map_err(|error| failed(error.to_string()))?;
        let mut launcher = BufReader::new(launcher);
        let mut achieved = Err(failed("the launcher ended without a message".to_owned()));
        loop {
            let mut line = String::new();
            launcher.read_line(&mut line).map_err(|error| failed(format!("the launcher does not respond: {error}")))?;
            if line.is_empty() {
                return achieved.map(|sandbox| Launched { sandbox, ..Launched::default() });
            }
            achieved = match serde_json::from_str(&line) {
                Ok(Report::Runs(sandbox)) => return Ok(Launched { sandbox, launcher: Some(launcher), ..Launched::default() }),
                Ok(Report::Ready(sandbox)) => Ok(sandbox),
                Ok(Report::NoRoom(reason)) => Err(Unstarted::NoRoom(reason)),
                Ok(Report::Failed(reason)) => Err(failed(reason)),
                Ok(other) => Err(failed(format!("the launcher reports {other:?}"))),
                Err(error) => Err(failed(format!("the launcher's report cannot be read: {error}"))),
            };
        }
    }

    fn send(&self, launcher: &mut UnixStream) -> io::Result<()> {
        launcher.write_all(&serde_json::to_vec(self)?)?;
        launcher.shutdown(Shutdown::Write)
    }
}

/// The launcher's main function, for `cmpm internal launch`: has the program run that its supervisor names.
///
/// Returns if that fails, which the supervisor knows already, or when the program of a room has ended.
pub fn launch() -> Result<(), ProcessError> {
    let socket = io::stdin().as_fd().try_clone_to_owned().map_err(|error| ProcessError::system("reach the supervisor", error))?;
    let mut supervisor = UnixStream::from(socket);
    follow_plan(&mut supervisor).inspect_err(|error| report(&mut supervisor, &Report::Failed(error.to_string())))
}

/// By what a program is held on this system, and why there is no room, if there is none. One that does nothing is started.
pub fn probe(sandbox: Sandbox, launcher: &Launcher) -> Result<(Achieved, Option<String>), ProcessError> {
    let mut plan = Plan::of(["/bin/sh", "-c", ":"].map(OsString::from).to_vec(), PathBuf::from("/"), sandbox);
    let mut no_room = None;
    loop {
        let (ours, theirs) = UnixStream::pair().map_err(|error| ProcessError::system("talk to the launcher", error))?;
        let mut command = launcher.command();
        command.stdin(Stdio::from(OwnedFd::from(theirs))).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().map_err(|error| ProcessError::start(command.get_program(), &error))?;
        drop(command);
        let found = plan.hand_over(ours).map(|mut launched| (launched.sandbox, launched.gone()).0);
        child.wait().map_err(|error| ProcessError::system("wait for the launcher", error))?;
        match found {
            Ok(achieved) => return Ok((achieved, no_room)),
            Err(Unstarted::NoRoom(reason)) if plan.place == Place::Outside => {
                (plan.place, no_room) = (Place::Here, Some(reason));
            }
            Err(Unstarted::NoRoom(reason) | Unstarted::Failed(reason)) => return Err(ProcessError::Sandbox { reason }),
        }
    }
}

fn follow_plan(supervisor: &mut UnixStream) -> Result<(), ProcessError> {
    let mut text = Vec::new();
    supervisor.read_to_end(&mut text).map_err(|error| ProcessError::system("read the launch plan", error))?;
    let plan: Plan = serde_json::from_slice(&text).map_err(|error| ProcessError::system("read the launch plan", error))?;
    #[cfg(target_os = "linux")]
    if plan.place == Place::Inside {
        return room::serve(&plan, supervisor);
    }
    system::follow_parent(plan.parent, Signal::KILL)?;
    // A session of its own has no terminal: nothing below can ask the user for a password and wait forever.
    rustix::process::setsid().map_err(|error| ProcessError::system("start a session", error))?;
    plan.limit()?;
    #[cfg(target_os = "linux")]
    if plan.place == Place::Outside {
        return room::guard(&plan, supervisor);
    }
    let achieved = sandbox::enter(&plan.sandbox)?;
    report(supervisor, &Report::Ready(achieved));
    let mut command = plan.command()?;
    let error = command.exec();
    Err(ProcessError::start(command.get_program(), &error))
}

fn report(supervisor: &mut UnixStream, report: &Report) {
    let Ok(mut line) = serde_json::to_vec(report) else { return };
    line.push(b'\n');
    // If the supervisor is gone, nobody is left to tell, and the system is about to end this process.
    let _ = supervisor.write_all(&line);
}

fn next(launcher: &mut BufReader<UnixStream>) -> Option<Report> {
    let mut line = String::new();
    launcher.read_line(&mut line).ok()?;
    serde_json::from_str(&line).ok()
}

impl Plan {
    fn command(&self) -> Result<std::process::Command, ProcessError> {
        let nothing = || ProcessError::start("".as_ref(), &io::ErrorKind::NotFound.into());
        let (program, arguments) = self.argv.split_first().ok_or_else(nothing)?;
        #[expect(clippy::disallowed_methods, reason = "the launcher becomes the program, or starts it")]
        let mut command = std::process::Command::new(program);
        command.args(arguments).stdin(Stdio::null());
        Ok(command)
    }

    fn limit(&self) -> Result<(), ProcessError> {
        // A dump of memory would end up in the work tree, with secrets in it.
        system::limit(Resource::Core, 0)?;
        if let Some(bytes) = self.memory {
            system::limit(Resource::Data, bytes)?;
        }
        if let Some(bytes) = self.file_size {
            system::limit(Resource::Fsize, bytes)?;
        }
        if let Some(more) = self.processes {
            system::limit(Resource::Nproc, running().saturating_add(more))?;
        }
        // When memory runs out, the system should end this program rather than something of the user's.
        let _ = fs::write::append(Path::new("/proc/self/oom_score_adj"), b"500");
        Ok(())
    }
}

/// Processes and threads of the system: the number after the slash in `/proc/loadavg`.
fn running() -> u64 {
    let text = fs::read::find_text(Path::new("/proc/loadavg")).ok().flatten().unwrap_or_default();
    let total = text.split_whitespace().nth(3).and_then(|field| field.split_once('/')?.1.parse().ok());
    total.unwrap_or(0)
}
