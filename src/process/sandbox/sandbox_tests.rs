//! That a program cannot write, signal or call out where it must not, on systems that have Landlock.

use std::net::TcpListener;

use super::{Achieved, Network, SandboxLevel};
use crate::fs::write::replace_cache;
use crate::process::Ending;
use crate::process::testing::{Bench, read, supervised};

/// Runs `body` where the kernel has the Landlock version it needs.
#[expect(clippy::print_stderr, reason = "what is not tested must be seen")]
fn sandboxed(name: &str, needs: u8, body: impl FnOnce(&mut Bench)) {
    supervised(&format!("process::sandbox::tests::{name}"), |bench| match bench.exec(&["true"]).sandbox {
        Achieved::Landlock { abi, .. } if abi >= needs => body(bench),
        other => eprintln!("not tested: {name}, because it needs Landlock ABI {needs} and this system has {other}"),
    });
}

#[test]
fn only_what_is_writable_can_be_written() {
    sandboxed("only_what_is_writable_can_be_written", 3, |bench| {
        replace_cache(&bench.path("secret"), b"old").unwrap();
        assert!(bench.sh("echo x >inside && mkdir a && mv inside a/ && ln -s /etc a/link && rm -r a && echo x >/dev/null").is_success());
        for attempt in
            ["echo x >>../secret", ": >../secret", "rm ../secret", "mv ../secret .", "ln ../secret .", "echo x >../new", "mkdir ../new"]
        {
            assert!(!bench.sh(attempt).is_success(), "{attempt}");
        }
        assert!(!bench.sh("ln -s .. up && echo x >up/new").is_success(), "a link leads nowhere new");
        assert!(!bench.sh("cat ../secret").is_success() && !bench.sh("ls ..").is_success(), "reading is closed as well");
        bench.setting.sandbox.readable.push(bench.path("secret"));
        assert_eq!(bench.sh("cat ../secret").ending, Ending::Exited(0), "what is named is open");
        bench.setting.sandbox.hidden.push(bench.path("secret"));
        assert!(!bench.sh("cat ../secret").is_success(), "and what is hidden is not");
        assert_eq!(read(&bench.path("secret")), "old");
        assert!(!bench.path("new").exists());
    });
}

#[test]
fn off_is_off_and_is_said_so() {
    sandboxed("off_is_off_and_is_said_so", 1, |bench| {
        bench.setting.sandbox.level = SandboxLevel::Off;
        let ended = bench.sh("echo x >../new");
        assert_eq!((ended.ending, ended.sandbox), (Ending::Exited(0), Achieved::None));
    });
}

#[test]
fn the_network_is_closed_unless_allowed() {
    sandboxed("the_network_is_closed_unless_allowed", 4, |bench| {
        let server = TcpListener::bind("127.0.0.1:0").unwrap();
        let connect = format!("exec bash -c ': </dev/tcp/127.0.0.1/{}'", server.local_addr().unwrap().port());
        bench.setting.sandbox.network = Network::Open;
        assert!(bench.sh(&connect).is_success(), "{}", read(&bench.setting.stderr));
        bench.setting.sandbox.network = Network::None;
        assert!(!bench.sh(&connect).is_success());
    });
}

#[test]
fn processes_outside_cannot_be_signalled() {
    sandboxed("processes_outside_cannot_be_signalled", 6, |bench| {
        assert!(!bench.sh("kill -0 $PPID").is_success(), "the supervisor is out of reach");
        assert!(bench.sh("sleep 60 & kill -9 $!; wait $! || :").is_success(), "its own children are not");
    });
}

#[test]
fn what_landlock_does_not_know_is_refused_by_the_system_call() {
    sandboxed("what_landlock_does_not_know_is_refused_by_the_system_call", 1, |bench| {
        let makes = |bench: &mut Bench, kind: &str| bench.sh(&format!("perl -MSocket -e 'socket(S, {kind}, 0) or exit 1'")).is_success();
        (bench.setting.sandbox.network, bench.setting.sandbox.sockets) = (Network::Open, true);
        if !makes(bench, "AF_UNIX, SOCK_STREAM") || !matches!(bench.exec(&["true"]).sandbox, Achieved::Landlock { calls: true, .. }) {
            return;
        }
        assert!(makes(bench, "AF_INET, SOCK_DGRAM"));
        bench.setting.sandbox.sockets = false;
        assert!(!makes(bench, "AF_UNIX, SOCK_STREAM") && makes(bench, "AF_INET, SOCK_DGRAM"));
        bench.setting.sandbox.network = Network::None;
        assert!(!makes(bench, "AF_UNIX, SOCK_STREAM") && !makes(bench, "AF_INET, SOCK_DGRAM") && !makes(bench, "AF_INET6, SOCK_RAW"));
        assert!(!bench.sh("prlimit --pid $PPID --nofile=3:3").is_success() && bench.sh("ulimit -n 30").is_success());
    });
}
