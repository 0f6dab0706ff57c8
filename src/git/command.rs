//! The git program, used only for what gix cannot do (or does not do exactly as git does):
//!
//! - `merge-tree`: with several merge bases gix takes one side silently; git also runs merge drivers
//! - `checkout --conflict`: what git itself wrote where a merge is open, in a temporary folder
//! - `merge-file`: line by line as git does it, conflict style and all
//! - `merge --ff-only`: gix cannot check out into an existing work tree
//! - `add`, `write-tree`: staging a whole work tree with ignore rules and line endings
//! - `status`: sparse indexes, and half the time of gix on large trees
//! - `blame`: renames and moved lines, followed as people expect
//! - `diff`: text and colours that people know
//! - `ls-files --ignored`, `check-ignore`: what a work tree has besides what is committed, a folder that is ignored as one
//! - `cherry`: the same change under another commit
//! - `hash-object`: the blob that a file would become, with its filters
//! - `commit`: with the user's hooks; `ls-files` and `update-index` to take `add` back when a hook refuses
//! - `bundle`: the same without a remote
//! - `ls-remote`, `fetch`, `push`: what clones share, over whatever way the user's git has to a remote
//! - `var`: who commits and with which editor, with every rule git has for that

use std::ffi::OsStr;
use std::io::{self, Read, Write as _};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use super::error::make_room;
use super::{GitError, Repository};
use crate::base::{Env, Exit, Explain, Explained, RepoPath, text};
use crate::fs::FsError;

/// The variables of git that are the user's own settings; all others are cleared.
const KEPT: [&str; 5] = ["GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL"];
/// The variables by which git reaches remotes.
const OF_REMOTES: [&str; 5] = ["GIT_SSH", "GIT_SSH_COMMAND", "GIT_SSH_VARIANT", "GIT_ASKPASS", "GIT_PROXY_COMMAND"];
/// Nothing that a repository configures may run, and nothing may happen behind our back.
const SAFE: [&str; 12] = [
    "-c",
    "core.hooksPath=/dev/null",
    "-c",
    "core.fsmonitor=false",
    "-c",
    "gc.auto=0",
    "-c",
    "maintenance.auto=false",
    "-c",
    "core.fsync=committed",
    "-c",
    "core.useReplaceRefs=false",
];
/// The oldest git that merges as we need it.
pub const OLDEST: (u32, u32) = (2, 40);

/// What can go wrong with the git program.
#[derive(Debug, thiserror::Error)]
pub enum ProgramError {
    #[error("the program `git` was not found on PATH")]
    Missing,
    #[error("git {found} is too old to merge with: {}.{} or newer is needed", OLDEST.0, OLDEST.1)]
    TooOld {
        /// What `git --version` says.
        found: String,
    },
    #[error("`git {verb}` failed: {reason}")]
    Failed {
        verb: String,
        /// What it said, on one line.
        reason: String,
    },
    #[error("another git is running here: it holds {file}")]
    Locked { file: String },
    #[error("`git {verb}` did not finish in time and was stopped")]
    TimeLimit { verb: String },
}

impl Explain for ProgramError {
    fn explain(&self) -> Explained {
        let install = || format!("install git {}.{} or newer: <https://git-scm.com>", OLDEST.0, OLDEST.1);
        match self {
            Self::Missing => Explained::wrong("git_missing").hint(install()),
            Self::TooOld { .. } => Explained::wrong("git_too_old").hint(install()),
            Self::Locked { .. } => Explained::conflict("locked")
                .hint("nothing was touched; run the same command again when it has ended (`cmpm doctor` finds locks that nobody holds)"),
            Self::Failed { reason, .. } => Explained::wrong("git").hints(make_room(reason)),
            Self::TimeLimit { .. } => {
                Explained::new(Exit::TimeLimit, "time_limit").hint("look for named pipes, which git waits for: `find . -type p`")
            }
        }
    }
}

/// One run of the git program.
pub(super) struct Git {
    command: Command,
    verb: String,
    limit: Option<Duration>,
    input: Option<Vec<u8>>,
}

impl Repository {
    /// The git program in this repository, for reading: takes no locks.
    pub(super) fn git(&self, verb: &str) -> Result<Git, GitError> {
        let mut git = Git::new(&self.env, verb)?.env("GIT_DIR", self.git_dir());
        if let Some(folder) = self.work_dir() {
            git = git.env("GIT_WORK_TREE", folder).folder(folder);
        }
        if let Some(index) = &self.index_file {
            git = git.env("GIT_INDEX_FILE", index);
        }
        Ok(git)
    }

    /// The git program in this repository, for speaking with a remote.
    pub(super) fn remote_git(&self, verb: &str) -> Result<Git, GitError> {
        let known = OF_REMOTES.iter().filter_map(|name| Some((name, self.env.path(name)?)));
        Ok(known.fold(self.git(verb)?, |git, (name, value)| git.env(name, value)))
    }

