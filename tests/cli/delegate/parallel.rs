//! Many at once: in one command, in many processes, on the same ticket.

use std::collections::BTreeSet;
use std::process::Child;

use super::{Case, Project};

#[test]
fn three_rounds_of_eight_keep_to_the_places_and_to_themselves() {
    let project = Project::new();
    let marks = project.sign("marks");
    std::fs::create_dir_all(&marks).unwrap();
    let mut runs = BTreeSet::new();
    let mut most = 0;
    for round in 0..3 {
        let titles: Vec<String> = (0..8).map(|number| format!("Round {round} ticket {number}")).collect();
        let titles: Vec<&str> = titles.iter().map(String::as_str).collect();
        let tickets = project.tickets(&titles);
        let script = format!(
            "echo x > '{0}'/$CMPM_RUN.on; ls '{0}' | grep -c on > '{0}'/$CMPM_RUN.count; sleep 0.05; rm '{0}'/$CMPM_RUN.on; \
             echo $CMPM_TICKET > docs/$CMPM_TICKET.md",
            marks.display()
        );
        let mut command = project.repo.command([
            "-c",
            "delegate.max_parallel=3",
            "-c",
            "delegate.sandbox=off",
            "-c",
            "review.max_waiting=0",
            "delegate",
            "run",
        ]);
        command.args(&tickets).args(["--agent", "writer", "--runner", "command", "--", "sh", "-c", &script]);
        project.repo.answer(command).success();
        let listed = project.repo.json(["delegate", "list"]);
        assert!(listed["data"]["runs"].as_array().unwrap().iter().all(|run| run["state"] == "review" && run["outcome"] == "passed"));
        for ticket in &tickets {
            let run = project.run_of(ticket);
            let count = std::fs::read_to_string(marks.join(format!("{run}.count"))).unwrap();
            most = most.max(count.trim().parse::<u32>().unwrap());
            let files = project.repo.git(["diff", "--name-only", "main", &format!("agent/writer-{ticket}")]);
            assert_eq!(files, format!("docs/{ticket}.md"));
            assert!(runs.insert(run));
        }
    }
    assert_eq!(runs.len(), 24);
    assert!((2..=3).contains(&most), "{most} worked at the same time");
    assert_eq!(project.repo.git(["worktree", "list"]).lines().count(), 25);
    assert_eq!(project.repo.status(), "");
    project.repo.fsck();
}

#[test]
fn many_processes_at_once_do_not_disturb_each_other() {
    let project = Project::new();
    let titles: Vec<String> = (0..8).map(|number| format!("Ticket {number}")).collect();
    let titles: Vec<&str> = titles.iter().map(String::as_str).collect();
    let tickets = project.tickets(&titles);
    let start = |ticket: &String| project.start(project.delegation(ticket, "echo more > docs/$CMPM_TICKET.md"));
    let started: Vec<Child> = tickets.iter().map(start).collect();
    assert_eq!(codes(started), [Some(0); 8]);
    let runs: BTreeSet<String> = tickets.iter().map(|ticket| project.run_of(ticket)).collect();
    assert_eq!(runs.len(), 8);
    // All are approved at once, too: each waits for the one before it.
    let approve = |run: &String| project.start(project.repo.command(["delegate", "approve", run]));
    assert_eq!(codes(runs.iter().map(approve).collect()), [Some(0); 8]);
    assert_eq!(project.repo.git(["log", "--merges", "--oneline"]).lines().count(), 8);
    assert!(tickets.iter().all(|ticket| project.repo.exists(&format!("docs/{ticket}.md"))));
    assert_eq!((project.repo.status().as_str(), project.repo.git(["worktree", "list"]).lines().count()), ("", 1));
    project.repo.fsck();
}

#[test]
fn of_two_on_one_ticket_one_wins_and_of_two_decisions_one_counts() {
    let project = Project::new();
    let ticket = project.ticket("Wanted");
    let start = || project.start(project.delegation(&ticket, "echo more >> docs/a.md"));
    let mut both = codes(vec![start(), start(), start()]);
    both.sort_unstable();
    assert_eq!(both, [Some(0), Some(4), Some(4)]);
    let runs = project.repo.json(["delegate", "list", "--all"])["data"]["runs"].as_array().unwrap().len();
    assert_eq!(runs, 1);
    let decide = |verb: &str| project.start(project.repo.command(["delegate", verb, &ticket, "-m", "so"]));
    let decided = codes(vec![decide("approve"), decide("reject"), decide("approve")]);
    assert_eq!(decided.iter().filter(|code| **code == Some(0)).count(), 1, "{decided:?}");
    assert_eq!(project.repo.git(["rev-list", "--count", "main", "--", ".cmpm/runs"]), "1");
    assert!(!project.is_claimed(&ticket) && project.repo.status().is_empty());
    let again = project.perform("writer", &[], &[Case { title: "Next", script: "echo next >> docs/a.md" }]);
    assert_eq!(again[0]["outcome"], "passed");
    project.repo.fsck();
}

#[test]
fn of_many_who_resume_a_lost_run_one_does() {
    let project = Project::new();
    let ticket = project.ticket("Lost");
    let mut command = project.delegation(&ticket, "echo x >> $CMPM_RUN_DIR/worked; echo more >> docs/a.md");
    command.env("CMPM_CRASH_AT", "run.prepared");
    project.repo.answer(command).exits(-1);
    let resume = || project.start(project.repo.command(["delegate", "resume", &ticket]));
    let done = codes(vec![resume(), resume(), resume(), resume()]);
    assert_eq!(done.iter().filter(|code| **code == Some(0)).count(), 1, "{done:?}");
    assert!(done.iter().all(|code| [Some(0), Some(2), Some(4)].contains(code)), "{done:?}");
    let run = project.run_of(&ticket);
    assert_eq!(std::fs::read_to_string(project.job(&run, "out/worked")).unwrap(), "x\n");
    assert_eq!(project.state(&run), "review passed");
}

fn codes(children: Vec<Child>) -> Vec<Option<i32>> {
    children.into_iter().map(|mut child| child.wait().unwrap().code()).collect()
}
