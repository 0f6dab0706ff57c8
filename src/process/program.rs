//! What is to be run, within which limits, and how it ended.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Achieved, Argv, DiskLimit, Sandbox};
use crate::base::Env;

/// A program with everything that surrounds it.
#[derive(Debug, Clone)]
pub struct Program {
    pub argv: Argv,
    pub setting: Setting,
}

/// What surrounds a program. Nothing else of cmpm's reaches it: standard input is `/dev/null`, no file of cmpm's is open.
#[derive(Debug, Clone)]
pub struct Setting {
    /// Where it starts; also what is looked at to tell whether it still works on something.
    pub dir: PathBuf,
    /// The complete environment.
    pub env: Env,
    /// The file that gets its standard output; written while it runs.
    pub stdout: PathBuf,
    /// The file that gets its standard error.
    pub stderr: PathBuf,
    /// How much it may use.
    pub limits: Limits,
    /// Where it may write.
    pub sandbox: Sandbox,
}

/// How much a program may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Time in all.
    pub wall: Option<Duration>,
    /// Time without output and without a change of a file below its folder.
    pub idle: Option<Duration>,
    /// Time between being asked to stop (SIGINT, halfway SIGTERM) and SIGKILL.
    pub grace: Duration,
    /// Bytes of data per process (`RLIMIT_DATA`: what is written to, not what is merely reserved).
    pub memory: Option<u64>,
    /// Processes and threads beyond those the system has now (`RLIMIT_NPROC`; root is exempt).
    pub processes: Option<u64>,
    /// Bytes in one file.
    pub file_size: Option<u64>,
    /// What it may add in all places that it can write.
    pub disk: Option<DiskLimit>,
    /// Bytes kept of each of standard output and error; then the end of it is kept as well, the middle dropped.
    pub output: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            wall: None,
            idle: None,
            grace: Duration::from_secs(5),
            memory: None,
            processes: None,
            file_size: None,
            disk: None,
            output: 64 * 1024 * 1024,
        }
    }
}

/// Why a program is no longer running.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "how", content = "detail", rename_all = "snake_case")]
pub enum Ending {
    /// It ended by itself with this exit code.
    Exited(i32),
    /// A signal that cmpm did not send ended it.
    Signalled(i32),
    /// It was stopped at its time limit.
    TimeLimit,
    /// It was stopped because it was idle for too long.
    Idle,
    /// It was stopped because it wrote too much.
    DiskLimit,
    /// It was stopped because somebody asked for it.
    Cancelled,
    /// It never ran; the reason.
    CouldNotStart(String),
    /// What watched over it ended first, and it with that; how.
    Unwatched(String),
}

/// How a program ended and what is known about its run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Ended {
    /// Why it is no longer running.
    pub ending: Ending,
    /// How long it ran.
    pub milliseconds: u64,
    /// Processes it left behind, which had to be killed.
    pub leftovers: u32,
    /// Processes that could not be killed (the kernel holds them, for example on a dead network disk).
    pub survivors: u32,
    /// Bytes of output, standard error included.
    pub output: u64,
    /// Bytes of output that were not kept.
    pub dropped: u64,
    /// The sandbox that really held.
    pub sandbox: Achieved,
    /// Where it wanted to go, and whether it got there, if it may reach a few places only.
    #[serde(default, skip_serializing_if = "Asked::is_empty")]
    pub asked: Asked,
}

/// Hosts with ports, and whether they could be reached.
pub type Asked = BTreeMap<String, bool>;
