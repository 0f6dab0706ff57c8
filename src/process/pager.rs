//! The user's own pager, on the user's terminal.

use std::io::Write;
use std::process::Stdio;

use crate::base::Env;
use crate::base::env::LESS;

/// Shows a text in a pager and waits until it is closed; whether it could be started. As git does, a shell splits its words. Who
/// closes it before the end has seen enough.
pub fn page(text: &str, pager: &str, env: &Env) -> bool {
    let env = if env.text(LESS).is_some() { env.clone() } else { env.clone().with(LESS, "FRX") };
    #[expect(clippy::disallowed_methods, reason = "this is where programs start")]
    let mut command = std::process::Command::new("sh");
    // The shell itself cannot say that a program is missing before the text is gone.
    let word = pager.split_whitespace().next().unwrap_or_default();
    command.arg("-c").arg(format!("command -v {word} >/dev/null || exit 127; exec {pager}")).env_clear().envs(env.iter());
    let Ok(mut child) = command.stdin(Stdio::piped()).spawn() else { return false };
    if let Some(mut input) = child.stdin.take() {
        drop(input.write_all(text.as_bytes()));
    }
    child.wait().is_ok_and(|status| status.code() != Some(127))
}
