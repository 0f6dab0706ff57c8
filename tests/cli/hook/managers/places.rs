//! Where git can be used: the usual repository, a linked worktree, a submodule, a folder with an odd name.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::support::{Answer, TestRepo};

/// A kind of work tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Plain,
    LinkedWorktree,
    Submodule,
    OddPath,
}

pub const PLACES: [Kind; 4] = [Kind::Plain, Kind::LinkedWorktree, Kind::Submodule, Kind::OddPath];

/// A work tree with a cmpm project in it.
pub struct Place {
    pub root: PathBuf,
    /// Whose home, clock and settings are used.
    repo: TestRepo,
    _folder: Option<TempDir>,
}

impl Place {
    pub fn new(kind: Kind) -> Self {
        if kind == Kind::OddPath {
            let folder = tempfile::tempdir().unwrap();
            let odd = folder.path().join("ein Ördner 資料");
            fs::create_dir(&odd).unwrap();
            let repo = project(TestRepo::new_in(&odd));
            return Self { root: repo.root().to_owned(), repo, _folder: Some(folder) };
        }
        let repo = project(TestRepo::new());
        let (root, repo) = match kind {
            Kind::LinkedWorktree => {
                let linked = repo.around().join("ünï tree");
                repo.git(["worktree", "add", "-q", linked.to_str().unwrap(), "-b", "side"]);
                (linked, repo)
            }
            Kind::Submodule => {
                let outer = TestRepo::new();
                outer.git(["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", repo.root().to_str().unwrap(), "sub mödule"]);
                let sub = outer.path("sub mödule");
                outer.git_in(&sub, ["config", "user.name", "Tess Test"]);
                outer.git_in(&sub, ["config", "user.email", "tess@example.invalid"]);
                (sub, outer)
            }
            _ => (repo.root().to_owned(), repo),
        };
        Self { root, repo, _folder: None }
    }

    pub fn write(&self, path: &str, text: &str) {
        let file = self.root.join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }

    /// Writes a program.
    pub fn program(&self, file: &Path, text: &str) {
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
        fs::set_permissions(file, fs::Permissions::from_mode(0o755)).unwrap();
    }

    pub fn git(&self, arguments: &[&str]) -> Answer {
        self.run("git", arguments)
    }

    pub fn cmpm(&self, arguments: &[&str]) -> Answer {
        self.run("cmpm", arguments)
    }

    pub fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.cmpm(&[&["--json"], arguments].concat()).success().stdout).unwrap()
    }

    pub fn head(&self) -> String {
        self.git(&["rev-parse", "HEAD"]).success().stdout
    }

    /// Runs a program as a person would: with cmpm, and the imitation of hk, on the path.
    pub fn run(&self, program: &str, arguments: &[&str]) -> Answer {
        let model = self.repo.command(["--version"]);
        let built = Path::new(model.get_program()).parent().unwrap().to_owned();
        let mut command = Command::new(program);
        command.env_clear().envs(model.get_envs().filter_map(|(name, value)| Some((name, value?))));
        let mut path = vec![built, self.tools()];
        path.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap()));
        command.env("PATH", std::env::join_paths(path).unwrap());
        command.env("OWN_LOG", self.own_log()).env("PRE_COMMIT_HOME", self.repo.around().join("cache")).env("CI", "true");
        command.env("PREK_HOME", self.repo.around().join("prek"));
        command.current_dir(&self.root).args(arguments).stdin(Stdio::null());
        self.repo.answer(command)
    }

    /// A folder on the path for programs of a test's own.
    pub fn tools(&self) -> PathBuf {
        self.repo.around().join("tools")
    }

    fn own_log(&self) -> PathBuf {
        self.repo.around().join("own log")
    }

    /// How often the manager's own hook ran.
    pub fn own_runs(&self) -> usize {
        fs::read_to_string(self.own_log()).unwrap_or_default().lines().count()
    }

    /// The folder that git itself says it runs hooks from.
    pub fn hooks(&self) -> PathBuf {
        self.root.join(self.git(&["rev-parse", "--git-path", "hooks"]).success().stdout.trim_end())
    }

    /// All that could be changed by an installation: hooks and settings, with their permissions.
    pub fn snapshot(&self) -> BTreeMap<String, (u32, Vec<u8>)> {
        let mut found = BTreeMap::new();
        for (name, folder) in [(".git/hooks", self.hooks()), (".husky", self.root.join(".husky")), (".", self.root.clone())] {
            for entry in fs::read_dir(&folder).into_iter().flatten() {
                let file = entry.unwrap().path();
                let name = format!("{name}/{}", file.file_name().unwrap().to_str().unwrap());
                if file.is_file() && !["clean.txt", "secret.env"].iter().any(|own| name.ends_with(own)) {
                    found.insert(name, (file.metadata().unwrap().permissions().mode(), fs::read(&file).unwrap()));
                }
            }
        }
        found
    }
}

fn project(repo: TestRepo) -> TestRepo {
    repo.cmpm(["init", "--no-hooks"]).success();
    repo.cmpm(["issue", "create", "Fix the parser"]).success();
    repo.commit_all("project");
    repo
}
