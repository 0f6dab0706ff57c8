//! Agents that do not end by themselves, or leave something behind; people who stop them.

use std::process::{Child, Command};

use super::{Case, Project, is_alive, is_running, number_in, outside, sleep, until};
use crate::terminal::Terminal;

/// Leaves when it is run again, and sleeps the first time.
const SLEEPS_ONCE: &str = "test -e $CMPM_RUN_DIR/again && { echo more >> docs/a.md; exit 0; }; touch $CMPM_RUN_DIR/again; \
     sleep 300 & echo $! > $CMPM_RUN_DIR/child; echo $$ > $CMPM_RUN_DIR/pid; wait";

/// A delegation in the background, as soon as its agent works.
struct Working {
    child: Child,
    run: String,
    agent: [i32; 2],
}

fn work(project: &Project, ticket: &str) -> Working {
    let child = project.start(project.delegation(ticket, SLEEPS_ONCE));
    until("there is a run", || project.holder(ticket).is_some());
    let run = project.run_of(ticket);
    let out = project.job(&run, "out");
    let agent = ["child", "pid"].map(|name| outside(number_in(&out.join(name)), &out));
    assert!(agent.into_iter().all(is_alive));
    Working { child, run, agent }
}

impl Working {
    fn assert_dead(&self) {
        until("the agent and its child are dead", || !self.agent.into_iter().any(is_alive));
    }
}

fn signal(name: &str, pid: u32) {
    assert!(Command::new("kill").args([name, &pid.to_string()]).status().unwrap().success());
}

#[test]
fn limits_of_time_and_silence_end_an_agent() {
    let project = Project::new();
    let tip = project.tip();
    let slow = project.tickets(&["Slow", "Silent", "Missing"]);
    let limited = |limit: &str, ticket: &str, script: &str| {
        let mut command = project.repo.command(["-c", limit, "delegate", "run", ticket, "--agent", "writer"]);
        command.args(["--runner", "command", "--", "sh", "-c", script]);
        project.repo.answer(command)
    };
    let answer = limited("delegate.timeout=1s", &slow[0], "echo more >> docs/a.md; exec sleep 300").exits(5);
    assert!(answer.stdout.contains("it reached its time limit"), "{answer}");
    let answer = limited("delegate.idle=1s", &slow[1], "echo more >> docs/a.md; exec sleep 300").exits(5);
    assert!(answer.stdout.contains("no output and no changed file"), "{answer}");
    let mut missing = project.repo.command(["delegate", "run", &slow[2], "--agent", "writer"]);
    missing.args(["--runner", "command", "--", "no-such-program"]);
    let answer = project.repo.answer(missing).exits(1);
    assert!(answer.stdout.contains("could not be started") && answer.stdout.contains("no-such-program"), "{answer}");
    let states: Vec<String> = slow.iter().map(|ticket| project.state(&project.run_of(ticket))).collect();
    assert_eq!(states, ["review time_limit", "review idle", "review agent_failed"]);
    // What there was until then can be looked at, but not approved.
    assert!(project.repo.cmpm(["delegate", "diff", &slow[0]]).success().stdout.contains("+more"));
    project.repo.cmpm(["delegate", "approve", &slow[0]]).exits(3);
    project.repo.git(["diff", "--quiet", &tip, "main", "--", "docs", "src"]);
    let answer = limited("delegate.idle=soon", &slow[0], "true").exits(2);
    assert!(answer.stderr.contains("`soon` is not a length of time"), "{answer}");
}

#[test]
fn what_an_agent_leaves_running_is_ended_and_noted() {
    let project = Project::new();
    let [one, two, three] = [3001, 3002, 3003].map(sleep);
    let script = format!(
        "{one} & \
         setsid sh -c 'echo $$ > $CMPM_RUN_DIR/two; exec {two}' & \
         env -i \"PATH=$PATH\" setsid sh -c \"echo \\$\\$ > $CMPM_RUN_DIR/three; exec {three}\" & \
         while ! test -s $CMPM_RUN_DIR/two || ! test -s $CMPM_RUN_DIR/three; do sleep 0.01; done; echo more >> docs/a.md"
    );
    let run = project.perform("writer", &[], &[Case { title: "Leaves children", script: &script }]).remove(0);
    assert_eq!(run["outcome"], "passed", "{run:#}");
    let notes = run["status"]["notes"][0].as_str().unwrap();
    assert_eq!(notes, "3 programs that the agent left running had to be killed");
    assert!(![one, two, three].iter().any(|sleeper| is_running(sleeper)));
}

#[test]
fn a_working_run_can_be_cancelled_and_resumed() {
    let project = Project::new();
    let ticket = project.ticket("Write more");
    let mut working = work(&project, &ticket);
    let run = working.run.clone();
    for verb in ["approve", "reject", "resume", "clean"] {
        let answer = project.repo.cmpm(["delegate", verb, &run]);
        assert!([2, 4].contains(&answer.exit), "{verb}: {answer}");
    }
    assert_eq!(project.state(&run), "running -");
    assert_eq!(project.repo.cmpm(["delegate", "cancel", &run]).success().stdout, format!("Asked {run} to stop\n"));
    assert_eq!(working.child.wait().unwrap().code(), Some(130));
    working.assert_dead();
    assert_eq!(project.state(&run), "review cancelled");
    project.repo.cmpm(["delegate", "cancel", &run]).exits(2);
    project.repo.cmpm(["delegate", "resume", &run]).success();
    assert_eq!((project.state(&run).as_str(), project.show(&run)["status"]["attempt"].as_u64()), ("review passed", Some(2)));
    project.repo.cmpm(["delegate", "resume", &run]).exits(2);
}

