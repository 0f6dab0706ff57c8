//! What a hostile program cannot do.

use std::time::{Duration, Instant};

use crate::base::progress::Cancel;
use crate::process::testing::{Bench, SOON, read, supervised};
use crate::process::{Argv, Ended, Ending, Program};

fn is_alive(pid: &str) -> bool {
    crate::process::table::find(pid.trim().parse().unwrap()).is_some_and(|process| !process.zombie)
}

fn run_alone(name: &str, body: impl FnOnce(&mut Bench)) {
    supervised(&format!("process::run::tests::{name}"), body);
}

#[test]
fn an_ordinary_program_ends_as_it_likes() {
    run_alone("an_ordinary_program_ends_as_it_likes", |bench| {
        let Ended { ending, leftovers, survivors, dropped, .. } = bench.sh("echo hello; echo wrong >&2; exit 3");
        assert_eq!((ending, leftovers, survivors, dropped), (Ending::Exited(3), 0, 0, 0));
        assert_eq!((bench.out().as_str(), read(&bench.setting.stderr).as_str()), ("hello\n", "wrong\n"));
        assert_eq!(bench.sh("kill -9 $$").ending, Ending::Signalled(9));
        assert!(bench.exec(&["true"]).is_success());
    });
}

#[test]
fn nothing_is_inherited() {
    run_alone("nothing_is_inherited", |bench| {
        bench.setting.env = crate::base::Env::default().with("PATH", "/usr/bin:/bin").with("ONLY", "this");
        bench.exec(&["env"]);
        assert_eq!(bench.out(), "ONLY=this\nPATH=/usr/bin:/bin\n");
        bench.sh("cat; readlink /proc/self/fd/0; cat; ls /proc/self/fd; : < /dev/tty");
        let mut files = before_us();
        files.extend(["0", "1", "2", "3"].map(str::to_owned));
        let expected: String = files.iter().map(|file| format!("{file}\n")).collect();
        assert_eq!(bench.out(), format!("/dev/null\n{expected}"), "3 is the folder that ls reads");
        assert!(read(&bench.setting.stderr).contains("/dev/tty"), "there must be no terminal");
    });
}

/// Files that this test program itself was given and cannot close; tools and shells leave some open.
fn before_us() -> std::collections::BTreeSet<String> {
    let closes = |file: &String| {
        let text = read(&std::path::Path::new("/proc/self/fdinfo").join(file));
        let flags = text.lines().find_map(|line| line.strip_prefix("flags:")).unwrap_or_default().trim();
        i64::from_str_radix(flags, 8).unwrap_or(0o2_000_000) & 0o2_000_000 != 0
    };
    crate::fs::read::names(std::path::Path::new("/proc/self/fd")).unwrap().into_iter().filter(|file| !closes(file)).collect()
}

#[test]
fn what_cannot_start_is_explained() {
    run_alone("what_cannot_start_is_explained", |bench| {
        let ended = bench.exec(&["no-such-program"]);
        assert_eq!(ended.ending, Ending::CouldNotStart("cannot start `no-such-program`: no such program".into()));
        bench.setting.dir = bench.path("missing");
        let program = Program { argv: Argv::own(["true"]), setting: bench.setting.clone() };
        let error = bench.supervisor.run(&program, &Cancel::default(), &mut || {}).unwrap_err();
        assert!(error.to_string().starts_with("cannot enter the folder of the program: "), "{error}");
    });
}

#[test]
fn a_grandchild_in_its_own_session_is_killed_and_counted() {
    run_alone("a_grandchild_in_its_own_session_is_killed_and_counted", |bench| {
        let ended = bench.sh("setsid sh -c 'trap \"\" INT TERM HUP; echo $$ >pid; exec sleep 600' & while ! [ -s pid ]; do :; done");
        assert_eq!((ended.ending, ended.leftovers, ended.survivors), (Ending::Exited(0), 1, 0));
        assert!(!is_alive(&read(&bench.path("work/pid"))));
        assert!(ended.milliseconds < SOON.as_millis() as u64);
    });
}

#[test]
fn a_daemon_that_empties_its_environment_is_killed() {
    run_alone("a_daemon_that_empties_its_environment_is_killed", |bench| {
        let daemon =
            "( ( env -i setsid /bin/sh -c 'echo $$ >pid; while :; do /bin/sleep 600; done' & ) & ); while ! [ -s pid ]; do :; done";
        let ended = bench.sh(daemon);
        assert!(ended.leftovers >= 1 && ended.survivors == 0, "{ended:?}");
        assert!(!is_alive(&read(&bench.path("work/pid"))));
    });
}

