//! Where a program may write: Landlock, applied by the launcher to itself before it becomes the program.
//!
//! Everything stays readable and executable. Landlock allows, it cannot forbid inside what it allows: a folder is
//! writable as a whole or not at all. The network rules are about TCP and local sockets; UDP stays open.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[cfg(target_os = "linux")]
use super::ProcessError;

/// How much a program is locked in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SandboxLevel {
    /// Not at all; the check of the result still holds.
    Off,
    /// As far as this machine can; what was achieved is recorded.
    #[default]
    Auto,
    /// Fully, or the run does not start.
    Require,
}

/// What a program may do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sandbox {
    /// How much it is locked in.
    pub level: SandboxLevel,
    /// Folders and files it may write, besides devices such as `/dev/null`. Those that do not exist are left out.
    pub writable: Vec<PathBuf>,
    /// Whether it may use TCP and reach local sockets outside.
    pub network: bool,
}

/// The sandbox that really held.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Achieved {
    /// None.
    #[default]
    None,
    /// Landlock.
    Landlock {
        /// The version of Landlock that both the system and cmpm know (<https://docs.kernel.org/userspace-api/landlock.html>).
        abi: u8,
        /// Whether all that was asked for is enforced.
        complete: bool,
    },
}

impl std::fmt::Display for Achieved {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::None => f.write_str("none"),
            Self::Landlock { abi, complete: true } => write!(f, "landlock (ABI {abi})"),
            Self::Landlock { abi, complete: false } => write!(f, "landlock (ABI {abi}, in part)"),
        }
    }
}

/// Devices without which shells, git and language runtimes do not work.
#[cfg(target_os = "linux")]
const DEVICES: [&str; 8] = ["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty", "/dev/ptmx", "/dev/pts"];
/// Memory shared between processes; used as a folder for temporary files.
#[cfg(target_os = "linux")]
const SHARED_MEMORY: &str = "/dev/shm";

/// Locks the calling thread in, forever; the program that it `exec`s inherits that.
#[cfg(target_os = "linux")]
pub(super) fn enter(level: SandboxLevel, writable: &[PathBuf], network: bool) -> Result<Achieved, ProcessError> {
    if level == SandboxLevel::Off {
        return Ok(Achieved::None);
    }
    restrict(level, writable, network).map_err(|error| ProcessError::Sandbox { reason: error.to_string() })
}

#[cfg(not(target_os = "linux"))]
pub(super) fn enter(level: SandboxLevel, _: &[PathBuf], _: bool) -> Result<Achieved, super::ProcessError> {
    match level {
        SandboxLevel::Require => Err(super::ProcessError::Sandbox { reason: "only Linux has Landlock".into() }),
        SandboxLevel::Off | SandboxLevel::Auto => Ok(Achieved::None),
    }
}

#[cfg(target_os = "linux")]
fn restrict(level: SandboxLevel, writable: &[PathBuf], network: bool) -> Result<Achieved, landlock::RulesetError> {
    use landlock::{
        ABI, Access, AccessFs, AccessNet, CompatLevel, Compatible, LandlockStatus, Ruleset, RulesetAttr, RulesetCreatedAttr, RulesetStatus,
        Scope, path_beneath_rules,
    };
    // Version 3 is the first that also covers truncating and moving; with less, writing would not really be closed.
    let needed = if level == SandboxLevel::Require { CompatLevel::HardRequirement } else { CompatLevel::BestEffort };
    let mut write = AccessFs::from_write(ABI::V3);
    let mut rules = Ruleset::default().set_compatibility(needed).handle_access(write)?;
    if !network {
        write |= AccessFs::ResolveUnix;
        rules = rules.handle_access(AccessNet::from_all(ABI::V4))?.set_compatibility(CompatLevel::BestEffort);
        rules = rules.scope(Scope::AbstractUnixSocket)?.handle_access(AccessFs::ResolveUnix)?;
    }
    rules = rules.set_compatibility(CompatLevel::BestEffort).scope(Scope::Signal)?;
    let status = rules
        .create()?
        .add_rules(path_beneath_rules(writable, write))?
        .add_rules(path_beneath_rules(DEVICES.iter().chain([&SHARED_MEMORY]), write))?
        .restrict_self()?;
    Ok(match status.landlock {
        LandlockStatus::Available { effective_abi, .. } if status.ruleset != RulesetStatus::NotEnforced => {
            Achieved::Landlock { abi: effective_abi as u8, complete: status.ruleset == RulesetStatus::FullyEnforced }
        }
        _ => Achieved::None,
    })
}

#[cfg(all(test, target_os = "linux"))]
#[path = "sandbox_tests.rs"]
mod tests;
