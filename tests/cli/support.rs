//! A repository of a test's own: own home, fixed clock and seed, nothing of the machine's settings. Its answers show stdout,
//! stderr and exit code together.

use std::cell::Cell;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// A git repository in a temporary folder.
pub struct TestRepo {
    folder: TempDir,
    root: PathBuf,
    seed: Cell<u64>,
}

/// What a command answered.
pub struct Answer {
    pub stdout: String,
    pub stderr: String,
    pub exit: i32,
    root: String,
}

impl TestRepo {
    /// A repository on branch `main` with one commit.
    pub fn new() -> Self {
        Self::new_in(&std::env::temp_dir())
    }

    /// The same below a folder, such as one in memory.
    pub fn new_in(place: &Path) -> Self {
        let repo = Self::empty_in(place);
        repo.write("README.md", "# Test\n");
        repo.git(["add", "-A"]);
        repo.git(["commit", "-qm", "first"]);
        repo
    }

    /// A repository on branch `main` without a commit.
    pub fn empty() -> Self {
        Self::empty_in(&std::env::temp_dir())
    }

    fn empty_in(place: &Path) -> Self {
        let folder = tempfile::tempdir_in(place).unwrap();
        let root = folder.path().canonicalize().unwrap().join("repo");
        fs::create_dir_all(&root).unwrap();
        fs::create_dir_all(folder.path().join("home")).unwrap();
        let repo = Self { folder, root, seed: Cell::new(1) };
        repo.git(["init", "-q", "-b", "main"]);
        repo.git(["config", "user.name", "Tess Test"]);
        repo.git(["config", "user.email", "tess@example.invalid"]);
        repo
    }

    /// The root of the work tree.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The folder around repository and home.
    pub fn around(&self) -> PathBuf {
        self.folder.path().canonicalize().unwrap()
    }

    /// A path in the work tree.
    pub fn path(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }

    /// Writes a file of the work tree.
    pub fn write(&self, path: &str, text: &str) {
        let file = self.path(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }

    /// Reads a file of the work tree.
    pub fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// Whether a file of the work tree is there.
    pub fn exists(&self, path: &str) -> bool {
        self.path(path).symlink_metadata().is_ok()
    }

    /// Commits everything.
    pub fn commit_all(&self, message: &str) {
        self.git(["add", "-A"]);
        self.git(["commit", "-q", "--allow-empty", "-m", message]);
    }

    /// The program with the test's environment, in the repository; the seed goes one step on.
    pub fn command<I: IntoIterator<Item = S>, S: AsRef<str>>(&self, arguments: I) -> Command {
        let mut command = self.clean(env!("CARGO_BIN_EXE_cmpm"));
        let seed = self.seed.get();
        // Far enough apart for commands that need several ids, near enough to read.
        self.seed.set(seed + 16);
        command.env("CMPM_SEED", seed.to_string()).env("CMPM_NOW", "2026-01-31T09:00:00Z");
        command.args(arguments.into_iter().map(|argument| argument.as_ref().to_owned()));
        command
    }

    /// Runs cmpm.
    pub fn cmpm<I: IntoIterator<Item = S>, S: AsRef<str>>(&self, arguments: I) -> Answer {
        self.answer(self.command(arguments))
    }

    /// Runs cmpm with `--json` and returns the one document it wrote.
    pub fn json<I: IntoIterator<Item = S>, S: AsRef<str>>(&self, arguments: I) -> Value {
        let mut command = self.command(["--json"]);
        command.args(arguments.into_iter().map(|argument| argument.as_ref().to_owned()));
        let answer = self.answer(command);
        serde_json::from_str(&answer.stdout).unwrap_or_else(|error| panic!("not one JSON document: {error}\n{answer}"))
    }

    /// Runs a prepared command to its end.
    pub fn answer(&self, mut command: Command) -> Answer {
        Answer::of(&command.output().unwrap(), self)
    }

    /// Runs git; its standard output without the last line end. Fails the test if git fails.
    pub fn git<I: IntoIterator<Item = S>, S: AsRef<str>>(&self, arguments: I) -> String {
        self.git_in(&self.root, arguments)
    }

    /// Runs git in a folder.
    pub fn git_in<I: IntoIterator<Item = S>, S: AsRef<str>>(&self, folder: &Path, arguments: I) -> String {
        let mut command = self.clean("git");
        command.current_dir(folder).args(arguments.into_iter().map(|argument| argument.as_ref().to_owned()));
        let output = command.output().unwrap();
        assert!(output.status.success(), "git {command:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
    }

    /// Fails the test if git finds anything wrong with the repository.
    pub fn fsck(&self) {
        self.git(["fsck", "--strict", "--no-dangling"]);
    }

    /// What `git status` says, one line a file; empty if clean.
    pub fn status(&self) -> String {
        self.git(["status", "--porcelain"])
    }

    /// A program with the test's environment, in the repository.
    pub fn clean(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        let home = self.folder.path().join("home");
        command.current_dir(&self.root).env_clear().stdin(Stdio::null());
        command.env("HOME", &home).env("PATH", std::env::var_os("PATH").unwrap()).env("LC_ALL", "C.UTF-8").env("TZ", "UTC");
        command.env("TMPDIR", self.folder.path()).env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_CONFIG_GLOBAL", "/dev/null");
        command.env("GIT_AUTHOR_DATE", "2026-01-31T09:00:00Z").env("GIT_COMMITTER_DATE", "2026-01-31T09:00:00Z");
        command
    }
}

impl Answer {
    /// What a process of this repository's tests left.
    pub fn of(output: &Output, repo: &TestRepo) -> Self {
        Self {
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            exit: output.status.code().unwrap_or(-1),
            root: repo.around().display().to_string(),
        }
    }

    /// Fails the test unless the command succeeded.
    #[track_caller]
    pub fn success(self) -> Self {
        assert_eq!(self.exit, 0, "{self}");
        self
    }

    /// Fails the test unless the command ended with this exit code.
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.exit, code, "{self}");
        self
    }
}

/// What cannot be tried on this machine, and why; seen with `--nocapture`.
#[expect(clippy::print_stderr, reason = "what is not tested must be seen")]
pub fn untested(what: &str, because: &str) {
    eprintln!("not tested: {what}, because {because}");
}

/// The same for want of a program that `.ci/run` installs: under `CI` that is no excuse.
#[track_caller]
pub fn untested_without(program: &str, what: &str) {
    assert!(std::env::var_os("CI").is_none(), "{program} is not here, though .ci/run installs it: {what} cannot be tested");
    untested(what, &format!("{program} is not here"));
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hide = |text: &str| text.replace(&self.root, "[AROUND]");
        write!(f, "{}", hide(&self.stdout))?;
        if !self.stderr.is_empty() {
            write!(f, "--- stderr\n{}", hide(&self.stderr))?;
        }
        if self.exit != 0 {
            writeln!(f, "--- exit {}", self.exit)?;
        }
        Ok(())
    }
}
