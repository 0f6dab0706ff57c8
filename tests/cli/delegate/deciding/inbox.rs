//! The inbox: what waits for a decision, in which order and why, and that a full one begins nothing more.

use serde_json::Value;

use super::super::{Case, Project};

/// Agents that did well, whose runs wait: one after the other, by their scripts.
fn waiting(project: &Project, scripts: &[&str]) -> Vec<String> {
    let titles: Vec<String> = (0..scripts.len()).map(|number| format!("Number {number}")).collect();
    let cases: Vec<Case<'_>> = titles.iter().zip(scripts).map(|(title, script)| Case { title, script }).collect();
    project.perform("writer", &[], &cases).iter().map(|run| run["run"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn what_waits_is_ordered_by_risk_then_by_what_it_blocks_then_by_age() {
    let project = Project::new();
    let repo = &project.repo;
    repo.write(".cmpm/agents/writer.md", "---\nname: writer\nwrite: [\"docs/**\", \"package.json\"]\n---\n\nYou write.\n");
    repo.cmpm(["init", "--no-hooks"]).success();
    repo.commit_all("role");
    let runs = waiting(
        &project,
        &[
            "echo x > docs/$CMPM_TICKET",
            "echo x > docs/$CMPM_TICKET",
            "echo '{}' > package.json",
            "echo x > src/no",
            "echo x > docs/$CMPM_TICKET",
        ],
    );
    let ticket = |run: &str| project.show(run)["ticket"].as_str().unwrap().to_owned();
    for (title, before) in [("Next", &runs[1]), ("Then", &runs[1])] {
        repo.cmpm(["issue", "create", title, "--depends-on", &ticket(before)]).success();
    }
    let answer = repo.json(["delegate", "review"]);
    let all = answer["data"]["waiting"].as_array().unwrap();
    let place = |run: &str| all.iter().position(|row| row["run"] == run).unwrap();
    let row = |run: &str| &all[place(run)];
    assert_eq!([3, 2, 1].map(|run| place(&runs[run])), [0, 1, 2], "{answer:#}");
    let score = |run: &str| row(run)["score"].clone();
    assert_eq!((&score(&runs[3])["risk"], &score(&runs[1])["blocks"]), (&"high".into(), &2.into()), "{answer:#}");
    let reasons =
        |run: &str| row(run)["reasons"].as_array().unwrap().iter().map(|reason| reason.as_str().unwrap().to_owned()).collect::<Vec<_>>();
    assert_eq!(reasons(&runs[1]), ["blocks 2", "no gates", "1 line"]);
    assert_eq!(reasons(&runs[2]), ["touches the build", "no gates", "1 line"]);
    assert_eq!(reasons(&runs[3]), ["touches what its role may not", "1 line"]);
    let text = repo.cmpm(["delegate", "review"]).success().stdout;
    assert!(text.contains(&format!("{}  low risk: blocks 2, no gates, 1 line\n", runs[1])), "{text}");
    let status = repo.json(["status"]);
    let first = |status: &Value| status["data"]["waiting"].as_array().unwrap().iter().map(|row| row["run"].clone()).collect::<Vec<_>>();
    assert_eq!(first(&status), [3, 2, 1].map(|run: usize| Value::from(runs[run].as_str())));
    assert_eq!(status["data"]["next"]["command"], format!("cmpm delegate review {}", runs[3]));
    let status = repo.cmpm(["status"]).success().stdout;
    assert!(status.contains(&format!("decide    {}, high risk: touches what its role may not, 1 line\n", runs[3])), "{status}");
}

#[test]
fn a_full_inbox_begins_no_run_and_names_what_to_decide_first() {
    let project = Project::new();
    let repo = &project.repo;
    let runs = waiting(&project, &["echo 0 > docs/0.md", "echo 1 >> docs/a.md; echo x > src/no"]);
    let tickets = project.tickets(&["Third", "Fourth"]);
    let run = |most: &str, tickets: &[String]| {
        let mut command = repo.command(["-c", most, "delegate", "run", "--agent", "writer", "--runner", "command"]);
        command.args(tickets).args(["--", "sh", "-c", "echo x > docs/$CMPM_TICKET.md"]);
        repo.answer(command)
    };
    let full = run("review.max_waiting=2", &tickets[..1]).exits(4);
    let first = format!(
        "2 runs wait for your decision and 0 are at work, and `review.max_waiting` allows 2 together; decide first about {} (",
        runs[1]
    );
    assert!(full.stderr.contains(&first) && full.stderr.contains("nothing was started"), "{full}");
    // Two would be one too many.
    run("review.max_waiting=3", &tickets).exits(4);
    assert!(tickets.iter().all(|ticket| !project.is_claimed(ticket)));
    run("review.max_waiting=3", &tickets[..1]).success();
    run("review.max_waiting=3", &tickets[1..]).exits(4);
    repo.cmpm(["delegate", "reject", &runs[1], "--no-reason"]).success();
    run("review.max_waiting=3", &tickets[1..]).success();
    let more = project.ticket("Fifth");
    run("review.max_waiting=0", &[more]).success();
}

#[test]
fn what_is_queued_stays_queued_until_there_is_room() {
    let project = Project::new();
    let repo = &project.repo;
    repo.cmpm(["init"]).success();
    repo.commit_all("init");
    let ids: Vec<String> = ["One", "Two", "Three"]
        .map(|title| repo.json(["issue", "create", title, "--agent", "writer"])["data"]["id"].as_str().unwrap().to_owned())
        .to_vec();
    repo.commit_all("tickets");
    let queued = |most: &str| {
        let command = repo.command([
            "-c",
            most,
            "delegate",
            "run",
            "--queued",
            "--runner",
            "command",
            "--",
            "sh",
            "-c",
            "echo x > docs/$CMPM_TICKET.md",
        ]);
        repo.answer(command)
    };
    let answer = queued("review.max_waiting=2").success();
    assert!(answer.stderr.contains("1 ticket stays queued, because the inbox is full"), "{answer}");
    let begun = || ids.iter().filter(|id| project.is_claimed(id)).count();
    assert_eq!(begun(), 2);
    queued("review.max_waiting=2").exits(4);
    queued("review.max_waiting=3").success();
    assert_eq!(begun(), 3);
    assert!(queued("review.max_waiting=9").success().stdout.contains("Nothing is queued"));
}
