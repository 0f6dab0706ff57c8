//! What a program may do: a [`room`] of its own where the system allows that, and Landlock in any case, which the launcher applies
//! to itself before it becomes the program.
//!
//! Landlock allows, it cannot forbid inside what it allows: a folder is writable as a whole or not at all. It knows nothing of
//! modes, times and extended attributes, of UDP, and (before ABI 9) of local sockets in the file system; a room closes these too.

#[cfg(target_os = "linux")]
mod calls;
mod held;
#[cfg(target_os = "linux")]
pub(super) mod loopback;
mod network;
#[cfg(target_os = "linux")]
pub(super) mod proxy;
#[cfg(target_os = "linux")]
pub(super) mod room;

pub use held::{Access, Held};
pub use network::Network;

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
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sandbox {
    /// How much it is locked in.
    pub level: SandboxLevel,
    /// Folders and files it may write, besides devices such as `/dev/null`. Here and below, those that do not exist are left out.
    pub writable: Vec<PathBuf>,
    /// Folders and files it may read; besides these and the writable ones there are none.
    pub readable: Vec<PathBuf>,
    /// Readable folders that it may think it can write.
    pub layers: Vec<Layer>,
    /// Files that it sees in place of others. Without a room everybody does.
    pub covers: Vec<Cover>,
    /// What it may not read of the folders that it may read.
    pub hidden: Vec<PathBuf>,
    pub network: Network,
    /// Whether it may use local sockets where there is no room: then all of them or none.
    pub sockets: bool,
}

/// A folder of which a program gets a copy of its own, as far as the system can do that without copying.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layer {
    pub at: PathBuf,
    /// The folder for what is written, with `upper` and `work` in it.
    pub top: PathBuf,
}

/// A file in place of another one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cover {
    pub at: PathBuf,
    pub with: PathBuf,
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
        /// Whether system calls that Landlock does not know are refused as well.
        #[serde(default)]
        calls: bool,
    },
    /// A room of its own, with Landlock in it; 0 if the system has none.
    Room { abi: u8 },
}

impl std::fmt::Display for Achieved {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::None => f.write_str("none"),
            Self::Room { abi: 0 } => f.write_str("namespaces"),
            Self::Room { abi } => write!(f, "namespaces, landlock (ABI {abi})"),
            Self::Landlock { abi: 0, .. } => f.write_str("seccomp"),
            Self::Landlock { abi, complete, calls } => {
                let (part, calls) = (if *complete { "" } else { ", in part" }, if *calls { ", seccomp" } else { "" });
                write!(f, "landlock (ABI {abi}{part}){calls}")
            }
        }
    }
}

/// Devices without which shells, git and language runtimes do not work.
#[cfg(target_os = "linux")]
const DEVICES: [&str; 6] = ["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty"];
/// Memory shared between processes, used as a folder for temporary files.
#[cfg(target_os = "linux")]
const SHARED_MEMORY: &str = "/dev/shm";
/// What only a room has of its own.
#[cfg(target_os = "linux")]
const OF_ROOM: [&str; 4] = ["/tmp", "/dev/ptmx", "/dev/pts", "/proc"];

/// Locks the calling thread in, forever; the program that it `exec`s inherits that.
#[cfg(target_os = "linux")]
pub(super) fn enter(sandbox: &Sandbox) -> Result<Achieved, ProcessError> {
    match sandbox.level {
        SandboxLevel::Off => Ok(Achieved::None),
        SandboxLevel::Auto | SandboxLevel::Require => restrict(sandbox, false),
    }
}

/// The same in a room: what is not in it cannot be read in any case.
#[cfg(target_os = "linux")]
pub(super) fn enter_in_room(sandbox: &Sandbox) -> Result<Achieved, ProcessError> {
    Ok(match restrict(sandbox, true)? {
        Achieved::Landlock { abi, .. } | Achieved::Room { abi } => Achieved::Room { abi },
        Achieved::None => Achieved::Room { abi: 0 },
    })
}

#[cfg(not(target_os = "linux"))]
pub(super) fn enter(sandbox: &Sandbox) -> Result<Achieved, super::ProcessError> {
    match sandbox.level {
        SandboxLevel::Require => Err(super::ProcessError::Sandbox { reason: "only Linux has one".into() }),
        SandboxLevel::Off | SandboxLevel::Auto => Ok(Achieved::None),
    }
}