#[test]
fn an_interrupt_ends_the_agent() {
    let project = Project::new();
    let ticket = project.ticket("Write more");
    let mut working = work(&project, &ticket);
    signal("-INT", working.child.id());
    assert_eq!(working.child.wait().unwrap().code(), Some(130));
    working.assert_dead();
    assert_eq!(project.state(&working.run), "review cancelled");
    assert_eq!(project.show(&working.run)["reason"], "cancelled by you");
}

#[test]
fn what_showed_progress_makes_room_for_the_answer() {
    let project = Project::new();
    let ticket = project.ticket("Write more");
    let mut terminal = Terminal::start(project.delegation(&ticket, "touch $CMPM_RUN_DIR/works; exec sleep 300"), (120, 20));
    until("the agent works", || project.holder(&ticket).is_some_and(|run| project.job(&run, "out/works").exists()));
    terminal.wait_for("works with command");
    terminal.terminate();
    assert_eq!(terminal.end().code(), Some(130));
    terminal.wait_for("next: ");
    let written = terminal.written();
    let (before, answer) = written.rsplit_once("TICKET").unwrap();
    assert!(written.contains(" cancelled by you") && answer.contains("cancelled by you"), "{written:?}");
    let line = before.rsplit('\n').next().unwrap();
    let shown = line.rsplit("\u{1b}[2K").next().unwrap();
    assert!(!shown.contains("is being checked") && !shown.contains("works with"), "{line:?}");
}

#[test]
fn when_cmpm_or_the_supervisor_is_killed_the_agent_dies_and_the_run_can_go_on() {
    let project = Project::new();
    let tickets = project.tickets(&["One", "Two"]);
    let tip = project.tip();
    let mut working = work(&project, &tickets[0]);
    working.child.kill().unwrap();
    working.child.wait().unwrap();
    assert_eq!(project.state(&working.run), "running lost");
    project.heal("kill -9 of cmpm");
    assert!(project.repo.cmpm(["delegate", "list"]).success().stdout.contains("lost"));
    working.assert_dead();
    project.repo.cmpm(["delegate", "resume", &tickets[0]]).success();
    working.assert_dead();
    assert_eq!(project.state(&working.run), "review passed");

    let mut working = work(&project, &tickets[1]);
    signal("-KILL", supervisor_of(working.agent[1]));
    assert_eq!(working.child.wait().unwrap().code(), Some(1));
    working.assert_dead();
    assert_eq!(project.state(&working.run), "review agent_failed");
    assert_eq!(project.show(&working.run)["reason"], "its supervisor was killed");
    project.heal("kill -9 of the supervisor");
    project.assert_untouched(&tip);
    project.repo.cmpm(["delegate", "resume", &tickets[1]]).success();
    for ticket in tickets {
        project.repo.cmpm(["delegate", "approve", &ticket]).success();
    }
}

fn supervisor_of(pid: i32) -> u32 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let parent: u32 = stat.rsplit_once(") ").unwrap().1.split(' ').nth(1).unwrap().parse().unwrap();
    let line = std::fs::read(format!("/proc/{parent}/cmdline")).unwrap();
    if line.starts_with(b"cmpm\0internal\0supervise\0") { parent } else { supervisor_of(parent.cast_signed()) }
}

#[test]
fn a_run_that_waits_can_be_cancelled_and_one_that_may_not_wait_is_taken_back() {
    let project = Project::new();
    let tickets = project.tickets(&["First", "Waits", "Does not wait"]);
    let working = work(&project, &tickets[0]);
    let queue = |ticket: &str, options: &[&str]| {
        let mut command = project.repo.command(["-c", "delegate.max_parallel=1", "delegate", "run", ticket, "--agent", "writer"]);
        command.args(options).args(["--runner", "command", "--", "sh", "-c", "echo more >> docs/b.md"]);
        command
    };
    let answer = project.repo.answer(queue(&tickets[2], &["--no-wait"])).exits(4);
    assert!(answer.stderr.contains("all 1 slots for runs are taken") && answer.stderr.contains("--no-wait"), "{answer}");
    assert!(!project.is_claimed(&tickets[2]));
    assert_eq!(project.state(&project.run_of(&tickets[2])), "discarded -");

    let mut waiting = project.start(queue(&tickets[1], &[]));
    until("it is queued", || project.holder(&tickets[1]).is_some_and(|run| project.job(&run, "job.json").exists()));
    assert_eq!(project.state(&tickets[1]), "queued -");
    project.repo.cmpm(["delegate", "cancel", &tickets[1]]).success();
    assert_eq!(waiting.wait().unwrap().code(), Some(130));
    assert_eq!(project.state(&tickets[1]), "review cancelled");
    project.repo.cmpm(["delegate", "cancel", &working.run]).success();
    working.assert_dead();
    project.repo.answer(queue(&tickets[2], &[])).success();
    project.repo.cmpm(["delegate", "resume", &tickets[1]]).success();
}
