//! Which kinds of access are closed, by what a program was held. docs/security.md has the same as a table.

use super::{Achieved, Network};

named! {
    /// What a program could do to the machine of its user.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum Access [ALL] {
        /// Writing what it may not write.
        Write = "write",
        /// Reading what is the user's.
        Read = "read",
        /// Changing modes, times and attributes of others' files.
        Modes = "modes",
        /// Connecting to local sockets.
        Sockets = "sockets",
        /// Reaching the network.
        Network = "network",
        /// Seeing, signalling and limiting other processes, and living on.
        Processes = "processes",
        /// Using terminals and other devices.
        Devices = "devices",
        /// Filling the disk.
        Disk = "disk",
    }
}

named! {
    /// How an access is kept closed.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum Held {
        Enforced = "enforced",
        /// Not closed, but what it does to hooks, settings, references, trust and other jobs is noticed afterwards.
        Detected = "detected afterwards",
        Open = "open",
    }
}

impl Achieved {
    /// How `access` was held for a program with this network.
    pub fn held(self, access: Access, network: &Network) -> Held {
        let is_room = matches!(self, Self::Room { .. });
        let (abi, has_calls) = match self {
            Self::Landlock { abi, calls, .. } => (abi, calls),
            Self::Room { abi } => (abi, true),
            Self::None => (0, false),
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
            // Those without a file belong to the network, which is everybody's if it is open; the sixth version closes them.
            Access::Sockets => when(has_calls && (!is_room || *network != Network::Open || abi >= 6), Held::Open),
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
            if of.is_empty() { String::new() } else { format!("; {}: {}", how.as_str(), of.join(", ")) }
        });
        format!("{self}{}", all.concat())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sockets_without_a_file_are_closed_by_a_network_of_its_own_or_by_landlock() {
        let of = |abi: u8, network: Network| Achieved::Room { abi }.held(Access::Sockets, &network);
        assert_eq!([of(0, Network::None), of(5, Network::Open), of(6, Network::Open)], [Held::Enforced, Held::Open, Held::Enforced]);
    }
}
