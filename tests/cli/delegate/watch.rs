//! Runs in the background, and those who look at them.

use std::process::Stdio;

use serde_json::Value;

use super::{Project, until};
use crate::terminal::Terminal;

/// Prints a line, waits for a sign, prints another.
fn waits(project: &Project) -> String {
    let go = project.sign("go");
    format!("echo first line; while ! test -e '{}'; do sleep 0.01; done; echo more >> docs/a.md; echo second line", go.display())
}

fn detached(project: &Project, ticket: &str) -> String {
    let mut command = project.repo.command(["-c", "delegate.sandbox=off", "delegate", "run", ticket, "--agent", "writer", "--detach"]);
    command.args(["--runner", "command", "--", "sh", "-c", &waits(project)]);
    let answer = project.repo.answer(command).success();
    let run = project.run_of(ticket);
    assert!(answer.stdout.ends_with(&format!("next: cmpm delegate attach {run}\n")), "{answer}");
    run
}

#[test]
fn a_detached_run_goes_on_and_can_be_followed() {
    let project = Project::new();
    let ticket = project.ticket("Write more");
    let run = detached(&project, &ticket);
    // Its command has ended; the run has not.
    assert!(["queued -", "running -"].contains(&project.state(&run).as_str()), "{}", project.state(&run));
    until("it prints", || project.repo.cmpm(["delegate", "logs", &run]).stdout.contains("first line"));
    let mut attached = Terminal::start(project.repo.command(["delegate", "attach"]), (100, 20));
    attached.wait_for("first line");
    attached.terminate();
    attached.end();
    assert_eq!(project.state(&run), "running -", "who looks away stops nothing");
    let mut follower = project.repo.command(["delegate", "attach", &run]);
    let follower = follower.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    std::fs::write(project.sign("go"), "").unwrap();
    let output = follower.wait_with_output().unwrap();
    let shown = String::from_utf8(output.stdout).unwrap();
    assert!(shown.starts_with("first line\n") && shown.contains("second line\n") && shown.contains("passed"), "{shown}");
    assert_eq!(project.state(&run), "review passed");
    project.repo.cmpm(["delegate", "approve", &run]).success();
}

#[test]
fn a_watched_list_has_a_line_for_each_change_and_ends_with_the_work() {
    let project = Project::new();
    let ticket = project.ticket("Write more");
    let run = detached(&project, &ticket);
    let watch = |options: &[&str]| {
        let mut command = project.repo.command(options);
        command.args(["delegate", "list", "--watch"]).stdout(Stdio::piped()).stderr(Stdio::null());
        command
    };
    let watching = watch(&["--json"]).spawn().unwrap();
    let mut drawn = Terminal::start(project.repo.command(["delegate", "list", "--watch"]), (100, 20));
    drawn.wait_for("first line");
    std::fs::write(project.sign("go"), "").unwrap();
    let output = watching.wait_with_output().unwrap();
    let lines: Vec<Value> = String::from_utf8(output.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let (answer, changes) = lines.split_last().unwrap();
    assert!(changes.iter().all(|change| change["event"] == "changed" && change["run"]["run"] == run.as_str()), "{changes:?}");
    assert!(changes.iter().any(|change| change["run"]["last"] == "first line"), "{changes:?}");
    assert_eq!(changes.last().unwrap()["run"]["outcome"], "passed");
    assert_eq!((answer["ok"].as_bool(), answer["data"]["runs"][0]["outcome"].as_str()), (Some(true), Some("passed")));
    drawn.end();
    assert!(drawn.written().contains("\u{1b}[2J"));
}
