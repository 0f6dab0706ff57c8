//! Tests that need a process of their own: supervisor and launcher are this test program, started again.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::FileType;

use super::{Argv, Ended, Ending, Launcher, Limits, Program, Sandbox, Setting, Supervisor, launch};
use crate::base::Env;
use crate::base::progress::Cancel;

/// Longer than anything here takes, shorter than what hostile programs would like to take.
pub(super) const SOON: Duration = Duration::from_secs(20);
const INSIDE: &str = "CMPM_TEST_SUPERVISOR";

/// Stands in for `cmpm internal launch`.
#[test]
#[ignore = "started by other tests as their launcher"]
fn launcher() {
    let is_started_by_us =
        rustix::fs::fstat(std::io::stdin()).is_ok_and(|stdin| FileType::from_raw_mode(stdin.st_mode) == FileType::Socket);
    assert!(!is_started_by_us || launch().is_ok());
}

/// Runs `body` in a process of its own, which is a supervisor. `test` is the full name of the calling test.
pub(super) fn supervised(test: &str, body: impl FnOnce(&mut Bench)) {
    if Env::of_process().is_set(INSIDE) {
        return body(&mut Bench::new());
    }
    #[expect(clippy::disallowed_methods, reason = "the test program starts itself")]
    let mut command = std::process::Command::new(std::env::current_exe().unwrap());
    let output = command.args(["--exact", test, "--nocapture"]).env(INSIDE, "1").output().unwrap();
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{text}");
    assert!(text.contains("1 passed"), "{test} is not the name of a test: {text}");
}

impl Ended {
    pub(super) fn is_success(&self) -> bool {
        self.ending == Ending::Exited(0)
    }
}

pub(super) fn test_launcher() -> Launcher {
    Launcher::this_program(["--exact", "process::testing::launcher", "--ignored", "--nocapture"]).unwrap()
}

/// A folder, a supervisor, and a program to try.
pub(super) struct Bench {
    pub(super) supervisor: Supervisor,
    pub(super) temp: tempfile::TempDir,
    pub(super) setting: Setting,
}

impl Bench {
    pub(super) fn new() -> Self {
        let parent = rustix::process::getppid().unwrap().as_raw_nonzero().get().cast_unsigned();
        let temp = tempfile::tempdir().unwrap();
        let dir = temp.path().join("work");
        let setting = Setting {
            sandbox: Sandbox {
                writable: vec![dir.clone()],
                readable: ["/usr", "/bin", "/lib", "/lib64", "/etc"].map(PathBuf::from).to_vec(),
                ..Sandbox::default()
            },
            dir,
            env: Env::default().with("PATH", "/usr/bin:/bin"),
            stdout: temp.path().join("out"),
            stderr: temp.path().join("err"),
            limits: Limits { wall: Some(SOON), grace: Duration::from_millis(100), ..Limits::default() },
        };
        std::fs::create_dir(&setting.dir).unwrap();
        Self { supervisor: Supervisor::begin(parent, test_launcher()).unwrap(), temp, setting }
    }

    /// Runs a line of shell.
    pub(super) fn sh(&mut self, line: &str) -> Ended {
        self.exec(&["sh", "-c", line])
    }

    pub(super) fn exec(&mut self, argv: &[&str]) -> Ended {
        let program = Program { argv: Argv::own(argv.iter().copied()), setting: self.setting.clone() };
        self.supervisor.run(&program, &Cancel::default(), &mut || {}).unwrap()
    }

    /// What the program wrote, without what the test program that launched it wrote before.
    pub(super) fn out(&self) -> String {
        let text = read(&self.setting.stdout);
        text.split_once("running 1 test\n").map_or(text.clone(), |(_, rest)| rest.to_owned())
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.temp.path().join(name)
    }
}

pub(super) fn read(path: &Path) -> String {
    crate::fs::read::find_text(path).unwrap().unwrap_or_default()
}
