//! Who owns a claim, named so that it can be told for certain whether the owner still lives.

use std::path::Path;

use rustix::process::{Pid, test_kill_process};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::table;
use crate::fs::read;

/// A process, named once and for all: numbers are used again, but not with the same start on the same boot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Owner {
    /// The machine's name.
    pub host: String,
    /// The machine's start, where the system tells (Linux).
    pub boot_id: String,
    /// The space in which process numbers count (a container has its own), where the system tells (Linux).
    pub pid_space: String,
    /// The process number.
    pub pid: u32,
    /// The start of the process in ticks since the machine's, 0 where the system does not tell.
    pub start_time: u64,
}

/// What is known about an owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Liveness {
    /// It runs.
    Alive,
    /// It does not run any more.
    Dead,
    /// It is on another machine or in another container, so nobody here can tell.
    Unknown,
}

impl Owner {
    pub fn this_process() -> Self {
        Self::of(std::process::id())
    }

    /// The process with this number, such as a supervisor just started.
    pub fn of(pid: u32) -> Self {
        let start_time = i32::try_from(pid).ok().and_then(table::find).map_or(0, |process| process.start);
        let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
        Self { host, boot_id: boot_id(), pid_space: pid_space(), pid, start_time }
    }

    /// Whether the owner still lives. A machine that was started again has no process from before.
    pub fn liveness(&self) -> Liveness {
        let here = Self::of(self.pid);
        if here.host != self.host {
            return Liveness::Unknown;
        }
        if here.boot_id != self.boot_id {
            return Liveness::Dead;
        }
        if here.pid_space != self.pid_space {
            return Liveness::Unknown;
        }
        if self.is_running() { Liveness::Alive } else { Liveness::Dead }
    }

    fn is_running(&self) -> bool {
        let Some(pid) = i32::try_from(self.pid).ok().and_then(|pid| Pid::from_raw(pid.max(0))) else { return false };
        if self.start_time == 0 {
            // Somebody else's process may not be signalled, which also proves that there is one.
            return !matches!(test_kill_process(pid), Err(rustix::io::Errno::SRCH));
        }
        table::find(pid.as_raw_nonzero().get()).is_some_and(|process| process.start == self.start_time && !process.zombie)
    }
}

fn boot_id() -> String {
    let text = read::find_text(Path::new("/proc/sys/kernel/random/boot_id")).ok().flatten().unwrap_or_default();
    text.trim().to_owned()
}

fn pid_space() -> String {
    read::link_target(Path::new("/proc/self/ns/pid")).map(|link| link.to_string_lossy().into_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_lives_and_survives_json() {
        let owner = Owner::this_process();
        assert_eq!(owner.liveness(), Liveness::Alive);
        let text = serde_json::to_string(&owner).unwrap();
        assert_eq!(serde_json::from_str::<Owner>(&text).unwrap(), owner);
    }

    #[test]
    fn a_number_used_again_is_not_the_owner() {
        let owner = Owner::this_process();
        assert_eq!(Owner { start_time: owner.start_time + 1, ..owner.clone() }.liveness(), Liveness::Dead);
        assert_eq!(Owner { boot_id: "another".into(), ..owner.clone() }.liveness(), Liveness::Dead);
        assert_eq!(Owner { pid: u32::MAX, ..owner.clone() }.liveness(), Liveness::Dead);
        assert_eq!(Owner { pid: 0, start_time: 0, ..owner }.liveness(), Liveness::Dead);
    }

    #[test]
    fn of_another_machine_or_container_nothing_is_known() {
        let owner = Owner::this_process();
        assert_eq!(Owner { host: "elsewhere".into(), ..owner.clone() }.liveness(), Liveness::Unknown);
        assert_eq!(Owner { pid_space: "pid:[1]".into(), ..owner }.liveness(), Liveness::Unknown);
    }

    #[test]
    fn an_ended_child_is_dead_even_before_it_is_waited_for() {
        #[expect(clippy::disallowed_methods, reason = "a child to look at")]
        let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        let owner = Owner::of(child.id());
        assert_eq!(owner.liveness(), Liveness::Alive);
        child.kill().unwrap();
        while owner.liveness() == Liveness::Alive {
            std::thread::yield_now();
        }
        assert_eq!(owner.liveness(), Liveness::Dead);
        child.wait().unwrap();
        assert_eq!(owner.liveness(), Liveness::Dead);
    }
}
