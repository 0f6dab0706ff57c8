//! Settings: layers of small files and variables, each value with its origin.

mod adopted;
mod categories;
mod layers;
mod older;
mod partial;
mod rules;
mod schema;
mod span;
mod views;
mod words;
mod worktree;
mod write;

pub use adopted::ADOPTED;
pub use categories::MemoryCategories;
pub use layers::{Layers, Origin, Setting, Sources};
pub use partial::check_file;
pub use schema::{Ceilings, Config, Gate, InlineAllow, MergeStyle, Retry, TrashLimits};
pub use span::Span;
pub use views::{Board, Milestone};
pub use worktree::{Setup, Worktree};
pub use write::change;

pub use crate::words::Category;

use crate::base::{Explain, Explained};

/// What can be wrong with settings.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("{origin} is not valid YAML: {reason}")]
    Syntax {
        origin: String,
        /// The parser's words, with line and column.
        reason: String,
    },
    /// A value of the wrong shape, or a key that does not exist.
    #[error("{origin}: {reason}")]
    Shape { origin: String, reason: String },
    /// A value of the right shape that cannot be meant.
    #[error("{origin}: `{key}` {reason}")]
    Value {
        origin: String,
        key: String,
        /// What is wrong with it, as the rest of a sentence.
        reason: String,
    },
    /// The environment chooses an overlay that is not there.
    #[error("CMPM_ENV is `{name}`, but there is no {path}")]
    NoOverlay { name: String, path: String },
    /// The environment chooses an overlay by something that cannot be a part of a file's name.
    #[error("CMPM_ENV is `{name}`, which cannot be the <word> in .cmpm/config.<word>.yaml")]
    BadOverlay { name: String },
    /// A layer above the project tries to loosen what the project demands.
    #[error("{origin} may not set `{key}`: only the project's own .cmpm/config.yaml decides it")]
    ProjectOnly { origin: String, key: String },
    #[error("`-c {text}` is not of the form key=value")]
    Override { text: String },
    #[error("{origin} does not set `{key}`")]
    NotSet { origin: String, key: String },
    #[error("`{key}` cannot be changed in {origin} without changing other lines too")]
    Form { origin: String, key: String },
    #[error("there is no setting `{key}`")]
    UnknownKey { key: String },
}

impl ConfigError {
    /// What is wrong, for those who know the file.
    fn reason(&self) -> String {
        match self {
            Self::Syntax { reason, .. } => format!("this is not valid YAML: {reason}"),
            Self::Shape { reason, .. } => reason.clone(),
            Self::Value { key, reason, .. } => format!("`{key}` {reason}"),
            other => other.to_string(),
        }
    }
}

impl Explain for ConfigError {
    fn explain(&self) -> Explained {
        let correct = |code| Explained::wrong(code).hint("give a valid value, or correct it there");
        match self {
            Self::Syntax { .. } => correct("config_syntax"),
            Self::Shape { .. } => correct("config_shape"),
            Self::Value { .. } => correct("config_value"),
            Self::NoOverlay { .. } => {
                Explained::wrong("config_overlay").hint("write (and for delegations commit) that file, or unset CMPM_ENV")
            }
            Self::BadOverlay { .. } => {
                Explained::wrong("config_overlay").hint("letters, digits, `-` and `_` make a word, such as CMPM_ENV=ci")
            }
            Self::ProjectOnly { .. } => Explained::wrong("config_project_only")
                .hint("remove it there; if it should apply, write it in .cmpm/config.yaml and commit it"),
            Self::Override { .. } => Explained::wrong("usage").hint("for example `-c delegate.max_parallel=2`"),
            Self::NotSet { key, .. } => Explained::wrong("not_set")
                .hint(format!("`cmpm config get {key}` shows its value; `cmpm config list --origin` where each comes from")),
            Self::Form { .. } => Explained::wrong("edit_refused").hint("edit it by hand; nothing was written"),
            Self::UnknownKey { .. } => {
                Explained::wrong("not_found").hint("`cmpm config list --origin` shows every setting and where it comes from")
            }
        }
    }
}
