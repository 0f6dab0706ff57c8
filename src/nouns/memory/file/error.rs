//! What cannot be read as memories: a file, a line of several, a text from the editor.

use std::path::PathBuf;

use crate::base::{Explain, Explained, Failure};

#[derive(Debug, thiserror::Error)]
pub enum InputError {
    #[error("{} is not UTF-8 text", file.display())]
    NotText { file: PathBuf },
    #[error("not a memory: {reason}")]
    NotJson { reason: String },
    /// A line of several that is wrong; none is used.
    #[error("line {line}: {cause}")]
    Line {
        /// Counted from 1.
        line: usize,
        cause: Failure,
    },
}

/// What is wrong with JSON, without the texts it quotes: one of them may be a secret.
pub fn json_reason(error: &serde_json::Error) -> String {
    if error.classify() != serde_json::error::Category::Data {
        return format!("this is not JSON from character {} on", error.column());
    }
    let said = error.to_string().replace("struct Draft", "an object").replace("a sequence", "a list").replace("a map", "an object");
    let said = said.split(" at line ").next().unwrap_or_default().to_owned();
    let quoted = said.find("string \"").zip(said.rfind('"'));
    let parts = quoted.and_then(|(start, end)| Some((said.get(..start)?, said.get(end + 1..)?)));
    parts.map_or(said.clone(), |(before, after)| format!("{before}a text{after}"))
}

impl Explain for InputError {
    fn explain(&self) -> Explained {
        match self {
            Self::NotText { .. } => Explained::wrong("usage").hint("save it as UTF-8; nothing was written"),
            Self::NotJson { .. } => {
                Explained::wrong("usage").hint("one object a line, such as {\"text\": \"Use tabs\", \"category\": \"team\"}")
            }
            Self::Line { cause, .. } => cause.explain(),
        }
    }
}
