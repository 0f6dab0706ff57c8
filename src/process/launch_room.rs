//! The two launchers around a room: the one that makes it and waits outside, and the first process inside.

use std::io::BufReader;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::{Child, Stdio};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitOptions, WaitStatus, wait};

use super::{Gone, Place, Plan, Report, next, report};
use crate::process::sandbox::{self, loopback, room};
use crate::process::{Launcher, ProcessError, table};

/// Outside: makes the room, has the first process start in it, and waits until that has ended.
pub(super) fn guard(plan: &Plan, supervisor: &mut UnixStream) -> Result<(), ProcessError> {
    // They are meant for the program, which is in the same group.
    for signal in [Signal::TERM, Signal::INT, Signal::HUP] {
        let ignored = Arc::new(AtomicBool::new(false));
        signal_hook::flag::register(signal.as_raw(), ignored).map_err(|error| ProcessError::system("handle signals", error))?;
    }
    let (mut first, mut inside) = match enter(plan) {
        Ok(entered) => entered,
        Err(error) => {
            report(supervisor, &Report::NoRoom(error.to_string()));
            return Ok(());
        }
    };
    while let Some(said) = next(&mut inside) {
        match said {
            Report::Ended(gone) => {
                report(supervisor, &Report::Ended(Gone { left: left(&first), ..gone }));
                break;
            }
            said => report(supervisor, &said),
        }
    }
    // With the first process ends everything else in the room. It may have ended by itself, if nothing else is there.
    let _ = first.kill();
    first.wait().map(drop).map_err(|error| ProcessError::system("wait for the room", error))
}

fn enter(plan: &Plan) -> Result<(Child, BufReader<UnixStream>), ProcessError> {
    let failed = |error| ProcessError::system("start in the room", error);
    room::unshare(plan.sandbox.network)?;
    let (ours, theirs) = UnixStream::pair().map_err(failed)?;
    let launcher = Launcher::this_program(std::env::args_os().skip(1))?;
    let mut command = launcher.command();
    let first = command.stdin(Stdio::from(OwnedFd::from(theirs))).spawn().map_err(failed)?;
    // Dropped, so that only the first process holds the other end.
    drop(command);
    let mut ours = ours;
    let inside = Plan { place: Place::Inside, ..plan.clone() };
    // One that ends early is noticed when there is nothing to read from it.
    let _ = inside.send(&mut ours);
    Ok((first, BufReader::new(ours)))
}

/// How many processes are in the room besides its first, which is a child of this one.
fn left(first: &Child) -> u32 {
    let below = table::descendants(&table::processes(), Pid::from_child(first));
    u32::try_from(below.iter().filter(|process| !process.zombie).count()).unwrap_or(u32::MAX)
}

/// Inside: furnishes the room, starts the program in it, and waits for that.
pub(super) fn serve(plan: &Plan, outside: &mut UnixStream) -> Result<(), ProcessError> {
    room::follow_launcher()?;
    let ready = network(plan).and_then(|()| room::furnish(&plan.sandbox)).and_then(|()| room::resign());
    if let Err(error) = ready {
        report(outside, &Report::NoRoom(error.to_string()));
        return Ok(());
    }
    let achieved = sandbox::enter_in_room(&plan.sandbox)?;
    let mut command = plan.command()?;
    let program = command.current_dir(&plan.dir).spawn().map_err(|error| ProcessError::start(command.get_program(), &error))?;
    report(outside, &Report::Runs(achieved));
    let status = wait_for(Pid::from_child(&program))?;
    report(outside, &Report::Ended(Gone { code: status.exit_status(), signal: status.terminating_signal(), left: 0 }));
    // What the program left behind is counted from outside, and ended with this process.
    while !matches!(wait(WaitOptions::empty()), Err(Errno::CHILD)) {}
    Ok(())
}

fn network(plan: &Plan) -> Result<(), ProcessError> {
    if plan.sandbox.network { Ok(()) } else { loopback::up() }
}

/// Waits for the end of the program, and takes every orphan of the room on the way.
fn wait_for(program: Pid) -> Result<WaitStatus, ProcessError> {
    loop {
        match wait(WaitOptions::empty()) {
            Ok(Some((pid, status))) if pid == program => return Ok(status),
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => return Err(ProcessError::system("wait for the program", error)),
        }
    }
}
