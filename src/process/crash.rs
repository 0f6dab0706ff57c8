//! Fault injection: places where a test can have the process killed, to show that nothing is lost there.

use rustix::process::{Signal, getpid, kill_process};

use crate::base::Env;
use crate::base::env::CMPM_CRASH_AT;

/// Kills this process, as `kill -9` would, if `CMPM_CRASH_AT` names this point.
pub fn crash_point(env: &Env, name: &str) {
    if env.text(CMPM_CRASH_AT) == Some(name) {
        // Cannot fail: a process may always signal itself.
        let _ = kill_process(getpid(), Signal::KILL);
    }
}