    /// The git program as the user would run it here, with hooks.
    pub(super) fn hooked_git(&self, verb: &str) -> Result<Git, GitError> {
        let hooks = self.hooks_folder()?.path;
        let mut hooked = std::ffi::OsString::from("core.hooksPath=");
        hooked.push(hooks);
        let mut git = Git::with_settings(&self.env, verb, &["-c".into(), hooked])?.env("GIT_DIR", self.git_dir());
        if let Some(folder) = self.work_dir() {
            git = git.env("GIT_WORK_TREE", folder).folder(folder);
        }
        Ok(git)
    }

    /// The git program, new enough to merge.
    pub(super) fn merging_git(&self, verb: &str) -> Result<Git, GitError> {
        if self.git_version()? < OLDEST {
            let (major, minor) = self.git_version()?;
            return Err(ProgramError::TooOld { found: format!("{major}.{minor}") }.into());
        }
        self.git(verb)
    }

    /// The git program's version, asked once.
    pub fn git_version(&self) -> Result<(u32, u32), GitError> {
        if let Some(version) = self.version.get() {
            return Ok(*version);
        }
        let said = Git::new(&self.env, "version")?.text()?;
        let version = parse_version(&said).ok_or_else(|| GitError::other("read git's version", &said))?;
        Ok(*self.version.get_or_init(|| version))
    }
}

impl Git {
    pub(super) fn new(env: &Env, verb: &str) -> Result<Self, GitError> {
        Self::with_settings(env, verb, &[])
    }

    fn with_settings(env: &Env, verb: &str, settings: &[std::ffi::OsString]) -> Result<Self, GitError> {
        let program = env.find_program("git").ok_or(ProgramError::Missing)?;
        #[expect(clippy::disallowed_methods, reason = "the one place that starts git")]
        let mut command = Command::new(program);
        command.env_clear();
        for (name, value) in env.iter() {
            let name_text = name.to_string_lossy();
            if !name_text.starts_with("GIT_") || KEPT.contains(&name_text.as_ref()) {
                command.env(name, value);
            }
        }
        command.env("LC_ALL", "C").env("GIT_TERMINAL_PROMPT", "0").env("GIT_OPTIONAL_LOCKS", "0").env("GIT_LITERAL_PATHSPECS", "1");
        command.env("GIT_NO_LAZY_FETCH", "1").env_remove("LANGUAGE");
        command.args(SAFE).args(settings).stdin(Stdio::null());
        // Options of git itself come before the verb: `-c user.useConfigOnly=true var`.
        command.args(verb.split(' '));
        let verb = verb.rsplit(' ').next().unwrap_or(verb).to_owned();
        Ok(Self { command, verb, limit: None, input: None })
    }

    pub(super) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    pub(super) fn folder(mut self, folder: &Path) -> Self {
        self.command.current_dir(folder);
        self
    }

    pub(super) fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.command.arg(argument);
        self
    }

    pub(super) fn args<A: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        self.command.args(arguments);
        self
    }

    /// Paths after `--`, taken literally.
    pub(super) fn paths<'a>(mut self, paths: impl IntoIterator<Item = &'a RepoPath>) -> Self {
        self.command.arg("--");
        for path in paths {
            self.command.arg(path.below(Path::new("")));
        }
        self
    }

    /// Stops it after a time: for work trees that somebody else prepared, where a named pipe would keep git waiting forever.
    pub(super) fn within(mut self, limit: Duration) -> Self {
        self.limit = Some(limit);
        self
    }

    /// What it reads on its standard input.
    pub(super) fn input(mut self, bytes: Vec<u8>) -> Self {
        self.input = Some(bytes);
        self
    }

    /// Runs it, whatever its exit code.
    pub(super) fn output(mut self) -> Result<Output, GitError> {
        self.command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let fail = |error: io::Error| GitError::from(FsError::io("run", Path::new("git"), &error));
        if let Some(bytes) = self.input {
            return feed(&mut self.command, &bytes).map_err(fail);
        }
        let Some(limit) = self.limit else { return self.command.output().map_err(fail) };
        let child = self.command.spawn().map_err(fail)?;
        let (output, late) = finish_within(child, limit).map_err(fail)?;
        if late { Err(ProgramError::TimeLimit { verb: self.verb }.into()) } else { Ok(output) }
    }

    /// Runs it; its standard output.
    pub(super) fn bytes(self) -> Result<Vec<u8>, GitError> {
        let verb = self.verb.clone();
        let output = self.output()?;
        if output.status.success() { Ok(output.stdout) } else { Err(failed(&verb, &output)) }
    }

    /// Runs it; its standard output as text without the last line end.
    pub(super) fn text(self) -> Result<String, GitError> {
        Ok(String::from_utf8_lossy(&self.bytes()?).trim_end().to_owned())
    }
}

/// Runs a command that reads all of `bytes` before it says anything.
fn feed(command: &mut Command, bytes: &[u8]) -> io::Result<Output> {
    let mut child = command.stdin(Stdio::piped()).spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        // One that ends before it has read everything says why by its exit code.
        drop(stdin.write_all(bytes));
    }
    child.wait_with_output()
}

