//! The launcher: a short life between supervisor and program. It restricts itself, then becomes the program.
//!
//! Its standard input is a socket: the plan comes in, the report goes out, and the end of the stream, which the system
//! makes when the program is executed, says that all went well. Folder, environment and output are set up already.

use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Resource, Signal};
use serde::{Deserialize, Serialize};

use super::{Achieved, Limits, ProcessError, Program, SandboxLevel, sandbox, system};
use crate::fs;

/// A launcher has far less to do than this allows, also on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// What the launcher has to do, as its supervisor tells it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Plan {
    parent: u32,
    argv: Vec<OsString>,
    memory: Option<u64>,
    processes: Option<u64>,
    file_size: Option<u64>,
    sandbox: SandboxLevel,
    writable: Vec<OsString>,
    network: bool,
}

/// What the launcher has to say, one line each.
#[derive(Debug, Serialize, Deserialize)]
enum Report {
    Ready(Achieved),
    Failed(String),
}

impl Plan {
    pub(super) fn new(program: &Program) -> Self {
        let Limits { memory, processes, file_size, .. } = program.setting.limits;
        let sandbox = &program.setting.sandbox;
        Self {
            parent: std::process::id(),
            argv: program.argv.words().to_vec(),
            memory,
            processes,
            file_size,
            sandbox: sandbox.level,
            writable: sandbox.writable.iter().map(|path| path.clone().into_os_string()).collect(),
            network: sandbox.network,
        }
    }

    /// Hands the plan to the launcher at the other end and waits until it has become the program.
    pub(super) fn hand_over(&self, mut launcher: UnixStream) -> Result<Achieved, String> {
        let mut answer = String::new();
        // A launcher that ends early makes writing fail; its report, if there is one, says more than that.
        let _ = self.send(&mut launcher);
        launcher.set_read_timeout(Some(PATIENCE)).map_err(|error| error.to_string())?;
        launcher.read_to_string(&mut answer).map_err(|error| format!("the launcher does not respond: {error}"))?;
        let mut achieved = Err("the launcher ended without a message".to_owned());
        for line in answer.lines() {
            achieved = match serde_json::from_str(line) {
                Ok(Report::Ready(sandbox)) => Ok(sandbox),
                Ok(Report::Failed(reason)) => Err(reason),
                Err(error) => Err(format!("the launcher's report cannot be read: {error}")),
            };
        }
        achieved
    }

    fn send(&self, launcher: &mut UnixStream) -> io::Result<()> {
        launcher.write_all(&serde_json::to_vec(self)?)?;
        launcher.shutdown(Shutdown::Write)
    }
}

/// The launcher's main function, for `cmpm internal launch`: becomes the program that its supervisor names.
///
/// Returns only if that fails; the supervisor knows why already.
pub fn launch() -> ProcessError {
    let mut supervisor = match io::stdin().as_fd().try_clone_to_owned() {
        Ok(socket) => UnixStream::from(socket),
        Err(error) => return ProcessError::system("reach the supervisor", error),
    };
    let Err(error) = follow_plan(&mut supervisor);
    report(&mut supervisor, &Report::Failed(error.to_string()));
    error
}

fn follow_plan(supervisor: &mut UnixStream) -> Result<std::convert::Infallible, ProcessError> {
    let mut text = Vec::new();
    supervisor.read_to_end(&mut text).map_err(|error| ProcessError::system("read the launch plan", error))?;
    let plan: Plan = serde_json::from_slice(&text).map_err(|error| ProcessError::system("read the launch plan", error))?;
    system::follow_parent(plan.parent, Signal::KILL)?;
    // A session of its own has no terminal: nothing below can ask the user for a password and wait forever.
    rustix::process::setsid().map_err(|error| ProcessError::system("start a session", error))?;
    plan.limit()?;
    let writable: Vec<PathBuf> = plan.writable.iter().map(PathBuf::from).collect();
    let achieved = sandbox::enter(plan.sandbox, &writable, plan.network)?;
    report(supervisor, &Report::Ready(achieved));
    let (program, arguments) = plan.argv.split_first().ok_or_else(|| ProcessError::start("".as_ref(), &io::ErrorKind::NotFound.into()))?;
    #[expect(clippy::disallowed_methods, reason = "the launcher becomes the program")]
    let error = std::process::Command::new(program).args(arguments).stdin(Stdio::null()).exec();
    Err(ProcessError::start(program, &error))
}

fn report(supervisor: &mut UnixStream, report: &Report) {
    let Ok(mut line) = serde_json::to_vec(report) else { return };
    line.push(b'\n');
    // If the supervisor is gone, nobody is left to tell, and the system is about to end this process.
    let _ = supervisor.write_all(&line);
}

impl Plan {
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
