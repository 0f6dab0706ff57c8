//! Settings: layers of small files and variables, each value with its origin.

mod adopted;
mod categories;
mod layers;
mod older;
mod rules;
mod schema;
mod span;
mod views;
mod words;

pub use adopted::ADOPTED;
pub use categories::MemoryCategories;
pub use layers::{Layers, Origin, Setting, Sources};
pub use schema::{Config, Gate};
pub use span::Span;
pub use views::{Board, Milestone};

pub use crate::words::Category;

use crate::base::{Exit, Explain};

/// What can be wrong with settings.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A settings file that is not YAML.
    #[error("{origin} is not valid YAML: {reason}")]
    Syntax {
        /// Which file.
        origin: String,
        /// The parser's words, with line and column.
        reason: String,
    },
    /// A value of the wrong shape, or a key that does not exist.
    #[error("{origin}: {reason}")]
    Shape {
        /// Where the value comes from.
        origin: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A value of the right shape that cannot be meant.
    #[error("{origin}: `{key}` {reason}")]
    Value {
        /// Where the value comes from.
        origin: String,
        /// The dotted key.
        key: String,
        /// What is wrong with it, as the rest of a sentence.
        reason: String,
    },
    /// The environment chooses an overlay that is not there.
    #[error("CMPM_ENV is `{name}`, but there is no {path}")]
    NoOverlay {
        /// What the variable holds.
        name: String,
        /// The file that was looked for.
        path: String,
    },
    /// The environment chooses an overlay by something that cannot be a part of a file's name.
    #[error("CMPM_ENV is `{name}`, which cannot be the <word> in .cmpm/config.<word>.yaml")]
    BadOverlay {
        /// What the variable holds.
        name: String,
    },
    /// A layer above the project tries to loosen what the project demands.
    #[error("{origin} may not set `{key}`: only the project's own .cmpm/config.yaml decides it")]
    ProjectOnly {
        /// Where the value comes from.
        origin: String,
        key: String,
    },
    /// An override without `=`.
    #[error("`-c {text}` is not of the form key=value")]
    Override {
        /// What was typed.
        text: String,
    },
    /// A question about a key that does not exist.
    #[error("there is no setting `{key}`")]
    UnknownKey { key: String },
}

impl Explain for ConfigError {
    fn exit(&self) -> Exit {
        Exit::Wrong
    }
    fn code(&self) -> &'static str {
        match self {
            Self::Syntax { .. } => "config_syntax",
            Self::Shape { .. } => "config_shape",
            Self::Value { .. } => "config_value",
            Self::NoOverlay { .. } | Self::BadOverlay { .. } => "config_overlay",
            Self::ProjectOnly { .. } => "config_project_only",
            Self::Override { .. } => "usage",
            Self::UnknownKey { .. } => "not_found",
        }
    }
    fn hints(&self) -> Vec<String> {
        let hint = match self {
            Self::Override { .. } => "for example `-c delegate.max_parallel=2`",
            Self::UnknownKey { .. } => "`cmpm config list --origin` shows every setting and where it comes from",
            Self::ProjectOnly { .. } => "take it out there; if it should hold, write it in .cmpm/config.yaml and commit it",
            Self::NoOverlay { .. } => "write (and for delegations commit) that file, or unset CMPM_ENV",
            Self::BadOverlay { .. } => "letters, digits, `-` and `_` make a word, such as CMPM_ENV=ci",
            Self::Syntax { .. } | Self::Shape { .. } | Self::Value { .. } => "correct it there and run the same command again",
        };
        vec![hint.to_owned()]
    }
}
