//! The supervisor: one process per run, which owns everything that runs below it. Started by cmpm, ends with cmpm.

use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::{ProcessError, output, system};
use crate::base::Env;
use crate::base::progress::Cancel;

/// How this program starts itself again.
#[derive(Debug, Clone)]
pub struct Launcher {
    program: PathBuf,
    arguments: Vec<OsString>,
}

impl Launcher {
    /// This very program with other arguments, also if its file has been replaced or removed meanwhile.
    pub fn this_program(arguments: impl IntoIterator<Item = impl Into<OsString>>) -> Result<Self, ProcessError> {
        let program = if cfg!(target_os = "linux") {
            PathBuf::from("/proc/self/exe")
        } else {
            std::env::current_exe().map_err(|error| ProcessError::system("find the file of this program", error))?
        };
        Ok(Self { program, arguments: arguments.into_iter().map(Into::into).collect() })
    }

    pub(super) fn command(&self) -> std::process::Command {
        #[expect(clippy::disallowed_methods, reason = "this is where programs start")]
        let mut command = std::process::Command::new(&self.program);
        command.arg0("cmpm").args(&self.arguments);
        command
    }
}

/// A process that has become a supervisor. There is one per process, and it runs one program at a time: while it does,
/// no other thread may start processes, because every child is taken for a part of the program.
#[derive(Debug)]
pub struct Supervisor {
    cancel: Cancel,
    launcher: Launcher,
}

impl Supervisor {
    /// Turns this process into a supervisor: orphans are adopted; SIGTERM, SIGINT and SIGHUP as well as the death of
    /// `parent`, the process that started it, are noted in [`Supervisor::cancel`].
    ///
    /// `launcher` starts `cmpm internal launch`, whose main function is [`super::launch`].
    pub fn begin(parent: u32, launcher: Launcher) -> Result<Self, ProcessError> {
        let flag = Arc::new(AtomicBool::new(false));
        for signal in [Signal::TERM, Signal::INT, Signal::HUP] {
            signal_hook::flag::register(signal.as_raw(), Arc::clone(&flag))
                .map_err(|error| ProcessError::system("handle signals", error))?;
        }
        system::adopt_orphans()?;
        system::follow_parent(parent, Signal::TERM)?;
        Ok(Self { cancel: Cancel::new(flag), launcher })
    }

    /// Set when this process was asked to end, or cmpm ended.
    pub fn cancel(&self) -> &Cancel {
        &self.cancel
    }

    pub(super) fn launcher(&self) -> &Launcher {
        &self.launcher
    }
}

/// A supervisor, as seen by the cmpm that started it.
#[derive(Debug)]
pub struct Supervised(Child);

impl Supervised {
    /// Starts `launcher` as a supervisor in `dir`, in a process group of its own, so that Ctrl-C reaches only cmpm;
    /// what it says goes to the file `log`.
    ///
    /// The thread that calls this must live until the supervisor has ended: the system takes its end for ours.
    pub fn start(launcher: &Launcher, dir: &Path, env: &Env, log: &Path) -> Result<Self, ProcessError> {
        let file = output::create(log)?.into_parts().0;
        let copy = file.try_clone().map_err(|error| ProcessError::system("share the log file", error))?;
        let mut command = launcher.command();
        command.current_dir(dir).env_clear().envs(env.iter()).stdin(Stdio::null()).stdout(file).stderr(copy).process_group(0);
        command.spawn().map(Self).map_err(|error| ProcessError::start(command.get_program(), &error))
    }

    /// Whether it has ended.
    pub fn has_ended(&mut self) -> Result<bool, ProcessError> {
        let found = self.0.try_wait().map_err(|error| ProcessError::system("look at the supervisor", error))?;
        Ok(found.is_some())
    }

    /// Asks it to stop its program and end.
    pub fn stop(&self) {
        // Not waited for yet, so the number is still its own; if it has ended, nothing needs to stop.
        let _ = kill_process(Pid::from_child(&self.0), Signal::TERM);
    }

    /// Waits for its end; its exit code, or `None` if it was killed: then `kill_run` ends what it left behind.
    ///
    /// When `cancel` is set it is asked to stop, and killed `patience` later. `tick` is called about fifty times a second.
    pub fn wait(&mut self, cancel: &Cancel, patience: Duration, tick: &mut dyn FnMut()) -> Result<Option<i32>, ProcessError> {
        let mut pause = Duration::from_millis(1);
        let mut asked: Option<Instant> = None;
        loop {
            if let Some(status) = self.0.try_wait().map_err(|error| ProcessError::system("wait for the supervisor", error))? {
                return Ok(status.code());
            }
            match asked {
                None if cancel.is_cancelled() => {
                    asked = Some(Instant::now());
                    self.stop();
                }
                Some(since) if since.elapsed() > patience => drop(self.0.kill()),
                _ => {}
            }
            tick();
            thread::sleep(pause);
            pause = (pause * 2).min(Duration::from_millis(20));
        }
    }
}

#[cfg(test)]
#[path = "supervisor_tests.rs"]
mod tests;
