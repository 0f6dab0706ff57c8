//! What a person must have seen before they approve: a ticket that asks for something else now, and work that was done again.

use super::super::Project;
use crate::terminal::Terminal;

const TICKET: &str = "tasks/tasks/TSK-1.md";

/// A ticket with two criteria, as its file says it.
fn ticket(criteria: &str) -> String {
    format!("---\nid: TSK-1\nkind: task\ntitle: Write\nstatus: open\n---\n\nSay more.\n\n## Acceptance criteria\n\n{criteria}")
}

/// A run on it that did well.
fn delegated(script: &str) -> (Project, String) {
    let project = Project::new();
    project.repo.write(TICKET, &ticket("- [ ] one line\n- [ ] linked\n"));
    project.repo.commit_all("ticket");
    project.delegate("TSK-1", script).success();
    let run = project.run_of("TSK-1");
    (project, run)
}

#[test]
fn a_criterion_that_was_changed_on_the_target_is_shown_and_needs_consent() {
    let (project, run) = delegated("echo more >> docs/a.md");
    let repo = &project.repo;
    // What is no text of the ticket does not count.
    repo.write(TICKET, &ticket("- [x] one line\n- [ ] linked\n").replace("open\n", "active\npriority: low\n"));
    repo.cmpm(["ticket", "comment", "TSK-1", "Go on"]).success();
    repo.commit_all("a tick, a comment");
    let review = repo.cmpm(["delegate", "review", &run]).success().stdout;
    assert!(!review.contains("asks for something else"), "{review}");

    repo.write(TICKET, &ticket("- [x] one line\n- [ ] linked from everywhere\n"));
    repo.commit_all("more");
    let tip = project.tip();
    let said = format!("TSK-1 asks for something else on `main` than when {run} began:");
    let lines = ["- - [ ] linked", "+ - [ ] linked from everywhere"];
    let review = repo.cmpm(["delegate", "review", &run]).success().stdout;
    assert!(review.contains(&said) && lines.iter().all(|line| review.contains(line)), "{review}");
    let refused = repo.cmpm(["delegate", "approve", &run]).exits(3);
    assert!(refused.stderr.contains(&said) && lines.iter().all(|line| refused.stderr.contains(line)), "{refused}");
    assert!(refused.stderr.contains("--seen"), "{refused}");
    assert_eq!(repo.json(["delegate", "approve", &run])["error"]["code"], "ticket_changed");
    project.assert_untouched(&tip);
    // A person at a terminal is asked.
    for (key, code) in [("n\r", 3), ("y\r", 0)] {
        let mut terminal = Terminal::start(repo.command(["delegate", "approve", &run]), (120, 30));
        terminal.wait_for("all the same? [y/N] ");
        terminal.press(key);
        assert_eq!(terminal.end().code(), Some(code), "{}", terminal.written());
        assert!(terminal.written().contains("linked from everywhere"), "{}", terminal.written());
    }
    assert_eq!(project.state(&run), "merged passed");
}

#[test]
fn an_agent_that_rewrites_its_criteria_is_not_merged_unseen_and_one_that_ticks_is() {
    let (project, run) = delegated("sed -i 's/linked/nothing/; s/\\[ \\] one/[x] one/' tasks/tasks/TSK-1.md; echo more >> docs/a.md");
    let refused = project.repo.cmpm(["delegate", "approve", &run]).exits(3);
    assert!(refused.stderr.contains(&format!("asks for something else in the work of {run}")), "{refused}");
    assert!(refused.stderr.contains("- - [ ] linked\n") && refused.stderr.contains("+ - [ ] nothing\n"), "{refused}");
    assert!(!refused.stderr.contains("one line"), "{refused}");
    project.repo.cmpm(["delegate", "approve", &run, "--seen"]).success();

    let (project, run) = delegated("sed -i 's/\\[ \\] one/[x] one/' tasks/tasks/TSK-1.md; echo more >> docs/a.md");
    project.repo.cmpm(["delegate", "approve", &run]).success();
    assert!(project.repo.read(TICKET).contains("- [x] one line\n"));
}

#[test]
fn work_that_was_done_again_since_it_was_shown_is_shown_again_first() {
    let project = Project::new();
    let run = project.passed("Write more");
    let repo = &project.repo;
    repo.cmpm(["delegate", "review", &run]).success();
    let shown = project.show(&run)["status"]["work"].as_str().unwrap().to_owned();
    std::fs::write(project.worktree(&run).join("docs/a.md"), "one\nother\n").unwrap();
    repo.cmpm(["delegate", "resume", &run]).success();
    let now = project.show(&run)["status"]["work"].as_str().unwrap().to_owned();
    let refused = repo.cmpm(["delegate", "approve", &run]).exits(3);
    let said = format!("{run} was shown with the work {}, and has {} now", shown.get(..10).unwrap(), now.get(..10).unwrap());
    assert!(shown != now && refused.stderr.contains(&said), "{refused}");
    // What its agent would look at is not what a person has seen.
    let mut inside = repo.command(["delegate", "diff", &run]);
    inside.env("CMPM_RUN", &run);
    repo.answer(inside);
    repo.cmpm(["delegate", "approve", &run]).exits(3);
    repo.cmpm(["delegate", "diff", &run]).success();
    repo.cmpm(["delegate", "approve", &run]).success();
    assert_eq!(repo.read("docs/a.md"), "one\nother\n");
}
