//! The user's own editor, in the foreground, on the user's terminal.

use std::ffi::OsStr;
use std::path::Path;

use super::ProcessError;
use crate::base::Env;

/// Opens `file` in `editor` and waits until it is closed. As git does, a shell splits the words of the editor; the file reaches
/// it as an argument.
pub fn edit(file: &Path, editor: &str, env: &Env) -> Result<(), ProcessError> {
    #[expect(clippy::disallowed_methods, reason = "this is where programs start")]
    let mut command = std::process::Command::new("sh");
    command.arg("-c").arg(format!("{editor} \"$@\"")).arg(editor).arg(file).env_clear().envs(env.iter());
    let status = command.status().map_err(|error| ProcessError::start(OsStr::new(editor), &error))?;
    if status.success() { Ok(()) } else { Err(ProcessError::Editor { program: editor.to_owned() }) }
}
