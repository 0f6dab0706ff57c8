//! A row of the table: which powers are of one kind, in which files they stand, and how they are read there.

use super::Power;
use crate::document::Node;

/// What somebody can do by an edit of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Kind {
    CiRights,
    CiTrigger,
    CiSecret,
    CiRunner,
    CiAction,
    Hook,
    Server,
    Agent,
    Install,
    Build,
    Editor,
    Policy,
}

impl Kind {
    #[cfg(test)]
    pub(super) const ALL: [Self; 12] = [
        Self::CiRights,
        Self::CiTrigger,
        Self::CiSecret,
        Self::CiRunner,
        Self::CiAction,
        Self::Hook,
        Self::Server,
        Self::Agent,
        Self::Install,
        Self::Build,
        Self::Editor,
        Self::Policy,
    ];

    pub(super) const fn means(self) -> &'static str {
        match self {
            Self::CiRights => "more rights for the token of CI",
            Self::CiTrigger => "outsiders reach CI",
            Self::CiSecret => "another use of a secret in CI",
            Self::CiRunner => "CI on another machine, or with more of it",
            Self::CiAction => "code of others in CI that is not pinned to a commit",
            Self::Hook => "something that git's hooks run",
            Self::Server => "an MCP server for agents",
            Self::Agent => "more freedom for agents",
            Self::Install => "code that runs at install, or another source of packages",
            Self::Build => "code that runs at build",
            Self::Editor => "code that an editor or a dev container runs by itself",
            Self::Policy => "weaker rules of the project",
        }
    }
}

/// How what stands at the keys becomes powers.
#[derive(Clone, Copy)]
pub(super) enum Take {
    /// Each value.
    Values,
    /// Each command of a value that joins several: one that is left out is no gain.
    Commands,
    /// Numbers and times: to lower or lose one is the gain.
    AtLeast,
    /// These values, in small letters.
    Only(&'static [&'static str]),
    /// Each value without its version, but for these.
    Bare { but: &'static [&'static str] },
    /// The keys alone, whatever their values.
    Names,
    /// The keys whose values come from elsewhere, and from where, as a function says.
    From(fn(&str) -> Option<String>),
    /// That the file is there.
    Exists,
    /// Lines with one of the keys, all if there is none, without those that hold one of these.
    Lines { but: &'static [&'static str] },
    /// What a function makes of the tree.
    Made(fn(&Node) -> Vec<Power>),
    /// The same: to lose one is the gain.
    LostMade(fn(&Node) -> Vec<Power>),
    /// What a function makes of the text.
    Text(fn(&str) -> Vec<Power>),
    /// The same: to lose one is the gain.
    LostText(fn(&str) -> Vec<Power>),
    /// The same as `Lines`: to lose one is the gain.
    LostLines { but: &'static [&'static str] },
    /// The same as `Values`: to lose one is the gain.
    Limits,
    /// The same while the file is there.
    Bounds,
    /// That a key is there at all, while the file is.
    Said,
    /// From the strictest to the weakest; one that is unknown is the weakest.
    Level { levels: &'static [&'static str], unsaid: &'static str },
}

impl Take {
    pub(super) const fn reads_tree(self) -> bool {
        !matches!(self, Self::Exists | Self::Lines { .. } | Self::LostLines { .. } | Self::Text(_) | Self::LostText(_))
    }
    pub(super) const fn is_limit(self) -> bool {
        matches!(
            self,
            Self::LostMade(_) | Self::LostLines { .. } | Self::LostText(_) | Self::Limits | Self::AtLeast | Self::Bounds | Self::Said
        )
    }
    /// Whether it says something where there is no file.
    pub(super) const fn has_default(self) -> bool {
        matches!(self, Self::Level { .. })
    }
    /// Whether a limit has nothing left to limit where its file is gone.
    pub(super) const fn ends_with_file(self) -> bool {
        matches!(self, Self::Bounds | Self::Said)
    }
}

pub(super) struct Row {
    pub(super) kind: Kind,
    /// In the form of the lists of protected files.
    pub(super) files: &'static [&'static str],
    pub(super) keys: &'static [&'static str],
    pub(super) take: Take,
}