#[test]
fn a_program_that_ignores_every_polite_signal_is_killed() {
    run_alone("a_program_that_ignores_every_polite_signal_is_killed", |bench| {
        bench.setting.limits.wall = Some(Duration::from_millis(200));
        let ended = bench.sh("trap 'echo INT' INT; trap 'echo TERM' TERM; while :; do sleep 0.01; done");
        assert_eq!(ended.ending, Ending::TimeLimit);
        assert_eq!(bench.out(), "INT\nTERM\n");
        assert!(ended.milliseconds >= 300 && ended.milliseconds < SOON.as_millis() as u64, "{ended:?}");
    });
}

#[test]
fn a_fork_bomb_ends() {
    run_alone("a_fork_bomb_ends", |bench| {
        bench.setting.limits.wall = Some(Duration::from_millis(200));
        let ended = bench.sh(
            "i=0; while [ $i -lt 30 ]; do (trap '' INT TERM; while :; do setsid sleep 600 & sleep 0.02; done) & i=$((i+1)); done; wait",
        );
        assert_eq!((ended.ending, ended.survivors), (Ending::TimeLimit, 0));
        assert!(ended.leftovers > 30, "{}", ended.leftovers);
    });
}

#[test]
fn doing_nothing_for_too_long_is_stopped() {
    run_alone("doing_nothing_for_too_long_is_stopped", |bench| {
        bench.setting.limits.idle = Some(Duration::from_millis(200));
        assert_eq!(bench.sh("exec sleep 600").ending, Ending::Idle);
        let busy = |what: &str| format!("i=0; while [ $i -lt 10 ]; do sleep 0.05; {what}; i=$((i+1)); done");
        assert_eq!(bench.sh(&busy("echo $i")).ending, Ending::Exited(0), "output is activity");
        assert_eq!(bench.sh(&busy("echo $i >file")).ending, Ending::Exited(0), "a changed file is activity");
    });
}

#[test]
fn endless_output_stays_bounded() {
    run_alone("endless_output_stays_bounded", |bench| {
        bench.setting.limits.wall = Some(Duration::from_millis(300));
        bench.setting.limits.output = 100_000;
        let ended = bench.sh("yes | tr -d '\\n'");
        assert_eq!(ended.ending, Ending::TimeLimit);
        assert!(ended.dropped > 0 && ended.output > ended.dropped);
        let kept = std::fs::metadata(&bench.setting.stdout).unwrap().len();
        assert!((100_000..500_000).contains(&kept), "{kept}");
    });
}

#[test]
fn cancelling_stops_it() {
    run_alone("cancelling_stops_it", |bench| {
        let program = Program { argv: Argv::own(["sleep", "600"]), setting: bench.setting.clone() };
        let (cancel, mut ticks) = (Cancel::default(), 0);
        let mut tick = || {
            ticks += 1;
            if ticks == 3 {
                cancel.cancel();
            }
        };
        let ended = bench.supervisor.run(&program, &cancel, &mut tick).unwrap();
        assert_eq!(ended.ending, Ending::Cancelled);
        rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::TERM).unwrap();
        assert_eq!(bench.sh("sleep 600").ending, Ending::Cancelled, "SIGTERM to the supervisor cancels");
    });
}

#[test]
fn limits_hold_and_cannot_be_raised() {
    run_alone("limits_hold_and_cannot_be_raised", |bench| {
        bench.setting.limits.file_size = Some(10 * 1024);
        bench.setting.limits.memory = Some(1 << 30);
        bench.sh("ulimit -Hf; ulimit -Hd; ulimit -Hc");
        assert_eq!(bench.out(), "20\n1048576\n0\n");
        assert!(!bench.sh("head -c 20000 /dev/zero >big").is_success());
        assert_eq!(std::fs::metadata(bench.path("work/big")).unwrap().len(), 10 * 1024);
    });
}

#[test]
fn a_short_program_is_not_delayed() {
    run_alone("a_short_program_is_not_delayed", |bench| {
        // What a room costs is no delay.
        bench.setting.sandbox.level = crate::process::SandboxLevel::Off;
        let best = (0..20).map(|_| {
            let started = Instant::now();
            assert!(bench.exec(&["true"]).is_success());
            started.elapsed()
        });
        let best = best.min().unwrap();
        assert!(best < super::BEAT, "a beat is waited for: {best:?}");
    });
}
