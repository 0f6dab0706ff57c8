//! What a memory cannot hold, and what to do then.

use crate::base::{Explain, Explained};

#[derive(Debug, thiserror::Error)]
pub enum ContentError {
    #[error("there is no text to remember")]
    NoText,
    /// A list with nothing in one of its places.
    #[error("an empty text cannot be a {what}")]
    Empty { what: &'static str },
    #[error("`{text}` is not a date")]
    Date { text: String },
    #[error("a NUL character (U+0000) is {place}, and nothing was written")]
    Nul {
        /// `in the title`.
        place: String,
    },
    #[error("`{category}` is not a category of this project's memory")]
    UnknownCategory { category: String, known: Vec<String> },
    #[error("a confidence is a number from 0 to 1, not {confidence}")]
    Confidence { confidence: f64 },
    #[error("`{text}` is not a valid id")]
    BadId { text: String },
    #[error("the text has {length} characters; a memory must have {least} to {most} in this project")]
    Length { length: usize, least: usize, most: usize },
    /// What looks like a secret; it is not repeated here.
    #[error("what looks like a secret is {place} ({rule}: {description}), and nothing was written")]
    Secret {
        /// The rule's id.
        rule: String,
        description: String,
        /// `in the title`, `in the text, line 2`.
        place: String,
    },
    #[error("a memory of category `{category}` must have `{key}`")]
    Required { category: String, key: String },
    #[error("`{key}` is not a key of a memory here")]
    UnknownKey { key: String },
}

impl Explain for ContentError {
    fn explain(&self) -> Explained {
        match self {
            Self::NoText => {
                Explained::wrong("usage").hint("for example `cmpm memory add \"Moving a page breaks the links to it\" --category pattern`")
            }
            Self::Empty { .. } => Explained::wrong("usage").hint("leave it out"),
            Self::Date { .. } => Explained::wrong("usage").hint("write it like 2026-12-24"),
            Self::Nul { .. } => Explained::wrong("nul_character").hint("remove it from the text"),
            Self::UnknownCategory { known, .. } => Explained::wrong("unknown_category")
                .hint(format!("use one of {}, or add yours under `memory.categories` in .cmpm/config.yaml", known.join(", "))),
            Self::Confidence { .. } => Explained::wrong("usage").hint("0.9 is nearly certain, 0.5 a guess"),
            Self::BadId { .. } => Explained::wrong("usage").hint("ids look like TSK-7k3m9x2p"),
            Self::Length { .. } => {
                Explained::wrong("length").hint("`memory.min_length` and `memory.max_length` in .cmpm/config.yaml decide")
            }
            Self::Secret { rule, .. } => Explained::refused("secret")
                .hint(format!("say where it is kept instead; if it is not a secret, `cmpm check --explain {rule}` says how to allow it")),
            Self::Required { key, .. } => {
                Explained::wrong("missing_key").hint(format!("give it with `--set {key}=…`, or as a key of the line"))
            }
            Self::UnknownKey { key } if key == "id" => {
                Explained::wrong("usage").hint("a new memory gets its own id; `cmpm memory import` keeps those of others")
            }
            Self::UnknownKey { .. } => {
                Explained::wrong("usage").hint("`cmpm memory add --help` names the keys; a category can require others in the settings")
            }
        }
    }
}