#[cfg(target_os = "linux")]
fn restrict(sandbox: &Sandbox, in_room: bool) -> Result<Achieved, ProcessError> {
    let achieved = rules(sandbox, in_room).map_err(|error| ProcessError::Sandbox { reason: error.to_string() })?;
    if in_room || !calls::refuse(sandbox.sockets, !sandbox.network.is_none()) {
        return Ok(achieved);
    }
    Ok(match achieved {
        Achieved::Landlock { abi, complete, .. } => Achieved::Landlock { abi, complete, calls: true },
        Achieved::None | Achieved::Room { .. } => Achieved::Landlock { abi: 0, complete: false, calls: true },
    })
}

#[cfg(target_os = "linux")]
fn rules(sandbox: &Sandbox, in_room: bool) -> Result<Achieved, landlock::RulesetError> {
    use landlock::{
        ABI, Access, AccessFs, AccessNet, CompatLevel, Compatible, LandlockStatus, NetPort, Ruleset, RulesetAttr, RulesetCreatedAttr,
        RulesetError, RulesetStatus, Scope, path_beneath_rules,
    };
    // Version 3 is the first that also covers truncating and moving; with less, writing would not really be closed.
    let needed = if sandbox.level == SandboxLevel::Require { CompatLevel::HardRequirement } else { CompatLevel::BestEffort };
    let (mut write, read) = (AccessFs::from_write(ABI::V3), AccessFs::from_read(ABI::V3));
    let mut rules = Ruleset::default().set_compatibility(needed).handle_access(write)?;
    if !in_room {
        rules = rules.handle_access(read)?;
        if sandbox.network != Network::Open {
            rules = rules.handle_access(AccessNet::from_all(ABI::V4))?;
        }
        rules = rules.set_compatibility(CompatLevel::BestEffort).handle_access(AccessFs::ResolveUnix)?;
        write |= read | AccessFs::ResolveUnix;
    }
    rules = rules.set_compatibility(CompatLevel::BestEffort).scope(Scope::Signal)?.scope(Scope::AbstractUnixSocket)?;
    let mut created = rules
        .create()?
        .add_rules(path_beneath_rules(&sandbox.writable, write))?
        .add_rules(path_beneath_rules(DEVICES.iter().chain([&SHARED_MEMORY]), write))?;
    if in_room {
        let layers = sandbox.layers.iter().map(|layer| &layer.at);
        created = created.add_rules(path_beneath_rules(OF_ROOM, write))?.add_rules(path_beneath_rules(layers, write))?;
    } else {
        // Landlock knows ports, but no hosts.
        if let Network::Only(endpoints) = &sandbox.network {
            created = created.add_rules(endpoints.iter().map(|to| Ok::<_, RulesetError>(NetPort::new(to.port, AccessNet::ConnectTcp))))?;
        }
        let (whole, listed) = visible(sandbox);
        created = created.add_rules(path_beneath_rules(whole, read))?.add_rules(path_beneath_rules(listed, AccessFs::ReadDir))?;
    }
    let status = created.restrict_self()?;
    Ok(match status.landlock {
        LandlockStatus::Available { effective_abi, .. } if status.ruleset != RulesetStatus::NotEnforced => {
            let complete = status.ruleset == RulesetStatus::FullyEnforced;
            Achieved::Landlock { abi: effective_abi as u8, complete, calls: false }
        }
        _ => Achieved::None,
    })
}

/// The readable places as Landlock can say them, which has no way to take anything out of a folder: places that may be read as a
/// whole, and folders of which something is hidden, so that only their names may be.
#[cfg(target_os = "linux")]
fn visible(sandbox: &Sandbox) -> (Vec<PathBuf>, Vec<PathBuf>) {
    use crate::fs::read;
    let mut open: Vec<PathBuf> = sandbox.readable.iter().chain(sandbox.layers.iter().map(|layer| &layer.at)).cloned().collect();
    open.push("/proc".into());
    let (mut whole, mut listed) = (Vec::new(), Vec::new());
    while let Some(place) = open.pop() {
        if sandbox.hidden.contains(&place) {
            continue;
        }
        if sandbox.hidden.iter().any(|hidden| hidden.starts_with(&place)) {
            open.extend(read::names(&place).unwrap_or_default().iter().map(|name| place.join(name)));
            listed.push(place);
        } else {
            whole.push(place);
        }
    }
    (whole, listed)
}

#[cfg(all(test, target_os = "linux"))]
#[path = "sandbox_tests.rs"]
mod tests;
