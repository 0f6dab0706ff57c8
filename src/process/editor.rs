//! The user's own editor, in the foreground, on the user's terminal.

use std::ffi::OsStr;
use std::path::Path;

use super::ProcessError;
use crate::base::Env;
use crate::base::env::{EDITOR, VISUAL};

/// Opens `file` in `$VISUAL` or `$EDITOR` and waits until it is closed. As git does, a shell splits the words of the variable;
/// the file reaches it as an argument.
pub fn edit(file: &Path, env: &Env) -> Result<(), ProcessError> {
    let editor = env.text(VISUAL).filter(|text| !text.trim().is_empty()).or_else(|| env.text(EDITOR));
    let editor = editor.filter(|text| !text.trim().is_empty()).ok_or(ProcessError::NoEditor)?;
    #[expect(clippy::disallowed_methods, reason = "this is where programs start")]
    let mut command = std::process::Command::new("sh");
    command.arg("-c").arg(format!("{editor} \"$@\"")).arg(editor).arg(file).env_clear().envs(env.iter());
    let status = command.status().map_err(|error| ProcessError::start(OsStr::new(editor), &error))?;
    if status.success() { Ok(()) } else { Err(ProcessError::Editor { program: editor.to_owned() }) }
}
