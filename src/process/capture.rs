//! Asking small programs that are trusted, such as an agent for its version.

use std::ffi::OsStr;
use std::io::Read;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};

use super::ProcessError;
use crate::base::Env;

/// More output than this is cut off.
const MOST: u64 = 1024 * 1024;
/// How long output may come after the program has ended.
const PATIENCE: Duration = Duration::from_millis(200);

/// The answer of a small program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// Its exit code; `None` if a signal ended it.
    pub code: Option<i32>,
    /// Standard output, at most 1 MiB.
    pub stdout: Vec<u8>,
    /// Standard error, at most 1 MiB.
    pub stderr: Vec<u8>,
}

/// Runs a small program in `dir` with exactly `env`, standard input closed, for at most `limit`.
pub fn capture(argv: &[&OsStr], dir: &Path, env: &Env, limit: Duration) -> Result<Output, ProcessError> {
    let (program, arguments) = argv.split_first().ok_or_else(|| ProcessError::start("".as_ref(), &std::io::ErrorKind::NotFound.into()))?;
    #[expect(clippy::disallowed_methods, reason = "this is where programs start")]
    let mut command = std::process::Command::new(program);
    command.args(arguments).current_dir(dir).env_clear().envs(env.iter()).process_group(0);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|error| ProcessError::start(program, &error))?;
    let (stdout, stderr) = (collect(child.stdout.take()), collect(child.stderr.take()));
    let code = wait(&mut child, limit)?.ok_or_else(|| ProcessError::TooSlow { program: program.to_string_lossy().into_owned(), limit })?;
    let take = |output: Receiver<Vec<u8>>| output.recv_timeout(PATIENCE).unwrap_or_default();
    Ok(Output { code, stdout: take(stdout), stderr: take(stderr) })
}

/// Reads a pipe in a thread of its own, so that neither of two pipes can block the other.
fn collect(pipe: Option<impl Read + Send + 'static>) -> Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            // What was read before an error is the answer; the rest is read only so that the program can go on.
            let _ = pipe.by_ref().take(MOST).read_to_end(&mut bytes);
            let _ = sender.send(bytes);
            let _ = std::io::copy(&mut pipe, &mut std::io::sink());
        }
    });
    receiver
}

/// The exit code within the `limit`, or `None` after killing the program and its group.
fn wait(child: &mut Child, limit: Duration) -> Result<Option<Option<i32>>, ProcessError> {
    let (pid, started) = (Pid::from_child(child), Instant::now());
    let mut pause = Duration::from_micros(200);
    loop {
        let ended = waitid(WaitId::Pid(pid), WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT);
        let ended = ended.map_err(|error| ProcessError::system("wait for a program", error))?.is_some();
        if ended || started.elapsed() >= limit {
            // While the program is not reaped, the number of its group is its own. What is left of it would hold the pipes.
            let _ = kill_process_group(pid, Signal::KILL);
            let status = child.wait().map_err(|error| ProcessError::system("wait for a program", error))?;
            return Ok(ended.then(|| status.code()));
        }
        thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(10));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(line: &str, limit: Duration) -> Result<Output, ProcessError> {
        let argv = ["/bin/sh", "-c", line].map(OsStr::new);
        capture(&argv, Path::new("/"), &Env::default().with("PATH", "/usr/bin:/bin").with("X", "1"), limit)
    }

    #[test]
    fn the_answer_is_complete() {
        let output = ask("pwd; echo $X$HOME; cat; echo wrong >&2; exit 3", Duration::from_secs(20)).unwrap();
        assert_eq!(output, Output { code: Some(3), stdout: b"/\n1\n".to_vec(), stderr: b"wrong\n".to_vec() });
    }

    #[test]
    fn a_slow_program_is_stopped_with_what_it_started() {
        let started = Instant::now();
        assert!(matches!(ask("sleep 60 & sleep 60", Duration::from_millis(50)), Err(ProcessError::TooSlow { .. })));
        assert!(started.elapsed() < Duration::from_secs(20));
    }

    #[test]
    fn what_a_program_leaves_behind_does_not_hold_up_its_answer() {
        let output = ask("sleep 60 & echo answer", Duration::from_secs(20)).unwrap();
        assert_eq!((output.code, output.stdout.as_slice()), (Some(0), &b"answer\n"[..]));
    }

    #[test]
    fn too_much_output_is_cut_without_blocking() {
        let output = ask("head -c 3000000 /dev/zero", Duration::from_secs(20)).unwrap();
        assert_eq!((output.code, output.stdout.len() as u64), (Some(0), MOST));
    }

    #[test]
    fn a_missing_program_is_named() {
        let error = capture(&[OsStr::new("no-such-program")], Path::new("/"), &Env::default(), Duration::from_secs(1)).unwrap_err();
        assert_eq!(error.to_string(), "cannot start `no-such-program`: no such program");
    }
}
