//! A text from the user's editor, kept until it is used.

use std::path::PathBuf;

use crate::base::{Explain, Explained, Failure, Id, Result};
use crate::context::Context;
use crate::fs::{read, write};
use crate::process::{self, ProcessError};

/// A text from the editor that was not used.
#[derive(Debug, thiserror::Error)]
#[error("{cause}; your text is kept in {}", file.display())]
struct KeptError {
    cause: Failure,
    file: PathBuf,
}

impl Explain for KeptError {
    fn explain(&self) -> Explained {
        self.cause.explain()
    }
}

/// What was written in the editor, and the file it is in until it is used.
pub struct Edited {
    pub text: String,
    file: PathBuf,
}

/// What the user makes of `text` in the editor.
pub fn edit_text(context: &Context, text: &str) -> Result<Edited> {
    let editor = context.repository()?.editor(context.is_terminal())?.ok_or(ProcessError::NoEditor)?;
    let name = Id::random("text", &context.random);
    let file = context.store()?.live().join("edit").join(format!("{name}.md"));
    // Editors that add a line begin it on one of its own.
    let end = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
    write::create(&file, format!("{text}{end}").as_bytes())?;
    if let Err(error) = process::edit(&file, &editor, &context.env) {
        write::remove(&file)?;
        return Err(error.into());
    }
    let text = read::find_text(&file)?.unwrap_or_default();
    Ok(Edited { text, file })
}

impl Edited {
    /// Uses the text; where that fails, it stays in its file, and the failure says where.
    pub fn used<T>(self, using: impl FnOnce(String) -> Result<T>) -> Result<T> {
        let empty = self.text.trim().is_empty();
        match using(self.text) {
            Err(cause) if !empty => Err(Failure::from(KeptError { cause, file: self.file })),
            outcome => {
                write::remove(&self.file)?;
                outcome
            }
        }
    }
}
