//! Several runs that try one ticket: one claim, side by side, and one of them approved.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::{Project, until};

/// Counts who comes first, second, third, and does what is said of that number.
fn turns(project: &Project, each: &str) -> String {
    let counted = project.sign("turns");
    std::fs::create_dir_all(&counted).unwrap();
    let of = counted.display();
    format!("n=1; while ! mkdir '{of}'/$n 2>/dev/null; do n=$((n+1)); done; case $n in {each} esac")
}

/// The first adds a line, the second also a page, the third fails.
const DIFFER: &str = "1) echo one >> docs/a.md;; 2) echo two >> docs/a.md; echo two > docs/b.md;; *) echo no >&2; exit 3;;";

fn several(project: &Project, ticket: &str, each: &str) -> Command {
    let mut command = project.repo.command(["-c", "delegate.sandbox=off", "delegate", "run", ticket, "--agent", "writer", "--times", "3"]);
    command.args(["--runner", "command", "--", "sh", "-c", &turns(project, each)]);
    command
}

/// The runs on a ticket with this outcome, oldest first.
fn with(project: &Project, ticket: &str, outcome: &str) -> Vec<String> {
    let all = project.repo.json(["delegate", "list", "--all"]);
    let runs = all["data"]["runs"].as_array().unwrap().iter().rev();
    runs.filter(|run| run["ticket"] == ticket && run["outcome"] == outcome).map(|run| run["run"].as_str().unwrap().to_owned()).collect()
}

fn compared(project: &Project, name: &str) -> Value {
    project.repo.json(["delegate", "compare", name])["data"].clone()
}

#[test]
fn three_try_a_ticket_and_one_is_approved() {
    let project = Project::new();
    let ticket = project.ticket("Write more");
    let answer = project.repo.answer(several(&project, &ticket, DIFFER)).exits(1);
    let (passed, failed) = (with(&project, &ticket, "passed"), with(&project, &ticket, "agent_failed"));
    assert_eq!((passed.len(), failed.len()), (2, 1), "{answer}");
    let group = project.show(&passed[0])["group"].as_str().unwrap().to_owned();
    assert_eq!(project.holder(&ticket).as_ref(), Some(&group));
    assert!(answer.stdout.ends_with(&format!("next: cmpm delegate compare {group}\n")), "{answer}");
    // Nobody else may have it.
    project.delegate(&ticket, "true").exits(4);

    let sides = compared(&project, &ticket);
    let files = |name: &str| sides["files"].as_array().unwrap().iter().find(|file| file["path"] == name).unwrap()["runs"].clone();
    assert_eq!((files("docs/a.md").as_array().unwrap().len(), files("docs/b.md").as_array().unwrap().len()), (2, 1));
    let page = files("docs/b.md")[0].as_str().unwrap().to_owned();
    let mut command = project.repo.command(["delegate", "compare"]);
    let shown = project.repo.answer({
        command.env("CMPM_COLUMNS", "80");
        command
    });
    let shown = shown.success().stdout;
    assert!(shown.lines().all(|line| line.chars().count() <= 80), "{shown}");
    for part in
        ["Changed by ", &format!("Changed by {page}\n  docs/b.md\n"), "agent_failed", "1 (+1 -0)", "2 (+2 -0)", "next: cmpm delegate diff "]
    {
        assert!(shown.contains(part), "{part}: {shown}");
    }

    project.repo.cmpm(["delegate", "approve", &page]).success();
    let landed = project.repo.git(["diff", "--name-only", "main~3", "main"]);
    for run in passed.iter().chain(&failed) {
        assert!(landed.contains(&format!(".cmpm/runs/{run}.md")), "{landed}");
        let text = project.repo.read(&format!(".cmpm/runs/{run}.md"));
        assert!(text.contains(&format!("group: {group}\n")), "{text}");
        if *run == page {
            assert!(text.contains("state: merged"));
        } else {
            assert_eq!(project.show(run)["state"], "rejected");
            assert!(text.contains("state: rejected") && text.contains(&format!("{page} was approved instead.")), "{text}");
        }
    }
    let other = passed.iter().find(|run| **run != page).unwrap();
    let backup = &project.refs("refs/cmpm/backup")[&format!("refs/cmpm/backup/{other}")];
    assert!(project.blob(backup, "docs/a.md").unwrap().contains("one"));
    assert!(!project.is_claimed(&ticket) && project.repo.status().is_empty());
    assert_eq!(project.repo.git(["worktree", "list"]).lines().count(), 1);
    project.repo.cmpm(["check", "--base", "main~3"]).success();
    // They can still be compared.
    assert_eq!(compared(&project, &group)["runs"].as_array().unwrap().len(), 3);
    project.heal("a group");
}

