//! Decisions about several runs and about the only one that waits, reasons, and questions to a person at a terminal.

mod approve;
mod consent;
mod inbox;
mod landed;
mod landing;
mod merging;
mod revert;
mod revise;

use super::{Case, Project};
use crate::support::TestRepo;
use crate::terminal::Terminal;

/// Agents that add a file each; their runs.
fn waiting(project: &Project, titles: &[&str]) -> Vec<String> {
    let cases: Vec<Case<'_>> = titles.iter().map(|title| Case { title, script: "echo x > docs/$CMPM_TICKET.md" }).collect();
    project.perform("writer", &[], &cases).iter().map(|run| run["run"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn of_several_each_has_its_own_result() {
    let project = Project::new();
    let repo = &project.repo;
    let runs = waiting(&project, &["One", "Two", "Three", "Four", "Five"]);
    let answer = repo.cmpm(["delegate", "approve", &runs[0], "RUN-nowhere", &runs[1]]).exits(2);
    assert_eq!(answer.stdout.matches("Merged RUN-").count(), 2, "{answer}");
    assert!(answer.stdout.contains("failed RUN-nowhere: there is no run `RUN-nowhere`"), "{answer}");
    let json = repo.json(["delegate", "approve", &runs[1], &runs[2]]);
    let results = &json["data"]["runs"];
    assert_eq!((&json["ok"], &results[0]["run"], &results[1]["run"]), (&false.into(), &runs[1].as_str().into(), &runs[2].as_str().into()));
    assert!(results[0]["error"].as_str().unwrap().contains("is merged") && results[1]["commit"].is_string(), "{json}");
    let answer = repo.cmpm(["delegate", "reject", &runs[3], &runs[4], "-m", "not now"]).success();
    assert_eq!(answer.stdout.matches("Rejected RUN-").count(), 2, "{answer}");
    assert!(repo.read(&format!(".cmpm/runs/{}.md", runs[4])).contains("> not now"));
    assert_eq!(repo.status(), "");
}

#[test]
fn without_a_name_it_is_the_only_run_that_waits() {
    let project = Project::new();
    let repo = &project.repo;
    let none = repo.cmpm(["delegate", "approve"]).exits(2);
    assert!(none.stderr.contains("no run waits for review"), "{none}");
    let runs = waiting(&project, &["One", "Two"]);
    for verb in ["approve", "diff", "show"] {
        let several = repo.cmpm(["delegate", verb]).exits(2);
        assert!(runs.iter().all(|run| several.stderr.contains(run)) && several.stderr.contains("(Two)"), "{several}");
    }
    let listed = repo.cmpm(["delegate", "review"]).success();
    assert!(runs.iter().all(|run| listed.stdout.contains(run)) && listed.stdout.contains("AGE"), "{listed}");
    let mut later = repo.command(["delegate", "list"]);
    later.env("CMPM_NOW", "2026-02-03T10:00:00Z");
    let listed = repo.answer(later).success().stdout;
    assert!(listed.lines().next().unwrap().contains("AGE") && listed.contains("  3d  "), "{listed}");
    repo.cmpm(["delegate", "reject", &runs[0], "-m", "no"]).success();
    // Of those that a name fits, the one that can be decided about is meant.
    assert!(repo.cmpm(["delegate", "review", "RUN-"]).success().stdout.starts_with(&runs[1]));
    assert!(repo.cmpm(["delegate", "show"]).success().stdout.starts_with(&runs[1]));
    assert!(repo.cmpm(["delegate", "diff"]).success().stdout.contains("+x"));
    assert!(repo.cmpm(["delegate", "review"]).success().stdout.contains("\nAsked\n"));
    assert!(repo.cmpm(["delegate", "approve"]).success().stdout.starts_with(&format!("Merged {}", runs[1])));
}

#[test]
fn a_rejection_has_a_reason_or_says_that_it_has_none() {
    let project = Project::new();
    let repo = &project.repo;
    let runs = waiting(&project, &["One", "Two", "Three"]);
    let refused = repo.cmpm(["delegate", "reject", &runs[0]]).exits(2);
    assert!(refused.stderr.contains("a rejection needs a reason") && refused.stderr.contains("--no-reason"), "{refused}");
    assert_eq!(project.state(&runs[0]), "review passed");
    repo.cmpm(["delegate", "reject", &runs[0], "--no-reason"]).success();
    for (run, editor, exit) in [(&runs[1], "printf 'from the editor\\n' >", 0), (&runs[2], "true", 2)] {
        let mut command = repo.command(["delegate", "reject", run]);
        command.env("EDITOR", editor);
        assert_eq!(Terminal::start(command, (80, 20)).end().code(), Some(exit), "{editor}");
    }
    assert!(repo.read(&format!(".cmpm/runs/{}.md", runs[1])).contains("> from the editor"));
    assert_eq!(project.state(&runs[2]), "review passed");
    // So does what should change.
    let mut command = repo.command(["delegate", "revise"]);
    command.env("EDITOR", "printf 'Mention dark mode\\n' >");
    let code = Terminal::start(command, (80, 20)).end().code();
    assert!(project.show(&runs[2])["status"]["revisions"][0]["text"] == "Mention dark mode", "{code:?}");
}

fn answered(repo: &TestRepo, arguments: &[&str], (question, keys): (&str, &str)) -> (i32, String) {
    let mut terminal = Terminal::start(repo.command(arguments), (120, 20));
    terminal.wait_for(question);
    terminal.press(keys);
    let code = terminal.end().code().unwrap();
    (code, terminal.written())
}

#[test]
fn a_terminal_is_asked_before_work_goes_and_before_commands_run() {
    let project = Project::new();
    let repo = &project.repo;
    let run = waiting(&project, &["One"]).remove(0);
    let clean = ["delegate", "clean", &run];
    assert_eq!(answered(repo, &clean, ("Discard? [y/N] ", "\r")).0, 3);
    assert_eq!(project.state(&run), "review passed");
    assert_eq!(answered(repo, &clean, ("Discard? [y/N] ", "y\r")).0, 0);
    assert_eq!(project.state(&run), "discarded passed");

    repo.write(".cmpm/config.yaml", "gates:\n  - name: words\n    run: make words\n");
    repo.commit_all("gates");
    let question = "Approve this text on this machine? [y/N] ";
    let (code, written) = answered(repo, &["trust"], (question, "n\r"));
    assert!(code == 1 && written.contains("    make words"), "{written}");
    repo.cmpm(["trust"]).exits(1);
    assert_eq!(answered(repo, &["trust"], (question, "y\r")).0, 0);
    repo.cmpm(["trust"]).success();
}

#[test]
fn what_is_merged_is_merged_even_if_tidying_fails() {
    let project = Project::new();
    let repo = &project.repo;
    let run = project.passed("Write more");
    let ticket = project.show(&run)["ticket"].as_str().unwrap().to_owned();
    repo.write(".git/packed-refs.lock", "");
    let answer = repo.cmpm(["delegate", "approve", &run]).success();
    assert!(answer.stdout.starts_with(&format!("Merged {run} into main as ")), "{answer}");
    assert!(answer.stderr.contains(&format!("{run} is merged, but")) && answer.stderr.contains("doctor --fix"), "{answer}");
    std::fs::remove_file(repo.path(".git/packed-refs.lock")).unwrap();
    project.heal("a lock of another git");
    assert!(!project.is_claimed(&ticket) && project.state(&run) == "merged passed");
    assert_eq!(repo.git(["worktree", "list"]).lines().count(), 1);
}

#[test]
fn who_works_for_want_of_an_agent_program_is_said() {
    let project = Project::new();
    let repo = &project.repo;
    let ticket = project.ticket("Mend the links");
    let mut command = repo.command(["delegate", "run", &ticket, "--agent", "documentation"]);
    // Only git and the shell are there.
    let bin = project.sign("bin");
    std::fs::create_dir(&bin).unwrap();
    for program in ["git", "sh"] {
        let found = std::env::split_paths(&std::env::var_os("PATH").unwrap()).map(|folder| folder.join(program)).find(|file| file.exists());
        std::os::unix::fs::symlink(found.unwrap(), bin.join(program)).unwrap();
    }
    command.env("PATH", &bin);
    let answer = repo.answer(command).exits(1);
    let said = "no agent program was found (looked for claude, codex, gemini, opencode, aider)";
    assert!(answer.stderr.contains(&format!("{ticket}: {said}")), "{answer}");
    let page = repo.cmpm(["delegate", "review", &ticket, "--format", "markdown"]).success().stdout;
    assert!(page.contains(&format!("- {said}")), "{page}");
}

#[test]
fn what_waits_for_review_stands_there_on_the_board() {
    let project = Project::new();
    let run = project.passed("Write more");
    let board = project.repo.cmpm(["board"]).success().stdout;
    let review = board.split("\n\n").find(|column| column.starts_with("review 1")).unwrap_or_else(|| panic!("{board}"));
    assert!(review.contains("Write more") && review.contains(&format!("{run} in review")), "{board}");
    assert!(!board.contains("planning 1"), "{board}");
}

#[test]
fn the_brief_says_what_the_ticket_says_and_the_review_what_is_open() {
    let project = Project::new();
    let repo = &project.repo;
    let facts = "parent: EP-1\npriority: high\ndue: 2026-03-01\npaths: [docs/**, README.md]\n";
    let file = |ticks: [&str; 2]| {
        let [a, b] = ticks;
        let head = format!("---\nid: TSK-1\nkind: task\ntitle: Write\nstatus: open\n{facts}---\n");
        format!("{head}\n## Acceptance criteria\n\n- [{a}] said\n- [{b}] linked\n")
    };
    repo.write("tasks/tasks/TSK-1.md", &file([" ", " "]));
    repo.commit_all("ticket");
    project.delegate("TSK-1", "sed -i 's/\\[ \\] said/[x] said/' tasks/tasks/TSK-1.md; echo more >> docs/a.md").success();
    let run = project.run_of("TSK-1");
    let brief = std::fs::read_to_string(project.job(&run, "brief.md")).unwrap();
    let block =
        "\n>\n> - parent: EP-1\n> - priority: high\n> - due: 2026-03-01\n> - paths: docs/**, README.md\n>\n> ## Acceptance criteria\n";
    assert!(brief.contains(block), "{brief}");
    let review = repo.cmpm(["delegate", "review"]).success().stdout;
    let line = "- TSK-1: still open: 1 of 2 acceptance criteria; `approve --keep-open` leaves the ticket open\n";
    assert!(review.contains(&format!("Look first at\n{line}")), "{review}");
    // What the reviewer ticks counts too.
    repo.write("tasks/tasks/TSK-1.md", &file(["x", "x"]));
    let review = repo.cmpm(["delegate", "review"]).success().stdout;
    assert!(!review.contains("still open"), "{review}");
}

#[test]
fn of_a_run_that_was_cancelled_before_its_program_began_no_sandbox_is_told() {
    let project = Project::new();
    let ticket = project.ticket("Write more");
    let mut killed = project.delegation(&ticket, "true");
    killed.env("CMPM_CRASH_AT", "run.prepared");
    assert!(!killed.output().unwrap().status.success());
    project.repo.cmpm(["delegate", "cancel"]).success();
    let review = project.repo.cmpm(["delegate", "review"]).success();
    assert!(review.stdout.contains("cancelled") && review.stdout.contains("- sandbox: no program was started\n"), "{review}");
}

/// Names are given again once they are free; what is left of the one before must not be looked for there.
#[test]
fn clean_leaves_what_another_run_has_by_now() {
    let project = Project::new();
    let first = project.passed("Twice");
    let ticket = project.show(&first)["ticket"].as_str().unwrap().to_owned();
    project.repo.cmpm(["delegate", "reject", &first, "-m", "no"]).success();
    project.delegate(&ticket, "echo more >> docs/a.md").success();
    let second = project.run_of(&ticket);
    let worktree = project.worktree(&second);
    project.repo.cmpm(["delegate", "clean"]).success();
    project.repo.cmpm(["delegate", "clean", &first]).success();
    assert!(worktree.join("docs/a.md").exists());
    project.repo.cmpm(["delegate", "approve", &second]).success();
}
