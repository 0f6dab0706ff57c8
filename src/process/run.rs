//! One program from start to end: watched, stopped when it must be, and everything it left behind ended.

use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, WaitStatus, kill_process_group, waitid};

use super::activity::Activity;
use super::disk::DiskWatch;
use super::kill::sweep;
use super::launch::{Gone, Launched, Plan, Unstarted};
use super::output::{self, Keeper};
use super::system::{Reaped, end_group, reap};
use super::{Ended, Ending, ProcessError, Program, Sandbox, Supervisor};
use crate::base::progress::Cancel;
use crate::fs::read;

/// How often limits and the wish to stop are looked at; the end of the program itself is noticed at once.
const BEAT: Duration = Duration::from_millis(20);

/// A program that runs.
struct Running<'a> {
    program: &'a Program,
    pid: Pid,
    started: Instant,
    output: Keeper,
    activity: Activity,
    disk: Option<DiskWatch>,
    stopping: Option<Stopping>,
}

/// A program that was asked to stop.
struct Stopping {
    because: Ending,
    since: Instant,
    signal: Signal,
}

impl Supervisor {
    /// Runs a program to its end. When this returns, neither it nor anything it started is running.
    ///
    /// `tick` is called about fifty times a second and must be quick. It may cancel, for example when a budget is used
    /// up; so may the end of cmpm, which cancels what [`Supervisor::cancel`] gives.
    pub fn run(&mut self, program: &Program, cancel: &Cancel, tick: &mut dyn FnMut()) -> Result<Ended, ProcessError> {
        let mut plan = Plan::new(program);
        let mut disk = program.disk_watch();
        loop {
            plan.cover()?;
            let (child, socket, output) = self.start_launcher(program)?;
            let (started, pid) = (Instant::now(), Pid::from_child(&child));
            let mut running = Running { program, pid, started, output, activity: Activity::begin(), disk: None, stopping: None };
            let reason = match plan.hand_over(socket) {
                Ok(mut launched) => {
                    running.disk = disk.take();
                    let ending = running.watch(&|| cancel.is_cancelled() || self.cancel().is_cancelled(), tick);
                    return Ok(running.finish(ending, &mut launched));
                }
                Err(Unstarted::Failed(reason)) => reason,
                Err(Unstarted::NoRoom(reason)) => match plan.without_room(&reason) {
                    Ok(other) => {
                        plan = other;
                        drop(running.abandon(child, reason));
                        // The files are made anew.
                        running.output.finish();
                        continue;
                    }
                    Err(reason) => reason,
                },
            };
            let ending = running.abandon(child, reason);
            return Ok(running.finish(ending, &mut Launched::default()));
        }
    }

    fn start_launcher(&self, program: &Program) -> Result<(Child, UnixStream, Keeper), ProcessError> {
        let setting = &program.setting;
        let files = [output::create(&setting.stdout)?, output::create(&setting.stderr)?];
        let (ours, theirs) = UnixStream::pair().map_err(|error| ProcessError::system("talk to the launcher", error))?;
        let mut command = self.launcher().command();
        command.current_dir(&setting.dir).env_clear().envs(setting.env.iter());
        command.stdin(Stdio::from(OwnedFd::from(theirs))).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(|error| match read::is_folder(&setting.dir) {
            true => ProcessError::start(command.get_program(), &error),
            false => ProcessError::System { what: "enter the folder of the program", reason: setting.dir.display().to_string() },
        })?;
        let mut keeper = Keeper::default();
        let [stdout, stderr] = files;
        if let (Some(out), Some(err)) = (child.stdout.take(), child.stderr.take()) {
            keeper.keep(out, stdout, setting.limits.output);
            keeper.keep(err, stderr, setting.limits.output);
        }
        // Dropping the command closes our copy of the launcher's end, so that the stream can end.
        Ok((child, ours, keeper))
    }
}

impl Program {
    fn disk_watch(&self) -> Option<DiskWatch> {
        let Sandbox { writable, layers, .. } = &self.setting.sandbox;
        let folders = writable.iter().chain(layers.iter().map(|layer| &layer.top)).cloned().collect();
        Some(DiskWatch::begin(folders, self.setting.limits.disk?))
    }
}