#[test]
fn what_a_crash_cuts_short_is_done_by_the_doctor() {
    for point in ["approve.landed", "approve.closed", "approve.rest"] {
        let project = Project::new();
        let ticket = project.ticket("Write more");
        project.repo.answer(several(&project, &ticket, "*) echo $n > docs/$n.md;;")).success();
        let runs = with(&project, &ticket, "passed");
        let mut approve = project.repo.command(["delegate", "approve", &runs[1]]);
        approve.env("CMPM_CRASH_AT", point);
        project.repo.answer(approve).exits(-1);
        project.heal(point);
        let states: Vec<Value> = runs.iter().map(|run| project.show(run)["state"].clone()).collect();
        assert_eq!(states, ["rejected", "merged", "rejected"], "{point}");
        assert!(!project.is_claimed(&ticket), "{point}");
        assert_eq!(project.repo.git(["worktree", "list"]).lines().count(), 1, "{point}");
    }
}

#[test]
fn who_is_at_work_is_waited_for_and_the_ticket_stays_with_the_rest() {
    let project = Project::new();
    let ticket = project.ticket("Write more");
    let go = project.sign("go");
    let each = format!("1) echo one >> docs/a.md;; *) while ! test -e '{}'; do sleep 0.01; done; echo $n > docs/$n.md;;", go.display());
    let mut child = project.start(several(&project, &ticket, &each));
    until("one has passed", || with(&project, &ticket, "passed").len() == 1);
    let first = with(&project, &ticket, "passed").remove(0);
    let answer = project.repo.cmpm(["delegate", "approve", &first]).exits(4);
    assert!(answer.stderr.contains("is still at work"), "{answer}");
    let rejected = project.repo.cmpm(["delegate", "reject", &first, "-m", "no"]).success();
    assert!(!rejected.stdout.contains("is free again") && project.is_claimed(&ticket), "{rejected}");
    std::fs::write(&go, "").unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
    let rest: Vec<String> = with(&project, &ticket, "passed").into_iter().filter(|run| *run != first).collect();
    project.heal("one of a group is rejected");
    assert!(project.is_claimed(&ticket));
    project.repo.cmpm(["delegate", "reject", &rest[0], &rest[1], "--no-reason"]).success();
    assert!(!project.is_claimed(&ticket));
    assert!(project.repo.cmpm(["delegate", "compare"]).exits(2).stderr.contains("there are no two runs to compare"));
}

#[test]
fn the_model_is_the_one_asked_for_else_the_tickets_else_the_agents() {
    let project = Project::new();
    let agent = project.repo.read(".cmpm/agents/writer.md");
    project.repo.write(".cmpm/agents/writer.md", &agent.replace("name: writer\n", "name: writer\nmodel: of-agent\n"));
    project.repo.commit_all("a model");
    let tickets = project.tickets(&["One", "Two"]);
    project.repo.cmpm(["ticket", "update", &tickets[1], "--model", "of-ticket"]).success();
    project.repo.commit_all("a model");
    let says = r#"printf '%s\n' "$@" > $CMPM_RUN_DIR/arguments; echo $CMPM_MODEL > docs/model.md; echo '{"type":"result","subtype":"success","is_error":false,"result":"did it"}'"#;
    let delegate = |ticket: &str, more: &[&str]| {
        let mut command = project.repo.command(["delegate", "run", ticket, "--agent", "writer"]);
        command.args(more);
        project.repo.answer(project.with_program("claude", says, command)).success();
        let run = project.run_of(ticket);
        let arguments = std::fs::read_to_string(project.job(&run, "out/arguments")).unwrap();
        let model = arguments.lines().skip_while(|line| *line != "--model").nth(1).unwrap_or_default().to_owned();
        let seen = std::fs::read_to_string(Path::new(&project.worktree(&run)).join("docs/model.md")).unwrap();
        assert_eq!(seen.trim(), model);
        project.repo.cmpm(["delegate", "reject", &run, "--no-reason"]).success();
        assert!(project.repo.read(&format!(".cmpm/runs/{run}.md")).contains(&format!("\nmodel: {model}\n")));
        model
    };
    assert_eq!(delegate(&tickets[0], &[]), "of-agent");
    assert_eq!(delegate(&tickets[1], &[]), "of-ticket");
    assert_eq!(delegate(&tickets[1], &["--model", "asked-for"]), "asked-for");
    let answer = project.repo.cmpm(["delegate", "run", &tickets[0], "--agent", "writer", "--model", "--yolo"]);
    assert_eq!(answer.exit, 2, "{answer}");
}
