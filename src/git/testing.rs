//! Real repositories in temporary folders for tests, with git itself as the oracle. Hermetic: own home, no settings of the machine.

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::{Oid, Repository};
use crate::base::{Env, RepoPath, env};

/// A repository in a temporary folder with one user, removed when dropped.
pub(crate) struct Sandbox {
    /// Holds `repo/` and `home/`.
    pub(crate) root: TempDir,
    /// The environment to open repositories with.
    pub(crate) env: Env,
}

impl Sandbox {
    /// An empty repository on branch `main`, with an identity.
    pub(crate) fn new() -> Self {
        Self::with(&["init", "--quiet", "--initial-branch=main", "repo"])
    }

    /// A repository with one commit: `a.txt` holds `one`, `dir/b.txt` holds `two`.
    pub(crate) fn with_commit() -> Self {
        let sandbox = Self::new();
        sandbox.write("a.txt", "one\n");
        sandbox.write("dir/b.txt", "two\n");
        sandbox.commit_all("first");
        sandbox
    }

    /// A repository made by any git command that makes the folder `repo`.
    pub(crate) fn with(init: &[&str]) -> Self {
        let root = tempfile::Builder::new().prefix("cmpm git ü ").tempdir().unwrap();
        fs_err::create_dir(root.path().join("home")).unwrap();
        let process = Env::of_process();
        let env = Env::default()
            .with(env::PATH, process.path(env::PATH).unwrap())
            .with(env::HOME, root.path().join("home"))
            .with("GIT_CONFIG_NOSYSTEM", "1");
        let sandbox = Self { root, env };
        sandbox.run(sandbox.root.path(), init);
        sandbox.git(&["config", "user.name", "Ada"]);
        sandbox.git(&["config", "user.email", "ada@example.com"]);
        sandbox
    }

    pub(crate) fn path(&self) -> PathBuf {
        fs_err::canonicalize(self.root.path().join("repo")).unwrap()
    }

    pub(crate) fn open(&self) -> Repository {
        Repository::discover(&self.path(), &self.env).unwrap()
    }

    /// Runs git in the repository; its standard output without the last line end.
    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        self.run(&self.root.path().join("repo"), arguments)
    }

    /// Runs git in any folder.
    pub(crate) fn run(&self, folder: &Path, arguments: &[&str]) -> String {
        let (ok, output) = self.try_run(folder, arguments);
        assert!(ok, "git {arguments:?}: {output}");
        output
    }

    /// Runs git in any folder, whether it succeeds or not.
    pub(crate) fn try_run(&self, folder: &Path, arguments: &[&str]) -> (bool, String) {
        #[expect(clippy::disallowed_methods, reason = "git is the oracle of these tests")]
        let mut command = Command::new("git");
        command.current_dir(folder).args(arguments).env_clear().envs(self.env.iter());
        let output = command.env("GIT_AUTHOR_DATE", "@1700000000 +0000").env("GIT_COMMITTER_DATE", "@1700000000 +0000").output().unwrap();
        let said = if output.status.success() { output.stdout } else { output.stderr };
        (output.status.success(), String::from_utf8_lossy(&said).trim_end().to_owned())
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        write(&self.path().join(path), text.as_bytes());
    }

    pub(crate) fn commit_all(&self, message: &str) -> Oid {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--allow-empty", "--message", message]);
        self.oid("HEAD")
    }

    pub(crate) fn oid(&self, spec: &str) -> Oid {
        self.git(&["rev-parse", spec]).parse().unwrap()
    }

    /// Fails the test if git finds anything wrong with the repository.
    pub(crate) fn fsck(&self) {
        let said = self.git(&["fsck", "--strict", "--no-dangling", "--no-progress"]);
        assert_eq!(said, "");
    }
}

/// Writes a file anywhere, with its folders.
pub(crate) fn write(path: &Path, bytes: &[u8]) {
    fs_err::create_dir_all(path.parent().unwrap()).unwrap();
    fs_err::write(path, bytes).unwrap();
}

pub(crate) fn path(text: &str) -> RepoPath {
    RepoPath::parse(text).unwrap()
}
