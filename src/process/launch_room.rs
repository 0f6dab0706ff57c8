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
use crate::process::sandbox::proxy::Proxy;
use crate::process::sandbox::{enter_in_room, loopback, room};
use crate::process::{Launcher, Network, ProcessError, table};

/// The variables by which programs find a proxy, and what they reach without it.
const PROXY: [&str; 5] = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy"];
const DIRECT: [&str; 2] = ["NO_PROXY", "no_proxy"];

/// Outside: makes the room, has the first process start in it, and waits until that has ended.
pub(super) fn guard(plan: &Plan, supervisor: &mut UnixStream) -> Result<(), ProcessError> {
    // They are meant for the program, which is in the same group.
    for signal in [Signal::TERM, Signal::INT, Signal::HUP] {
        let ignored = Arc::new(AtomicBool::new(false));
        signal_hook::flag::register(signal.as_raw(), ignored).map_err(|error| ProcessError::system("handle signals", error))?;
    }
    let Room { mut first, mut inside, proxy } = match enter(plan) {
        Ok(entered) => entered,
        Err(error) => {
            report(supervisor, &Report::NoRoom(error.to_string()));
            return Ok(());
        }
    };
    while let Some(said) = next(&mut inside) {
        match said {
            Report::Ended(gone) => {
                if let Some(proxy) = &proxy {
                    report(supervisor, &Report::Asked(proxy.asked()));
                }
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

/// A room, seen from outside.
struct Room {
    first: Child,
    inside: BufReader<UnixStream>,
    proxy: Option<Proxy>,
}

fn enter(plan: &Plan) -> Result<Room, ProcessError> {
    let failed = |error| ProcessError::system("start in the room", error);
    room::become_owner()?;
    let network = &plan.sandbox.network;
    // Its threads must begin before what follows, and stay in the network that is left.
    let proxy = if let Network::Only(endpoints) = network { Some(Proxy::start(endpoints.clone())) } else { None };
    room::unshare(*network != Network::Open)?;
    if *network != Network::Open {
        loopback::up()?;
    }
    let port = proxy.as_ref().map(Proxy::listen).transpose()?;
    let (mut ours, theirs) = UnixStream::pair().map_err(failed)?;
    let launcher = Launcher::this_program(std::env::args_os().skip(1))?;
    let mut command = launcher.command();
    let first = command.stdin(Stdio::from(OwnedFd::from(theirs))).spawn().map_err(failed)?;
    // Dropped, so that only the first process holds the other end.
    drop(command);
    let inside = Plan { place: Place::Inside, proxy: port, ..plan.clone() };
    // One that ends early is noticed when there is nothing to read from it.
    let _ = inside.send(&mut ours);
    Ok(Room { first, inside: BufReader::new(ours), proxy })
}

/// How many processes are in the room besides its first, which is a child of this one.
fn left(first: &Child) -> u32 {
    let below = table::descendants(&table::processes(), Pid::from_child(first));
    u32::try_from(below.iter().filter(|process| !process.zombie).count()).unwrap_or(u32::MAX)
}

/// Inside: furnishes the room, starts the program in it, and waits for that.
pub(super) fn serve(plan: &Plan, outside: &mut UnixStream) -> Result<(), ProcessError> {
    room::follow_launcher()?;
    let mut sandbox = plan.sandbox.clone();
    let ready = room::furnish(&mut sandbox).and_then(|()| room::resign());
    if let Err(error) = ready {
        report(outside, &Report::NoRoom(error.to_string()));
        return Ok(());
    }
    let achieved = enter_in_room(&sandbox)?;
    let mut command = plan.command()?;
    if let Some(port) = plan.proxy {
        command
            .envs(PROXY.iter().map(|name| (name, format!("http://127.0.0.1:{port}"))))
            .envs(DIRECT.iter().map(|name| (name, "localhost,127.0.0.1,::1")));
    }
    let program = command.current_dir(&plan.dir).spawn().map_err(|error| ProcessError::start(command.get_program(), &error))?;
    report(outside, &Report::Runs(achieved));
    let status = wait_for(Pid::from_child(&program))?;
    report(outside, &Report::Ended(Gone { code: status.exit_status(), signal: status.terminating_signal(), left: 0 }));
    // What the program left behind is counted from outside, and ended with this process.
    while !matches!(wait(WaitOptions::empty()), Err(Errno::CHILD)) {}
    Ok(())
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
