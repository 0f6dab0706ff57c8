//! Ending every process of a run: what a program left behind, and what is left after a crash of cmpm itself.

use std::collections::HashSet;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, getpgrp, getpid, kill_process, kill_process_group};

use super::system::{Reaped, reap};
use super::table::{self, Process};
use crate::base::env::CMPM_RUN_DIR;

/// Killed processes are gone at once, unless the kernel itself is stuck in one.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a sweep found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Swept {
    pub(super) killed: u32,
    pub(super) survivors: u32,
}

/// Kills everything below this process, and what that started meanwhile, until nothing is left. Orphans must come to
/// this process, which is why the count of its children tells when all are dead. Costs one system call if all are.
pub(super) fn sweep() -> Swept {
    until_gone(below, |process| {
        // A whole group is killed in one instant: that alone is faster than a fork bomb.
        if let Some(group) = Pid::from_raw(process.group.max(0)).filter(|&group| group != getpgrp()) {
            let _ = kill_process_group(group, Signal::KILL);
        }
        kill(process);
    })
}

fn below() -> Vec<Process> {
    // Not forever, because new orphans can come as fast as they are reaped, until those who make them are killed.
    for _ in 0..1000 {
        match reap() {
            Reaped::Ended(..) => {}
            Reaped::AllLive => break,
            Reaped::NoChildren => return Vec::new(),
        }
    }
    table::descendants(&table::processes(), getpid())
}

/// Kills every process of a run, and what it starts meanwhile; says how many.
///
/// For `resume` and `doctor`, and for a supervisor that was killed: its programs die with it, but not what those started.
pub fn kill_run(folder: &Path) -> u32 {
    until_gone(|| of_run(folder), kill).killed
}

fn of_run(folder: &Path) -> Vec<Process> {
    let mark = [CMPM_RUN_DIR.as_bytes(), b"=", folder.as_os_str().as_encoded_bytes()].concat();
    let table = table::processes();
    let marked = table.iter().filter(|process| table::environment(process.pid).contains(&mark));
    let all: HashSet<Process> = marked.flat_map(|process| table::descendants(&table, process.pid).into_iter().chain([*process])).collect();
    all.into_iter().filter(|process| process.pid != getpid() && !process.zombie).collect()
}

fn until_gone(find: impl Fn() -> Vec<Process>, end: impl Fn(&Process)) -> Swept {
    let started = Instant::now();
    let mut pause = Duration::from_micros(250);
    let mut killed: HashSet<(Pid, u64)> = HashSet::new();
    loop {
        let found = find();
        let live: Vec<&Process> = found.iter().filter(|process| !process.zombie).collect();
        let gone = found.is_empty() && !killed.iter().any(|(pid, start)| is_ending(*pid, *start));
        if gone || started.elapsed() > PATIENCE {
            return Swept { killed: count(killed.len()), survivors: count(live.len()) };
        }
        for process in live {
            killed.insert((process.pid, process.start));
            end(process);
        }
        thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(20));
    }
}

/// Whether a process that was killed has not ended yet. Meanwhile it has no environment any more, by which it could be found.
fn is_ending(pid: Pid, start: u64) -> bool {
    table::find(pid.as_raw_nonzero().get()).is_some_and(|process| process.start == start && !process.zombie)
}

fn kill(process: &Process) {
    // What is gone already cannot be killed, and needs not be.
    let _ = kill_process(process.pid, Signal::KILL);
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