impl Running<'_> {
    /// Waits for the end of the program, stopping it when needed.
    fn watch(&mut self, is_cancelled: &dyn Fn() -> bool, tick: &mut dyn FnMut()) -> Ending {
        self.wake_at_end();
        let mut beat = Instant::now();
        loop {
            match reap() {
                Reaped::Ended(pid, status) if pid == self.pid => return self.ending(status),
                // One of many orphans, perhaps: they must not keep the limits from being looked at.
                Reaped::Ended(..) => {}
                Reaped::AllLive => thread::park_timeout(beat.saturating_duration_since(Instant::now())),
                // Cannot be: the program is a child of this process until it is reaped here.
                Reaped::NoChildren => return Ending::CouldNotStart("the program was lost".into()),
            }
            if Instant::now() >= beat {
                self.look(is_cancelled);
                tick();
                beat = Instant::now() + BEAT;
            }
        }
    }

    /// Stops the program if there is a reason to, or presses on with that.
    fn look(&mut self, is_cancelled: &dyn Fn() -> bool) {
        match &mut self.stopping {
            Some(stopping) => stopping.press(self.pid, self.program.setting.limits.grace),
            None => self.stopping = self.reason_to_stop(is_cancelled).map(|because| Stopping::begin(self.pid, because)),
        }
    }

    /// Has this thread woken when the program ends.
    fn wake_at_end(&self) {
        let (pid, watcher) = (self.pid, thread::current());
        thread::spawn(move || {
            while matches!(waitid(WaitId::Pid(pid), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT), Err(Errno::INTR)) {}
            watcher.unpark();
        });
    }

    fn reason_to_stop(&mut self, is_cancelled: &dyn Fn() -> bool) -> Option<Ending> {
        let setting = &self.program.setting;
        if is_cancelled() {
            return Some(Ending::Cancelled);
        }
        if setting.limits.wall.is_some_and(|limit| self.started.elapsed() >= limit) {
            return Some(Ending::TimeLimit);
        }
        if self.disk.as_ref().is_some_and(DiskWatch::is_over) {
            return Some(Ending::DiskLimit);
        }
        let idle = setting.limits.idle.is_some_and(|limit| self.activity.is_idle(self.output.seen(), &setting.dir, limit));
        idle.then_some(Ending::Idle)
    }

    fn ending(&mut self, status: WaitStatus) -> Ending {
        match self.stopping.take() {
            Some(stopping) => stopping.because,
            None => Gone { code: status.exit_status(), signal: status.terminating_signal(), left: 0 }.ending(),
        }
    }

    /// Ends a launcher that did not become the program.
    fn abandon(&self, mut child: Child, reason: String) -> Ending {
        // It may have ended by itself already; either way it is gone after the wait.
        let _ = child.kill();
        let _ = child.wait();
        Ending::CouldNotStart(reason)
    }

    fn finish(mut self, ending: Ending, launched: &mut Launched) -> Ended {
        end_group(self.pid);
        let swept = sweep();
        let gone = launched.gone();
        let ending = match (ending, gone) {
            (Ending::Exited(_) | Ending::Signalled(_), Some(gone)) => gone.ending(),
            (ending, _) => ending,
        };
        let milliseconds = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.output.finish();
        let leftovers = swept.killed.saturating_add(gone.map_or(0, |gone| gone.left));
        Ended {
            ending,
            milliseconds,
            leftovers,
            survivors: swept.survivors,
            output: self.output.seen(),
            dropped: self.output.dropped(),
            sandbox: launched.sandbox,
            asked: std::mem::take(&mut launched.asked),
        }
    }
}

impl Gone {
    fn ending(self) -> Ending {
        match (self.code, self.signal) {
            (Some(code), _) => Ending::Exited(code),
            (None, Some(signal)) => Ending::Signalled(signal),
            (None, None) => Ending::CouldNotStart("the program stopped without an exit status".into()),
        }
    }
}

impl Stopping {
    fn begin(pid: Pid, because: Ending) -> Self {
        send(pid, Signal::INT);
        Self { because, since: Instant::now(), signal: Signal::INT }
    }

    /// Asks more firmly as time goes by.
    fn press(&mut self, pid: Pid, grace: Duration) {
        let waited = self.since.elapsed();
        let signal = match waited {
            _ if waited >= grace => Signal::KILL,
            _ if waited >= grace / 2 => Signal::TERM,
            _ => Signal::INT,
        };
        if signal != self.signal {
            self.signal = signal;
            send(pid, signal);
        }
    }
}

/// The program is the leader of its group and not reaped yet, so the number cannot mean anything else.
fn send(pid: Pid, signal: Signal) {
    let _ = kill_process_group(pid, signal);
}

#[cfg(test)]
#[path = "run_tests.rs"]
mod tests;