/// What a child says until it ends, and whether it was stopped because it took longer than `limit`.
fn finish_within(mut child: Child, limit: Duration) -> io::Result<(Output, bool)> {
    let (done, ended) = mpsc::channel::<()>();
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let pid = Pid::from_child(&child);
    thread::scope(|scope| {
        let watch = scope.spawn(move || {
            let late = ended.recv_timeout(limit) == Err(mpsc::RecvTimeoutError::Timeout);
            late && kill_process(pid, Signal::KILL).is_ok()
        });
        let errors = scope.spawn(move || read_all(stderr));
        let stdout = read_all(stdout)?;
        let stderr = errors.join().unwrap_or_else(|_| Ok(Vec::new()))?;
        // The watch ends before the child is reaped, so that it can never hit another process.
        drop(done);
        let late = watch.join().unwrap_or(false);
        Ok((Output { status: child.wait()?, stdout, stderr }, late))
    })
}

fn read_all(pipe: Option<impl Read>) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    pipe.map_or(Ok(0), |mut pipe| pipe.read_to_end(&mut bytes))?;
    Ok(bytes)
}

/// The error that a failed run stands for.
pub(super) fn failed(verb: &str, output: &Output) -> GitError {
    let said = String::from_utf8_lossy(&output.stderr);
    // Git's own advice is to remove the file. A disk that is full, or a file of the user's called so, is something else.
    let lock = said.split_once("Unable to create '").and_then(|(_, rest)| rest.split_once(".lock': File exists"));
    if let Some(file) = lock.map(|(file, _)| format!("{file}.lock")) {
        return ProgramError::Locked { file: text::one_line(&file) }.into();
    }
    let reason = if said.trim().is_empty() { output.status.to_string() } else { in_one_line(&said) };
    ProgramError::Failed { verb: verb.to_owned(), reason }.into()
}

/// What git printed, line after line; a sentence that it wrapped is one.
fn in_one_line(said: &str) -> String {
    let mut out = String::new();
    for line in said.lines().map(text::one_line).filter(|line| !line.is_empty()) {
        let is_wrapped = line.starts_with(char::is_lowercase) && !line.split(' ').next().is_some_and(|word| word.ends_with(':'));
        if is_wrapped || out.is_empty() {
            out = format!("{out} {line}");
        } else {
            out = format!("{}; {line}", out.trim_end_matches('.'));
        }
    }
    out.trim_start().to_owned()
}

/// What git says of its version, if there is one: `2.47.1`.
pub fn installed_version(env: &Env) -> Option<String> {
    let said = Git::new(env, "version").ok()?.text().ok()?;
    Some(said.trim().trim_start_matches("git version ").to_owned())
}

/// A repository path from git's output.
pub(super) fn repo_path(bytes: &[u8]) -> Result<RepoPath, GitError> {
    RepoPath::parse(bytes).ok_or_else(|| GitError::other("read git's output", String::from_utf8_lossy(bytes)))
}

/// The parts of output that ends each with a NUL.
pub(super) fn parts(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes.split(|byte| *byte == 0).filter(|part| !part.is_empty())
}

fn parse_version(said: &str) -> Option<(u32, u32)> {
    let mut numbers = said.split_whitespace().nth(2)?.split('.');
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::{Git, GitError, Output, ProgramError, failed, parse_version};
    use crate::git::testing::Sandbox;

    #[test]
    fn only_a_file_that_git_could_not_create_is_a_lock_of_another_git() {
        use std::os::unix::process::ExitStatusExt;
        let status = std::process::ExitStatus::from_raw(256);
        let said = |text: &str| failed("merge", &Output { status, stdout: Vec::new(), stderr: text.as_bytes().to_vec() });
        let is_lock = |text: &str| matches!(said(text), GitError::Program(ProgramError::Locked { .. }));
        assert!(is_lock("fatal: cannot lock ref 'HEAD': Unable to create '/a b/.git/HEAD.lock': File exists.\n\nAnother git process"));
        for text in [
            "error: unable to unlink old 'Cargo.lock': Permission denied",
            "fatal: Unable to create '/r/.git/index.lock': No space left on device",
            "fatal: Unable to create '/r/.git/index.lock': Permission denied",
        ] {
            assert!(!is_lock(text), "{text}");
        }
    }

    #[test]
    fn a_named_pipe_cannot_keep_git_waiting_for_ever() {
        let sandbox = Sandbox::with_commit();
        rustix::fs::mknodat(rustix::fs::CWD, sandbox.path().join(".gitignore"), rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
        let started = Instant::now();
        let git = Git::new(&sandbox.env, "status").unwrap().folder(&sandbox.path());
        let result = git.within(Duration::from_millis(200)).output();
        assert!(matches!(result, Err(GitError::Program(ProgramError::TimeLimit { .. }))), "{result:?}");
        assert!(started.elapsed() < Duration::from_secs(5));
    }

    #[test]
    fn versions_of_all_vendors_are_read() {
        assert_eq!(parse_version("git version 2.47.3"), Some((2, 47)));
        assert_eq!(parse_version("git version 2.39.5 (Apple Git-154)"), Some((2, 39)));
        assert_eq!(parse_version("git version 2.45.1.windows.1"), Some((2, 45)));
        assert_eq!(parse_version("git"), None);
    }
}
