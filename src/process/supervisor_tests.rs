//! That nothing lives on when a supervisor or the cmpm above it dies, however suddenly.

use std::path::Path;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::*;
use crate::fs::write::replace_cache;
use crate::process::testing::{Bench, SOON, read, supervised, test_launcher};
use crate::process::{kill_run, table};

/// Names the part that this test program plays when it is started again.
const ROLE: &str = "CMPM_TEST_ROLE";

fn run_alone(name: &str, body: impl FnOnce(&mut Bench)) {
    supervised(&format!("process::supervisor::tests::{name}"), body);
}

fn is_alive(pid: &str) -> bool {
    table::find(pid.trim().parse().unwrap()).is_some_and(|process| !process.zombie)
}

fn wait_until(what: &str, holds: impl Fn() -> bool) {
    let started = Instant::now();
    while !holds() {
        assert!(started.elapsed() < SOON, "{what}");
        thread::sleep(Duration::from_millis(1));
    }
}

/// Stands in for `cmpm internal supervise`: its program starts a daemon, notes both numbers, and sleeps.
#[test]
fn supervisor() {
    let Some(dir) = folder_of("supervisor") else { return };
    let mut bench = Bench::new();
    bench.setting.sandbox.writable = vec![dir.clone()];
    bench.setting.dir = dir;
    bench.setting.env = Env::of_process();
    bench.sh("setsid sleep 600 & echo $! >daemon; echo $$ >program; exec sleep 600");
}

/// The folder to work in, if this process was started to play `role`.
fn folder_of(role: &str) -> Option<PathBuf> {
    (Env::of_process().text(ROLE) == Some(role)).then(|| std::env::current_dir().unwrap())
}

fn start_as(role: &str, dir: &Path, env: Env) -> Supervised {
    let launcher = Launcher::this_program(["--exact", &format!("process::supervisor::tests::{role}"), "--nocapture"]).unwrap();
    Supervised::start(&launcher, dir, &env.with(ROLE, role), &dir.join("log")).unwrap()
}

/// Starts the supervisor above and gives the numbers of it, its program, and the daemon.
fn start(bench: &Bench, run: &str) -> (Supervised, [String; 2]) {
    let supervised = start_as("supervisor", &bench.setting.dir, bench.setting.env.clone().with("CMPM_RUN_DIR", run));
    let files = ["work/program", "work/daemon"].map(|name| bench.path(name));
    wait_until("the program starts", || files.iter().all(|file| !read(file).is_empty()));
    (supervised, files.map(|file| read(&file)))
}

#[test]
fn asked_to_stop_it_leaves_nothing() {
    run_alone("asked_to_stop_it_leaves_nothing", |bench| {
        let (mut supervised, pids) = start(bench, "RUN-stop");
        let cancel = Cancel::default();
        cancel.cancel();
        assert_eq!(supervised.wait(&cancel, SOON, &mut || {}).unwrap(), Some(0));
        assert!(!pids.iter().any(|pid| is_alive(pid)));
    });
}

#[test]
fn a_killed_supervisor_takes_its_program_along_and_the_rest_is_found() {
    run_alone("a_killed_supervisor_takes_its_program_along_and_the_rest_is_found", |bench| {
        let run = format!("RUN-{}", std::process::id());
        let (mut supervised, [program, daemon]) = start(bench, &run);
        kill_process(Pid::from_child(&supervised.0), Signal::KILL).unwrap();
        assert_eq!(supervised.wait(&Cancel::default(), SOON, &mut || {}).unwrap(), None);
        wait_until("the program follows its supervisor", || !is_alive(&program));
        assert!(is_alive(&daemon), "a daemon does not, which is why it is looked for");
        assert_eq!(kill_run(Path::new("RUN")), 0, "another run's processes are left alone");
        assert_eq!(kill_run(Path::new(&run)), 1);
        assert!(!is_alive(&daemon));
    });
}

/// Stands in for a cmpm that is killed: starts the supervisor above, then dies as if by `kill -9`.
#[test]
fn dying() {
    let Some(dir) = folder_of("dying") else { return };
    let supervised = start_as("supervisor", &dir, Env::of_process());
    wait_until("the program starts", || !read(&dir.join("program")).is_empty());
    replace_cache(&dir.join("supervisor"), supervised.0.id().to_string().as_bytes()).unwrap();
    kill_process(rustix::process::getpid(), Signal::KILL).unwrap();
}

#[test]
fn a_killed_cmpm_takes_everything_along() {
    run_alone("a_killed_cmpm_takes_everything_along", |bench| {
        let mut cmpm = start_as("dying", &bench.setting.dir, bench.setting.env.clone());
        assert_eq!(cmpm.wait(&Cancel::default(), SOON, &mut || {}).unwrap(), None);
        let pids = ["supervisor", "program", "daemon"].map(|name| read(&bench.setting.dir.join(name)));
        wait_until("all are gone", || !pids.iter().any(|pid| is_alive(pid)));
    });
}

#[test]
fn nobody_supervises_for_a_dead_parent() {
    run_alone("nobody_supervises_for_a_dead_parent", |_| {
        assert!(matches!(Supervisor::begin(u32::MAX, test_launcher()), Err(ProcessError::Abandoned)));
    });
}

#[test]
fn a_missing_folder_of_the_log_is_named() {
    let missing = Path::new("/nonexistent/log");
    let error = Supervised::start(&test_launcher(), Path::new("/"), &Env::default(), missing).unwrap_err();
    assert_eq!(error.to_string(), "cannot create /nonexistent/log: no such file or folder");
}
