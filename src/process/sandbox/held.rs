//! Which kinds of access are closed, by what a program was held. docs/security.md has the same as a table.

use std::fmt;

use super::{Achieved, Network};

/// What a program could do to the machine of its user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Writing what it may not write.
    Write,
    /// Reading what is the user's.
    Read,
    /// Changing modes, times and attributes of others' files.
    Modes,
    /// Connecting to local sockets.
    Sockets,
    /// Reaching the network.
    Network,
    /// Seeing, signalling and limiting other processes, and living on.
    Processes,
    /// Using terminals and other devices.
    Devices,
    /// Filling the disk.
    Disk,
}

/// How an access is kept closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Held {
    Enforced,
    /// Not closed, but what it does to hooks, settings, references, trust and other jobs is noticed afterwards.
    Detected,
    Open,
}

impl Access {
    pub const ALL: [Self; 8] =
        [Self::Write, Self::Read, Self::Modes, Self::Sockets, Self::Network, Self::Processes, Self::Devices, Self::Disk];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Write => "write",
            Self::Read => "read",
            Self::Modes => "modes",
            Self::Sockets => "sockets",
            Self::Network => "network",
            Self::Processes => "processes",
            Self::Devices => "devices",
            Self::Disk => "disk",
        }
    }
}

impl fmt::Display for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Enforced => "enforced",
            Self::Detected => "detected afterwards",
            Self::Open => "open",
        })
    }
}

impl Achieved {
    /// How `access` was held for a program with this network.
    pub fn held(self, access: Access, network: &Network) -> Held {
        let is_room = matches!(self, Self::Room { .. });
        let (abi, has_calls) = match self {
            Self::Landlock { abi, calls, .. } => (abi, calls),
            Self::None | Self::Room { .. } => (0, is_room),
        };
        // The third version is the first that knows of truncating.
        let (has_landlock, has_truncate) = (is_room || abi > 0, is_room || abi >= 3);
        let when = |closed: bool, otherwise: Held| if closed { Held::Enforced } else { otherwise };
        match access {
            // cmpm itself looks at how much there is, and ends the program.
            Access::Disk => Held::Enforced,
            Access::Write => when(has_truncate, Held::Detected),
            Access::Read | Access::Devices => when(has_landlock, Held::Open),
            Access::Modes => when(is_room, Held::Detected),
            Access::Processes => when(is_room, Held::Open),
            Access::Sockets => when(has_calls, Held::Open),
            Access::Network => match network {
                Network::Open => Held::Open,
                Network::Only(_) => when(is_room, Held::Open),
                Network::None => when(has_calls, Held::Open),
            },
        }
    }

    /// By what a program was held, and how each kind of access.
    pub fn describe(self, network: &Network) -> String {
        let all = [Held::Enforced, Held::Detected, Held::Open].map(|how| {
            let of: Vec<&str> =
                Access::ALL.iter().filter(|access| self.held(**access, network) == how).map(|access| access.as_str()).collect();
            if of.is_empty() { String::new() } else { format!("; {how}: {}", of.join(", ")) }
        });
        format!("{self}{}", all.concat())
    }
}
