//! How far a run is, and how its work ended.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::Exit;

/// How far a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Waits for its turn.
    Queued,
    /// Works.
    Running,
    /// Ended; a person decides.
    Review,
    /// Approved; its work is in the target.
    Merged,
    /// Turned down; its work is kept under a backup reference.
    Rejected,
    /// Taken away without a decision; its work is kept under a backup reference.
    Discarded,
}

impl State {
    /// The word in files and on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Review => "review",
            Self::Merged => "merged",
            Self::Rejected => "rejected",
            Self::Discarded => "discarded",
        }
    }
    /// The state as the end of a sentence about the run.
    pub fn phrase(self) -> &'static str {
        match self {
            Self::Queued => "is queued",
            Self::Running => "is running",
            Self::Review => "waits for review",
            Self::Merged => "is merged",
            Self::Rejected => "was rejected",
            Self::Discarded => "was discarded",
        }
    }
    /// Whether nothing more will happen.
    pub fn is_closed(self) -> bool {
        matches!(self, Self::Merged | Self::Rejected | Self::Discarded)
    }
}

/// How the work ended, judged by evidence. Only `Passed` can be approved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// There is a change, the policy allows it, the gates passed.
    Passed,
    /// Nothing was changed.
    NoChange,
    /// Something outside the role's rights was touched.
    Denied,
    /// A gate failed.
    GateFailed,
    /// The agent ended with an error.
    AgentFailed,
    /// The time limit was reached.
    TimeLimit,
    /// The agent was silent for too long.
    Idle,
    /// The budget was used up.
    Budget,
    /// Somebody stopped it.
    Cancelled,
    /// cmpm itself was killed in the middle.
    Lost,
}

impl Outcome {
    /// The word in files and on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::NoChange => "no_change",
            Self::Denied => "denied",
            Self::GateFailed => "gate_failed",
            Self::AgentFailed => "agent_failed",
            Self::TimeLimit => "time_limit",
            Self::Idle => "idle",
            Self::Budget => "budget",
            Self::Cancelled => "cancelled",
            Self::Lost => "lost",
        }
    }

    /// Whether something went wrong that may happen again: neither a success nor an accident of this machine.
    pub fn is_error(self) -> bool {
        matches!(self, Self::Denied | Self::GateFailed | Self::AgentFailed | Self::TimeLimit | Self::Idle | Self::Budget)
    }

    /// The exit code of `delegate run` for one ticket that ended like this.
    pub fn exit(self) -> Exit {
        match self {
            Self::Passed => Exit::Done,
            Self::NoChange | Self::GateFailed | Self::AgentFailed | Self::Lost => Exit::No,
            Self::Denied => Exit::Refused,
            Self::TimeLimit | Self::Idle => Exit::TimeLimit,
            Self::Budget => Exit::Budget,
            Self::Cancelled => Exit::Interrupted,
        }
    }
}
